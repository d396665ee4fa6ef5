"""The sheets of the workbook, one method each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from backend.reports.goals import exists_line
from backend.reports.numbers import rounded_rate
from backend.reports.stages import of_unit, stage_line, stage_name
from backend.reports.words import (
    natural,
    period_name,
    proof_word,
    result_word,
    shown_gap,
    status_word,
)
from backend.reports.xlsx_table import Cell, Tables
from backend.status.model import IndicatorResult, Proof, Status, TargetState, VillageProgress
from conversations.text import N_

STATUS, REMARK = 11, 26
"""Characters in a line of columns that there are many of, and of what is said beside them."""


class Sheets(Tables):
    """Writes the sheets of one workbook."""

    def summary(self) -> None:
        """Write what was submitted of what was expected, by commune, and the targets."""
        progress, say = self.progress, self.catalog.get
        sheet, row = self.sheet(N_("Summary"))
        head: tuple[str, ...] = (N_("Area"), N_("Submitted"), N_("Expected"), N_("Share"))
        rows: list[tuple[Cell, ...]] = [
            (name, done, expected, Decimal(done) / expected if expected else None)
            for _, name, done, expected in progress.communes
        ]
        share = Decimal(progress.submitted) / progress.expected if progress.expected else None
        rows.append((progress.area_name, progress.submitted, progress.expected, share))
        row = self.table(sheet, row, head, rows, ("text", "whole", "whole", "percent"))
        row += 1
        late = ", ".join(name for _, name in progress.late)
        self.note(sheet, row, say(N_("Late")), late or "–", 8)
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
                _own_assessment(t),
                t.remaining,
                t.source_line,
            )
            for t in progress.targets
        ]
        if targets:
            kinds = ("text", "year", "text", *["number"] * 6, "text")
            self.table(sheet, row, head, targets, kinds, filtered=False)

    def villages(self) -> None:
        """Write one row a village: its questionnaires, and the status of each indicator."""
        progress, say = self.progress, self.catalog.get
        sheet, row = self.sheet(N_("Village by village"))
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
        most = dict.fromkeys(range(first_status, first_status + len(columns) + 1), STATUS)
        most |= dict.fromkeys(range(first_status + len(columns) + 1, len(head)), REMARK)
        self.table(sheet, row, head, rows, kinds, translated=True, freeze_columns=2, most=most)
        words = {status_word(s, self.catalog): f for s, f in self.statuses.items()}
        for offset, cells in enumerate(rows, start=row + 1):
            for column in range(first_status, len(head)):
                if shade := words.get(str(cells[column])):
                    sheet.write_string(offset, column, str(cells[column]), shade)

    def indicators(self) -> None:
        """Write the roll-up: sums, rate, threshold and how many villages reported."""
        sheet, row = self.sheet(N_("Indicators"))
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
        yes, names = self.catalog.get(N_("yes")), dict(self.progress.set_names)
        rows: list[tuple[Cell, ...]] = [
            (
                names.get(r.set_id, r.set_id),
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
        self.table(sheet, row, head, rows, kinds)
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
        sheet, row = self.sheet(N_("Deadlines"))
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
        self.table(sheet, row, head, rows, ("date", *["text"] * 5))

    def stages(self) -> None:
        """Write every stage of every unit with its days; no sheet while nobody was moved."""
        if not self.progress.stages:
            return
        say = self.catalog.get
        sheet, row = self.sheet(N_("Stages"))
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
        self.table(sheet, row, head, rows, kinds)

    def goals(self) -> None:
        """Write the two-step reports, floors and exists-rules; no sheet for a plan without any."""
        goals = self.progress.goals
        if goals is None:
            return
        say = self.catalog.get
        sheet, row = self.sheet(N_("Rules of the plan"))
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
            row = self.table(sheet, row, head, rows, kinds) + 1
        below = say(N_("below"))
        units: list[tuple[Cell, ...]] = [
            (f.target.name, f.target.at_least.value, u.name, n, below if f.is_below(u.code) else "")
            for f in goals.floors
            for u, n in f.numbers
        ]
        if units:
            head = (N_("Target"), N_("At least"), N_("Area"), N_("Stated"), N_("Below the floor"))
            kinds = ["text", "number", "text", "number", "text"]
            row = self.table(sheet, row, head, units, kinds, filtered=False) + 1
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


def _entered(village: VillageProgress) -> str:
    """Return what officers keyed in, by officer: «Minh: Nhà ở, Nước»."""
    by: dict[str, list[str]] = {}
    for survey in village.surveys:
        if survey.entered_by:
            by.setdefault(survey.entered_by, []).append(survey.title)
    return "; ".join(f"{officer}: {', '.join(titles)}" for officer, titles in by.items())


def _own_assessment(target: TargetState) -> Decimal | None:
    """Return what is written; a rate as in the chat, cut to the two digits that a cell shows."""
    if target.self_assessed is None or not target.of_rate:
        return target.self_assessed
    shown = rounded_rate(target.self_assessed, target.at_least or target.at_most)
    return min(shown, shown.quantize(Decimal("0.01"), rounding=ROUND_FLOOR))


def _in_percent(result: IndicatorResult) -> bool:
    return result.of_rate or result.rate is not None
