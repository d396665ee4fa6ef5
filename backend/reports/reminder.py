"""What a reminder says: exactly what is missing, until when, and how to go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from backend.reports.words import labels, period_name
from backend.schedule.shapes import Missing
from conversations.text import N_
from locales import Catalog

MOST_GROUPS = 6
"""Most villages, periods and days told apart; nearly everybody has one."""
MOST_LINES = 12


def reminder_text(
    name: str, missing: Sequence[Missing], today: date, catalog: Catalog, *, sample: bool = False
) -> str:
    """Return the reminder to one village head; `today` is the day in the office's zone.

    Several villages, periods or days are told one after the other, the nearest day first.
    """
    grouped: dict[tuple[date, str, str], list[Missing]] = {}
    for thing in sorted(missing, key=lambda m: m.due):
        grouped.setdefault((thing.due, thing.area_name, thing.period), []).append(thing)
    paragraphs = [
        "\n".join(
            [
                *labels(catalog, sample=sample),
                catalog.get(N_("Hello {name}."), name=name) if name else "",
            ]
        ).strip()
    ]
    told = list(grouped.items())[:MOST_GROUPS]
    for (day, area, period), things in told:
        named = {"area": area, "period": period_name(period, catalog)}
        lines: list[str] = []
        if unsent := [t for t in things if _unsent(t)]:
            lines.append(
                catalog.get(
                    N_("{area} still has {count} questionnaires to send for {period}:"),
                    count=len(unsent),
                    **named,
                )
            )
            lines += [_line(thing, catalog) for thing in unsent[:MOST_LINES]]
        if photos := [t for t in things if t.photos and not t.activity]:
            lines.append(
                catalog.get(
                    N_("{area} has sent these for {period}; only photos are still missing:"),
                    **named,
                )
            )
            lines += [
                catalog.get(N_("• {title}: {count} photos"), title=t.title, count=t.photos)
                for t in photos[:MOST_LINES]
            ]
        if again := [t for t in things if t.again]:
            lines.append(
                catalog.get(
                    N_("{area} has sent these for {period}; an answer is asked for again:"),
                    **named,
                )
            )
            lines += [f"• {t.title}" for t in again[:MOST_LINES]]
        if monthly := [t for t in things if t.activity]:
            lines.append(
                catalog.get(N_("What {area} does every month, with a photo ({period}):"), **named)
            )
            lines += [f"• {t.title}" for t in monthly[:MOST_LINES]]
        paragraphs.append("\n".join([*lines, _until(day, today, catalog)]))
    if left := len(missing) - sum(len(things) for _, things in told):
        paragraphs.append(catalog.get(N_("… and {count} more questionnaires."), count=left))
    if any(_unsent(t) or (t.activity and not t.photos) for t in missing):
        paragraphs.append(catalog.get(N_("Send MENU to go on. Thank you!")))
    elif any(t.again for t in missing):
        paragraphs.append(catalog.get(N_("Send RESEND to answer once more. Thank you!")))
    else:
        paragraphs.append(catalog.get(N_("Send ADD PHOTO to send them. Thank you!")))
    return "\n\n".join(p for p in paragraphs if p)


def _unsent(thing: Missing) -> bool:
    return not (thing.photos or thing.again or thing.activity)


def _line(thing: Missing, catalog: Catalog) -> str:
    if thing.begun:
        return catalog.get(N_("• {title} (begun)"), title=thing.title)
    return f"• {thing.title}"


def _until(day: date, today: date, catalog: Catalog) -> str:
    left = (day - today).days
    if left > 0:
        return catalog.get(N_("Last day: {day}, in {count} days."), day=day, count=left)
    if left == 0:
        return catalog.get(N_("Last day: today, {day}."), day=day)
    return catalog.get(N_("The last day was {day}. You can still send them."), day=day)
