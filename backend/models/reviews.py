"""What reviewers decided about photos: rows that are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.evidence import Evidence
    from backend.models.people import Person


class Review(Model):
    """One decision about one photo. The photo's own row says what holds now."""

    id = fields.BigIntField(primary_key=True)
    evidence: fields.ForeignKeyRelation[Evidence] = fields.ForeignKeyField(
        "models.Evidence", related_name="reviews", on_delete=OnDelete.RESTRICT
    )
    number = fields.IntField()
    """1, 2, 3 … for each photo: two reviewers cannot both write the same one."""
    decision = fields.CharField(12)
    """approved | rejected | undone (what held before the last decision holds again)"""
    reason = fields.CharField(32, default="")
    """Code of the short list, "" for none or for words of one's own."""
    words = fields.TextField(default="")
    by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="reviews", on_delete=OnDelete.RESTRICT
    )
    at = fields.DatetimeField()

    class Meta:
        table = "review"
        unique_together = (("evidence_id", "number"),)
        indexes = (("by_id", "at"),)
