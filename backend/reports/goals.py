"""Two-step reports, floors and exists-rules in words."""

from __future__ import annotations

from backend.goals.shapes import Exists, Floor, Goals
from backend.plans.consolidation import Consolidated
from backend.reports.numbers import shown_number
from conversations.text import N_
from locales import Catalog

MOST = 6
MOST_OWNERS = 3


def goals_lines(goals: Goals, catalog: Catalog) -> list[str]:
    """Return what stands below a progress: complete criteria, floors, exists-rules; [] for none."""
    lines = [*_criteria(goals, catalog)]
    lines += [floor_line(f, catalog) for f in goals.floors]
    lines += [exists_line(e, catalog) for e in goals.exists]
    return lines


def criterion_line(found: Consolidated, catalog: Catalog) -> str:
    """Return «17 Môi trường: chưa đủ (2/5), còn Sở Y tế, …»."""
    done = found.expected - len(found.missing)
    name = f"{found.code} {found.name}"
    if found.complete:
        return catalog.get(N_("{criterion}: complete ({all}/{all})"), criterion=name, all=done)
    owners = list(dict.fromkeys(p.owner for p in found.missing if p.owner))
    who = ", ".join(owners[:MOST_OWNERS]) + (" …" if len(owners) > MOST_OWNERS else "")
    return catalog.get(
        N_("{criterion}: not complete ({done}/{all}), still {owners}"),
        criterion=name,
        done=done,
        all=found.expected,
        owners=who or catalog.get(N_("nobody is named")),
    )


def floor_line(floor: Floor, catalog: Catalog) -> str:
    """Return a floor, who lies below it, and of how many units nobody has stated a number."""
    below = [u.name for u, _ in floor.numbers if floor.is_below(u.code)]
    parts = []
    if below:
        names = ", ".join(below[:MOST]) + (" …" if len(below) > MOST else "")
        parts.append(catalog.get(N_("below: {names}"), names=names))
    elif floor.unknown < len(floor.numbers):
        parts.append(catalog.get(N_("none below so far")))
    if floor.unknown:
        parts.append(catalog.get(N_("no number of {count} units yet"), count=floor.unknown))
    if not floor.numbers:
        parts.append(catalog.get(N_("the list of units is not entered yet")))
    least = floor.target.at_least.value
    goal = "" if least is None else f" (≥ {shown_number(least, catalog)} {floor.target.unit})"
    return f"• {floor.target.name}{goal}: " + ", ".join(parts)


def exists_line(rule: Exists, catalog: Catalog) -> str:
    """Return an exists-rule and which recognised units break it."""
    if not rule.asked:
        said = catalog.get(N_("no unit is recognised yet"))
    elif rule.without:
        names = ", ".join(rule.without[:MOST]) + (" …" if len(rule.without) > MOST else "")
        said = catalog.get(
            N_("{count} of {all} have none: {names}"),
            count=len(rule.without),
            all=rule.asked,
            names=names,
        )
    else:
        said = catalog.get(N_("all {all} keep it"), all=rule.asked)
    return f"• {rule.target.name}: {said}"


def _criteria(goals: Goals, catalog: Catalog) -> list[str]:
    if not goals.criteria:
        return []
    complete = sum(c.complete for c in goals.criteria)
    head = catalog.get(
        N_("Criteria that all owners have reported: {done}/{all}"),
        done=complete,
        all=len(goals.criteria),
    )
    waiting = [c for c in goals.criteria if not c.complete and len(c.missing) < c.expected]
    return [head, *(f"• {criterion_line(c, catalog)}" for c in waiting[:MOST])]
