"""Progress as a workbook: what an office files and attaches.

Numbers and dates are real ones, so the office can go on calculating. Text is always written as
text: a name that begins with "=" is a name and no formula. Equal input gives equal bytes.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import xlsxwriter

from backend.reports.goals import exists_line
from backend.reports.stages import of_unit, stage_line, stage_name
from backend.reports.words import (
    natural,
    period_name,
    plan_labels,
    proof_word,
    result_word,
    shown_gap,
    status_word,
)
from backend.status.model import IndicatorResult, Progress, Proof, Status, VillageProgress
from conversations.text import N_
from locales import Catalog

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Cell: TypeAlias = "str | int | Decimal | date | None"

COLOURS: dict[Status, str] = {
    Status.MET: "#CFEBD9",
    Status.NOT_MET: "#FBD5C5",
    Status.INSUFFICIENT_DATA: "#FFF0C2",
    Status.NO_THRESHOLD: "#E1EAF6",
    Status.NOT_APPLICABLE: "#F2F2F2",
}
NARROWEST, WIDEST = 9, 60
FORMATS = {
    "text": {"valign": "top", "text_wrap": True},
    "number": {"num_format": "#,##0.0#", "valign": "top"},
    "whole": {"num_format": "#,##0", "valign": "top"},
    "year": {"num_format": "0", "valign": "top", "align": "left"},
    "percent": {"num_format": "0.0%", "valign": "top"},
    "exact_percent": {"num_format": "0.0###%", "valign": "top"},
    "date": {"num_format": "dd/mm/yyyy", "valign": "top", "align": "left"},
    "head": {"bold": True, "bg_color": "#E9EEF4", "bottom": 1, "text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 14},
    "label": {"bold": True, "font_color": "#6B4200", "bg_color": "#FFE2A3"},
}


def progress_xlsx(progress: Progress, catalog: Catalog, *, zone: tzinfo | None = None) -> bytes:
    """Return a workbook with the sheets Tổng hợp, Từng thôn, Chỉ tiêu and Hạn báo cáo.

    Times are written in `zone`, or in the zone that `progress.at` carries. Large areas take
    seconds: use a thread.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        },
    )
    at = progress.at.astimezone(zone) if zone else progress.at
    book.set_properties({"title": progress.area_name, "created": at.replace(tzinfo=None)})
    sheets = _Sheets(book, progress, catalog, at)
    sheets.summary()
    sheets.villages()
    sheets.indicators()
    sheets.deadlines()
    sheets.stages()
    sheets.goals()
    book.close()
    return out.getvalue()


class _Sheets:
    """Writes the sheets of one workbook, one method each."""

    def __init__(self, book: Any, progress: Progress, catalog: Catalog, at: datetime) -> None:
        self.book = book
        self.progress = progress
        self.catalog = catalog
        self.at = at
        self.formats: dict[str, Format] = {n: book.add_format(f) for n, f in FORMATS.items()}
        self.statuses: dict[Status, Format] = {
            status: book.add_format({"bg_color": colour, "valign": "top"})
            for status, colour in COLOURS.items()
        }

    def summary(self) -> None:
        """Write what was submitted of what was expected, by commune, and the targets."""
        progress, say = self.progress, self.catalog.get
        sheet, row = self._sheet(N_("Summary"))
        head: tuple[str, ...] = (N_("Area"), N_("Submitted"), N_("Expected"), N_("Share"))
        rows: list[tuple[Cell, ...]] = [
            (name, done, expected, Decimal(done) / expected if expected else None)
            for _, name, done, expected in progress.communes
        ]
        share = Decimal(progress.submitted) / progress.expected if progress.expected else None
        rows.append((progress.area_name, progress.submitted, progress.expected, share))
        row = self._table(sheet, row, head, rows, ("text", "whole", "whole", "percent"))
        row += 1
        late = ", ".join(name for _, name in progress.late)
        sheet.write_string(row, 0, say(N_("Late")), self.formats["head"])
        sheet.write_string(row, 1, late or "–")
        row += 2
        head = (
            N_("Target"),
            N_("Year"),
            N_("Unit"),
            N_("At least"),
            N_("At most"),
            N_("Baseline"),
            N_("Estimate"),
            N_("Own assessment (not recognition)"),
            N_("Still missing"),
            N_("Source"),
        )
        targets: list[tuple[Cell, ...]] = [
            (
                t.name,
                t.year,
                t.unit,
                t.at_least,
                t.at_most,
                t.baseline,
                t.estimate,
                t.self_assessed,
                t.remaining,
                t.source_line,
            )
            for t in progress.targets
        ]
        if targets:
            kinds = ("text", "year", "text", *["number"] * 6, "text")
            self._table(sheet, row, head, targets, kinds, filtered=False)

    def villages(self) -> None:
        """Write one row a village: its questionnaires, and the status of each indicator."""
        progress, say = self.progress, self.catalog.get
        sheet, row = self._sheet(N_("Village by village"))
        surveys = {s.questionnaire: s.title for v in progress.villages for s in v.surveys}
        columns = [(r.set_id, r.code, f"{r.printed} {r.name}") for r in progress.indicators]
        head = [say(N_("Commune")), say(N_("Village")), say(N_("Submitted")), say(N_("Expected"))]
        head += list(surveys.values())
        head += [say(N_("Photos missing")), say(N_("Late"))]
        first_status = len(head)
        head += [name for *_, name in columns]
        head += [say(N_("Own assessment (not recognition)")), say(N_("Entered by the office"))]
        head.append(say(N_("Photos")))
        if progress.stages:
            head.append(say(N_("Stage")))
        places = {c: i for i, c in enumerate(dict.fromkeys(v.commune for v in progress.villages))}
        villages = sorted(progress.villages, key=lambda v: (places[v.commune], natural(v.name)))
        rows = [self._village(v, surveys, columns) for v in villages]
        kinds = ["text", "text", "whole", "whole", *["date"] * len(surveys), "whole"]
        kinds += ["text"] * (len(head) - len(kinds))
        self._table(sheet, row, head, rows, kinds, translated=True, freeze_columns=2)
        words = {status_word(s, self.catalog): f for s, f in self.statuses.items()}
        for offset, cells in enumerate(rows, start=row + 1):
            for column in range(first_status, len(head)):
                if shade := words.get(str(cells[column])):
                    sheet.write_string(offset, column, str(cells[column]), shade)

    def indicators(self) -> None:
        """Write the roll-up: sums, rate, threshold and how many villages reported."""
        sheet, row = self._sheet(N_("Indicators"))
        head = (
            N_("Set"),
            N_("Code"),
            N_("Indicator"),
            N_("Status"),
            N_("Numerator"),
            N_("Denominator"),
            N_("Rate"),
            N_("Threshold"),
            N_("Still missing"),
            N_("Reported"),
            N_("Expected"),
            N_("Estimate"),
            N_("Photos approved"),
            N_("Photos waiting"),
            N_("Photos handed back"),
        )
        yes = self.catalog.get(N_("yes"))
        rows: list[tuple[Cell, ...]] = [
            (
                r.set_id,
                r.printed,
                r.name,
                result_word(r, self.catalog),
                r.numerator,
                r.denominator,
                None if r.rate is None else r.rate / 100,
                None if r.threshold is None else r.threshold / (100 if _in_percent(r) else 1),
                shown_gap(r, self.catalog),
                r.reported,
                r.expected,
                yes if r.estimate else "",
                *self._proofs(r),
            )
            for r in self.progress.indicators
        ]
        kinds = [*["text"] * 4, "number", "number", "exact_percent", "number"]
        kinds += ["text", "whole", "whole", "text", "whole", "whole", "whole"]
        self._table(sheet, row, head, rows, kinds)
        words = {status_word(s, self.catalog): f for s, f in self.statuses.items()}
        shown = zip(rows, self.progress.indicators, strict=True)
        for offset, (cells, result) in enumerate(shown, start=row + 1):
            shade = words[status_word(result.status, self.catalog)]
            sheet.write_string(offset, 3, str(cells[3]), shade)
            if (threshold := cells[7]) is not None and _in_percent(result):
                sheet.write_number(offset, 7, float(str(threshold)), self.formats["percent"])

    def _proofs(self, result: IndicatorResult) -> list[Cell]:
        """Return of how many villages the photos are approved, wait, or were handed back."""
        if result.proof is None:
            return [None, None, None]
        key = (result.set_id, result.code)
        found = Counter(
            r.proof
            for v in self.progress.villages
            for r in v.indicators
            if (r.set_id, r.code) == key
        )
        return [found[Proof.APPROVED], found[Proof.WAITING], found[Proof.REJECTED]]

    def deadlines(self) -> None:
        """Write what is due, one row for each report."""
        sheet, row = self._sheet(N_("Deadlines"))
        head = (
            N_("Last day"),
            N_("Report"),
            N_("Period"),
            N_("Who reports"),
            N_("Through"),
            N_("To"),
        )
        unset = self.catalog.get(N_("no deadline set"))
        rows: list[tuple[Cell, ...]] = []
        for deadline in self.progress.deadlines:
            periods = [p for _, p in deadline.parts] or [deadline.period] * len(deadline.names)
            rows += [
                (
                    deadline.last_day or unset,
                    name,
                    period_name(period, self.catalog),
                    deadline.obliged,
                    deadline.via,
                    deadline.to,
                )
                for name, period in zip(deadline.names, periods, strict=False)
            ]
        self._table(sheet, row, head, rows, ("date", *["text"] * 5))

    def stages(self) -> None:
        """Write every stage of every unit with its days; no sheet while nobody was moved."""
        if not self.progress.stages:
            return
        say = self.catalog.get
        sheet, row = self._sheet(N_("Stages"))
        head = (
            N_("Area"),
            N_("Set"),
            N_("Stage"),
            N_("From"),
            N_("Until"),
            N_("Days"),
            N_("Days at most"),
            N_("Moved by"),
            N_("Note"),
        )
        rows: list[tuple[Cell, ...]] = [
            (
                unit.name,
                state.set_name,
                stage_name(spell, self.catalog),
                spell.since,
                spell.until,
                spell.days,
                spell.days_at_most,
                spell.by or say(N_("the program")),
                spell.note,
            )
            for unit in self.progress.stages
            for state in unit.states
            for spell in state.spells
        ]
        kinds = ["text", "text", "text", "date", "date", "whole", "whole", "text", "text"]
        self._table(sheet, row, head, rows, kinds)

    def goals(self) -> None:
        """Write the two-step reports, floors and exists-rules; no sheet for a plan without any."""
        goals = self.progress.goals
        if goals is None:
            return
        say = self.catalog.get
        sheet, row = self._sheet(N_("Rules of the plan"))
        head: tuple[str, ...] = (
            N_("Criterion"),
            N_("Complete"),
            N_("Reported"),
            N_("Expected"),
            N_("Puts it together"),
            N_("To"),
            N_("Still missing"),
        )
        if goals.criteria:
            yes, no = say(N_("complete")), say(N_("not complete"))
            rows: list[tuple[Cell, ...]] = [
                (
                    f"{c.code} {c.name}",
                    yes if c.complete else no,
                    c.expected - len(c.missing),
                    c.expected,
                    c.lead,
                    c.to,
                    "; ".join(
                        " ".join(filter(None, (p.code, p.owner, p.scope))) for p in c.missing
                    ),
                )
                for c in goals.criteria
            ]
            kinds = ["text", "text", "whole", "whole", "text", "text", "text"]
            row = self._table(sheet, row, head, rows, kinds) + 1
        below = say(N_("below"))
        units: list[tuple[Cell, ...]] = [
            (f.target.name, f.target.at_least.value, u.name, n, below if f.is_below(u.code) else "")
            for f in goals.floors
            for u, n in f.numbers
        ]
        if units:
            head = (N_("Target"), N_("At least"), N_("Area"), N_("Stated"), N_("Below the floor"))
            kinds = ["text", "number", "text", "number", "text"]
            row = self._table(sheet, row, head, units, kinds, filtered=False) + 1
        for rule in goals.exists:
            sheet.write_string(row, 0, exists_line(rule, self.catalog).removeprefix("• "))
            row += 1

    def _village(
        self,
        village: VillageProgress,
        surveys: Iterable[str],
        columns: Iterable[tuple[str, str, str]],
    ) -> tuple[Cell, ...]:
        states = {s.questionnaire: s for s in village.surveys}
        found = {(r.set_id, r.code): r for r in village.indicators}
        days: list[Cell] = []
        for questionnaire in surveys:
            state = states.get(questionnaire)
            submitted = state.submitted_at if state else None
            days.append(submitted.astimezone(self.at.tzinfo).date() if submitted else None)
        statuses: list[Cell] = []
        for set_id, code, _ in columns:
            result = found.get((set_id, code))
            status = result.status if result else Status.INSUFFICIENT_DATA
            statuses.append(status_word(status, self.catalog))
        late = any(s.late for s in village.surveys)
        return (
            village.commune,
            village.name,
            sum(1 for s in village.surveys if s.submitted_at is not None),
            len(village.surveys),
            *days,
            sum(len(s.missing_photos) for s in village.surveys),
            self.catalog.get(N_("late")) if late else "",
            *statuses,
            status_word(village.self_assessed, self.catalog),
            _entered(village),
            self._photos(village),
            *self._stage(village),
        )

    def _photos(self, village: VillageProgress) -> str:
        """Return how the photos of each questionnaire stand: «Nước: ảnh chờ duyệt»."""
        states = [(s.title, proof_word(s.proof, self.catalog)) for s in village.surveys]
        return "; ".join(f"{title}: {word}" for title, word in states if word)

    def _stage(self, village: VillageProgress) -> list[Cell]:
        """Return the cell of the village's stage; none while no unit has any."""
        if not self.progress.stages:
            return []
        unit = of_unit(self.progress.stages, village.code)
        return ["; ".join(stage_line(s, self.catalog) for s in unit.states) if unit else ""]

    def _sheet(self, msgid: str) -> tuple[Worksheet, int]:
        """Add a sheet with its title and labels; return it and the row of its table's head."""
        progress, say = self.progress, self.catalog.get
        sheet = self.book.add_worksheet(say(msgid)[:31])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.write_string(0, 0, f"{say(msgid)} · {progress.area_name}", self.formats["title"])
        about = say(
            N_("{period}, as of {time}"),
            period=period_name(progress.period, self.catalog),
            time=self.at,
        )
        sheet.write_string(1, 0, f"{progress.plan_name} · {about}")
        row = 2
        for label in plan_labels(progress, self.catalog):
            sheet.write_string(row, 0, label, self.formats["label"])
            row += 1
        return sheet, row + 1

    def _table(  # noqa: PLR0913  (a table is its place, head, rows and kinds)
        self,
        sheet: Worksheet,
        top: int,
        head: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        kinds: Sequence[str],
        *,
        filtered: bool = True,
        translated: bool = False,
        freeze_columns: int = 0,
    ) -> int:
        """Write head and rows; return the row below."""
        titles = [h if translated else self.catalog.get(h) for h in head]
        for column, title in enumerate(titles):
            sheet.write_string(top, column, title, self.formats["head"])
        for offset, cells in enumerate(rows, start=top + 1):
            for column, (cell, kind) in enumerate(zip(cells, kinds, strict=True)):
                self._cell(sheet, (offset, column), cell, kind)
        if filtered:
            sheet.autofilter(top, 0, top + max(len(rows), 1), len(head) - 1)
            sheet.freeze_panes(top + 1, freeze_columns)
            for column, title in enumerate(titles):
                longest = max((len(_text(cells[column])) for cells in rows), default=0)
                width = max(longest + 3, min(len(title), 18), NARROWEST)
                sheet.set_column(column, column, min(width, WIDEST))
        return top + 1 + len(rows)

    def _cell(self, sheet: Worksheet, place: tuple[int, int], cell: Cell, kind: str) -> None:
        row, column = place
        if cell is None or cell == "":
            return
        if isinstance(cell, date):
            sheet.write_datetime(row, column, cell, self.formats["date"])
        elif isinstance(cell, str):
            sheet.write_string(row, column, cell, self.formats["text"])
        else:
            if kind == "number" and cell == int(cell):
                kind = "whole"
            sheet.write_number(row, column, float(cell), self.formats[kind])


def _text(cell: Cell) -> str:
    return "00/00/0000" if isinstance(cell, date) else str(cell or "")


def _entered(village: VillageProgress) -> str:
    """Return what officers keyed in, by officer: «Minh: Nhà ở, Nước»."""
    by: dict[str, list[str]] = {}
    for survey in village.surveys:
        if survey.entered_by:
            by.setdefault(survey.entered_by, []).append(survey.title)
    return "; ".join(f"{officer}: {', '.join(titles)}" for officer, titles in by.items())


def _in_percent(result: IndicatorResult) -> bool:
    return result.of_rate or result.rate is not None
