"""/nhacnho: an officer reminds exactly those of their area who are late, after a preview.

Late is what `backend.schedule.late` calls so: the village's own day has passed while the report
still waits. One such notice a person and day, whoever asks for it; none to who is answering; at
night it waits for the morning.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from backend.access import accessible_areas
from backend.adhoc.kept import reports_of
from backend.lists import numbers
from backend.models import Area, FormVersion, Interview, Outbox, Person
from backend.plans.schema import Pack
from backend.quota.books import open_books
from backend.quota.reach import reach_of
from backend.reports.ad_hoc import channels_text
from backend.reports.reminder import reminder_text
from backend.reports.words import names_of
from backend.schedule.late import Late, late_villages
from backend.schedule.moments import end_of_quiet
from backend.schedule.overdue import overdue, overdue_reports
from backend.schedule.queued import queued
from backend.schedule.reminder_rows import ANSWERING
from bot.messages import Kind, Outgoing
from bot.reception.house import Visit
from bot.reception.together import together
from conversations.text import Text, fold
from locales import catalog

CONFIRM: Final = "follow_up"
MOST_NAMES: Final = 12
_YES: Final = frozenset({"dung", "1", "co", "yes", "f.yes"})


@dataclass(frozen=True, slots=True)
class _Found:
    """Who is late below an officer, and who would get a message."""

    pack: Pack
    areas: dict[int, Area]
    late: dict[int, Late]
    people: dict[int, list[int]]
    """Late villages by the person who would be told."""


async def begin(visit: Visit) -> list[Outgoing]:
    """Say who is late and what a notice would cost, and ask whether to send it."""
    if not visit.rights.officer:
        return [visit.say(Text("Only officers can remind villages."))]
    found = await _look(visit)
    if not found.late:
        return [visit.say(Text("Nobody in your area is late at present."))]
    parts = [
        Text(
            "{count} villages are late. This would send {messages} messages.",
            {"count": len(found.late), "messages": len(found.people)},
        )
    ]
    calls = [found.areas[n].name for n, late in found.late.items() if not late.reached]
    if calls:
        names = names_of(calls, MOST_NAMES, visit.catalog)
        parts.append(
            Text(
                "No message reaches {count} villages; please call them: {names}",
                {"count": len(calls), "names": names},
            )
        )
    if not found.people:
        return [visit.say(*parts)]
    parts += await _whom(visit, found)
    await visit.wait_for(CONFIRM)
    return [
        visit.say(
            *parts,
            Text("To send it, answer:\n1. YES\n2. NO"),
            buttons=[
                visit.button(Text("YES"), "f.yes"),
                visit.button(Text("NO"), "f.no"),
            ],
        )
    ]


async def _whom(visit: Visit, found: _Found) -> list[Text]:
    """Say to which villages' heads it goes, and on which channels."""
    reach = await reach_of(found.people, await open_books(visit.now, visit.house.zone))
    channels = Counter(r.chats[0].channel for r in reach.values() if r.chats)
    villages = dict.fromkeys(n for numbers_ in found.people.values() for n in numbers_)
    names = names_of([found.areas[n].name for n in villages], MOST_NAMES, visit.catalog)
    said = [Text("To: {names}", {"names": names})]
    if channels:
        said.append(Text("On: {channels}", {"channels": channels_text(channels)}))
    return said


async def confirm(visit: Visit) -> list[Outgoing]:
    """Send it after a plain yes, to those who are late by now; anything else sends nothing."""
    await visit.wait_for("")
    if _said(visit) not in _YES:
        return [visit.say(Text("All right, nothing was sent."))]
    sent = await _send(visit, await _look(visit))
    return [visit.say(Text("{count} messages are on their way.", {"count": sent}))]


async def again(visit: Visit, first: Text) -> list[Outgoing] | None:
    """Show once more who would get a message, as it is by now."""
    if not visit.rights.officer or _said(visit) not in _YES:
        return None
    await visit.wait_for("")
    return together([visit.say(first)], await begin(visit))


def _said(visit: Visit) -> str:
    incoming = visit.turn.incoming
    return incoming.text if incoming.kind is Kind.PRESS else fold(incoming.text).strip(" .!")


async def _look(visit: Visit) -> _Found:
    pack = await visit.house.pack()
    once = await reports_of(pack, visit.today)
    current = [
        *overdue(pack, visit.today),
        *overdue_reports(once, pack, visit.today, visit.house.zone),
    ]
    mine = await accessible_areas(visit.person_id, officer_only=True)
    known = {a.code for a in pack.areas if a.level == "village"}
    areas = {
        area.id: area
        for area in await Area.filter(id__in=numbers(mine), level="village").order_by("id")
        if area.code in known
        and (area.valid_from is None or area.valid_from <= visit.today)
        and (area.valid_to is None or visit.today <= area.valid_to)
    }
    books = await open_books(visit.now, visit.house.zone)
    late = await late_villages(pack, current, list(areas), books) if current else {}
    people: dict[int, list[int]] = {}
    for number, village in late.items():
        for person in village.people:
            people.setdefault(person, []).append(number)
    told = await queued(_key(pack, visit, person) for person in people)
    busy = {
        int(person)
        for person, changed in await Interview.filter(running_for__in=numbers(people)).values_list(
            "running_for", "changed_at"
        )
        if timedelta(0) <= visit.now - changed < ANSWERING
    }
    free = {p: v for p, v in people.items() if p not in busy and _key(pack, visit, p) not in told}
    return _Found(pack, areas, late, free)


async def _send(visit: Visit, found: _Found) -> int:
    titles = dict(await FormVersion.all().order_by("id").values_list("form_id", "title"))
    names = dict(await Person.filter(id__in=numbers(found.people)).values_list("id", "name"))
    reach = await reach_of(found.people, await open_books(visit.now, visit.house.zone))
    chats = {person: way.chats[0] for person, way in reach.items() if way.chats}
    rows = []
    for person, villages in found.people.items():
        if person not in chats:
            continue
        missing = [
            thing
            for number in villages
            for thing in found.late[number].missing(found.areas[number], titles)
        ]
        speaker = catalog(chats[person].lang)
        text = reminder_text(
            names.get(person, ""), missing, visit.today, speaker, sample=found.pack.sample
        )
        message = Outgoing(text, purpose="reminder", once=_key(found.pack, visit, person))
        rows.append(
            Outbox(
                chat_id=chats[person].id,
                payload=message.to_json(),
                once=message.once,
                purpose=message.purpose,
                not_before=end_of_quiet(visit.now, found.pack, visit.house.zone),
                created_at=visit.now,
            )
        )
    await Outbox.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _key(pack: Pack, visit: Visit, person: int) -> str:
    return f"follow|{pack.id}|{visit.today.isoformat()}|{person}"
