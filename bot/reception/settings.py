"""/caidat: admins set the plan's values in a chat, after a preview.

«/caidat» lists them with numbers, «/caidat ở xã Ia Đal» those of one unit; «/caidat 3 80; nguồn:
QĐ 12/QĐ-UBND» sets one at once, and what is left out is asked for. Nothing is written before a plain yes to the old and the new value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from backend.access import accessible_areas, may_set
from backend.models import Person
from backend.office_settings.asked import Asked
from backend.office_settings.keys import DAYS, Key, Kind
from backend.office_settings.service import Look, confirm, look_at, preview_of
from backend.office_settings.store import ChangedMeanwhileError, Setter, log_of
from backend.office_settings.told import change_lines, log_line, preview_lines
from backend.office_settings.values import WrongValueError
from backend.office_settings.words import HINTS, coming_of, name_of, shown_value
from backend.reports.words import labels
from bot.messages import Kind as Came
from bot.messages import Outgoing
from bot.reception.area_names import areas_named
from bot.reception.house import Visit
from bot.reception.together import together
from conversations.text import Text, fold

STAGE: Final = "settings"
LOG_SHOWN: Final = 10
MOST_CHARS: Final = 1_800
"""Longest part of the list: shorter than any channel's limit."""
MOST_NAME: Final = 70
UNSAID: Final = "---"
"""Stands for the source while it is still to be asked for, so that the value can be checked."""
_YES: Final = frozenset({"dung", "1", "co", "yes", "s.yes"})
_STOP: Final = frozenset({"huy", "thoi", "cancel", "khong", "2", "no", "s.no"})
_END: Final = frozenset({"bo", "het", "end"})
_IN: Final = frozenset({"o", "tai", "in"})
_LOG: Final = frozenset({"nhat ky", "log"})
_NOTHING: Final = Text("All right, nothing was set.")
_DAY_WORDS: Final = (
    ("lam bu", Kind.WORKING_DAY),
    ("working", Kind.WORKING_DAY),
    ("nghi", Kind.DAY_OFF),
    ("off", Kind.DAY_OFF),
)
_PARTS: Final = {
    "nguon": "source",
    "source": "source",
    "tu": "valid_from",
    "from": "valid_from",
    "den": "valid_to",
    "to": "valid_to",
}
_VALIDITY: Final = re.compile(r"(tu|from|den|to):? (?:ngay )?(\d.*)")


@dataclass(frozen=True, slots=True)
class _At:
    """A clock that stands at the turn's time."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


async def begin(visit: Visit, rest: str) -> list[Outgoing]:
    """Show the list or the log, or begin to set what `rest` names."""
    try:
        area, rest = await _unit_in(visit, rest)
        look = await _look(visit, area)
    except WrongValueError as wrong:
        return [visit.say(wrong.reason)]
    if not await may_set(visit.person_id, look.where):
        await visit.wait_for("")
        return [visit.say(Text("Only an administrator of the plan's whole area can set this."))]
    said = fold(rest)
    if not said:
        await visit.wait_for(STAGE, **({"area": look.area} if look.area else {}))
        return _list(visit, look)
    if said in _LOG:
        return await _log(visit, look)
    draft = _draft(look, rest)
    if draft is None:
        await visit.wait_for(STAGE)
        return [visit.say(Text("Please send a number from the list. /caidat shows the list."))]
    return await _go_on(visit, look, draft)


async def take(visit: Visit) -> list[Outgoing]:
    """Take what the chat was asked for: a number, a value, the source, or the yes."""
    incoming, said = visit.turn.incoming, _said(visit)
    data: dict[str, Any] = visit.stage_data
    if "key" not in data:
        if said in _STOP - {"2"}:
            return await visit.stop(_NOTHING)
        area = str(data.get("area") or "")
        return await begin(visit, f"@{area} {incoming.text}" if area else incoming.text)
    key = Key.read(str(data["key"]))
    look = await _look(visit, key.area if key else "")
    if not await may_set(visit.person_id, look.where):
        return await begin(visit, "")
    draft = {k: v for k, v in data.items() if k != "seen"}
    if "seen" not in data:
        if said in _STOP - {"2", "khong", "no"}:
            return await visit.stop(_NOTHING)
        missing = _missing(draft)
        if found := _VALIDITY.fullmatch(said):
            draft[_PARTS[found[1]]] = found[2]
        elif missing == "value" and said in _END:
            draft["ends"] = "yes"
        else:
            draft |= _parts(incoming.text, first=missing)
        return await _go_on(visit, look, draft)
    if said in _YES:
        return await _write(visit, look, draft, int(data["seen"]))
    if found := _VALIDITY.fullmatch(said):
        draft[_PARTS[found[1]]] = found[2]
        return await _go_on(visit, look, draft)
    return await visit.stop(_NOTHING)


async def again(visit: Visit, first: Text) -> list[Outgoing] | None:
    """Show the old and the new value once more, as they are by now, before a yes is taken."""
    data: dict[str, Any] = visit.stage_data
    if "seen" not in data or _said(visit) not in _YES:
        return None
    key = Key.read(str(data["key"]))
    look = await _look(visit, key.area if key else "")
    if not await may_set(visit.person_id, look.where):
        return None
    draft = {k: v for k, v in data.items() if k != "seen"}
    return together([visit.say(first)], await _go_on(visit, look, draft))


def _said(visit: Visit) -> str:
    incoming = visit.turn.incoming
    return incoming.text if incoming.kind is Came.PRESS else fold(incoming.text).strip(" .!")


def _missing(draft: dict[str, str]) -> str:
    """Return the field that the next words are for."""
    if not draft.get("value") and not draft.get("ends"):
        return "value"
    return "valid_from" if draft.get("source") else "source"


def _draft(look: Look, rest: str) -> dict[str, str] | None:
    """Return what a command's words say, None when they name nothing."""
    head, _, tail = rest.partition(";")
    said = fold(head)
    for word, kind in _DAY_WORDS:
        if said.startswith(word):
            words = head.split()[len(word.split()) :]
            return _with_value({"key": str(kind)}, words, tail)
    number, *words = head.split() or [""]
    bare = number.rstrip(".:")
    if not bare.isdecimal() or not 1 <= int(bare[:6]) <= len(look.items):
        return None
    return _with_value({"key": str(look.items[int(bare) - 1].key)}, words, tail)


def _with_value(draft: dict[str, str], words: list[str], tail: str) -> dict[str, str]:
    value = " ".join(words)
    if fold(value) in _END:
        draft["ends"] = "yes"
    elif value:
        draft["value"] = value
    return draft | _parts(tail, first="source")


def _parts(text: str, *, first: str) -> dict[str, str]:
    """Return «nguồn: …; từ: …» as fields; what carries no word is the first field's."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, colon, value = part.partition(":")
        field = _PARTS.get(fold(name)) if colon else None
        if field:
            found[field] = value.strip()
        elif part.strip():
            found[first] = f"{found[first]}; {part.strip()}" if first in found else part.strip()
    return found


def _asked(draft: dict[str, str]) -> Asked:
    key = Key.read(draft["key"])
    assert key is not None, "we wrote it"  # noqa: S101  (the draft is our own)
    return Asked(
        key=key,
        value=draft.get("value", ""),
        source=draft.get("source", "") or UNSAID,
        valid_from=draft.get("valid_from", ""),
        valid_to=draft.get("valid_to", ""),
        ends=bool(draft.get("ends")),
    )


async def _go_on(visit: Visit, look: Look, draft: dict[str, str]) -> list[Outgoing]:
    """Ask for what is missing, else show what would change and ask for a yes."""
    asked = _asked(draft)
    days = asked.key.kind in DAYS and not asked.key.target
    if not draft.get("value") and not asked.ends:
        await visit.wait_for(STAGE, **draft)
        return [_ask_value(visit, look, asked.key)]
    if days and asked.ends:
        draft.pop("ends")
        return await _go_on(visit, look, draft)
    try:
        wanted = look.understood(asked)
    except WrongValueError as wrong:
        kept = _without_wrong(look, draft)
        await visit.wait_for(STAGE, **kept)
        return [visit.say(wrong.reason, Text("Please send it again, or CANCEL."))]
    if not draft.get("source"):
        await visit.wait_for(STAGE, **draft)
        return [
            visit.say(
                Text(
                    "Which document says so? Please send its number or name,"
                    " for example: Decision 12/QD-UBND of 10/11/2026."
                )
            )
        ]
    item = look.item(wanted.key)
    await visit.wait_for(STAGE, **draft, seen=item.number if item else 0)
    found = await preview_of(look, wanted, _At(visit.now), visit.house.zone)
    return [
        visit.say(
            "\n".join(change_lines(look, wanted, visit.catalog)),
            "\n".join(preview_lines(found, wanted, visit.catalog)),
            Text("Is this right?\n1. YES\n2. NO"),
            Text("For another first day, send for example: FROM 01/01/2027."),
            buttons=[
                visit.button(Text("YES"), "s.yes"),
                visit.button(Text("NO"), "s.no"),
            ],
        )
    ]


def _without_wrong(look: Look, draft: dict[str, str]) -> dict[str, str]:
    """Return the draft without what cannot be, so that only that is asked for again."""
    for leave in ("valid_to", "valid_from", "source", "value", "ends"):
        kept = {k: v for k, v in draft.items() if k != leave}
        if len(kept) == len(draft) or not (kept.get("value") or kept.get("ends")):
            continue
        try:
            look.understood(_asked(kept))
        except WrongValueError:
            continue
        return kept
    return {"key": draft["key"], **({"source": s} if (s := draft.get("source")) else {})}


async def _write(visit: Visit, look: Look, draft: dict[str, str], seen: int) -> list[Outgoing]:
    person = await Person.get(id=visit.person_id)
    by = Setter(visit.person_id, person.name, "chat")
    try:
        wanted = look.understood(_asked(draft))
        await confirm(look, wanted, by, _At(visit.now), seen=seen)
    except WrongValueError as wrong:
        await visit.wait_for("")
        return [visit.say(wrong.reason)]
    except ChangedMeanwhileError as changed:
        again = await _go_on(visit, await _look(visit, look.area), draft)
        return [visit.say(changed.reason), *again]
    await visit.wait_for("")
    after = await _look(visit, look.area)
    item = after.item(wanted.key)
    value = shown_value(wanted.key, item.value if item else None, after.bare, visit.catalog)
    name = name_of(wanted.key, after.bare, visit.catalog)
    return [
        visit.say(
            Text("It is set. {name}: {value}", {"name": name, "value": value}),
            Text("/caidat nhat ky shows who has set what."),
        )
    ]


def _list(visit: Visit, look: Look) -> list[Outgoing]:
    lines = labels(visit.catalog, sample=look.bare.sample)
    for number, item in enumerate(look.items, 1):
        name = name_of(item.key, look.bare, visit.catalog)
        short = name if len(name) <= MOST_NAME else name[: MOST_NAME - 1].rstrip() + "…"
        value = shown_value(item.key, item.value, look.bare, visit.catalog)
        mark = " ✎" if item.act is not None else ""
        lines.append(f"{number}. {short}: {value}{mark}")
    out = [visit.say(part) for part in _chunks(lines)]
    how = visit.say(
        Text("✎: set by the office; all else is the plan's own or the usual value."),
        Text("To set one, send its number. Or all at once: /caidat 3 80; nguon: QD 12/QD-UBND"),
        Text("A further day off: /caidat nghi 25/12/2026. A working day all the same: /caidat lam bu 26/12/2026."),
        Text("To end the office's own value: /caidat 3 bo. The log: /caidat nhat ky."),
        *([] if look.area else [Text("For one commune alone, for example: /caidat o xa Ia Dal.")]),
    )  # fmt: skip
    return [*out, how]


def _chunks(lines: Iterable[str]) -> list[str]:
    parts = [""]
    for line in lines:
        if len(parts[-1]) + len(line) > MOST_CHARS:
            parts.append("")
        parts[-1] += ("\n" if parts[-1] else "") + line
    return parts


def _ask_value(visit: Visit, look: Look, key: Key) -> Outgoing:
    hint = visit.catalog.get(HINTS[key.kind])
    item = look.item(key) if key.target or key.kind not in DAYS else None
    if item is None:
        return visit.say(Text("Which day is it?"), hint)
    own = (
        [Text("END: the office's own value ends, and the plan's holds again.")]
        if item.act or item.coming
        else []
    )
    return visit.say(
        name_of(key, look.bare, visit.catalog),
        Text(
            "Now: {value}",
            {"value": shown_value(key, item.value, look.bare, visit.catalog)},
        ),
        "\n".join(coming_of(item, look.bare, visit.catalog)),
        Text("What shall it be?"),
        hint,
        *own,
    )


async def _log(visit: Visit, look: Look) -> list[Outgoing]:
    rows = await log_of(look.bare.id, area=look.area or None, limit=LOG_SHOWN)
    if not rows:
        return [visit.say(Text("Nothing was set yet."))]
    lines = [f"• {log_line(row, look, visit.catalog, visit.house.zone)}" for row in rows]
    return [visit.say(part) for part in _chunks(lines)]


async def _unit_in(visit: Visit, rest: str) -> tuple[str, str]:
    """Return the code of the unit that «ở xã Ia Đal; …» names, and what else is said.

    «@ia-dal …» is how a chat that is looking at one unit goes on.
    """
    if rest.startswith("@"):
        code, _, more = rest[1:].partition(" ")
        return code, more
    word, _, name = rest.partition(" ")
    name, _, more = name.partition(";")
    if fold(word) not in _IN or not name.strip():
        return "", rest
    allowed = await accessible_areas(visit.person_id, officer_only=True)
    found = await areas_named(name, allowed, await visit.house.pack())
    if len(found) != 1:
        raise WrongValueError(Text("The plan has no area {name}.", {"name": name[:64]}))
    return found[0].area.code, more.strip()


async def _look(visit: Visit, area: str = "") -> Look:
    plan = (await visit.house.pack()).id
    return await look_at(plan, _At(visit.now), visit.house.zone, area)
