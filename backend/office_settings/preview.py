"""What a change would do before it is made: which days move, how many villages change status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from backend.clock import Clock
from backend.models import FormVersion
from backend.office_settings.keys import DAYS, Key, Kind
from backend.office_settings.overlay import Act, in_force, laid_over
from backend.plans.periods import next_period, period_of, previous_period
from backend.plans.schema import Obligation, Pack
from backend.plans.tree import exists, root_on
from backend.schedule.in_force import date_of
from backend.schedule.obligations import deadlines, moved, obligation_due, village_due
from backend.status.model import Progress, Status
from backend.status.progress import named_period
from backend.status.recorded import progress_of

HORIZON = 400
ISO_CHARS = 10
"""A period that is a day: of what is due once."""
MOST_VILLAGES = 3_000
"""With more villages nobody waits for the count."""
_MOVES = frozenset({Kind.DEADLINE, Kind.LEAD_DAYS, Kind.ON_DAY_OFF, *DAYS})


@dataclass(frozen=True, slots=True)
class Moved:
    """A last day that moves. `villages`: it is the villages' own, for the questionnaires named."""

    name: str
    period: str
    before: date | None
    after: date | None
    villages: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """How many villages change their status in one indicator in one period, from what to what."""

    period: str
    counts: tuple[tuple[Status, Status, int], ...]
    whole: int
    """How many villages assess themselves differently as a whole."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change."""

    moved: tuple[Moved, ...] = ()
    changed: tuple[Changed, ...] = ()
    counted: bool = True
    """False when there are too many villages to count."""


async def preview(bare: Pack, acts: Sequence[Act], new: Act, clock: Clock, zone: tzinfo) -> Preview:
    """Return what this act would change; reads only. `bare` is the pack without settings."""
    today = clock.now().astimezone(zone).date()
    before = laid_over(bare, in_force(acts, today))
    after = laid_over(bare, in_force([*acts, new], today))
    if new.key.kind in _MOVES:
        titles = dict(await FormVersion.all().order_by("id").values_list("form_id", "title"))
        return Preview(moved=tuple(_moved(before, after, today, titles)))
    if new.key.kind is not Kind.THRESHOLD:
        return Preview()
    if sum(a.level == "village" and exists(a, today) for a in bare.areas) > MOST_VILLAGES:
        return Preview(counted=False)
    root = root_on(bare, today)
    present = named_period(bare, None, today)
    changed = []
    for period in (present, previous_period(present)):
        was = await progress_of(root, period, clock, before, zone=zone)
        will = await progress_of(root, period, clock, after, zone=zone)
        changed.append(_changed(period, new.key, was, will))
    return Preview(changed=tuple(changed))


def _moved(before: Pack, after: Pack, today: date, titles: Mapping[str, str]) -> list[Moved]:
    was = {o.id: o for o in before.obligations}
    will = {o.id: o for o in after.obligations}
    coming = [
        part
        for pack in (before, after)
        for deadline in deadlines(pack, today, HORIZON)
        if deadline.last_day is not None
        for part in deadline.parts
    ]
    found = []
    for name, period in dict.fromkeys((n, "" if len(p) == ISO_CHARS else p) for n, p in coming):
        period_ = period or str(today.year)
        old, new = _last(before, was[name], period_), _last(after, will[name], period_)
        if old != new:
            found.append(Moved(was[name].name, period, old, new))
    alike: dict[tuple[str, date | None, date | None], list[str]] = {}
    for survey in before.surveys:
        title = titles.get(survey.questionnaire, survey.questionnaire)
        present = period_of(survey.period, today)
        for period in (present, next_period(present)):
            old, new = village_due(before, survey, period), village_due(after, survey, period)
            if old != new:
                alike.setdefault((period, old, new), []).append(title)
    for (period, old, new), names in alike.items():
        found.append(Moved(", ".join(names), period, old, new, villages=True))
    return sorted(found, key=lambda m: m.after or m.before or date.max)


def _last(pack: Pack, obligation: Obligation, period: str) -> date | None:
    before = date_of(obligation)
    day = obligation_due(obligation, period) if before is None else before - timedelta(days=1)
    return None if day is None else moved(pack, day)


def _changed(period: str, key: Key, was: Progress, will: Progress) -> Changed:
    set_id, _, code = key.target.partition("/")
    counts: dict[tuple[Status, Status], int] = {}
    whole = 0
    for old, new in zip(was.villages, will.villages, strict=True):
        whole += old.self_assessed is not new.self_assessed
        for a, b in zip(old.indicators, new.indicators, strict=True):
            if (a.set_id, a.code) == (set_id, code) and a.status is not b.status:
                counts[a.status, b.status] = counts.get((a.status, b.status), 0) + 1
    return Changed(period, tuple((a, b, n) for (a, b), n in counts.items()), whole)
