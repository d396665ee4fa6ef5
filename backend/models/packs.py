"""What an office publishes: plan packs and questionnaires, each version kept for good."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


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
