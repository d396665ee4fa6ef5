"""How what is planned for a month is said: one line a thing, and one line for all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from backend.plans.schema import Cadence
from backend.reports.words import period_name
from backend.schedule.planned import Planned, Sort
from conversations.text import N_
from locales import Catalog

MOST_NAMED: Final = 3
MOST_NAME: Final = 60
OFTEN: Final = {
    Cadence.MONTHLY: N_("every month"),
    Cadence.QUARTERLY: N_("every quarter"),
    Cadence.ANNUAL: N_("every year"),
}


def when_text(thing: Planned, today: date, catalog: Catalog) -> str:
    """Return when it is, «chưa đặt ngày» where the plan does not say; `today` tells what is over."""
    parts = []
    if thing.sort is Sort.TASK:
        parts.append(period_name(thing.when, catalog))
    elif thing.sort is Sort.ACTIVITY:
        parts += [catalog.get(OFTEN[key]) for key in OFTEN if key == thing.when]
    elif thing.when:
        parts.append(thing.when)
    if thing.sort is Sort.ACTIVITY and thing.end:
        parts.append(catalog.get(N_("until {day}"), day=thing.end))
    if not parts:
        return catalog.get(N_("no date set"))
    if thing.sort is Sort.INSPECTION and thing.begin and today < thing.begin:
        parts.append(catalog.get(N_("not yet begun")))
    elif thing.sort is Sort.INSPECTION and thing.begin:
        over = thing.end is not None and thing.end < today
        parts.append(catalog.get(N_("over") if over else N_("in these days")))
    return ", ".join(parts)


def planned_line(things: Sequence[Planned], catalog: Catalog) -> str:
    """Return one line for the weekly summary, "" for nothing."""
    if not things:
        return ""
    names = [
        t.name if len(t.name) <= MOST_NAME else f"{t.name[:MOST_NAME].rstrip()}…" for t in things
    ]
    said = "; ".join(dict.fromkeys(names[:MOST_NAMED]))
    if len(things) > MOST_NAMED:
        more = N_("{names}; and {count} more")
        said = catalog.get(more, names=said, count=len(things) - MOST_NAMED)
    return catalog.get(N_("Planned this month: {names}."), names=said)
