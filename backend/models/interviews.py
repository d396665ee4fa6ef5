"""Interviews that run, and what was submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.areas import Area
    from backend.models.packs import FormVersion
    from backend.models.people import Person


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
    """running | paused | submitted | cancelled | left: kept, while the person answers for it no more |
    gone: never sent, its answers were removed (backend.unsent)"""
    state = fields.TextField()
    started_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "interview"
        indexes = (("person_id", "status"), ("area_id", "period"), ("status",))


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
