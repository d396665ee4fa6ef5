"""/nhapho: an officer answers a village's questionnaires for it, where no message reaches.

The interview runs as a village head's does. What is submitted is marked as keyed in; the head is
told, and may correct it. What the head was answering is left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from backend import audit
from backend.access import may_enter_answers, village_to_enter, villages_to_enter
from backend.entering import open_interview
from backend.models import Area, Interview, Submission
from backend.people import villages_of
from bot.messages import Kind, Outgoing
from bot.reception import menu
from bot.reception.area_names import Named, areas_named
from bot.reception.house import Visit
from bot.reception.menu import Item, Standing
from bot.reception.sittings import correct, last_one, resume
from bot.reception.together import together
from conversations.text import Paragraph, Text, fold

_MARK: Final = "n."
"""Before the value of each of our buttons."""
_NOTHING: Final = Text("All right, nothing was entered.")
WHERE: Final = "enter_where"
WHAT: Final = "enter_what"
SURE: Final = "enter_sure"
MOST_AREAS: Final = 12
_YES: Final = frozenset({"dung", "1", "co", "yes", "n.yes"})
_STOP: Final = frozenset({"huy", "thoi", "cancel", "khong"})


async def begin(visit: Visit, rest: str) -> list[Outgoing]:
    """Begin for the village named in `rest`, or ask for which one."""
    if not may_enter_answers(visit.rights):
        return [visit.say(Text("Only officers of a commune or district can answer for a village."))]
    if not rest:
        await visit.wait_for(WHERE)
        return [visit.say(_ask())]
    found = await areas_named(
        rest, await villages_to_enter(visit.person_id), await visit.house.pack()
    )
    villages = [n for n in found if n.area.level == "village"]
    if len(villages) == 1:
        return await _show(visit, villages[0].area)
    if len(villages) > MOST_AREAS:
        await visit.wait_for(WHERE)
        return [
            visit.say(Text("Many areas have that name. Please send the commune's name with it."))
        ]
    if villages:
        return await _which(visit, villages)
    await visit.wait_for(WHERE)
    return [visit.say(Text("I do not find a village of that name among yours."), _ask())]


async def take_village(visit: Visit) -> list[Outgoing]:
    """Take for which village."""
    said = visit.said(_MARK)
    if said in _STOP:
        return await visit.stop(_NOTHING)
    offered = visit.stage_data.get("areas")
    if said.isdecimal() and isinstance(offered, list) and 1 <= int(said) <= len(offered):
        area = await village_to_enter(visit.person_id, int(offered[int(said) - 1]))
        if area is not None:
            return await _show(visit, area)
    return await begin(visit, visit.turn.incoming.text)


async def take_questionnaire(visit: Visit) -> list[Outgoing]:
    """Take which questionnaire; ask once more where somebody's answers are there already."""
    area = await _area(visit)
    said = visit.said(_MARK)
    if area is None or said in _STOP:
        return await visit.stop(_NOTHING)
    items = await menu.items_of(visit, await visit.house.pack(), [area])
    listed = visit.stage_data.get("items")
    key = ""
    if said.isdecimal() and isinstance(listed, list) and 1 <= int(said) <= len(listed):
        key = str(listed[int(said) - 1])
    item = next((i for i in items if i.key == key), None)
    if item is None:
        return await _show(visit, area)
    doubt = await _doubt(visit, item)
    if doubt is None:
        return await _open(visit, item)
    await visit.wait_for(SURE, area=area.id, item=item.key)
    return [
        visit.say(
            *doubt,
            Text("Enter the answers?\n1. YES\n2. NO"),
            buttons=[
                visit.button(Text("YES"), "n.yes"),
                visit.button(Text("NO"), "n.no"),
            ],
        )
    ]


async def take_yes(visit: Visit) -> list[Outgoing]:
    """Begin after a plain yes; anything else begins nothing."""
    area = await _area(visit)
    if area is None:
        return await visit.stop(_NOTHING)
    incoming = visit.turn.incoming
    said = incoming.text if incoming.kind is Kind.PRESS else fold(incoming.text).strip(" .!")
    items = await menu.items_of(visit, await visit.house.pack(), [area])
    item = next((i for i in items if i.key == visit.stage_data.get("item")), None)
    if said not in _YES or item is None:
        return await _show(visit, area)
    return await _open(visit, item)


async def after(visit: Visit, area: Area) -> list[Outgoing] | None:
    """Return the village's list after one of its questionnaires, None for one's own village."""
    if area.level != "village" or area.id in {v.id for v in await villages_of(visit.person_id)}:
        return None
    if await village_to_enter(visit.person_id, area.id) is None:
        return None
    return await _show(visit, area)


async def _show(visit: Visit, area: Area) -> list[Outgoing]:
    items = await menu.items_of(visit, await visit.house.pack(), [area])
    if not items:
        await visit.wait_for("")
        return [visit.say(Text("There is no questionnaire for {area}.", {"area": area.name}))]
    await visit.wait_for(WHAT, area=area.id, items=[i.key for i in items])
    lines = [
        f"{n}. {i.title}: {visit.catalog.say(menu.standing_text(i))}"
        for n, i in enumerate(items, 1)
    ]
    head = visit.catalog.say(Text("You answer for {area}:", {"area": await _placed(area)}))
    buttons = [visit.button(f"{n}. {i.title}", f"n.{n}") for n, i in enumerate(items, 1)]
    stop = Text("Send a number to choose, or CANCEL to stop.")
    return [visit.say("\n".join([head, *lines]), stop, buttons=buttons)]


async def _doubt(visit: Visit, item: Item) -> list[Paragraph] | None:
    """Return what the officer should know before answering, None when there is nothing."""
    said: list[Paragraph] = []
    other = await open_interview(
        item.area.id, item.survey.questionnaire, item.period, besides=visit.person_id
    )
    if other is not None:
        day = other.changed_at.astimezone(visit.house.zone).date()
        said.append(
            Text(
                "{name} is answering this questionnaire too (last on {day}). Those answers stay; "
                "whatever is sent last is in force.",
                {"name": _name_of(visit, other), "day": day},
            )
        )
    if item.submission is not None and item.standing is not Standing.BEGUN:
        day = item.submission.received_at.astimezone(visit.house.zone).date()
        said.append(Text("{title} was sent on {day}.", {"title": item.title, "day": day}))
        said.append(Text("You would correct it; the earlier version is kept."))
    return said or None


async def _open(visit: Visit, item: Item) -> list[Outgoing]:
    placed = await _placed(item.area)
    first = visit.say(Text("You are now answering for {area}.", {"area": placed}))
    if item.interview is not None:
        begun: list[Outgoing] | None = await resume(visit, item.interview)
    elif item.submission is not None:
        await _seen(visit, item.submission)
        begun = await correct(visit, await _loaded(item.submission))
    else:
        pack = await visit.house.pack()
        await _seen(visit, await last_one(pack, item.survey, item.area, item.period))
        begun = await menu.begin(visit, pack, item)
    if begun is None:
        return [visit.say(Text("This questionnaire is not ready yet. Please try later."))]
    return together([first], begun)


async def _seen(visit: Visit, submission: Submission | None) -> None:
    """Note that the officer is shown a village's answers, of this period or the last."""
    if submission is not None:
        await audit.seen(f"submission:{submission.id}", by=visit.person_id, at=visit.now)


async def _loaded(submission: Submission) -> Submission:
    await submission.fetch_related("form_version")
    return submission


async def _area(visit: Visit) -> Area | None:
    number = visit.stage_data.get("area")
    return await village_to_enter(visit.person_id, int(number)) if number else None


async def _placed(area: Area) -> str:
    """Return a village's name with what it lies in."""
    parent: int | None = area.parent_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    above = await Area.get_or_none(id=parent) if parent else None
    return f"{area.name} ({above.name})" if above else area.name


async def _which(visit: Visit, found: Sequence[Named]) -> list[Outgoing]:
    await visit.wait_for(WHERE, areas=[n.area.id for n in found])
    lines = "\n".join(f"{n}. {named.shown}" for n, named in enumerate(found, 1))
    buttons = [visit.button(f"{n}. {named.shown}", f"n.{n}") for n, named in enumerate(found, 1)]
    return [visit.say(Text("Which one?"), lines, Text("Send a number to choose."), buttons=buttons)]


def _ask() -> Text:
    return Text("For which village do you answer? Please send its name, or CANCEL to stop.")


def _name_of(visit: Visit, interview: Interview) -> str:
    return interview.person.name or visit.catalog.say(Text("Somebody"))


TAKES: Final = {WHERE: take_village, WHAT: take_questionnaire, SURE: take_yes}
"""Who takes the next message, by what the chat waits for."""
