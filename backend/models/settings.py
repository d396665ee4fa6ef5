"""What an office's admins have set beside the plan: thresholds, deadlines, reminding, days off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.people import Person


class OfficeSetting(Model):
    """One act of an admin: a value set, or ended. Only ever added to, so it is its own log."""

    id = fields.BigIntField(primary_key=True)
    token = fields.CharField(32, unique=True)
    """Random: names one state of one database's settings, for what is kept in memory of it."""
    plan = fields.CharField(64)
    kind = fields.CharField(24)
    """`backend.office_settings.keys.Kind`"""
    target = fields.CharField(160, default="")
    """What of that kind: an indicator ("set/code"), an obligation, a stage, a day, or ""."""
    area = fields.CharField(64, default="")
    """Code of the unit for which, and for all below which, it is set; "" for the whole plan."""
    number = fields.IntField()
    """Counts the acts on one kind, target and area from 1: of two admins at once one is refused."""
    act = fields.CharField(8)
    """set | end: from `valid_from` on the plan's own value holds again"""
    value: fields.Field[object] = fields.JSONField(null=True)
    """{"is": …}, for Tortoise takes a bare text for JSON. Null when the act ends."""
    unit = fields.CharField(24, default="")
    source = fields.CharField(300)
    """The document that says so, as the admin names it."""
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    set_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="settings", null=True, on_delete=OnDelete.RESTRICT
    )
    set_by_name = fields.CharField(200, default="")
    """The person's name at that time, or who ran the command line."""
    via = fields.CharField(16)
    """chat | web | command"""
    set_at = fields.DatetimeField()

    class Meta:
        table = "office_setting"
        unique_together = (("plan", "kind", "target", "area", "number"),)
        indexes = (("plan", "id"),)
