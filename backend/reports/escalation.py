"""What officers are told between summaries: who is late, whom to call, which reports are due."""

from __future__ import annotations

from collections.abc import Sequence

from backend.plans.schema import printed_code
from backend.quota.words import reasons
from backend.reports.text import deadlines_text
from backend.reports.words import labels, names_of, natural
from backend.schedule.shapes import Due, LateVillage
from backend.status.regressions import Regression
from conversations.text import N_
from locales import Catalog

MOST_CHARS = 2_000
"""The shortest text limit of any channel."""
MOST_LINES = 20
MOST_HEADS = 3
MOST_REGRESSIONS = 6


def late_text(thing: Due, catalog: Catalog, *, sample: bool = False) -> str:
    """Return the list of late villages for one officer; those to call come first."""
    head = [
        *labels(catalog, sample=sample),
        catalog.get(N_("LATE VILLAGES · {area}"), area=thing.area_name),
    ]
    if thing.deadline is not None:
        head.append(
            catalog.get(
                N_("{count} of {all} villages have not sent everything; their day was {day}."),
                count=len(thing.late),
                all=thing.villages,
                day=thing.deadline,
            )
        )
    if thing.report_day is not None:
        said = N_("The report was due by {day}, that day is over.")
        if not thing.report_over:
            said = N_("The report is due by {day}.")
        head.append(catalog.get(said, day=thing.report_day))
    call = [v for v in thing.late if v.call]
    others = [v for v in thing.late if not v.call]
    sections = [head]
    if call:
        title = catalog.get(N_("To call ({count}), no message reaches them:"), count=len(call))
        sections.append([title, *_lines(call, catalog)])
    if others:
        title = catalog.get(N_("Late ({count}), a reminder was sent:"), count=len(others))
        sections.append([title, *_lines(others, catalog)])
    sections.append([catalog.get(N_("/nhacnho sends a notice to exactly those who are late."))])
    text = "\n\n".join("\n".join(lines) for lines in sections)
    return text if len(text) <= MOST_CHARS else text[: MOST_CHARS - 1].rsplit("\n", 1)[0] + "\n…"


def notice_text(thing: Due, catalog: Catalog, *, sample: bool = False) -> str:
    """Return the notice of reports that are due, to one who answers for them."""
    head = "\n".join(
        [
            *labels(catalog, sample=sample),
            catalog.get(N_("Hello {name}."), name=thing.person_name) if thing.person_name else "",
        ]
    ).strip()
    sections = [head]
    for said, reports in (
        (N_("These reports are due soon:"), thing.reports),
        (
            N_("These reports are due soon, and nobody who answers for them is on our list yet:"),
            thing.nobodys,
        ),
    ):
        if reports:
            asked = catalog.get(said)
            left = MOST_CHARS - sum(len(s) + 2 for s in sections) - len(asked) - 8
            sections += [asked, deadlines_text(reports, catalog, limit=left)]
    return "\n\n".join(part for part in sections if part)


def regressions_text(found: Sequence[Regression], catalog: Catalog) -> str:
    """Return what was met and is not any more, "" for nothing."""
    if not found:
        return ""
    title = catalog.get(N_("No longer met, it was in the last period ({count}):"), count=len(found))
    lines = [
        f"• {', '.join(part for part in (r.commune, r.village) if part)}: {printed_code(r.code)} {r.name}"
        for r in found[:MOST_REGRESSIONS]
    ]
    return "\n".join([title, *lines, *(["…"] if len(found) > MOST_REGRESSIONS else [])])


def _lines(villages: Sequence[LateVillage], catalog: Catalog) -> list[str]:
    ordered = sorted(villages, key=lambda v: (natural(v.commune), natural(v.name)))
    several = len({v.commune for v in villages}) > 1
    lines = [_line(v, catalog, commune=several) for v in ordered[:MOST_LINES]]
    if (left := len(ordered) - MOST_LINES) > 0:
        lines.append(catalog.get(N_("… and {count} more villages."), count=left))
    return lines


def _line(village: LateVillage, catalog: Catalog, *, commune: bool) -> str:
    place = f"{village.commune}, {village.name}" if commune and village.commune else village.name
    who = (
        names_of(list(village.heads), MOST_HEADS, catalog)
        if village.heads
        else catalog.get(N_("nobody enrolled yet"))
    )
    said = N_("• {place} ({who}): {count} questionnaires")
    if village.again and village.missing:
        said = N_("• {place} ({who}): {count} questionnaires, {again} sent and handed back")
    elif village.again:
        said = N_("• {place} ({who}): {again} questionnaires sent and handed back")
    line = catalog.get(said, place=place, who=who, count=village.missing, again=village.again)
    return f"{line}\n   {reasons(village.why, catalog)}" if village.why else line
