"""What is said of a report that an officer asks for once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, tzinfo

from backend.adhoc.shapes import Report, Standing
from backend.plans.schema import Pack
from backend.reports.words import labels, names_of
from backend.schedule.shapes import Due
from conversations.text import N_
from locales import Catalog

MOST_NAMES = 12
CHANNELS = {"telegram": "Telegram", "zalo-bot": "Zalo", "zalo-oa": "Zalo OA", "web": "web"}
STANDINGS: dict[Standing, str] = {
    Standing.OPEN: N_("open"),
    Standing.LATE: N_("past its last day"),
    Standing.COMPLETE: N_("everybody has answered"),
    Standing.ENDED: N_("closed"),
    Standing.CANCELLED: N_("cancelled"),
}


def ad_hoc_text(thing: Due, catalog: Catalog, *, sample: bool = False) -> str:
    """Return one message of an ad-hoc report: opened, late, or complete."""
    what = thing.key.split("|")[3]
    hello = catalog.get(N_("Hello {name}."), name=thing.person_name) if thing.person_name else ""
    head = "\n".join([*labels(catalog, sample=sample), hello]).strip()
    names = names_of([m.area_name for m in thing.missing], MOST_NAMES, catalog)
    title = thing.missing[0].title if thing.missing else str(thing.why.params.get("name", ""))
    if what == "open":
        body = [
            catalog.get(N_("The office asks {area}: {name}."), area=names, name=title),
            thing.owner,
            _until(thing, catalog),
            catalog.get(N_("Send MENU to answer. Thank you!")),
        ]
    elif what == "late":
        body = [
            catalog.get(
                N_("«{name}»: {count} of {all} have not answered: {names}"),
                name=title,
                count=len(thing.missing),
                all=thing.villages,
                names=names,
            ),
            catalog.get(N_("/nhacnho sends a notice to exactly those who are late.")),
        ]
    else:
        line = N_("«{name}»: all {all} have answered. It is closed.")
        body = [catalog.get(line, name=title, all=thing.villages)]
    return "\n\n".join(part for part in (head, *body) if part)


def report_line(report: Report, pack: Pack, today: date, zone: tzinfo, catalog: Catalog) -> str:
    """Return one line of the officer's list: name, last day, how many of how many have answered."""
    return catalog.get(
        N_("{name}: by {day}, {done}/{all} answered, {state}"),
        name=report.name,
        day=report.last_day(pack, zone),
        done=len(report.answered),
        all=len(report.units),
        state=catalog.get(STANDINGS[report.standing(pack, today, zone)]),
    )


def report_text(report: Report, pack: Pack, today: date, zone: tzinfo, catalog: Catalog) -> str:
    """Return a report with who has answered and who has not."""
    lines = [report_line(report, pack, today, zone, catalog)]
    if report.sentence:
        lines.append(f"«{report.sentence}»")
    answered = [u.name for n, u in report.units.items() if n in report.answered]
    if answered:
        names = names_of(answered, MOST_NAMES, catalog)
        lines.append(catalog.get(N_("Answered: {names}"), names=names))
    if report.missing and not report.cancelled:
        names = names_of([u.name for u in report.missing], MOST_NAMES, catalog)
        lines.append(catalog.get(N_("Not yet: {names}"), names=names))
    if report.cancelled:
        lines.append(catalog.get(N_("Cancelled: {reason}"), reason=report.reason))
    return "\n".join(lines)


def channels_text(by_channel: Mapping[str, int]) -> str:
    """Return «Telegram 3, Zalo 2, web 1»."""
    named = [(CHANNELS.get(name, name), count) for name, count in sorted(by_channel.items())]
    return ", ".join(f"{name} {count}" for name, count in named)


def _until(thing: Due, catalog: Catalog) -> str:
    if thing.deadline is None:
        return ""
    return catalog.get(N_("Last day: {day}."), day=thing.deadline)
