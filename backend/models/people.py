"""People: who they are, what they may, how they came, what they agreed to, where they are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.areas import Area


class Person(Model):
    """Somebody the office knows. The phone opens the door. No page and no message shows it."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(200)
    phone = fields.CharField(20, null=True, unique=True)
    """E.164 without spaces, e.g. +84901234567."""
    lang = fields.CharField(8, default="vi")
    created_at = fields.DatetimeField()

    class Meta:
        table = "person"


class RoleGrant(Model):
    """A role for an area. `owner` names the department of a department_officer.

    A role that was taken away stays as a row, with when, why and by whom.
    """

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="grants", on_delete=OnDelete.RESTRICT
    )
    role = fields.CharField(24)
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="grants", on_delete=OnDelete.RESTRICT
    )
    owner = fields.CharField(64, default="")
    granted_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoked_reason = fields.CharField(200, default="")
    """As whoever took the role away wrote it."""
    revoked_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="roles_ended", null=True, on_delete=OnDelete.RESTRICT
    )
    """Null: the program itself, or whoever has the machine."""

    class Meta:
        table = "role_grant"
        indexes = (("person_id", "revoked_at"), ("area_id", "role"))


class Invite(Model):
    """An invitation, kept as the hash of its code."""

    id = fields.BigIntField(primary_key=True)
    code_sha256 = fields.CharField(64, unique=True)
    role = fields.CharField(24)
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="invites", on_delete=OnDelete.RESTRICT
    )
    owner = fields.CharField(64, default="")
    name = fields.CharField(200, default="")
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    uses_left = fields.IntField(default=1)

    class Meta:
        table = "invite"


class Throttle(Model):
    """Wrong guesses by a key (a chat, an address), counted in a window."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(190, unique=True)
    count = fields.IntField(default=0)
    window_from = fields.DatetimeField()

    class Meta:
        table = "throttle"


class Consent(Model):
    """Consent given or withdrawn: which text, when, through which channel."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="consents", on_delete=OnDelete.RESTRICT
    )
    version = fields.CharField(32)
    channel = fields.CharField(16)
    given_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "consent"
        indexes = (("person_id", "withdrawn_at"),)


class Chat(Model):
    """One conversation at one channel. A person may have several."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(16)
    bot = fields.CharField(32, default="")
    external_id = fields.CharField(190)
    private = fields.BooleanField(default=True)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="chats", null=True, on_delete=OnDelete.RESTRICT
    )
    lang = fields.CharField(8, default="vi")
    created_at = fields.DatetimeField()
    last_in_at = fields.DatetimeField(null=True)
    blocked_at = fields.DatetimeField(null=True)
    """When the channel last said that this chat cannot be reached; null once it writes again."""
    stage = fields.CharField(32, default="")
    """What the reception waits for outside an interview (a code, consent, a menu choice)."""
    stage_data: fields.Field[dict[str, object]] = fields.JSONField(default=dict)

    class Meta:
        table = "chat"
        unique_together = (("channel", "bot", "external_id"),)
        indexes = (("person_id",),)


class WebLink(Model):
    """A secret link, kept as the hash of its token: a web chat, or a sign-in to the office pages."""

    id = fields.BigIntField(primary_key=True)
    token_sha256 = fields.CharField(64, unique=True)
    kind = fields.CharField(16)
    """chat | office"""
    chat: fields.ForeignKeyNullableRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="links", null=True, on_delete=OnDelete.RESTRICT
    )
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="links", null=True, on_delete=OnDelete.RESTRICT
    )
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "web_link"
