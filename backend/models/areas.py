"""Areas: the tree of units, its history, and every change that no pack made."""

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
