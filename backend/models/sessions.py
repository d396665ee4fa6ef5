"""Who is signed in to the office's pages, and the keys of admins who sign in without a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.people import Person


class OfficeSession(Model):
    """One browser that is or was signed in (backend.office.session)."""

    id = fields.BigIntField(primary_key=True)
    token_sha256 = fields.CharField(64, unique=True)
    """Of the cookie's 256 random bits, which are kept nowhere."""
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="sessions", on_delete=OnDelete.RESTRICT
    )
    way = fields.CharField(16)
    """link | password"""
    browser = fields.CharField(24, default="")
    """Family only, as Firefox, and "" when it is none that we know."""
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField()
    """Last use, to within some minutes."""
    expires_at = fields.DatetimeField()
    """The end at the latest, used or not."""
    revoked_at = fields.DatetimeField(null=True)
    revoked_why = fields.CharField(16, default="")
    """signed_out | new_sign_in | everywhere | admin | role | consent | password"""

    class Meta:
        table = "office_session"
        indexes = (("person_id", "revoked_at"),)


class AdminKey(Model):
    """An admin's password and second factor. A change is a new row, the old one ends.

    The second factor's secret is not here: it is made of `second_salt` and the installation's
    SECRET_KEY, so that nobody can sign in with a copy of the database.
    """

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="admin_keys", on_delete=OnDelete.RESTRICT
    )
    login = fields.CharField(64)
    in_force = fields.CharField(64, null=True, unique=True)
    """The login while this key opens, null before its first code and after its end."""
    password = fields.CharField(255)
    """scrypt with its parameters and salt (backend.office.password)."""
    second_salt = fields.CharField(64)
    last_step = fields.BigIntField(default=0)
    """The time step of the last code that was taken: no code opens twice."""
    created_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "admin_key"
        indexes = (("person_id", "ended_at"),)


class RecoveryCode(Model):
    """A code for who has lost the second factor. Each opens once."""

    id = fields.BigIntField(primary_key=True)
    key: fields.ForeignKeyRelation[AdminKey] = fields.ForeignKeyField(
        "models.AdminKey", related_name="recovery_codes", on_delete=OnDelete.RESTRICT
    )
    code_hmac = fields.CharField(64, unique=True)
    """HMAC-SHA256 with a key made of SECRET_KEY."""
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recovery_code"
