"""Progress out of records: what was submitted, what it gives, what is missing. Pure.

`backend.status.recorded` reads the records; this module only counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from backend.plans.periods import kind_of, period_days, period_of
from backend.plans.schema import AreaSpec, Indicator, Pack, Source, Survey, Target
from backend.plans.tree import above, exists, root_on, shown_names, upwards
from backend.schedule.obligations import deadlines, village_due
from backend.stages.steps import Move, state_of
from backend.status.model import (
    Count,
    IndicatorResult,
    Progress,
    Proof,
    Status,
    SurveyState,
    TargetState,
    UnitStages,
    VillageProgress,
)
from backend.status.status import (
    Photos,
    combined,
    in_force,
    indicator_result,
    rolled_up,
    weakest,
)


class UnknownAreaError(LookupError):
    """The plan has no such area; the message is its code."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the database holds of one questionnaire of one village and period."""

    submitted_at: datetime | None = None
    begun: bool = False
    counts: Mapping[str, Count] = field(default_factory=dict)
    missing_photos: tuple[str, ...] = ()
    """Paths of image questions that ask for a photo and have none."""
    photos: Mapping[str, Sequence[Proof]] = field(default_factory=dict)
    """What holds of each photo, by the paths of image questions."""
    entered_by: str = ""
    """Name of the officer who keyed it in, "" for the village itself."""


@dataclass(frozen=True, slots=True)
class Records:
    """Everything read for one area: by village code and questionnaire, and the forms' titles."""

    by_village: Mapping[tuple[str, str], Record]
    titles: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, Sequence[Move]] = field(default_factory=dict)
    """Moves between stages, by area code."""


def villages_of(pack: Pack, area_code: str, on: date) -> tuple[AreaSpec, ...]:
    """Return the villages of an area on a day, the area itself if it is one, in the plan's order.

    Raises UnknownAreaError.
    """
    areas = {area.code: area for area in pack.areas}
    if area_code not in areas:
        raise UnknownAreaError(area_code)
    return tuple(
        area
        for area in pack.areas
        if area.level == "village"
        and exists(area, on)
        and any(area_code == unit.code for unit in upwards(area, areas, on))
    )


def survey_periods(pack: Pack, period: str | None, today: date) -> dict[str, str]:
    """Return the period that each questionnaire is looked at in.

    Without a period it is today's. A questionnaire of another cadence than the period asked for
    is looked at in the last of its own periods that lies in it and has begun.
    """
    day = (
        today if period is None else max(period_days(period)[0], min(today, period_days(period)[1]))
    )
    return {survey.questionnaire: period_of(survey.period, day) for survey in pack.surveys}


def named_period(pack: Pack, period: str | None, today: date) -> str:
    """Return the period that the progress is called after; raise ValueError for no survey's."""
    if period is not None:
        kind_of(period)
        return period
    return period_of(pack.surveys[0].period if pack.surveys else "quarterly", today)


def build_progress(
    pack: Pack, area_code: str, period: str | None, records: Records, now: datetime
) -> Progress:
    """Return the progress of an area of any level. `now` is aware and in the office's zone.

    Raises UnknownAreaError, and ValueError for what is no period.
    """
    today = now.date()
    name = named_period(pack, period, today)
    on = period_days(name)[1]
    view = _View(pack, records, survey_periods(pack, period, today), today, on)
    specs = villages_of(pack, area_code, view.day)
    names = shown_names(specs, view.areas, view.day)
    villages = tuple(_village(view, spec, names[spec.code]) for spec in specs)
    rolled = tuple(_rolled(view, villages))
    area = view.areas[area_code]
    return Progress(
        area_code=area_code,
        area_name=area.name,
        area_level=area.level,
        plan_id=pack.id,
        plan_name=pack.name,
        sample=pack.sample,
        historical=pack.historical,
        unit_word=pack.unit_word,
        period=name,
        at=now,
        expected=len(villages) * len(pack.surveys),
        submitted=sum(_submitted(v) for v in villages),
        villages=villages,
        communes=tuple(_communes(view, specs, villages)),
        indicators=rolled,
        late=tuple((v.code, v.name) for v in villages if any(s.late for s in v.surveys)),
        deadlines=deadlines(pack, today),
        targets=tuple(
            _target(view, target, villages, rolled)
            for target in _seen_targets(view, area_code, specs)
        ),
        stages=tuple(_stages(view, area, specs, names, now)),
        plan_year=pack.year,
        set_names=tuple((s.id, s.name) for s in pack.criteria_sets),
        villages_stated=_stated(area, min(today, on)),
    )


@dataclass(frozen=True)
class _View:
    """What every part of one progress is counted from. `on` is the day whose thresholds hold."""

    pack: Pack
    records: Records
    periods: Mapping[str, str]
    today: date
    on: date

    @property
    def day(self) -> date:
        """The day whose tree holds: the period's last, and never one to come."""
        return min(self.today, self.on)

    @cached_property
    def areas(self) -> dict[str, AreaSpec]:
        return {area.code: area for area in self.pack.areas}

    def record(self, village: str, questionnaire: str) -> Record:
        return self.records.by_village.get((village, questionnaire), Record())


def counted_indicators(pack: Pack, on: date) -> Iterator[tuple[str, Indicator]]:
    """Yield (set id, indicator) of every set for villages that is in force on a day."""
    for criteria in pack.criteria_sets:
        if criteria.level != "village":
            continue
        if criteria.valid_from is not None and on < criteria.valid_from:
            continue
        if criteria.valid_to is not None and on > criteria.valid_to:
            continue
        for indicator in criteria.indicators:
            yield criteria.id, indicator


def _village(view: _View, spec: AreaSpec, name: str) -> VillageProgress:
    commune = above(spec, "commune", view.areas, view.day)
    results = []
    statuses: dict[tuple[str, str], list[Status]] = {}
    for set_id, indicator in counted_indicators(view.pack, view.on):
        record = view.record(spec.code, indicator.questionnaire)
        result = indicator_result(
            set_id,
            indicator,
            record.counts if record.submitted_at is not None else None,
            on=view.on,
            photos=Photos(
                {path.rpartition("/")[2] for path in record.missing_photos},
                record.photos,
                counts_before(view.pack, indicator),
            ),
        )
        results.append(result)
        if not indicator.informative:
            statuses.setdefault((set_id, indicator.criterion), []).append(result.status)
    return VillageProgress(
        code=spec.code,
        name=name,
        commune=commune.name if commune else "",
        surveys=tuple(_survey(view, survey, spec.code) for survey in view.pack.surveys),
        indicators=tuple(results),
        self_assessed=combined(combined(parts) for parts in statuses.values()),
    )


def counts_before(pack: Pack, indicator: Indicator) -> bool | None:
    """Return whether an indicator counts as met before its photos are approved; None: unsaid."""
    own = indicator.evidence.counts_before_approval
    return pack.evidence.counts_before_approval if own is None else own


def _survey(view: _View, survey: Survey, village: str) -> SurveyState:
    record = view.record(village, survey.questionnaire)
    period = view.periods[survey.questionnaire]
    due = village_due(view.pack, survey, period)
    return SurveyState(
        questionnaire=survey.questionnaire,
        title=view.records.titles.get(survey.questionnaire, survey.questionnaire),
        period=period,
        submitted_at=record.submitted_at,
        begun=record.begun,
        missing_photos=record.missing_photos,
        proof=weakest(p for states in record.photos.values() for p in states),
        due=due,
        late=record.submitted_at is None and due is not None and due < view.today,
        entered_by=record.entered_by,
    )


def _rolled(view: _View, villages: Sequence[VillageProgress]) -> Iterator[IndicatorResult]:
    if not villages:
        return
    for i, (_, indicator) in enumerate(counted_indicators(view.pack, view.on)):
        yield rolled_up(indicator, [village.indicators[i] for village in villages])


def _communes(
    view: _View, specs: Sequence[AreaSpec], villages: Sequence[VillageProgress]
) -> Iterator[tuple[str, str, int, int]]:
    found: dict[str, list[int]] = {}
    for spec, village in zip(specs, villages, strict=True):
        if (commune := above(spec, "commune", view.areas, view.day)) is not None:
            counts = found.setdefault(commune.code, [0, 0])
            counts[0] += _submitted(village)
            counts[1] += len(village.surveys)
    for code, (done, expected) in found.items():
        yield code, view.areas[code].name, done, expected


def _seen_targets(view: _View, area_code: str, specs: Sequence[AreaSpec]) -> Iterator[Target]:
    """Yield the targets of the plan's year and later; the whole plan's where all of it is seen."""
    within = {area_code, *(spec.code for spec in specs)}
    root = view.areas[root_on(view.pack, view.day)]
    whole = area_code in {unit.code for unit in upwards(root, view.areas, view.day)}
    for target in view.pack.targets:
        if target.year >= view.pack.year and (
            whole or (target.areas and within.issuperset(target.areas))
        ):
            yield target


def _target(
    view: _View,
    target: Target,
    villages: Sequence[VillageProgress],
    rolled: Sequence[IndicatorResult],
) -> TargetState:
    own: Decimal | None = None
    result: IndicatorResult | None = None
    if target.counts == "villages" and villages:
        own = Decimal(sum(v.self_assessed is Status.MET for v in villages))
    elif target.indicator:
        result = next((r for r in rolled if (r.set_id, r.code) == _key(target)), None)
        own = result.rate if result else None
    at_least = in_force(target.at_least, view.on)
    remaining = None
    if own is not None and at_least is not None and target.counts:
        remaining = max(at_least - own, Decimal(0))
    sources = (target.at_least, target.at_most, target, target.baseline, target.estimate)
    return TargetState(
        id=target.id,
        name=target.name,
        year=target.year,
        unit=target.unit,
        at_least=at_least,
        at_most=in_force(target.at_most, view.on),
        baseline=target.baseline.value,
        baseline_label=target.baseline_label,
        estimate=target.estimate.value,
        estimate_label=target.estimate_label,
        self_assessed=own,
        remaining=remaining,
        source_line=_source_line(view.pack, next((s.source for s in sources if s.source), None)),
        kind=target.kind.value,
        of=in_force(target.of, view.on),
        more_than=target.more_than,
        of_rate=bool(result),
        estimated=bool(result and result.estimate),
        reported=result.reported if result else 0,
        expected=result.expected if result else 0,
    )


def units_of(pack: Pack, area_code: str, on: date) -> tuple[AreaSpec, ...]:
    """Return an area and all the communes and villages below it on a day."""
    areas = {area.code: area for area in pack.areas}
    return tuple(
        unit
        for unit in pack.areas
        if exists(unit, on)
        and unit.level in {areas[area_code].level, "commune", "village"}
        and any(area_code == u.code for u in upwards(unit, areas, on))
    )


def _stages(
    view: _View, area: AreaSpec, specs: Sequence[AreaSpec], names: Mapping[str, str], now: datetime
) -> Iterator[UnitStages]:
    """Yield the stages of whoever has any, communes before villages."""
    if not view.records.moves:
        return
    communes = [u for u in units_of(view.pack, area.code, view.day) if u.level != "village"]
    for unit in (*communes, *specs):
        moves = view.records.moves.get(unit.code, ())
        sets = dict.fromkeys(m.criteria_set for m in moves)
        found = (state_of(view.pack, s, moves, now) for s in sets)
        states = tuple(state for state in found if state is not None)
        if states:
            yield UnitStages(unit.code, names.get(unit.code, unit.name), unit.level, states)


def _stated(area: AreaSpec, on: date) -> int | None:
    stated = in_force(area.villages_stated, on)
    return None if stated is None else int(stated)


def _key(target: Target) -> tuple[str | None, str | None]:
    return target.indicator_set, target.indicator


def _source_line(pack: Pack, source: Source | None) -> str:
    if source is None:
        return ""
    document = pack.documents.get(source.doc)
    title = document.title if document else source.doc
    return title if source.line is None else f"{title}:{source.line}"


def _submitted(village: VillageProgress) -> int:
    return sum(s.submitted_at is not None for s in village.surveys)
