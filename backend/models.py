"""The tables. Constraints live here first; times are UTC; every foreign key is RESTRICT.

No semicolon in a docstring of a model: it becomes the table's comment, and Tortoise's SQLite
migrations split statements there.

On SQLite only new tables, new fields and new indexes may be migrated (stack.md 2.1 A–C), so a
column is never altered or dropped: add another one. Composite indexes are written as tuples
(stack.md 2.1 D). New NOT NULL fields need `db_default` (E).
"""

from __future__ import annotations

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model


class Area(Model):
    """A unit of any level: province, district, commune, village. History is kept by dates."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(64, unique=True)
    """Stable id from the plan pack; never reused, survives renaming and merging."""
    level = fields.CharField(16)
    name = fields.CharField(200)
    folded = fields.CharField(200, db_index=True)
    """`conversations.text.fold` of the name, for matching as people type."""
    parent: fields.ForeignKeyNullableRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="children", null=True, on_delete=OnDelete.RESTRICT
    )
    valid_from = fields.DateField(null=True)
    valid_to = fields.DateField(null=True)
    households = fields.IntField(null=True)
    """Number of households the commune's book gives; null when no source gives one."""
    info: fields.Field[dict[str, str]] = fields.JSONField(default=dict)
    """Further columns of pulldata('village', …): text by name."""
    kept: fields.Field[list[str] | None] = fields.JSONField(null=True)
    """Columns that the office or a reform has set: loading a pack leaves them alone."""

    class Meta:
        table = "area"
        indexes = (("parent_id",),)


class AreaPredecessor(Model):
    """A unit that was merged into another, or whose place another one took."""

    id = fields.BigIntField(primary_key=True)
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="predecessors", on_delete=OnDelete.RESTRICT
    )
    predecessor: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="successors", on_delete=OnDelete.RESTRICT
    )

    class Meta:
        table = "area_predecessor"
        unique_together = (("area_id", "predecessor_id"),)


class AreaFormerParent(Model):
    """What a unit lay in until the end of a day. What it lies in since then is `Area.parent`."""

    id = fields.BigIntField(primary_key=True)
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="former_parents", on_delete=OnDelete.RESTRICT
    )
    parent: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="former_children", on_delete=OnDelete.RESTRICT
    )
    valid_to = fields.DateField()

    class Meta:
        table = "area_former_parent"
        unique_together = (("area_id", "valid_to"),)


class AreaChange(Model):
    """One change of the tree that no pack made: a reform, or a list that the office put in."""

    id = fields.BigIntField(primary_key=True)
    token = fields.CharField(32, unique=True)
    """Random: names one state of one database's tree, for what is kept in memory of it."""
    kind = fields.CharField(16)
    """reform | import | pack"""
    source = fields.CharField(200)
    """The file's name, or the pack's id."""
    at = fields.DatetimeField()
    details = fields.TextField(default="")
    """JSON of what was changed, without telephone numbers."""

    class Meta:
        table = "area_change"


class Plan(Model):
    """A loaded plan pack: its validated content, by content hash. The newest per id is in force."""

    id = fields.BigIntField(primary_key=True)
    pack = fields.CharField(64)
    sha256 = fields.CharField(64)
    content = fields.TextField()
    """JSON of `backend.plans.schema.Pack`."""
    loaded_at = fields.DatetimeField()

    class Meta:
        table = "plan"
        unique_together = (("pack", "sha256"),)


class FormVersion(Model):
    """A published questionnaire. The XML is stored once and never changes."""

    id = fields.BigIntField(primary_key=True)
    form_id = fields.CharField(64)
    version = fields.CharField(64)
    title = fields.CharField(200)
    xml = fields.TextField()
    sha256 = fields.CharField(64)
    published_at = fields.DatetimeField()

    class Meta:
        table = "form_version"
        unique_together = (("form_id", "version"),)


class Person(Model):
    """Somebody the office knows. The phone is held here and shown by one access function only."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(200)
    phone = fields.CharField(20, null=True, unique=True)
    """E.164 without spaces, e.g. +84901234567."""
    lang = fields.CharField(8, default="vi")
    created_at = fields.DatetimeField()

    class Meta:
        table = "person"


class RoleGrant(Model):
    """A role for an area. `owner` names the department of a department_officer."""

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


class Interview(Model):
    """A questionnaire being answered. `state` is the pure state's JSON."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="interviews", on_delete=OnDelete.RESTRICT
    )
    running_for = fields.BigIntField(null=True, unique=True)
    """The person's id while this is the one interview that takes their answers, else null."""
    form_version: fields.ForeignKeyRelation[FormVersion] = fields.ForeignKeyField(
        "models.FormVersion", related_name="interviews", on_delete=OnDelete.RESTRICT
    )
    questionnaire = fields.CharField(64)
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="interviews", on_delete=OnDelete.RESTRICT
    )
    period = fields.CharField(16)
    status = fields.CharField(16)
    """running | paused | submitted | cancelled"""
    state = fields.TextField()
    started_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "interview"
        indexes = (("person_id", "status"), ("area_id", "period"))


class Submission(Model):
    """Answers as submitted. A correction is a new version and the old one stays."""

    id = fields.BigIntField(primary_key=True)
    instance_id = fields.CharField(64, unique=True)
    version = fields.IntField(default=1)
    current_key = fields.CharField(190, null=True, unique=True)
    """"plan|questionnaire|area|period" on the version in force, null on older ones."""
    plan = fields.CharField(64)
    form_version: fields.ForeignKeyRelation[FormVersion] = fields.ForeignKeyField(
        "models.FormVersion", related_name="submissions", on_delete=OnDelete.RESTRICT
    )
    questionnaire = fields.CharField(64)
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="submissions", on_delete=OnDelete.RESTRICT
    )
    period = fields.CharField(16)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="submissions", on_delete=OnDelete.RESTRICT
    )
    entered_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="entered", null=True, on_delete=OnDelete.RESTRICT
    )
    answered_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    xml = fields.TextField()

    class Meta:
        table = "submission"
        indexes = (("plan", "period", "area_id"),)


class Answer(Model):
    """One answer of a submission. `number` is set for integer, decimal and numeric calculates."""

    id = fields.BigIntField(primary_key=True)
    submission: fields.ForeignKeyRelation[Submission] = fields.ForeignKeyField(
        "models.Submission", related_name="answers", on_delete=OnDelete.RESTRICT
    )
    path = fields.CharField(190)
    name = fields.CharField(64)
    value = fields.TextField()
    number = fields.DecimalField(18, 6, null=True)
    estimate = fields.BooleanField(default=False)
    unknown = fields.BooleanField(default=False)

    class Meta:
        table = "answer"
        unique_together = (("submission_id", "path"),)


class EvidenceFile(Model):
    """An image kept once by its bytes. The original lives in the evidence store under its sha256."""

    id = fields.BigIntField(primary_key=True)
    sha256 = fields.CharField(64, unique=True)
    media_type = fields.CharField(32)
    size = fields.IntField()
    width = fields.IntField()
    height = fields.IntField()
    preview = fields.CharField(64)
    """Key of the preview without EXIF in the evidence store."""
    stored_at = fields.DatetimeField()

    class Meta:
        table = "evidence_file"


class Evidence(Model):
    """A photo as an answer to one question of one village and period."""

    id = fields.BigIntField(primary_key=True)
    file: fields.ForeignKeyRelation[EvidenceFile] = fields.ForeignKeyField(
        "models.EvidenceFile", related_name="uses", on_delete=OnDelete.RESTRICT
    )
    interview: fields.ForeignKeyRelation[Interview] = fields.ForeignKeyField(
        "models.Interview", related_name="evidence", on_delete=OnDelete.RESTRICT
    )
    submission: fields.ForeignKeyNullableRelation[Submission] = fields.ForeignKeyField(
        "models.Submission", related_name="evidence", null=True, on_delete=OnDelete.RESTRICT
    )
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="evidence", on_delete=OnDelete.RESTRICT
    )
    period = fields.CharField(16)
    questionnaire = fields.CharField(64)
    path = fields.CharField(190)
    purpose = fields.CharField(64, default="")
    caption = fields.TextField(default="")
    sent_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    late = fields.BooleanField(default=False)
    """True when it came after the questionnaire was submitted."""
    dropped_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evidence"
        unique_together = (("interview_id", "path", "file_id"),)
        indexes = (("area_id", "period"), ("submission_id",))


class Inbox(Model):
    """The journal: every message received, once."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(16)
    bot = fields.CharField(32, default="")
    external_id = fields.CharField(190)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="inbox", on_delete=OnDelete.RESTRICT
    )
    payload = fields.TextField()
    """JSON of `bot.messages.Incoming`."""
    status = fields.SmallIntField(default=0)
    """0 ready · 1 waiting for its photo · 2 done · 3 set aside (see error)"""
    attempts = fields.SmallIntField(default=0)
    error = fields.TextField(null=True)
    received_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "inbox"
        unique_together = (("channel", "bot", "external_id"),)
        indexes = (("status", "chat_id", "id"),)


class Outbox(Model):
    """Every message to be sent, in order per chat."""

    id = fields.BigIntField(primary_key=True)
    chat: fields.ForeignKeyRelation[Chat] = fields.ForeignKeyField(
        "models.Chat", related_name="outbox", on_delete=OnDelete.RESTRICT
    )
    payload = fields.TextField()
    """JSON of `bot.messages.Outgoing`."""
    prompt = fields.IntField(default=0)
    once = fields.CharField(190, null=True, unique=True)
    purpose = fields.CharField(16, default="answer")
    status = fields.SmallIntField(default=0)
    """0 to send · 1 sent · 2 stale, not sent · 3 undeliverable (see reason)"""
    attempts = fields.SmallIntField(default=0)
    not_before = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)
    message_id = fields.CharField(64, null=True)
    """The channel's id of the message, for edits."""
    reason = fields.CharField(190, null=True)

    class Meta:
        table = "outbox"
        indexes = (("status", "chat_id", "id"), ("chat_id", "prompt"))


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
