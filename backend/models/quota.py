"""What each bot may send, what it has sent this month, and what has to go another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.fields import OnDelete
from tortoise.models import Model

if TYPE_CHECKING:
    from backend.models.people import Chat
    from backend.models.turn import Outbox


class BotRules(Model):
    """One bot of one channel, and what its channel lets it do. Written when the program starts."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(16)
    bot = fields.CharField(32, default="")
    per_month = fields.IntField(null=True)
    people = fields.IntField(null=True)
    reply_seconds = fields.FloatField(null=True)
    free_replies = fields.IntField(null=True)
    rings = fields.BooleanField(default=True)
    """False where nobody is told of a message who does not come and look."""
    reserve_share = fields.FloatField(default=0.2)
    """Part of the month's messages that is kept for answers."""
    closed_at = fields.DatetimeField(null=True)
    """Since when the installation no longer has this bot."""

    class Meta:
        table = "bot_rules"
        unique_together = (("channel", "bot"),)


class SentMonth(Model):
    """Messages that one bot has sent in one month of the office's zone, by what they were for."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(16)
    bot = fields.CharField(32, default="")
    month = fields.CharField(7)
    """2026-11"""
    purpose = fields.CharField(16)
    sent = fields.IntField(default=0)

    class Meta:
        table = "sent_month"
        unique_together = (("channel", "bot", "month", "purpose"),)


class ChatSpent(Model):
    """What one chat has cost its bot, where the channel counts replies. Written with the marks."""

    id = fields.BigIntField(primary_key=True)
    chat: fields.OneToOneRelation[Chat] = fields.OneToOneField(
        "models.Chat", related_name="spent", on_delete=OnDelete.CASCADE
    )
    heard_at = fields.DatetimeField(null=True)
    """The person's message that `replies` answer."""
    replies = fields.IntField(default=0)
    """Messages sent since `heard_at`."""
    day = fields.CharField(10, default="")
    """2026-11-22, of the office's zone."""
    paid = fields.IntField(default=0)
    """Answers of `day` that were not free."""
    told = fields.CharField(10, default="")
    """The month (2026-11) or day in which the chat was last shown the way to the web chat."""

    class Meta:
        table = "chat_spent"


class CameBack(Model):
    """A reminder, notice or summary that its channel did not take and that must go another way."""

    id = fields.BigIntField(primary_key=True)
    outbox: fields.OneToOneRelation[Outbox] = fields.OneToOneField(
        "models.Outbox", related_name="came_back", on_delete=OnDelete.RESTRICT
    )

    class Meta:
        table = "came_back"
