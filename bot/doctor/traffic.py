"""What goes through: messages that wait or were set aside, the schedule, what the month has left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from tortoise.expressions import Q
from tortoise.functions import Min

from backend.models import Inbox, Outbox
from backend.quota.month import months
from bot.doctor.shapes import Finding, Sight, good, look, mend, unseen
from bot.tick_note import last_tick
from conversations.text import Param, Text

LONG: Final = timedelta(minutes=10)
TOO_LONG: Final = timedelta(hours=1)
TICKS: Final = timedelta(minutes=5)


async def outbox(sight: Sight) -> AsyncIterator[Finding]:
    """Look how many messages wait to be sent although they might go, and since when."""
    now = sight.clock.now()
    waiting = Outbox.filter(Q(not_before=None) | Q(not_before__lte=now), status=0)
    rows = await waiting.annotate(oldest=Min("created_at")).values("oldest")
    oldest: datetime | None = rows[0]["oldest"] if rows else None
    if oldest is None:
        yield good(Text("nothing waits to be sent"))
        return
    since = oldest.astimezone(sight.settings.zone)
    params: dict[str, Param] = {"count": await waiting.count(), "since": since}
    said = Text("{count} messages wait to be sent, the oldest since {since}", params)
    advice = Text("Please see whether the program runs and the channels are in order.")
    if now - oldest > TOO_LONG:
        yield mend(said, advice)
    else:
        yield look(said, advice) if now - oldest > LONG else good(said)


async def inbox(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether messages were received and not dealt with, or had to be set aside."""
    now = sight.clock.now()
    rows = await Inbox.filter(status=0).annotate(oldest=Min("received_at")).values("oldest")
    oldest: datetime | None = rows[0]["oldest"] if rows else None
    aside = await Inbox.filter(status=3).count()
    if oldest is not None and now - oldest > LONG:
        since = oldest.astimezone(sight.settings.zone)
        yield mend(
            Text("messages wait for their answer since {since}", {"since": since}),
            Text("Please see whether the program runs."),
        )
    if aside:
        yield look(
            Text("{count} messages were set aside because their turn failed", {"count": aside}),
            Text("Please look for «set aside» in the log and tell the developers."),
        )
    elif oldest is None or now - oldest <= LONG:
        yield good(Text("every message got its turn"))


async def ticks(sight: Sight) -> AsyncIterator[Finding]:
    """Look when the schedule last looked what is due."""
    last = last_tick(sight.settings.data_dir)
    if last is None:
        yield look(
            Text("it has never looked yet what is due"), Text("Please start it: thonmoi run")
        )
        return
    moment = last.astimezone(sight.settings.zone)
    said = Text("it last looked at {moment} what is due", {"moment": moment})
    if sight.clock.now() - last > TICKS:
        yield look(said, Text("Please see whether the program runs."))
    else:
        yield good(said)


async def month(sight: Sight) -> AsyncIterator[Finding]:
    """Look how many messages each bot with a limit has left this month."""
    found = await months(sight.clock.now(), sight.settings.zone)
    if not found:
        yield unseen(Text("no channel has a limit that is known here"))
    for one in found:
        name = f"{one.channel} {one.bot}".rstrip()
        if one.per_month is not None and one.left is not None:
            params: dict[str, Param] = {"name": name, "left": one.left, "all": one.per_month}
            said = Text("{name}: {left} of {all} messages are left this month", params)
            advice = Text("Please buy more, or let people come to the web chat: /web")
            if one.left == 0:
                yield mend(said, advice)
            else:
                yield look(said, advice) if one.level is not None else good(said)
        if one.most_people is not None:
            params = {"name": name, "count": one.people, "all": one.most_people}
            said = Text("{name}: {count} of {all} people", params)
            full = Text("Whoever comes now gets the web chat's link.")
            yield look(said, full) if one.full else good(said)
