"""A pack with what the office has set laid over it. Pure.

Thresholds, deadlines and the lead time are laid over with all their days of validity, so that
every period is counted by what held on its last day (`backend.schedule.in_force`). When and how
people are reminded has no history to count: there the values of one day are put in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from backend.office_settings.keys import DAYS, OF_PERIODS, Key, Kind
from backend.plans.schema import (
    Cadence,
    CriteriaSet,
    DaySet,
    Document,
    Indicator,
    Number,
    Obligation,
    Pack,
    Reminding,
    Source,
)

DOCUMENT: Final = "office-setting-"
"""With the act's id, the name of its source among the pack's documents."""


@dataclass(frozen=True, slots=True)
class Act:
    """A value set, or ended (`ends`): then the plan's own holds again from `valid_from` on."""

    id: int
    key: Key
    value: Any
    source: str
    valid_from: date
    valid_to: date | None = None
    ends: bool = False
    number: int = 0
    """Counts the acts on the key: what somebody who sets it must have seen."""
    by: str = ""
    at: datetime | None = None
    token: str = ""
    """Names the act among those of all databases."""

    def holds(self, day: date) -> bool:
        """Say whether the act is valid on a day; its first and last day count."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def act_on(acts: Iterable[Act], key: Key, day: date | None) -> Act | None:
    """Return what of these acts (oldest first) decides a key on a day: the newest that holds.

    Without a day, and where the key is a day itself, it is the newest act of all.
    """
    if key.kind in DAYS:
        day = None
    return next(
        (a for a in reversed(list(acts)) if a.key == key and (day is None or a.holds(day))), None
    )


def in_force(acts: Sequence[Act], day: date | None) -> list[Act]:
    """Return what a pack of that day is made of, of all acts (oldest first).

    Kinds that go by periods and days off keep their history, of the others the act that decides.
    """
    return [act for act in acts if act.key.kind in OF_PERIODS or act is act_on(acts, act.key, day)]


def laid_over(pack: Pack, acts: Sequence[Act]) -> Pack:
    """Return the pack with these acts (of `in_force`), itself if there are none."""
    if not acts:
        return pack
    by_kind: dict[Kind, dict[str, list[Act]]] = defaultdict(lambda: defaultdict(list))
    for act in acts:
        if not act.key.area:
            by_kind[act.key.kind][act.key.target].append(act)
    reminding = pack.reminding.model_copy(update=_reminding(pack, by_kind))
    return pack.model_copy(
        update={
            "documents": {**pack.documents, **_documents(acts)},
            "criteria_sets": [_criteria(s, by_kind[Kind.THRESHOLD]) for s in pack.criteria_sets],
            "obligations": [
                o.model_copy(update={"days_set": _days_set(o, by_kind[Kind.DEADLINE][o.id])})
                if o.id in by_kind[Kind.DEADLINE]
                else o
                for o in pack.obligations
            ],
            "stages": [
                s.model_copy(update={"days_at_most": _number(found)})
                if (found := _set(by_kind[Kind.STAGE_DAYS].get(s.id, ()))) is not None
                else s
                for s in pack.stages
            ],
            "reminding": reminding,
            "reminding_in": _reminding_in(pack, reminding, acts),
            "keeping": pack.keeping.model_copy(
                update={
                    name: kept.value
                    for kind, name in _KEPT.items()
                    if (kept := _set(by_kind[kind].get("", ()))) is not None
                }
            ),
        }
    )


def _reminding_in(pack: Pack, whole: Reminding, acts: Sequence[Act]) -> dict[str, Reminding]:
    """Return how people are reminded in the units that something is set for, the topmost first.

    What a unit does not set itself is as in the nearest one above it that does.
    """
    by_area: dict[str, dict[Kind, dict[str, list[Act]]]] = {}
    for act in acts:
        if act.key.area:
            kinds = by_area.setdefault(act.key.area, defaultdict(lambda: defaultdict(list)))
            kinds[act.key.kind][act.key.target].append(act)
    paths = {code: path_to(pack, code) for code in by_area}
    found: dict[str, Reminding] = {}
    for code in sorted(by_area, key=lambda c: (len(paths[c]), c)):
        above = next((found[c] for c in reversed(paths[code]) if c in found), whole)
        here = _reminding(pack, by_area[code])
        found[code] = above.model_copy(
            update={k: v for k, v in here.items() if k not in _NEVER_IN_AREAS}
        )
    return found


def path_to(pack: Pack, code: str) -> list[str]:
    """Return the codes above a unit as the tree is now, the topmost first."""
    parents = {area.code: area.parent for area in pack.areas}
    path: list[str] = []
    above = parents.get(code)
    while above is not None and above not in path:
        path.insert(0, above)
        above = parents.get(above)
    return path


def _documents(acts: Iterable[Act]) -> dict[str, Document]:
    return {f"{DOCUMENT}{act.id}": Document(title=act.source) for act in acts if not act.ends}


def _criteria(criteria: CriteriaSet, acts: Mapping[str, list[Act]]) -> CriteriaSet:
    if not any(target.startswith(f"{criteria.id}/") for target in acts):
        return criteria
    indicators = [
        i.model_copy(update={"thresholds_set": _numbers(acts[f"{criteria.id}/{i.code}"], _own(i))})
        if f"{criteria.id}/{i.code}" in acts
        else i
        for i in criteria.indicators
    ]
    return criteria.model_copy(update={"indicators": indicators})


def _own(indicator: Indicator) -> Number:
    return indicator.threshold


def _numbers(acts: Iterable[Act], own: Number) -> list[Number]:
    numbers: list[Number] = []
    for act in acts:
        if not act.ends:
            numbers.append(_number(act))
            continue
        numbers.append(Number(valid_from=act.valid_from))
        since = max(own.valid_from or act.valid_from, act.valid_from)
        if own.valid_to is None or since <= own.valid_to:
            numbers.append(own.model_copy(update={"valid_from": since}))
    return numbers


def _number(act: Act) -> Number:
    return Number(
        value=None if act.value is None else Decimal(str(act.value)),
        source=Source(doc=f"{DOCUMENT}{act.id}"),
        valid_from=act.valid_from,
        valid_to=act.valid_to,
    )


def _days_set(own: Obligation, acts: Iterable[Act]) -> list[DaySet]:
    """Return the days as set; a day of the month and one date never stand beside each other."""
    days: list[DaySet] = []
    for act in acts:
        before = None if act.ends else act.value.get("before")
        if before is not None:
            days = [d for d in days if d.before is not None]
            day = date.fromisoformat(before)
            days.append(DaySet(before=day, valid_from=act.valid_from, valid_to=act.valid_to))
            continue
        last = act.valid_from - timedelta(days=1)
        days = [d for d in days if d.before is None or (act.ends and d.before <= last)]
        value: dict[str, Any] = {"before_day": own.before_day} if act.ends else act.value
        cadence = Cadence(value["cadence"]) if value.get("cadence") else None
        days.append(
            DaySet(
                before_day=value.get("before_day"),
                cadence=cadence,
                valid_from=act.valid_from,
                valid_to=act.valid_to,
            )
        )
    return days


def _set(acts: Sequence[Act]) -> Act | None:
    """Return the one act of a kind that no period asks for, None when it ended."""
    return None if not acts or acts[-1].ends else acts[-1]


_KEPT: Final = {Kind.PHOTO_MONTHS: "photo_months", Kind.MESSAGE_DAYS: "message_days"}
_NEVER_IN_AREAS: Final = frozenset({"leads_set", "days_off", "working_days"})
_PLAIN: Final = {
    Kind.OFFSETS: "offsets",
    Kind.ON_DAY_OFF: "on_day_off",
    Kind.ESCALATE_DAYS: "escalate_days",
    Kind.REPORT_OFFSETS: "report_offsets",
    Kind.ACTIVITY_DAY: "activity_day",
}


def _reminding(pack: Pack, by_kind: Mapping[Kind, Mapping[str, list[Act]]]) -> dict[str, Any]:
    update: dict[str, Any] = {}

    def found(kind: Kind) -> Act | None:
        return _set(by_kind[kind].get("", ()))

    for kind, name in _PLAIN.items():
        if (act := found(kind)) is not None:
            update[name] = act.value
    if (act := found(Kind.REMIND_AT)) is not None:
        update["at"] = time.fromisoformat(act.value)
    if (act := found(Kind.QUIET_HOURS)) is not None:
        update["quiet_from"], update["quiet_to"] = (time.fromisoformat(v) for v in act.value)
    if (act := found(Kind.WEEKLY)) is not None:
        update["weekly_day"], update["weekly_at"] = act.value[0], time.fromisoformat(act.value[1])
    if "" in by_kind[Kind.LEAD_DAYS]:
        lead = pack.reminding.village_lead_days
        own = Number(value=None if lead is None else Decimal(lead))
        update["leads_set"] = _numbers(by_kind[Kind.LEAD_DAYS][""], own)
    for kind, name in ((Kind.DAY_OFF, "days_off"), (Kind.WORKING_DAY, "working_days")):
        update[name] = sorted(
            date.fromisoformat(day) for day, acts in by_kind[kind].items() if _set(acts) is not None
        )
    return update
