"""The clock, against what the channels' servers say; and the office's zone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.doctor.asking import NoReplyError, ask, is_loopback
from bot.doctor.shapes import Finding, Sight, good, look, mend, unseen
from conversations.text import Param, Text

TOLERANCE: Final = timedelta(seconds=60)
"""A code of an officer's phone, a signed link and a deadline of the night bear that much."""
COUNTRY: Final = ZoneInfo("Asia/Ho_Chi_Minh")


async def clock(sight: Sight) -> AsyncIterator[Finding]:
    """Compare with the Date of every server that is configured; the nearest one counts."""
    now = sight.clock.now()
    shown = now.astimezone(sight.settings.zone)
    if shown.utcoffset() != now.astimezone(COUNTRY).utcoffset():
        yield look(
            Text("TZ_OFFICE {zone} is not Vietnam's time; there it is {now}",
                 {"zone": str(sight.settings.zone), "now": shown}),
            Text("Please set TZ_OFFICE=Asia/Ho_Chi_Minh, unless this is meant."),
        )  # fmt: skip
    offsets = await asyncio.gather(*(_offset(url, sight) for url in _servers(sight)))
    known = [offset for offset in offsets if offset is not None]
    if not known:
        yield unseen(Text("no server to compare with; here it is {now}", {"now": shown}))
        return
    least = min(known, key=abs)
    seconds = int(abs(least).total_seconds())
    if abs(least) > TOLERANCE:
        params: dict[str, Param] = {"count": seconds, "now": shown}
        advice = Text("Please set the clock, best by NTP: timedatectl set-ntp true")
        if least > timedelta():
            yield mend(Text("the clock is {count} seconds fast; here it is {now}", params), advice)
        else:
            yield mend(Text("the clock is {count} seconds slow; here it is {now}", params), advice)
    else:
        yield good(Text("right within a minute; here it is {now}", {"now": shown}))


def _servers(sight: Sight) -> list[str]:
    """Return whom to ask: the channels, whose clocks are not this machine's; else PUBLIC_URL."""
    bots = sight.bots
    urls = {bot.api_url for bot in bots.telegram}
    urls |= {bot.api_url for bot in bots.zalo_bots} | {bot.api_url for bot in bots.zalo_oas}
    if not urls and not is_loopback(sight.settings.public_url):
        urls = {sight.settings.public_url + "/healthz"}
    return sorted(urls)


async def _offset(url: str, sight: Sight) -> timedelta | None:
    """Return how far this clock is ahead of a server's, None if that tells nothing."""
    before = sight.clock.now()
    try:
        reply = await ask(url, sight.ca_file)
    except NoReplyError:
        return None
    if reply.date is None:
        return None
    after = sight.clock.now()
    # The answer was made in between, and a Date's seconds are cut off.
    return before + (after - before) / 2 - reply.date - timedelta(seconds=0.5)
