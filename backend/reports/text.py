"""Progress as a chat message. The first lines say the most, for chats that cut or scroll."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from backend.reports.goals import goals_lines
from backend.reports.stages import of_unit, stages_lines, unit_lines
from backend.reports.targets import targets_lines
from backend.reports.words import (
    STATUS_MARKS,
    names_of,
    natural,
    period_name,
    plan_labels,
    proof_word,
    result_word,
    sentence,
    shown_gap,
    shown_result,
    shown_value,
    status_word,
)
from backend.status.model import (
    Deadline,
    IndicatorResult,
    Progress,
    Proof,
    Status,
    SurveyState,
    VillageProgress,
)
from conversations.text import N_
from locales import Catalog

LONGEST = 4_096
"""Characters of the longest message that Telegram takes."""
MOST_NAMES = 8
"""Most villages named in one line of a summary; a list of all is what the .xlsx is for."""
MOST_DEADLINES = 3
_INDICATORS = 3
"""Which section of a progress text holds the indicators."""


def progress_text(
    progress: Progress, catalog: Catalog, *, zone: tzinfo | None = None, limit: int = LONGEST
) -> str:
    """Return the answer to /tiendo for an area, at most `limit` characters.

    Sections that no longer fit are left out from the end, and the text says so. Times are
    shown in `zone`, or in the zone that `progress.at` carries.
    """
    sections = [
        _head(progress, catalog, zone),
        _communes(progress, catalog),
        _attention(progress, catalog),
        _indicators(progress, catalog),
        stages_lines(progress, catalog),
        _next_deadlines(progress.deadlines, catalog),
        targets_lines(progress, catalog),
        goals_lines(progress.goals, catalog) if progress.goals else [],
    ]
    if len(_joined(sections)) > limit:
        # What is cut then is indicators, which the picture and the workbook show too.
        sections.append(sections.pop(_INDICATORS))
    return _fitted(sections, catalog, limit)


def village_text(
    progress: Progress,
    village: VillageProgress,
    catalog: Catalog,
    *,
    zone: tzinfo | None = None,
    limit: int = LONGEST,
) -> str:
    """Return one village's own state: each questionnaire, each indicator, what is missing.

    Codes are left out, they are the office's; what has no figures yet is only counted.
    """
    done = sum(1 for s in village.surveys if s.submitted_at is not None)
    head = [
        catalog.get(N_("PROGRESS · {area}"), area=village.name),
        sentence(period_name(progress.period, catalog)),
        *plan_labels(progress, catalog),
        catalog.get(
            N_("Submitted: {done}/{all} questionnaires."), done=done, all=len(village.surveys)
        ),
    ]
    surveys = [_survey_line(s, catalog, zone) for s in village.surveys]
    known = [r for r in village.indicators if r.status is not Status.INSUFFICIENT_DATA]
    indicators = [f"{STATUS_MARKS[r.status]} {r.name}: {shown_result(r, catalog)}" for r in known]
    if indicators:
        indicators.insert(0, catalog.get(N_("Indicators (your own assessment):")))
    if unknown := len(village.indicators) - len(known):
        indicators.append(
            catalog.get(N_("? {count} indicators still lack figures."), count=unknown)
        )
    unit = of_unit(progress.stages, village.code)
    stages = unit_lines(unit, catalog) if unit else []
    return _fitted([head, surveys, indicators, stages], catalog, limit)


def deadlines_text(deadlines: Sequence[Deadline], catalog: Catalog, *, limit: int = LONGEST) -> str:
    """Return the answer to /hanchot: every deadline with what is due, from whom and to whom."""
    if not deadlines:
        return catalog.get(N_("Nothing is due in the coming months."))
    sections = [[catalog.get(N_("DEADLINES"))]]
    for deadline in deadlines:
        lines = [sentence(_day(deadline, catalog))]
        lines += [f"• {name}" for name in deadline.names]
        if deadline.period:
            lines.append(
                catalog.get(N_("For: {period}"), period=period_name(deadline.period, catalog))
            )
        if deadline.obliged:
            lines.append(catalog.get(N_("Who reports: {obliged}"), obliged=deadline.obliged))
        if deadline.to and deadline.via:
            lines.append(
                catalog.get(N_("To: {to}, through {via}"), to=deadline.to, via=deadline.via)
            )
        elif deadline.to or deadline.via:
            lines.append(catalog.get(N_("To: {to}"), to=deadline.to or deadline.via))
        sections.append(lines)
    return _fitted(sections, catalog, limit)


def _head(progress: Progress, catalog: Catalog, zone: tzinfo | None) -> list[str]:
    complete = sum(1 for v in progress.villages if all(s.submitted_at for s in v.surveys))
    lines = [
        catalog.get(N_("PROGRESS · {area}"), area=progress.area_name),
        sentence(
            catalog.get(
                N_("{period}, as of {time}"),
                period=period_name(progress.period, catalog),
                time=_local(progress.at, zone),
            )
        ),
        *plan_labels(progress, catalog),
    ]
    if progress.villages:
        lines.append(
            catalog.get(
                N_("Submitted: {done}/{all} questionnaires."),
                done=progress.submitted,
                all=progress.expected,
            )
        )
        lines.append(
            catalog.get(
                N_("Complete: {done}/{all} {unit}."),
                done=complete,
                all=len(progress.villages),
                unit=progress.unit_word,
            )
        )
    return [*lines, *_unlisted(progress, catalog)]


def _unlisted(progress: Progress, catalog: Catalog) -> list[str]:
    """Say that villages are still to be entered, when the plan names none or not all of them."""
    named, stated = len(progress.villages), progress.villages_stated
    if not named and stated:
        line = N_("The plan counts {count} {unit} and names none: the office enters the list.")
        return [catalog.get(line, count=stated, unit=progress.unit_word)]
    if not named:
        return [
            catalog.get(
                N_("There is no list of {unit} yet: the office enters it."),
                unit=progress.unit_word,
            )
        ]
    if stated and named < stated:
        line = N_("{named} of {count} {unit} are on the list: the office enters the others.")
        return [catalog.get(line, named=named, count=stated, unit=progress.unit_word)]
    return []


def _communes(progress: Progress, catalog: Catalog) -> list[str]:
    if len(progress.communes) <= 1:
        return []
    return [
        catalog.get(N_("• {area}: {done}/{all} questionnaires"), area=name, done=done, all=expected)
        for _, name, done, expected in progress.communes
    ]


def _indicators(progress: Progress, catalog: Catalog) -> list[str]:
    counts: dict[tuple[str, str], Counter[Status]] = {}
    for village in progress.villages:
        for result in village.indicators:
            counts.setdefault((result.set_id, result.code), Counter())[result.status] += 1
    lines = []
    silent = [r for r in progress.indicators if not r.reported and not shown_value(r, catalog)]
    for result in progress.indicators:
        if result in silent:
            continue
        lines.append(_indicator_line(result, catalog))
        words = [
            f"{counts[result.set_id, result.code][status]} {status_word(status, catalog)}"
            for status in Status
            if counts.get((result.set_id, result.code), Counter())[status]
            and not _said_before(result, status, counts[result.set_id, result.code][status])
        ]
        reported = catalog.get(
            N_("{done}/{all} {unit} reported"),
            done=result.reported,
            all=result.expected,
            unit=progress.unit_word,
        )
        proofs = _proofs(progress, result, catalog)
        lines.append("   " + " · ".join([reported, *words, *proofs]))
    if silent:
        lines.append(
            catalog.get(N_("? {count} indicators that nobody reported yet."), count=len(silent))
        )
    return lines


def _proofs(progress: Progress, result: IndicatorResult, catalog: Catalog) -> list[str]:
    """Return of how many villages the photos wait, were handed back, are approved."""
    if result.proof is None:
        return []
    found = Counter(
        r.proof
        for v in progress.villages
        for r in v.indicators
        if (r.set_id, r.code) == (result.set_id, result.code)
    )
    shown = (Proof.APPROVED, Proof.WAITING, Proof.REJECTED)
    return [f"{found[p]} {proof_word(p, catalog)}" for p in shown if found[p]]


def _said_before(result: IndicatorResult, status: Status, count: int) -> bool:
    """Say whether «11/12 reported» has told already that so many villages lack figures."""
    return status is Status.INSUFFICIENT_DATA and count == result.expected - result.reported


def _indicator_line(result: IndicatorResult, catalog: Catalog) -> str:
    parts = [
        part
        for part in (
            shown_value(result, catalog),
            result_word(result, catalog),
            shown_gap(result, catalog),
            catalog.get(N_("photo missing")) if result.photo_missing else "",
        )
        if part
    ]
    return f"{STATUS_MARKS[result.status]} {result.printed} {result.name}: " + ", ".join(parts)


def _attention(progress: Progress, catalog: Catalog) -> list[str]:
    late = {code for code, _ in progress.late}
    lines = _placed(
        N_("Late ({count}): {names}"), [v for v in progress.villages if v.code in late], catalog
    )
    photos = [v for v in progress.villages if any(s.missing_photos for s in v.surveys)]
    return lines + _placed(N_("Photos missing ({count}): {names}"), photos, catalog)


def _placed(msgid: str, villages: Sequence[VillageProgress], catalog: Catalog) -> list[str]:
    """Name villages on one line, or a line for each commune when there are several."""
    grouped: dict[str, list[str]] = {}
    for village in villages:
        grouped.setdefault(village.commune, []).append(village.name)
    shown = {
        commune: names_of(sorted(names, key=natural), MOST_NAMES, catalog)
        for commune, names in grouped.items()
    }
    if not shown:
        return []
    if len(shown) == 1:
        names = next(iter(shown.values()))
        return [catalog.get(msgid, count=len(villages), names=names)]
    head = catalog.get(msgid, count=len(villages), names="").rstrip()
    return [head, *(f"• {commune}: {names}" for commune, names in shown.items())]


def _next_deadlines(deadlines: Sequence[Deadline], catalog: Catalog) -> list[str]:
    if not deadlines:
        return []
    lines = [catalog.get(N_("Next deadlines:"))]
    lines += [
        f"• {_day(deadline, catalog)}: {'; '.join(deadline.names)}"
        for deadline in deadlines[:MOST_DEADLINES]
    ]
    return lines


def _survey_line(survey: SurveyState, catalog: Catalog, zone: tzinfo | None) -> str:
    if survey.submitted_at is not None:
        day = survey.submitted_at.astimezone(zone) if zone else survey.submitted_at
        state = catalog.get(N_("submitted on {day}"), day=day.date())
        if survey.missing_photos:
            missing = catalog.get(N_("{count} photos missing"), count=len(survey.missing_photos))
            state = f"{state}, {missing}"
        if proof := proof_word(survey.proof, catalog):
            state = f"{state}, {proof}"
        if survey.entered_by:
            keyed = catalog.get(N_("entered by {officer}"), officer=survey.entered_by)
            state = f"{state}, {keyed}"
        return f"✓ {survey.title}: {state}"
    state = catalog.get(N_("begun") if survey.begun else N_("not begun"))
    if survey.due is not None:
        state += ", " + catalog.get(
            N_("was due on {day}") if survey.late else N_("due on {day}"), day=survey.due
        )
    return f"{'…' if survey.begun else '○'} {survey.title}: {state}"


def _day(deadline: Deadline, catalog: Catalog) -> str:
    if deadline.last_day is None:
        return catalog.get(N_("no deadline set"))
    shown = catalog.get(N_("by {day}"), day=deadline.last_day)
    if deadline.plan_day is None:
        return shown
    moved = catalog.get(N_("the plan's {day} is a day off"), day=deadline.plan_day)
    return f"{shown} ({moved})"


def _local(at: datetime, zone: tzinfo | None) -> datetime:
    return at.astimezone(zone) if zone else at


def _joined(sections: Iterable[list[str]]) -> str:
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _fitted(sections: Iterable[list[str]], catalog: Catalog, limit: int) -> str:
    """Join the sections by blank lines; cut at a line's end and say so when it gets too long."""
    text = _joined(sections)
    if len(text) <= limit:
        return text
    more = catalog.get(N_("… more in the table and on the office's page."))
    room = limit - len(more) - 1
    cut = text.rfind("\n", 0, room + 1)
    return (text[:cut] if cut > 0 else text[:room]).rstrip() + "\n" + more
