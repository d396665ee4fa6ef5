"""Who looked at, decided, changed and exported how much: the audit log counted by person and village.

What was sent to a page ahead (`backend.review.shown`) is counted as looked at once it was shown,
and apart while it was not: the bytes have left all the same.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from backend.area_tree import subtree
from backend.lists import numbers, parts_of
from backend.models import Area, AuditEntry, Evidence, Person, Submission
from conversations.text import N_
from locales import Catalog

AT_ONCE: Final = 1_000
KINDS: Final = (
    ("seen", N_("looked at")),
    ("fetched", N_("sent ahead, not shown")),
    ("decided", N_("decided")),
    ("changed", N_("changed")),
    ("exported", N_("exported")),
    ("signed", N_("signed in")),
)
_KIND_OF: Final = {
    "area": "changed",
    "plan": "changed",
    "form": "changed",
    "review": "decided",
    "answer": "decided",
    "stage": "decided",
    "setting": "changed",
    "report": "changed",
    "part": "changed",
    "figure": "changed",
    "invite": "changed",
    "person": "changed",
    "people": "exported",
    "role": "changed",
    "retention": "changed",
    "dossier": "exported",
    "export": "exported",
    "progress": "exported",
    "backup": "exported",
    "session": "signed",
    "password": "signed",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One person or village with its counts, in the order of KINDS."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of a span of time. `villages` is of what has a village; the rest has none."""

    since: datetime
    until: datetime
    people: tuple[Line, ...]
    villages: tuple[Line, ...]


def kind_of(action: str) -> str:
    """Return which of KINDS an action is, "" for none of them."""
    head, _, what = action.partition(".")
    if what in {"seen", "fetched", "exported"}:
        return what
    return _KIND_OF.get(head, "")


async def access_report(
    since: datetime, until: datetime, words: Catalog, *, area_id: int | None = None
) -> Report:
    """Count the log from `since` up to but not including `until`.

    With `area_id`, only what was done to things of that area and below it.
    """
    people: Counter[tuple[int | None, str]] = Counter()
    villages: Counter[tuple[int, str]] = Counter()
    ahead: dict[tuple[int | None, str], int | None] = {}
    within = await subtree([area_id]) if area_id is not None else None
    number = 0
    while True:
        rows = (
            await AuditEntry.filter(number__gt=number, at__gte=since, at__lt=until)
            .order_by("number")
            .limit(AT_ONCE)
        )
        places = await _places(rows)
        for row in rows:
            number = row.number
            kind, place = kind_of(row.action), places.get(row.subject)
            if not kind or (within is not None and place not in within):
                continue
            if kind == "fetched":
                ahead[row.by, row.subject] = place
                continue
            if kind == "seen":
                ahead.pop((row.by, row.subject), None)
            people[row.by, kind] += 1
            if place is not None:
                villages[place, kind] += 1
        if len(rows) < AT_ONCE:
            break
    people.update((by, "fetched") for by, _ in ahead)
    villages.update((place, "fetched") for place in ahead.values() if place is not None)
    return Report(
        since,
        until,
        await _people(people, words),
        await _villages(villages),
    )


async def _places(rows: Sequence[AuditEntry]) -> dict[str, int]:
    """Return in which area each subject lies."""
    photos = _ids(rows, "photo")
    found: dict[str, int] = {
        f"photo:{row['id']}": row["area_id"]
        for row in await Evidence.filter(id__in=numbers(photos)).values("id", "area_id")
    }
    found |= {
        f"submission:{row['id']}": row["area_id"]
        for row in await Submission.filter(id__in=numbers(_ids(rows, "submission"))).values(
            "id", "area_id"
        )
    }
    codes = sorted({r.subject.removeprefix("area:") for r in rows if r.subject.startswith("area:")})
    for some in parts_of(codes):
        found |= {
            f"area:{row['code']}": row["id"]
            for row in await Area.filter(code__in=list(some)).values("id", "code")
        }
    return found


def _ids(rows: Iterable[AuditEntry], kind: str) -> set[int]:
    head = f"{kind}:"
    ends = (r.subject.removeprefix(head) for r in rows if r.subject.startswith(head))
    return {int(end) for end in ends if end.isdecimal()}


async def _people(counts: Counter[tuple[int | None, str]], words: Catalog) -> tuple[Line, ...]:
    ids = {person for person, _ in counts if person is not None}
    names: dict[int | None, str] = {
        row["id"]: row["name"] or f"#{row['id']}"
        for row in await Person.filter(id__in=numbers(ids)).values("id", "name")
    }
    names[None] = words.get(N_("the program, or the machine's admin"))
    return _lines(counts, {p: names.get(p, f"#{p}") for p, _ in counts})


async def _villages(counts: Counter[tuple[int, str]]) -> tuple[Line, ...]:
    ids = {area for area, _ in counts}
    rows = await Area.filter(id__in=numbers(ids)).prefetch_related("parent")
    names = {a.id: f"{a.name}, {a.parent.name}" if a.parent else a.name for a in rows}
    return _lines(counts, names)


def _lines(counts: Counter[Any], names: dict[Any, str]) -> tuple[Line, ...]:
    found = [
        Line(name, tuple(counts[key, kind] for kind, _ in KINDS)) for key, name in names.items()
    ]
    return tuple(sorted(found, key=lambda line: (-sum(line.counts), line.name)))


def report_xlsx(report: Report, words: Catalog) -> bytes:
    """Return the report as a workbook: a sheet by person and one by village."""
    import xlsxwriter  # noqa: PLC0415  (loaded when first asked)

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    bold = book.add_format({"bold": True})
    for title, first, lines in (
        (words.get(N_("By person")), words.get(N_("Person")), report.people),
        (words.get(N_("By village")), words.get(N_("Area")), report.villages),
    ):
        sheet = book.add_worksheet(title[:31])
        sheet.write_row(0, 0, [first, *(words.get(word) for _, word in KINDS)], bold)
        for at, line in enumerate(lines, start=1):
            sheet.write_string(at, 0, line.name)
            sheet.write_row(at, 1, line.counts)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 40)
        sheet.set_column(1, len(KINDS), 14)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&C&P/&N")
    book.close()
    return out.getvalue()
