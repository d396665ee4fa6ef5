"""Changes and the log as lines that a person reads; the same in chat, on the web and in a terminal."""

from __future__ import annotations

from datetime import date, tzinfo

from backend.models import OfficeSetting
from backend.office_settings.asked import from_when
from backend.office_settings.preview import Changed, Moved, Preview
from backend.office_settings.service import Look
from backend.office_settings.store import ENDED, Wanted, key_of, value_of
from backend.office_settings.words import name_of, shown_value, validity_of
from backend.reports.words import STATUS_WORDS, period_name
from conversations.text import N_
from locales import Catalog

MOST_MOVED = 8
VIA = {"web": N_("on the web"), "chat": N_("in a chat"), "command": N_("by command")}


def change_lines(look: Look, wanted: Wanted, words: Catalog) -> list[str]:
    """Return what is changed: name, the old and the new value, source, validity."""
    item = look.item(wanted.key)
    old = shown_value(wanted.key, item.value if item else None, look.bare, words)
    new = shown_value(wanted.key, look.value_after(wanted), look.bare, words)
    lines = [
        name_of(wanted.key, look.bare, words),
        words.get(N_("Now: {value}"), value=old),
        words.get(N_("New: {value}"), value=new),
    ]
    if wanted.ends:
        ends = (
            N_("The unit's own value ends; what holds above it holds again.")
            if wanted.key.area
            else N_("The office's own value ends; the plan's holds again.")
        )
        lines.append(words.get(ends))
    lines += [
        words.get(N_("Source: {source}"), source=wanted.source),
        words.get(N_("Valid: {days}"), days=validity_of(wanted.valid_from, wanted.valid_to, words)),
    ]
    known = from_when(wanted)
    return [*lines, words.say(known)] if known else lines


def preview_lines(found: Preview, wanted: Wanted, words: Catalog) -> list[str]:
    """Return which last days move and how many villages change status."""
    lines = [_moved(m, words) for m in found.moved[:MOST_MOVED]]
    if len(found.moved) > MOST_MOVED:
        more = len(found.moved) - MOST_MOVED
        lines.append(words.get(N_("and {count} more days that move"), count=more))
    for changed in found.changed:
        lines += _changed(changed, words)
    if not found.counted:
        lines.append(words.get(N_("There are too many villages to count who changes status.")))
    if not lines and wanted.unit == "day":
        lines.append(words.get(N_("No day that lies ahead moves.")))
    return lines


def log_line(row: OfficeSetting, look: Look, words: Catalog, zone: tzinfo) -> str:
    """Return one act: when, who, from where, what, source and validity."""
    key = key_of(row)
    value = (
        words.get(N_("the office's own value ends"))
        if row.act == ENDED
        else shown_value(key, value_of(row), look.bare, words)
    )
    return words.get(
        N_("{time} · {name} ({via}) · {setting}: {value} · {valid} · source: {source}"),
        time=row.set_at.astimezone(zone),
        name=row.set_by_name or "–",
        via=words.get(VIA.get(row.via, row.via)),
        setting=name_of(key, look.bare, words),
        value=value,
        valid=validity_of(row.valid_from, row.valid_to, words),
        source=row.source,
    )


def _moved(found: Moved, words: Catalog) -> str:
    name = found.name
    if found.villages:
        name = words.get(N_("The villages' own day, {name}"), name=name)
    if found.period:
        name = f"{name}, {period_name(found.period, words)}"
    return f"{name}: {_day(found.before, words)} → {_day(found.after, words)}"


def _day(day: date | None, words: Catalog) -> str:
    return words.get(N_("no deadline set")) if day is None else words.date(day)


def _changed(found: Changed, words: Catalog) -> list[str]:
    period = period_name(found.period, words)
    if not found.counts:
        return [words.get(N_("{period}: no village changes status."), period=period)]
    return [
        words.get(
            N_("{period}: {count} villages change from «{old}» to «{new}»."),
            period=period,
            count=count,
            old=words.get(STATUS_WORDS[old]),
            new=words.get(STATUS_WORDS[new]),
        )
        for old, new, count in found.counts
    ]
