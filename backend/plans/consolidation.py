"""Which criteria can be reported on: those whose owners have all told their part. Pure.

Reports go two steps where a plan says so (Đắk Lắk): the owner of an indicator to the lead of the
criterion, the lead on to the steering committee. A criterion is complete only when every owner of
every indicator of it has reported, each for their own part; one that nobody owns never is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from backend.plans.schema import CriteriaSet, Criterion, Indicator, Owner, Pack

Reported: TypeAlias = "tuple[str, str, str, str]"
"""(criteria set, code of an indicator or of a criterion owned whole, owner, scope)."""

NOBODY: Final = Owner(name="")


@dataclass(frozen=True, slots=True)
class Part:
    """What one owner tells of one code; `owner` is "" where the plan names nobody."""

    code: str
    owner: str
    scope: str = ""
    reports_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consolidated:
    """One criterion: who puts it together, for whom, and what is still missing."""

    set_id: str
    code: str
    name: str
    lead: str
    to: str
    expected: int
    missing: tuple[Part, ...]
    parts: tuple[Part, ...] = ()
    """All of them, reported or not."""

    @property
    def complete(self) -> bool:
        """Whether all parts are there (đủ), or not yet (chưa đủ)."""
        return not self.missing


def consolidation(pack: Pack, reported: Collection[Reported]) -> tuple[Consolidated, ...]:
    """Return every criterion of the plan's own sets with the parts that nobody has reported yet.

    A set with `working: true` is the product's, so nobody reports on it. Where the plan names no
    lead, a criterion with one single owner has that one as its lead, and goes where they report.
    """
    return tuple(
        _consolidated(criteria, criterion, reported)
        for criteria in pack.criteria_sets
        if not criteria.working
        for criterion in criteria.criteria
    )


def owners_of(pack: Pack, set_id: str, indicator: Indicator) -> Sequence[Owner]:
    """Return who answers for an indicator: its owners, its criterion's, or the official one's."""
    criteria = next((s for s in pack.criteria_sets if s.id == set_id), None)
    if criteria is None:
        return ()
    if indicator.owners:
        return indicator.owners
    key = indicator.official
    if key is not None and key.criteria_set != set_id:
        for other in pack.criteria_sets:
            for official in other.indicators if other.id == key.criteria_set else ():
                if official.code == key.code:
                    return owners_of(pack, other.id, official)
    return next((c.owners for c in criteria.criteria if c.code == indicator.criterion), ())


def _consolidated(
    criteria: CriteriaSet, criterion: Criterion, reported: Collection[Reported]
) -> Consolidated:
    parts = tuple(_parts(criteria, criterion))
    owners = {part.owner for part in parts}
    step = criterion.consolidation
    return Consolidated(
        set_id=criteria.id,
        code=criterion.code,
        name=criterion.name,
        lead=step.lead if step else next(iter(owners)) if len(owners) == 1 else "",
        to=step.to if step else ", ".join(parts[0].reports_to) if len(owners) == 1 else "",
        expected=len(parts),
        parts=parts,
        missing=tuple(
            part
            for part in parts
            if not part.owner or (criteria.id, part.code, part.owner, part.scope) not in reported
        ),
    )


def _parts(criteria: CriteriaSet, criterion: Criterion) -> Iterator[Part]:
    indicators = [i for i in criteria.indicators if i.criterion == criterion.code]
    for owner in criterion.owners or (() if indicators else (NOBODY,)):
        yield _part(criterion.code, owner)
    for indicator in indicators:
        # Without owners of its own an indicator is part of what the criterion's owners report.
        for owner in indicator.owners or (() if criterion.owners else (NOBODY,)):
            yield _part(indicator.code, owner)


def _part(code: str, owner: Owner) -> Part:
    return Part(code, owner.name, owner.scope, tuple(owner.reports_to))
