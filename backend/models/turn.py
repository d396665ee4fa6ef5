"""What came in and what goes out (bot.turn)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.people import Chat


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


class MadeFile(Model):
    """A picture or workbook that the program made to go with messages, and since when it is kept."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(64, unique=True)
    """Where its bytes lie among the attachments."""
    made_at = fields.DatetimeField()

    class Meta:
        table = "made_file"
        indexes = (("made_at",),)
