"""What people decide beside the questionnaires: stages of a unit, and reports asked for once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.areas import Area
    from backend.models.people import Person


class StageMove(Model):
    """A unit came to a stage of a criteria set's workflow. Only ever added, never changed."""

    id = fields.BigIntField(primary_key=True)
    plan = fields.CharField(64)
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="stage_moves", on_delete=OnDelete.RESTRICT
    )
    criteria_set = fields.CharField(64, default="")
    """Id in the plan, "" where the plan has no set for units of this level."""
    stage = fields.CharField(64)
    """Id of the stage that begins, "" for an undone first move: the unit stands nowhere again."""
    moved_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="stage_moves", null=True, on_delete=OnDelete.RESTRICT
    )
    """Null: the program moved it, from the village's own figures."""
    at = fields.DatetimeField()
    note = fields.TextField(default="")
    """The decision's number or what the officer wrote."""
    undoes: fields.ForeignKeyNullableRelation[StageMove] = fields.ForeignKeyField(
        "models.StageMove", related_name="undone_by", null=True, on_delete=OnDelete.RESTRICT
    )

    class Meta:
        table = "stage_move"
        indexes = (("plan", "area_id", "id"),)


class AdHocReport(Model):
    """A report that an officer asks for once, with its own day («báo cáo đột xuất»)."""

    id = fields.BigIntField(primary_key=True)
    plan = fields.CharField(64)
    obligation = fields.CharField(64, default="")
    """The plan's ad-hoc obligation that it is an instance of, "" where the plan has none."""
    name = fields.CharField(200)
    questionnaire = fields.CharField(64)
    sentence = fields.TextField(default="")
    """What is asked when no questionnaire of the plan asks it."""
    level = fields.CharField(16)
    """village | commune: who answers"""
    period = fields.CharField(16, unique=True, null=True)
    """Under which period the answers are kept. Null only while the row is made."""
    before = fields.DateField()
    """Exclusive, like every deadline: the last day is the one before it."""
    offsets: fields.Field[list[int] | None] = fields.JSONField(null=True)
    """Days before the last day at which is reminded, null: as the office's settings say."""
    opened_by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="reports_opened", on_delete=OnDelete.RESTRICT
    )
    opened_at = fields.DatetimeField()
    cancelled_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="reports_cancelled", null=True, on_delete=OnDelete.RESTRICT
    )
    cancelled_at = fields.DatetimeField(null=True)
    reason = fields.TextField(default="")
    """Why it was cancelled."""

    class Meta:
        table = "ad_hoc_report"
        indexes = (("plan", "before"),)


class AdHocUnit(Model):
    """One village or commune that a report is asked of."""

    id = fields.BigIntField(primary_key=True)
    report: fields.ForeignKeyRelation[AdHocReport] = fields.ForeignKeyField(
        "models.AdHocReport", related_name="units", on_delete=OnDelete.RESTRICT
    )
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="ad_hoc_reports", on_delete=OnDelete.RESTRICT
    )

    class Meta:
        table = "ad_hoc_unit"
        unique_together = (("report_id", "area_id"),)
        indexes = (("area_id",),)


class OwnerReport(Model):
    """A department has reported its part of a criterion for a period, or took that back.

    Only ever added: of several rows the newest holds.
    """

    id = fields.BigIntField(primary_key=True)
    plan = fields.CharField(64)
    period = fields.CharField(16)
    criteria_set = fields.CharField(64)
    code = fields.CharField(64)
    """Of an indicator, or of a criterion that is owned whole."""
    owner = fields.CharField(200)
    scope = fields.CharField(200, default="")
    reported = fields.BooleanField(default=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="owner_reports", on_delete=OnDelete.RESTRICT
    )
    at = fields.DatetimeField()

    class Meta:
        table = "owner_report"
        indexes = (("plan", "period"),)


class UnitFigure(Model):
    """A number that an office states of a unit for a target, e.g. criteria met by a commune.

    Only ever added: of several rows the newest holds.
    """

    id = fields.BigIntField(primary_key=True)
    plan = fields.CharField(64)
    target = fields.CharField(64)
    area: fields.ForeignKeyRelation[Area] = fields.ForeignKeyField(
        "models.Area", related_name="figures", on_delete=OnDelete.RESTRICT
    )
    value = fields.DecimalField(18, 6, null=True)
    """Null: not known any more."""
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="figures", on_delete=OnDelete.RESTRICT
    )
    at = fields.DatetimeField()

    class Meta:
        table = "unit_figure"
        indexes = (("plan", "target"),)
