"""Which doors an invitation names: per channel the bot of the nearest area, and the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from backend.area_tree import lineage
from backend.models import Area
from bot.doors.settings import Bots


class Way(NamedTuple):
    """A bot that an invitation may name: its channel, its area ("" is everybody's), its link."""

    channel: str
    area: str
    link: Callable[[str], str]


def ways_of(bots: Bots) -> list[Way]:
    """Return the ways that the settings alone tell, without asking any channel."""
    return [
        *(Way("telegram", bot.area, bot.link) for bot in bots.telegram),
        *(Way("zalo", bot.area, bot.link) for bot in bots.zalo_bots),
        *(Way("zalo", oa.area, oa.link) for oa in bots.zalo_oas),
    ]


async def invite_links(
    ways: Iterable[Way], public_url: str, code: str, area_id: int
) -> dict[str, str]:
    """Return the links that carry `code` by channel; a channel without one is left out.

    Of several bots of one channel the one whose area is nearest above the invited area is
    taken, else the one that is everybody's.
    """
    links: dict[str, str] = {}
    chosen: dict[str, int] = {}
    depths = await _depths(area_id)
    for way in ways:
        if way.area and way.area not in depths:
            continue
        depth = depths[way.area] if way.area else -1
        link = way.link(code)
        if link and depth > chosen.get(way.channel, -2):
            chosen[way.channel] = depth
            links[way.channel] = link
    return links | {"web": f"{public_url}/c/?code={code}"}


async def _depths(area_id: int) -> Mapping[str, int]:
    """Return the codes of an area and all above it with their depth; 0 is the top."""
    above = {a.id: a for a in await Area.filter(id__in=await lineage([area_id]))}

    def depth(area: Area) -> int:
        steps, parent = 0, area.parent_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        while parent in above and steps < len(above):
            steps, parent = steps + 1, above[parent].parent_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        return steps

    return {area.code: depth(area) for area in above.values()}
