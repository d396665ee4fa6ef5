"""/tiendo and /hanchot: how far things are, and what is due.

An officer asks about their own area or one below it; a village head sees their own village.
Pictures are only named here; they are drawn when they are sent (bot.attachments).
"""

from __future__ import annotations

from typing import Final

from backend.access import accessible_areas
from backend.models import Area
from backend.office.unreached import unreached
from backend.people import OFFICERS, villages_of
from backend.plans.periods import period_days, period_of, previous_period
from backend.reports.text import deadlines_text, progress_text, village_text
from backend.reports.words import STATUS_MARKS, shown_result
from backend.schedule.obligations import deadlines, village_due
from backend.stages.following import decides, village_answered
from backend.status.model import Progress, Status, VillageProgress
from backend.status.progress import UnknownAreaError, survey_periods
from bot.attachments import drawing_of
from bot.messages import Kind, Outgoing
from bot.reception import menu
from bot.reception.area_names import Named, areas_named
from bot.reception.house import Visit
from bot.reception.late_period import counts_for
from bot.sent_figures import figures_key
from conversations.text import N_, Paragraph, Text, fold

WHERE: Final = "progress_where"
MOST_AREAS: Final = 12
MOST_CALLS: Final = 12


async def progress(visit: Visit, rest: str) -> list[Outgoing]:
    """Answer /tiendo, for the area named in `rest` or the person's own."""
    if not visit.rights.officer:
        return await _own_villages(visit)
    if not rest:
        own = await _own_areas(visit)
        return await _shown(visit, own[0]) if len(own) == 1 else await _which(visit, own)
    allowed = await accessible_areas(visit.person_id)
    found = await areas_named(rest, allowed, await visit.house.pack())
    if len(found) == 1:
        return await _shown(visit, found[0].area)
    if found:
        return await _which(visit, [n.area for n in found], found)
    return [
        visit.say(
            Text(
                "I do not find an area of that name among yours. Please send, for example: PROGRESS and the name of a commune or village."
            )
        )
    ]


async def choose(visit: Visit) -> list[Outgoing] | None:
    """Take which area was meant; None when the message means something else."""
    incoming = visit.turn.incoming
    said = incoming.text.removeprefix("t.") if incoming.kind is Kind.PRESS else fold(incoming.text)
    offered = visit.stage_data.get("areas")
    await visit.wait_for("")
    if said.isdecimal() and isinstance(offered, list) and 1 <= int(said) <= len(offered):
        number = int(offered[int(said) - 1])
        if number in await accessible_areas(visit.person_id):
            return await _shown(visit, await Area.get(id=number))
    return None


async def due(visit: Visit) -> list[Outgoing]:
    """Answer /hanchot: a village head's own questionnaires; the reports, for an officer."""
    out = []
    if visit.rights.village_head:
        out.append(visit.say(*await _to_send(visit)))
    if visit.rights.officer:
        pack = await visit.house.pack()
        found = [village_due(pack, s, period_of(s.period, visit.today)) for s in pack.surveys]
        days = sorted({day for day in found if day is not None})
        out.append(
            visit.say(
                deadlines_text(deadlines(pack, visit.today), visit.catalog),
                *(Text("The villages send by {day}.", {"day": day}) for day in days),
                *await _to_call(visit),
            )
        )
    return out


async def _to_call(visit: Visit) -> list[Paragraph]:
    """Return an officer's villages whom no message reaches, and why: somebody must phone."""
    found = {
        village.code: village
        for area in await _own_areas(visit)
        for village in await unreached(
            visit.person_id, area.id, visit.now, visit.catalog, visit.house.zone
        )
    }
    if not found:
        return []
    title = visit.catalog.get(N_("To call ({count}), no message reaches them:"), count=len(found))
    lines = [f"• {village.name}: {village.reason}" for village in found.values()][:MOST_CALLS]
    if (left := len(found) - MOST_CALLS) > 0:
        lines.append(visit.catalog.get(N_("… and {count} more villages."), count=left))
    return ["\n".join([title, *lines])]


async def _to_send(visit: Visit) -> list[Paragraph]:
    """Return what a village head's villages still have to send, and by when."""
    items = await menu.items_of(visit, await visit.house.pack())
    said: list[Paragraph] = []
    for area in dict.fromkeys(i.area.name for i in items):
        left = [i for i in items if i.area.name == area and i.submission is None]
        if not left:
            said.append(Text("{area} has sent everything. Thank you.", {"area": area}))
            continue
        head = Text("{area} still has to send:", {"area": area})
        lines = []
        for item in left:
            when = Text("due on {day}", {"day": item.due}) if item.due else Text("no deadline set")
            lines.append(f"• {item.title}: {visit.catalog.say(when)}")
        said.append("\n".join([visit.catalog.say(head), *lines]))
    return said or [Text("There is no questionnaire for you at present. Thank you.")]


async def own_village(visit: Visit, area: Area) -> str:
    """Return one village's state as its head sees it, "" when the plan does not count it."""
    found = await _progress_of(visit, area)
    village = _village_in(found, area)
    if found is None or village is None:
        return ""
    return village_text(found, village, visit.catalog, zone=visit.house.zone)


async def after_submission(visit: Visit, area: Area, questionnaire: str, period: str) -> str:
    """Return how the village stands in what one questionnaire tells of `period`.

    "" if it tells nothing, as a report asked for once. What is sent after its quarter ended
    tells of that quarter, not of the present one, of which nobody has told anything yet.
    """
    pack = await visit.house.pack()
    told = {
        (criteria.id, indicator.code)
        for criteria in pack.criteria_sets
        for indicator in criteria.indicators
        if indicator.questionnaire == questionnaire
    }
    found = await _progress_of(visit, area)
    village = _village_in(found, area)
    late = bool(told) and survey_periods(pack, None, visit.today).get(questionnaire) != period
    standing = await _decided(visit, area, found, period if late else None)
    if standing is not None:
        await village_answered(pack, area, standing, visit.now.astimezone(visit.house.zone))
    if late:
        village = _village_in(await _progress_of(visit, area, period), area)
    results = [r for r in village.indicators if (r.set_id, r.code) in told] if village else []
    first = visit.catalog.say(counts_for(period, visit.catalog)) if late else ""
    if not results:
        return first
    head = visit.catalog.say(Text("By the village's own figures:"))
    lines = []
    for result in results:
        mark, said = STATUS_MARKS[result.status], shown_result(result, visit.catalog)
        lines.append(f"{mark} {result.name}: {said}")
    return "\n".join([*([first] if first else []), head, *lines])


async def _decided(
    visit: Visit, area: Area, found: Progress | None, back_to: str | None
) -> Status | None:
    """Return the village's own assessment of the newest period that decides anything.

    From the present one (`found`) no further back than `back_to`; None outside the plan.
    """
    village = _village_in(found, area)
    while found and village and back_to and not decides(village.self_assessed):
        if period_days(found.period)[0] <= period_days(back_to)[0]:
            break
        found = await _progress_of(visit, area, previous_period(found.period))
        village = _village_in(found, area)
    return village.self_assessed if village else None


async def _progress_of(visit: Visit, area: Area, period: str | None = None) -> Progress | None:
    try:
        return await visit.house.progress(area.code, period)
    except (UnknownAreaError, ValueError):  # the latter: not the period of a survey
        return None


def _village_in(found: Progress | None, area: Area) -> VillageProgress | None:
    return next((v for v in found.villages if v.code == area.code), None) if found else None


async def _own_villages(visit: Visit) -> list[Outgoing]:
    texts = [await own_village(visit, v) for v in await villages_of(visit.person_id)]
    return [visit.say(t) for t in texts if t]


async def _own_areas(visit: Visit) -> list[Area]:
    ids = dict.fromkeys(g.area_id for g in visit.rights.grants if g.role in OFFICERS)
    areas = {a.id: a for a in await Area.filter(id__in=list(ids))}
    return [areas[i] for i in ids]


async def _shown(visit: Visit, area: Area) -> list[Outgoing]:
    if area.level == "village":
        text = await own_village(visit, area)
        return [visit.say(text or Text("The present plan does not count this area."))]
    found = await _progress_of(visit, area)
    if found is None:
        return [visit.say(Text("The present plan does not count this area."))]
    out = [visit.say(progress_text(found, visit.catalog, zone=visit.house.zone))]
    if found.villages:
        from backend.reports.picture import page_count  # noqa: PLC0415  (Pillow when first asked)

        lang = visit.catalog.lang
        pages = range(1, page_count(found, visit.catalog) + 1)
        drawn = [drawing_of(found, lang, page, visit.now) for page in pages]
        keys = [figures_key(area.code, visit.person_id, what) for what in drawn]
        out += [Outgoing(area.name, picture=key) for key in keys]
    return out


async def _which(
    visit: Visit, areas: list[Area], named: list[Named] | None = None
) -> list[Outgoing]:
    shown = [n.shown for n in named] if named else [a.name for a in areas]
    if len(shown) > MOST_AREAS:
        return [
            visit.say(Text("Many areas have that name. Please send the commune's name with it."))
        ]
    await visit.wait_for(WHERE, areas=[a.id for a in areas])
    lines = "\n".join(f"{n}. {name}" for n, name in enumerate(shown, 1))
    buttons = [visit.button(f"{n}. {name}", f"t.{n}") for n, name in enumerate(shown, 1)]
    return [visit.say(Text("Which one?"), lines, Text("Send a number to choose."), buttons=buttons)]
