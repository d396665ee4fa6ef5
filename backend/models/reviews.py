"""What reviewers decided about photos and answers: rows that are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.evidence import Evidence
    from backend.models.interviews import Submission
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


class AnswerReview(Model):
    """One decision about one answer: asked again, taken back, or answered anew.

    An answer is followed through the versions of its submission: `about` names the questionnaire
    of a village and period, and the row with the highest number holds.
    """

    id = fields.BigIntField(primary_key=True)
    about = fields.CharField(190)
    """As `Submission.current_key`: "plan|questionnaire|area|period"."""
    path = fields.CharField(190)
    number = fields.IntField()
    """1, 2, 3 … for each answer: two reviewers cannot both write the same one."""
    decision = fields.CharField(12)
    """rejected | undone | answered (by the village head, in `submission`)"""
    open = fields.BooleanField(default=False)
    """Whether the village head is being asked: on a rejection that holds, until it is followed."""
    reason = fields.CharField(32, default="")
    words = fields.TextField(default="")
    submission: fields.ForeignKeyRelation[Submission] = fields.ForeignKeyField(
        "models.Submission", related_name="answer_reviews", on_delete=OnDelete.RESTRICT
    )
    """The version that was decided about, or that answers."""
    by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="answer_reviews", on_delete=OnDelete.RESTRICT
    )
    at = fields.DatetimeField()
    asked_in = fields.BigIntField(null=True)
    """The interview in which the village head is asked just this, once that has begun."""
    interrupted = fields.BigIntField(null=True)
    """The interview that rests meanwhile and goes on afterwards."""

    class Meta:
        table = "answer_review"
        unique_together = (("about", "path", "number"),)
        indexes = (("open", "submission_id"), ("by_id", "at"))
