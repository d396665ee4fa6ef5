"""/giaidoan: in which stage a village or commune stands, and moving it on.

Everybody sees where the units of their area stand. Who may move one to a stage is what the plan
names; a move asks for the decision's number or a note, and is taken back by another move.
"""

from __future__ import annotations

from typing import Final

from backend.access import accessible_areas, area_for
from backend.models import Area
from backend.plans.schema import Pack, Stage
from backend.reports.stages import unit_lines
from backend.stages.moves import (
    DoneAlreadyError,
    OvertakenError,
    OwnMoveError,
    Unit,
    last_of,
    may_move,
    move,
    moves_of,
    undo,
)
from backend.stages.steps import sets_of, standing, state_of, steps_of
from backend.status.model import UnitStages
from bot.messages import Outgoing
from bot.reception.area_names import areas_named
from bot.reception.house import Visit
from conversations.text import Paragraph, Text

_MARK: Final = "g."
"""Before the value of each of our buttons."""
_NOTHING: Final = Text("All right, nothing was changed.")
WHERE: Final = "stage_where"
SET: Final = "stage_set"
STAGE: Final = "stage_which"
NOTE: Final = "stage_note"
MOST_AREAS: Final = 12
UNDO: Final = "<"
"""Stands for taking the last move back, where a stage's id is kept; no id begins with it."""
_STOP: Final = frozenset({"huy", "thoi", "cancel"})
_NO_NOTE: Final = frozenset({"bo qua", "khong", "skip"})


async def begin(visit: Visit, rest: str) -> list[Outgoing]:
    """Show where the unit named in `rest` stands, or ask for which one."""
    if not visit.rights.officer:
        return [visit.say(Text("Only officers can see the stages here. PROGRESS shows yours."))]
    if not rest:
        await visit.wait_for(WHERE)
        return [visit.say(_ask())]
    pack = await visit.house.pack()
    allowed = await accessible_areas(visit.person_id, officer_only=True)
    found = await areas_named(rest, allowed, pack)
    if len(found) == 1:
        return await _sets(visit, pack, found[0].area)
    if found and len(found) <= MOST_AREAS:
        await visit.wait_for(WHERE, areas=[n.area.id for n in found])
        return [_numbered(visit, Text("Which one?"), [n.shown for n in found])]
    await visit.wait_for(WHERE)
    if found:
        many = Text("Many areas have that name. Please send the commune's name with it.")
        return [visit.say(many)]
    return [visit.say(Text("I do not find an area of that name among yours."), _ask())]


async def take_area(visit: Visit) -> list[Outgoing]:
    """Take which village or commune."""
    said = visit.said(_MARK)
    if said in _STOP:
        return await visit.stop(_NOTHING)
    number = _chosen(visit, "areas", said)
    area = await area_for(visit.person_id, int(number)) if number else None
    if area is not None:
        return await _sets(visit, await visit.house.pack(), area)
    return await begin(visit, visit.turn.incoming.text)


async def take_set(visit: Visit) -> list[Outgoing]:
    """Take under which criteria set."""
    said = visit.said(_MARK)
    area = await _area(visit)
    chosen = _chosen(visit, "sets", said)
    if area is None or chosen is None:
        return await visit.stop(_NOTHING)
    return await _show(visit, Unit(await visit.house.pack(), area, chosen))


async def take_stage(visit: Visit) -> list[Outgoing]:
    """Take to which stage; ask for the decision or a note."""
    said = visit.said(_MARK)
    area = await _area(visit)
    chosen = _chosen(visit, "stages", said)
    if area is None or chosen is None:
        return await visit.stop(_NOTHING)
    kept = {key: visit.stage_data.get(key) for key in ("set", "seen")}
    await visit.wait_for(NOTE, area=area.id, **kept, to=chosen)
    return [_ask_note(visit)]


async def again(visit: Visit, first: Text) -> list[Outgoing] | None:
    """Ask for the note once more, saying which move it is for: words that came late make none."""
    area = await _area(visit)
    if area is None or visit.said(_MARK) in _STOP:
        return None
    await visit.wait_for(NOTE, **visit.stage_data)
    pack, to = await visit.house.pack(), str(visit.stage_data.get("to", ""))
    names = {step.id: _name(visit, pack, step) for step in steps_of(pack, area.level)}
    names[UNDO] = visit.catalog.say(Text("Take the last move back"))
    what = f"{area.name}: {names.get(to, to)}"
    return [_ask_note(visit, first, what)]


def _ask_note(visit: Visit, *first: Paragraph) -> Outgoing:
    ask = Text("The decision's number, or a short note? SKIP if there is none.")
    return visit.say(*first, ask, buttons=[visit.button(Text("SKIP"), "g.bo qua")])


async def take_note(visit: Visit) -> list[Outgoing]:
    """Take the note and make the move."""
    said = visit.said(_MARK)
    area = await _area(visit)
    if area is None or said in _STOP:
        return await visit.stop(_NOTHING)
    unit = Unit(await visit.house.pack(), area, str(visit.stage_data.get("set") or ""))
    stage = str(visit.stage_data.get("to", ""))
    seen = int(visit.stage_data.get("seen") or 0)
    note = "" if said in _NO_NOTE else visit.turn.incoming.text
    await visit.wait_for("")
    try:
        if stage == UNDO:
            done = await undo(visit.person_id, unit, note, visit.now, seen=seen)
        else:
            done = await move(visit.person_id, unit, stage, note, visit.now, seen=seen)
    except DoneAlreadyError:
        head = Text("This is done already. {area}:", {"area": area.name})
        return [visit.say(head, *(await _standing(visit, unit) or [Text("No stage yet.")]))]
    except OwnMoveError:
        own = Text("You have moved {area} since; nothing more was changed.", {"area": area.name})
        return [visit.say(own, *(await _standing(visit, unit) or [Text("No stage yet.")]))]
    except OvertakenError:
        head = Text("{area} was moved by somebody else meanwhile.", {"area": area.name})
        stand = await _standing(visit, unit) or [Text("No stage yet.")]
        return [visit.say(head, Text("Nothing was changed."), *stand)]
    if done is None:
        return [visit.say(Text("You cannot move this one. Nothing was changed."))]
    head = Text("Written down for {area}:", {"area": area.name})
    return [visit.say(head, *(await _standing(visit, unit) or [Text("No stage yet.")]))]


async def _sets(visit: Visit, pack: Pack, area: Area) -> list[Outgoing]:
    if not steps_of(pack, area.level):
        await visit.wait_for("")
        nothing = Text("The plan names no stages for {area}.", {"area": area.name})
        return [visit.say(nothing)]
    sets = sets_of(pack, area.level, visit.today)
    if len(sets) <= 1:
        return await _show(visit, Unit(pack, area, sets[0].id if sets else ""))
    await visit.wait_for(SET, area=area.id, sets=[s.id for s in sets])
    return [_numbered(visit, Text("Under which criteria set?"), [s.name for s in sets])]


async def _show(visit: Visit, unit: Unit) -> list[Outgoing]:
    stages: list[str] = []
    names: list[str] = []
    moves = await unit.moves()
    held = standing(moves)
    for step in steps_of(unit.pack, unit.area.level):
        here = bool(held) and held[-1].stage == step.id
        if not here and await may_move(visit.person_id, unit, step.id):
            stages.append(step.id)
            names.append(_name(visit, unit.pack, step))
    if held and await may_move(visit.person_id, unit, held[-1].stage):
        stages.append(UNDO)
        names.append(visit.catalog.say(Text("Take the last move back")))
    stand = await _standing(visit, unit) or [Text("No stage yet.")]
    head = Text("STAGE · {area}", {"area": unit.area.name})
    lines = "\n".join(visit.catalog.say(p) for p in (head, *stand))
    if not stages:
        await visit.wait_for("")
        return [visit.say(lines)]
    await visit.wait_for(
        STAGE, area=unit.area.id, set=unit.criteria_set, stages=stages, seen=last_of(moves)
    )
    asked = _numbered(visit, Text("Move it to:"), names, Text("Send a number, or CANCEL to stop."))
    return [Outgoing(f"{lines}\n\n{asked.text}", buttons=asked.buttons)]


def _name(visit: Visit, pack: Pack, step: Stage) -> str:
    return step.name if pack.stages else visit.catalog.get(step.name)


async def _standing(visit: Visit, unit: Unit) -> list[Paragraph]:
    moves = (await moves_of(unit.pack.id, [unit.area.code])).get(unit.area.code, [])
    now = visit.now.astimezone(visit.house.zone)
    state = state_of(unit.pack, unit.criteria_set, moves, now)
    if state is None:
        return []
    shown = UnitStages(unit.area.code, unit.area.name, unit.area.level, (state,))
    lines: list[Paragraph] = ["\n".join(unit_lines(shown, visit.catalog))]
    if state.now.note:
        lines.append(state.now.note)
    return lines


async def _area(visit: Visit) -> Area | None:
    number = visit.stage_data.get("area")
    return await area_for(visit.person_id, int(number)) if number else None


def _chosen(visit: Visit, key: str, said: str) -> str | None:
    """Return what stands at the number that was sent in the list that was shown."""
    listed = visit.stage_data.get(key)
    if said.isdecimal() and isinstance(listed, list) and 1 <= int(said) <= len(listed):
        return str(listed[int(said) - 1])
    return None


def _numbered(visit: Visit, head: Text, names: list[str], last: Text | None = None) -> Outgoing:
    lines = [visit.catalog.say(head), *(f"{n}. {name}" for n, name in enumerate(names, 1))]
    buttons = [visit.button(f"{n}. {name}", f"g.{n}") for n, name in enumerate(names, 1)]
    ask = last or Text("Send a number to choose.")
    return visit.say("\n".join(lines), ask, buttons=buttons)


def _ask() -> Text:
    return Text("Of which village or commune? Please send its name, or CANCEL to stop.")


TAKES: Final = {WHERE: take_area, SET: take_set, STAGE: take_stage, NOTE: take_note}
"""Who takes the next message, by what the chat waits for."""
