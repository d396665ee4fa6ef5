"""Who saw, decided, changed and exported what: rows that are only ever added (backend.audit)."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class AuditEntry(Model):
    """One thing that somebody did. No personal data: ids, codes and counts only."""

    id = fields.BigIntField(primary_key=True)
    number = fields.BigIntField(unique=True)
    """Place in the chain, from 1 without a gap."""
    at = fields.DatetimeField()
    by = fields.BigIntField(null=True)
    """Person's id, null for the program or the machine's own admin at the command line."""
    action = fields.CharField(48)
    subject = fields.CharField(96)
    """What it was done to, as "photo:12" or "area:ia-dal"."""
    details = fields.TextField(default="")
    """JSON object of text and whole numbers, "" for none."""
    previous = fields.CharField(64)
    """sha256 of the row before, "" for the first."""
    sha256 = fields.CharField(64, unique=True)
    """Over this row's fields and `previous`; backend.audit says how."""

    class Meta:
        table = "audit_entry"
        indexes = (("by", "at"), ("subject", "at"))


class AuditHead(Model):
    """The chain's end, one row: whoever adds to the chain holds it until the commit."""

    id = fields.IntField(primary_key=True)
    entries = fields.BigIntField(default=0)
    sha256 = fields.CharField(64, default="")

    class Meta:
        table = "audit_head"
