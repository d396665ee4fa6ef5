"""Photos: the file once by its content, and each use of it as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.areas import Area
    from backend.models.interviews import Interview, Submission


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
    removed_at = fields.DatetimeField(null=True)
    """When the office's retention took its bytes out of the store; the row and its hash stay."""

    class Meta:
        table = "evidence_file"


class BytesToDelete(Model):
    """Bytes in the evidence store whose rows are gone, and which follow (backend.unsent)."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(64, unique=True)
    since = fields.DatetimeField()

    class Meta:
        table = "bytes_to_delete"


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
    review = fields.CharField(12, default="waiting", db_default="waiting")
    """waiting | approved | rejected: what holds now. A photo not yet submitted waits for nobody."""
    review_number = fields.IntField(default=0, db_default=0)
    """Number of the last decision (models.Review), 0 for none: compared when the next is written."""
    copied_from = fields.BigIntField(null=True)
    """The photo's row of the submission that this one's corrects; decisions made there hold here."""
    instead_of = fields.BigIntField(null=True)
    """The row of the photo handed back in whose place this one was sent; what counts its tries."""

    class Meta:
        table = "evidence"
        unique_together = (("interview_id", "path", "file_id"),)
        indexes = (("area_id", "period"), ("submission_id",), ("review", "area_id"), ("file_id",))
