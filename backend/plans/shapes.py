"""What must hold in the parts of a pack that lie around its areas, criteria and deadlines.

Sponsors, inspections, activities, tasks, the kinds of targets, and what a plan says of criteria
sets beyond their indicators. Part of `backend.plans.check`; nothing is repaired silently.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from backend.plans.located import Keys
from backend.plans.periods import kind_of
from backend.plans.questions import Questions
from backend.plans.schema import (
    Activity,
    Cadence,
    Criterion,
    Indicator,
    Owner,
    Pack,
    Strict,
    Target,
    TargetKind,
    TaskPlan,
)
from conversations.text import N_, Text

LEVELS: Final = ("province", "district", "commune", "village")
COUNTED: Final = frozenset({"integer", "decimal", "calculate"})
IMAGE: Final = frozenset({"image"})
PERCENT: Final = 100
EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]+")
NO_AREA: Final = N_("There is no area {name}.")
NO_SET: Final = N_("There is no criteria set {name}.")

Found: TypeAlias = Iterator[tuple[Keys, Text]]


def check_shapes(pack: Pack, questions: Questions) -> Found:
    """Yield everything that does not hold: where, and why."""
    yield from _recognitions(pack)
    yield from _sets(pack)
    yield from _obligations(pack)
    for i, target in enumerate(pack.targets):
        yield from _target(pack, target, ("targets", i))
    yield from _support(pack)
    for i, activity in enumerate(pack.activities):
        yield from _activity(activity, ("activities", i), questions)
    for i, plan in enumerate(pack.task_plans):
        yield from _tasks(pack, plan, ("task_plans", i))


def _recognitions(pack: Pack) -> Found:
    sets = {criteria.id for criteria in pack.criteria_sets}
    for i, area in enumerate(pack.areas):
        for k, recognition in enumerate(area.recognised):
            name = recognition.criteria_set
            if name is not None and name not in sets:
                yield ("areas", i, "recognised", k, "criteria_set"), _none(NO_SET, name)


def _sets(pack: Pack) -> Found:
    sets = {criteria.id: criteria for criteria in pack.criteria_sets}
    known = {(s.id, x.code) for s in pack.criteria_sets for x in s.indicators}
    for i, criteria in enumerate(pack.criteria_sets):
        here: Keys = ("criteria_sets", i)
        if criteria.replaces is not None and (
            criteria.replaces not in sets or criteria.replaces == criteria.id
        ):
            yield (*here, "replaces"), _none(NO_SET, criteria.replaces)
        stated = criteria.criteria_stated.value
        if stated is not None and len(criteria.criteria) > stated:
            yield (*here, "criteria_stated", "value"), Text("More criteria are listed than stated.")
        counted = {indicator.criterion for indicator in criteria.indicators}
        for k, criterion in enumerate(criteria.criteria):
            yield from _owners(criterion, (*here, "criteria", k))
            if criterion.consolidation is not None and criterion.code not in counted:
                reason = Text("There are no indicators here to put together.")
                yield (*here, "criteria", k, "consolidation"), reason
        for k, indicator in enumerate(criteria.indicators):
            yield from _owners(indicator, (*here, "indicators", k))
            key = indicator.official
            if key is not None and (
                (key.criteria_set, key.code) not in known or key.criteria_set == criteria.id
            ):
                reason = _none(
                    N_("There is no indicator {name}."), f"{key.criteria_set}/{key.code}"
                )
                yield (*here, "indicators", k, "official"), reason


def _owners(owned: Criterion | Indicator, here: Keys) -> Found:
    yield from _distinct(owned.owners, (*here, "owners"))


def _distinct(owners: Sequence[Owner], here: Keys) -> Found:
    seen = set()
    for i, owner in enumerate(owners):
        if not owner.name.strip():
            yield (*here, i, "name"), Text("A name is needed here.")
        if (owner.name, owner.scope) in seen:
            yield (*here, i), _none(N_("{name} stands here twice."), owner.name)
        seen.add((owner.name, owner.scope))


def _obligations(pack: Pack) -> Found:
    for i, obligation in enumerate(pack.obligations):
        here: Keys = ("obligations", i)
        if obligation.email and not EMAIL.fullmatch(obligation.email):
            yield (*here, "email"), _none(N_("{name} is no e-mail address."), obligation.email)
        if obligation.cadence is Cadence.UNSTATED and (
            obligation.before is not None or obligation.before_day is not None
        ):
            key = "before_day" if obligation.before is None else "before"
            yield (*here, key), Text("A deadline needs a cadence: say how often it comes back.")


def _target(pack: Pack, target: Target, here: Keys) -> Found:
    yield from _kind(target, here)
    least = target.at_least.value
    if target.of.value is not None and least is not None and least > target.of.value:
        yield (*here, "of", "value"), Text("The target is more than all there are.")
    others = {other.id for other in pack.targets if other.id != target.id}
    if target.beside is not None and target.beside not in others:
        yield (*here, "beside"), _none(N_("There is no other target {name}."), target.beside)
    if target.criteria_set is not None and target.criteria_set not in {
        criteria.id for criteria in pack.criteria_sets
    }:
        yield (*here, "criteria_set"), _none(NO_SET, target.criteria_set)


def _kind(target: Target, here: Keys) -> Found:
    """Yield what a target of its kind lacks, or has and cannot have."""
    for key, value in (("at_least", target.at_least.value), ("at_most", target.at_most.value)):
        if reason := _bound(target.kind, value):
            yield (*here, key), reason
    if target.kind in {TargetKind.FLOOR, TargetKind.EXISTS}:
        yield from _rule(target, here)
    if target.kind is TargetKind.RECOGNISED and not target.areas:
        yield (*here, "areas"), Text("Name the units that are to be recognised (areas).")


def _bound(kind: TargetKind, value: Decimal | None) -> Text | None:
    if kind is TargetKind.RANGE and value is None:
        return Text("A range has a least and a most.")
    if value is None:
        return None
    if kind in {TargetKind.KEEP, TargetKind.DONE}:
        return Text("A target of this kind has no number.")
    if kind is TargetKind.SHARE and not 0 <= value <= PERCENT:
        return Text("A percentage lies between 0 and 100.")
    return None


def _rule(target: Target, here: Keys) -> Found:
    if target.each is None:
        yield (*here, "each"), Text("Say for which units this holds (each).")
    if target.at_least.value is None:
        yield (*here, "at_least"), Text("Say how much is the least (at_least).")
    if target.kind is TargetKind.EXISTS and not _below(target.each, target.has):
        yield (*here, "has"), Text("Say what each of them must have below it (has).")


def _below(above: str | None, below: str | None) -> bool:
    return above is not None and below is not None and LEVELS.index(above) < LEVELS.index(below)


def _support(pack: Pack) -> Found:
    areas = {area.code for area in pack.areas}
    for i, sponsor in enumerate(pack.sponsors):
        if sponsor.area not in areas:
            yield ("sponsors", i, "area"), _none(NO_AREA, sponsor.area)
        yield from _distinct(sponsor.by, ("sponsors", i, "by"))
    for i, inspection in enumerate(pack.inspections):
        here: Keys = ("inspections", i)
        for k, code in enumerate(inspection.areas):
            if code not in areas:
                yield (*here, "areas", k), _none(NO_AREA, code)
        if inspection.begin and inspection.end and inspection.begin > inspection.end:
            yield (*here, "end"), Text("It ends before it begins.")


def _activity(activity: Activity, here: Keys, questions: Questions) -> Found:
    if not activity.questionnaire:
        yield from questionless(activity, ("question", "photo"), here)
        return
    asked = questions.get(activity.questionnaire)
    if asked is None:
        reason = _none(N_("There is no questionnaire {name}."), activity.questionnaire)
        yield (*here, "questionnaire"), reason
        return
    for key, name, wanted in (
        ("question", activity.question, COUNTED),
        ("photo", activity.photo, IMAGE),
    ):
        if name:
            yield from question(name, asked, wanted, (*here, key))


def question(name: str, asked: Mapping[str, str], wanted: Collection[str], here: Keys) -> Found:
    """Yield what is wrong with a question's name: none of the questionnaire, or of another type."""
    if name not in asked:
        yield here, _none(N_("There is no question {name}."), name)
    elif asked[name] not in wanted:
        yield here, _none(N_("The question {name} is of another type."), name)


def questionless(model: Strict, names: Sequence[str], here: Keys) -> Found:
    """Yield the keys that name questions although no questionnaire is named."""
    for key in names:
        if getattr(model, key):
            yield (*here, key), Text("Without a questionnaire there are no questions.")


def _tasks(pack: Pack, plan: TaskPlan, here: Keys) -> Found:
    criteria = next((s for s in pack.criteria_sets if s.id == plan.criteria_set), None)
    if criteria is None:
        yield (*here, "criteria_set"), _none(NO_SET, plan.criteria_set)
    codes = {criterion.code for criterion in criteria.criteria} if criteria else set()
    villages = {area.code for area in pack.areas if area.level == "village"}
    for i, task in enumerate(plan.tasks or ()):
        at: Keys = (*here, "tasks", i)
        if task.area not in villages:
            yield (*at, "area"), _none(N_("There is no village {name}."), task.area)
        if criteria is not None and task.criterion not in codes:
            reason = _none(N_("There is no criterion {name} in this set."), task.criterion)
            yield (*at, "criterion"), reason
        try:
            fits = kind_of(task.period) in plan.periods
        except ValueError:
            fits = False
        if not fits:
            reason = _none(N_("{name} is no period of this list, such as 2024-05."), task.period)
            yield (*at, "period"), reason


def _none(msgid: str, name: str) -> Text:
    return Text(msgid, {"name": name})
