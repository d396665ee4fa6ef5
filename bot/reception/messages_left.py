"""/hanmuc: how many messages each bot may still send this month, for admins."""

from __future__ import annotations

from backend.quota.month import month_text, months
from bot.messages import Outgoing
from bot.reception.house import Visit
from conversations.text import Text


def may_see(visit: Visit) -> bool:
    """Say whether the visitor looks after the installation."""
    return visit.rights.admin


async def show(visit: Visit) -> list[Outgoing]:
    """Answer /hanmuc."""
    if not may_see(visit):
        return [visit.say(Text("Only administrators can see this."))]
    found = await months(visit.now, visit.house.zone)
    if not found:
        return [visit.say(Text("No channel here has a limit."))]
    return [visit.say(*(month_text(month, visit.catalog) for month in found))]
