"""Progress laid out for the page: a village × indicator table, its key and its totals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from backend.reports.words import (
    STATUS_MARKS,
    natural,
    proof_word,
    result_word,
    shown_codes,
    shown_gap,
    shown_value,
    status_word,
)
from backend.status.model import IndicatorResult, Progress, Status, VillageProgress
from locales import Catalog


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator: told by a mark, a word and a value, never by colour alone."""

    status: str
    mark: str
    word: str
    value: str
    gap: str = ""
    photo_missing: bool = False
    proof: str = ""
    """How its photos stand, in words; "" while there is none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One village."""

    code: str
    name: str
    submitted: int
    expected: int
    late: bool
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One indicator over all villages. `counts` are villages by status, as words."""

    code: str
    name: str
    total: Cell
    reported: int
    expected: int
    counts: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The whole table; `groups` are (commune, its villages)."""

    columns: tuple[Column, ...]
    groups: tuple[tuple[str, tuple[Row, ...]], ...]


def cell(result: IndicatorResult, catalog: Catalog) -> Cell:
    """Return one result as it is shown."""
    return Cell(
        status=str(result.status),
        mark=STATUS_MARKS[result.status],
        word=result_word(result, catalog),
        value=shown_value(result, catalog),
        gap=shown_gap(result, catalog),
        photo_missing=result.photo_missing,
        proof=proof_word(result.proof, catalog),
    )


def table(progress: Progress, catalog: Catalog) -> Table:
    """Lay progress out: indicators as columns in the plan's order, villages by commune."""
    keys = [(r.set_id, r.code) for r in progress.indicators]
    late = {code for code, _ in progress.late}
    groups: dict[str, list[Row]] = {}
    counts: dict[tuple[str, str], Counter[Status]] = {key: Counter() for key in keys}
    for village in progress.villages:
        groups.setdefault(village.commune, [])  # communes stay in the plan's order
    for village in sorted(progress.villages, key=lambda v: natural(v.name)):
        for result in village.indicators:
            if (result.set_id, result.code) in counts:
                counts[result.set_id, result.code][result.status] += 1
        groups[village.commune].append(_row(village, keys, village.code in late, catalog))
    return Table(
        columns=tuple(
            Column(
                code=code,
                name=r.name,
                total=cell(r, catalog),
                reported=r.reported,
                expected=r.expected,
                counts=tuple(
                    (STATUS_MARKS[s], status_word(s, catalog), counts[r.set_id, r.code][s])
                    for s in Status
                    if counts[r.set_id, r.code][s]
                ),
            )
            for code, r in zip(shown_codes(progress.indicators), progress.indicators, strict=True)
        ),
        groups=tuple((commune, tuple(rows)) for commune, rows in groups.items()),
    )


def key(catalog: Catalog) -> list[tuple[str, str, str]]:
    """Return what each mark means: (status, mark, word)."""
    return [(str(s), STATUS_MARKS[s], status_word(s, catalog)) for s in Status]


def _row(
    village: VillageProgress,
    keys: list[tuple[str, str]],
    late: bool,  # noqa: FBT001  (a field of the row)
    catalog: Catalog,
) -> Row:
    results = {(r.set_id, r.code): r for r in village.indicators}
    return Row(
        code=village.code,
        name=village.name,
        submitted=sum(s.submitted_at is not None for s in village.surveys),
        expected=len(village.surveys),
        late=late,
        cells=tuple(cell(results[k], catalog) if k in results else None for k in keys),
    )
