"""A plan as a person reads it: what it holds, where each value stands, what nobody has decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from backend.plans.goals import share_of
from backend.plans.schema import (
    Activity,
    AreaSpec,
    Cadence,
    CriteriaSet,
    Criterion,
    Indicator,
    Inspection,
    Number,
    Obligation,
    Owner,
    Pack,
    Source,
    Target,
    TargetKind,
    TaskPlan,
)
from conversations.text import N_
from locales import Catalog

CADENCES: Final = {
    Cadence.MONTHLY: N_("every month"),
    Cadence.QUARTERLY: N_("every quarter"),
    Cadence.SIX_MONTH: N_("for six months"),
    Cadence.NINE_MONTH: N_("for nine months"),
    Cadence.ANNUAL: N_("every year"),
    Cadence.ONE_OFF: N_("once"),
    Cadence.AD_HOC: N_("when asked for; the officer sets the day"),
    Cadence.UNSTATED: N_("regularly, the plan does not say how often"),
}
LEVELS: Final = {
    "province": N_("province"),
    "district": N_("district"),
    "commune": N_("commune"),
    "village": N_("village"),
}
STANDINGS: Final = {"assigned": N_("assigned"), "striven": N_("striven for")}
MEASURES: Final = {
    "cumulative": N_("of all so far"),
    "added": N_("newly in the year"),
    "per_year": N_("a year"),
}
NUMBERLESS: Final = frozenset({TargetKind.KEEP, TargetKind.RECOGNISED, TargetKind.DONE})


def plan_lines(pack: Pack, speaker: Catalog) -> Iterator[str]:
    """Yield the pack in lines, in brackets the document and line where each value stands."""
    yield f"{pack.id} ({pack.year}): {pack.name}"
    for code, document in pack.documents.items():
        yield f"  [{code}] {document.title}"
    judged = ", ".join(speaker.get(LEVELS[level]) for level in pack.judges)
    yield speaker.get(N_("The plan judges: {levels}"), levels=judged)
    yield ""
    yield from _tree(pack, None, "", speaker)
    yield ""
    for criteria in pack.criteria_sets:
        yield from _criteria(criteria, speaker)
    yield ""
    for obligation in pack.obligations:
        yield from _obligation(obligation, speaker)
    yield ""
    for target in pack.targets:
        yield _target(target, speaker)
    yield from _headed(N_("Sponsors:"), list(_sponsors(pack)), speaker)
    inspections = [line for i in pack.inspections for line in _inspection(i, pack, speaker)]
    yield from _headed(N_("Inspections:"), inspections, speaker)
    activities = [_activity(activity, speaker) for activity in pack.activities]
    yield from _headed(N_("Activities:"), activities, speaker)
    tasks = [line for plan in pack.task_plans for line in _tasks(plan, pack, speaker)]
    yield from _headed(N_("Tasks:"), tasks, speaker)
    yield ""
    for stage in pack.stages:
        days = stage.days_at_most.value
        limit = "" if days is None else ", " + speaker.get(N_("{count} days at most"), count=days)
        yield f"→ {stage.name} ({stage.by or '?'}{limit}){where(stage.source)}"


def where(source: Source | None) -> str:
    """Return where a value stands, " [doc:line]", or nothing."""
    if source is None:
        return ""
    return f" [{source.doc}:{source.line}]" if source.line else f" [{source.doc}]"


def _headed(head: str, lines: Sequence[str], speaker: Catalog) -> Iterator[str]:
    if lines:
        yield ""
        yield speaker.get(head)
        yield from lines


def _tree(pack: Pack, parent: str | None, indent: str, speaker: Catalog) -> Iterator[str]:
    for area in pack.areas:
        if area.parent == parent:
            facts = "".join(f", {fact}" for fact in _facts(area, speaker))
            yield f"{indent}{area.code}: {area.name}{facts}{where(area.source)}"
            yield from _tree(pack, area.code, indent + "  ", speaker)


def _facts(area: AreaSpec, speaker: Catalog) -> Iterator[str]:
    if area.names:
        yield speaker.get(N_("also written {names}"), names=", ".join(area.names))
    for sentence, number in (
        (N_("{count} households"), area.households),
        (N_("{count} communes, the plan says"), area.communes_stated),
        (N_("{count} villages, the plan says"), area.villages_stated),
    ):
        if number.value is not None:
            yield speaker.get(sentence, count=number.value) + where(number.source)
    for recognition in area.recognised:
        known = (
            speaker.get(N_("has reached the standard"))
            + f" {recognition.criteria_set or ''}".rstrip()
        )
        yield known + where(recognition.source)


def _criteria(criteria: CriteriaSet, speaker: Catalog) -> Iterator[str]:
    yield f"{criteria.id}: {criteria.name}{where(criteria.source)}"
    for decision in criteria.decisions:
        amends = " " + speaker.get(N_("(amends)")) if decision.amends else ""
        dated = f" {decision.dated:%d/%m/%Y}" if decision.dated else ""
        yield f"  {decision.number}{dated}{amends}{where(decision.source)}"
    if criteria.valid_from is not None and criteria.valid_to is not None:
        sentence = N_("holds from {first} to {last}")
        yield "  " + speaker.get(sentence, first=criteria.valid_from, last=criteria.valid_to)
    stated = criteria.criteria_stated
    if stated.value is not None:
        count = speaker.get(N_("{count} criteria, the plan says"), count=stated.value)
        yield f"  {count}{where(stated.source)}"
    for criterion in criteria.criteria:
        yield f"  {criterion.code} {criterion.name}{where(criterion.source)}"
        yield from _owners(criterion, "    ")
        step = criterion.consolidation
        if step is not None:
            sentence = N_("put together by {lead} for {to}")
            lead = speaker.get(sentence, lead=step.lead, to=step.to)
            yield f"    {lead}{where(step.source)}"
        for indicator in criteria.indicators:
            if indicator.criterion == criterion.code:
                yield f"    {indicator.code} {indicator.name}: {_threshold(indicator, speaker)}"
                yield from _owners(indicator, "      ")


def _owners(owned: Criterion | Indicator, indent: str) -> Iterator[str]:
    for owner in owned.owners:
        yield f"{indent}· {_owner(owner)}"


def _owner(owner: Owner) -> str:
    scope = f" ({owner.scope})" if owner.scope else ""
    to = f" → {', '.join(owner.reports_to)}" if owner.reports_to else ""
    helpers = f" + {', '.join(owner.cooperating)}" if owner.cooperating else ""
    return f"{owner.name}{helpers}{scope}{to}{where(owner.source)}"


def _threshold(indicator: Indicator, speaker: Catalog) -> str:
    number: Number = indicator.threshold
    if number.value is None:
        return speaker.get(N_("no threshold yet"))
    sign = {"at_least": "≥", "at_most": "≤", "equals": "="}[indicator.compare]
    unit = "%" if indicator.denominator else ""
    return f"{sign} {speaker.number(number.value)}{unit}{where(number.source)}"


def _obligation(obligation: Obligation, speaker: Catalog) -> Iterator[str]:
    cadence = speaker.get(CADENCES[obligation.cadence])
    yield f"{obligation.name} ({cadence}): {_day(obligation, speaker)}{where(obligation.source)}"
    way = " → ".join(part for part in (obligation.obliged, obligation.via, obligation.to) if part)
    if way:
        yield f"  {way}" + (f", {obligation.email}" if obligation.email else "")
    if obligation.note:
        yield f"  {obligation.note}"


def _day(obligation: Obligation, speaker: Catalog) -> str:
    if obligation.before is not None:
        return speaker.get(N_("before {day}"), day=obligation.before)
    if obligation.before_day is not None:
        return speaker.get(N_("before day {day}"), day=obligation.before_day)
    return speaker.get(N_("no deadline set"))


def _target(target: Target, speaker: Catalog) -> str:
    marks = [
        speaker.get(words[value])
        for words, value in ((STANDINGS, target.standing), (MEASURES, target.measure))
        if value
    ]
    line = f"{target.name} ({', '.join([str(target.year), *marks])})"
    goal = _goal(target, speaker)
    if goal:
        line += f": {goal}"
    if target.beside:
        line += " · " + speaker.get(N_("compare with {name}"), name=target.beside)
    return line + (f" · {target.note}" if target.note else "")


def _goal(target: Target, speaker: Catalog) -> str:
    unit = f" {target.unit}".rstrip() if target.unit != "%" else "%"
    numbers = [
        f"{sign} {speaker.number(number.value)}{unit}{where(number.source)}"
        for sign, number in (
            (">" if target.more_than else "≥", target.at_least),
            ("≤", target.at_most),
        )
        if number.value is not None
    ]
    if not numbers and target.kind in NUMBERLESS:
        return where(target.source).strip()
    share = share_of(target)
    if share is not None and target.of.value is not None:
        numbers.append(
            speaker.get(
                N_("of {count}, which is {share}%"),
                count=speaker.number(target.of.value),
                share=speaker.number(round(share, 2)),
            )
            + where(target.of.source)
        )
    return ", ".join(numbers) or speaker.get(N_("no number in the plan"))


def _sponsors(pack: Pack) -> Iterator[str]:
    names = {area.code: area.name for area in pack.areas}
    for sponsor in pack.sponsors:
        yield f"  {names[sponsor.area]}: {'; '.join(_owner(owner) for owner in sponsor.by)}"


def _inspection(inspection: Inspection, pack: Pack, speaker: Catalog) -> Iterator[str]:
    names = {area.code: area.name for area in pack.areas}
    when = inspection.when or speaker.get(N_("no time in the plan"))
    yield f"  {when}: {inspection.name}{where(inspection.source)}"
    if inspection.areas:
        yield f"    {', '.join(names[code] for code in inspection.areas)}"
    yield "    " + " + ".join([inspection.lead or "?", *inspection.cooperating])
    if inspection.note:
        yield f"    {inspection.note}"


def _activity(activity: Activity, speaker: Catalog) -> str:
    parts = [
        speaker.get(CADENCES[activity.every])
        if activity.every
        else speaker.get(N_("no frequency in the plan"))
    ]
    if activity.at_least.value is not None:
        parts.append(f"≥ {speaker.number(activity.at_least.value)}")
    if activity.until is not None:
        parts.append(speaker.get(N_("until {day}"), day=activity.until))
    if activity.question:
        parts.append(f"{activity.questionnaire}/{activity.question}")
    return f"  {activity.name}: {', '.join(parts)}{where(activity.source)}"


def _tasks(plan: TaskPlan, pack: Pack, speaker: Catalog) -> Iterator[str]:
    names = {area.code: area.name for area in pack.areas}
    yield f"  {plan.name} ({plan.by or '?'}){where(plan.source)}"
    if plan.tasks is None:
        yield "    " + speaker.get(N_("nobody has listed any yet"))
    for task in plan.tasks or ():
        yield (
            f"    {task.period} {names[task.area]}, {task.criterion}: {task.name}"
            f"{where(task.source)}"
        )
