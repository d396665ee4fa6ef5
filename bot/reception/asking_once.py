"""/dotxuat: an officer asks for a report once, sees who has answered, cancels it with a reason.

Name, what is asked (a questionnaire, an indicator, or a sentence), who answers and where, before
which day; then a preview of what it will send, and a plain yes. Nothing is written before that.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from backend.access import areas_to_ask, may_ask_reports
from backend.adhoc.kept import (
    MOST_NAME,
    RefusedError,
    Wanted,
    cancel,
    open_report,
    reports_for,
    units_below,
)
from backend.adhoc.reach import preview
from backend.adhoc.shapes import FREE, Report, Standing
from backend.area_tree import subtree
from backend.forms import newest
from backend.models import Area
from backend.plans.schema import Pack
from backend.quota.books import open_books
from backend.reports.ad_hoc import channels_text, report_line, report_text
from backend.reports.words import names_of
from bot.messages import Kind, Outgoing
from bot.reception.area_names import areas_named
from bot.reception.house import Visit
from bot.reception.together import together
from conversations.answers.dates import read_date
from conversations.answers.reading import Understood
from conversations.text import Paragraph, Text, fold

_MARK: Final = "o."
"""Before the value of each of our buttons."""
_NOTHING: Final = Text("All right, nothing was changed.")
_WHY: Final = Text("Why is it cancelled? A few words, or CANCEL to leave it.")
LIST: Final = "once_list"
ONE: Final = "once_one"
REASON: Final = "once_reason"
NAME: Final = "once_name"
WHAT: Final = "once_what"
WHO: Final = "once_who"
WHERE: Final = "once_where"
WHEN: Final = "once_when"
SURE: Final = "once_sure"
YEAR: Final = 365
MOST_LISTED: Final = 12
MOST_NAMES: Final = 8
_STOP: Final = frozenset({"huy", "thoi", "cancel"})
_NEW: Final = frozenset({"them", "moi", "more", "new", "mo"})
"""«Mới» alone never comes here: without its mark it is /moi, the invitation."""
_ALL: Final = frozenset({"tat ca", "all", "het"})
_YES: Final = frozenset({"dung", "1", "co", "yes"})


async def begin(visit: Visit, rest: str) -> list[Outgoing]:
    """Show the reports of the officer's area, and begin a new one where they may."""
    if not visit.rights.officer:
        return [visit.say(Text("Only officers can see these. MENU shows what you are asked."))]
    if fold(rest).strip() in _NEW and may_ask_reports(visit.rights):
        return await _ask_name(visit)
    pack = await visit.house.pack()
    reports = (await reports_for(visit.person_id, pack, visit.today))[:MOST_LISTED]
    if not reports and may_ask_reports(visit.rights):
        return await _ask_name(visit)
    if not reports:
        return [visit.say(Text("No report is asked for in your area at present."))]
    await visit.wait_for(LIST, reports=[r.id for r in reports])
    zone, speaker = visit.house.zone, visit.catalog
    lines = [
        f"{n}. {report_line(r, pack, visit.today, zone, speaker)}" for n, r in enumerate(reports, 1)
    ]
    asked = Text("Send a number to see who has answered.")
    if may_ask_reports(visit.rights):
        asked = Text("Send a number to see who has answered, or MORE to ask for another one.")
    head = visit.catalog.say(Text("REPORTS ASKED FOR ONCE"))
    return [visit.say("\n".join([head, *lines]), asked)]


async def take_listed(visit: Visit) -> list[Outgoing]:
    """Take which report to see, or MORE."""
    said = visit.said(_MARK)
    if said in _NEW and may_ask_reports(visit.rights):
        return await _ask_name(visit)
    report = await _report(visit, _chosen(visit, "reports", said))
    if report is None:
        return await visit.stop(_NOTHING)
    pack = await visit.house.pack()
    text = report_text(report, pack, visit.today, visit.house.zone, visit.catalog)
    standing = report.standing(pack, visit.today, visit.house.zone)
    mine = set(report.units) <= await areas_to_ask(visit.person_id)
    if standing not in {Standing.OPEN, Standing.LATE} or not mine:
        await visit.wait_for("")
        return [visit.say(text)]
    await visit.wait_for(ONE, report=report.id)
    stop = visit.button(Text("Cancel this report"), "o.bo")
    return [visit.say(text, Text("Send DROP to cancel this report."), buttons=[stop])]


async def take_cancelling(visit: Visit) -> list[Outgoing]:
    """Take DROP, and ask for the reason."""
    if visit.said(_MARK) not in {"bo", "drop"}:
        return await visit.stop(_NOTHING)
    await visit.wait_for(REASON, report=visit.stage_data.get("report"))
    return [visit.say(_WHY)]


async def take_reason(visit: Visit) -> list[Outgoing]:
    """Take the reason and cancel the report."""
    report = await _report(visit, visit.stage_data.get("report"))
    if report is None or visit.said(_MARK) in _STOP or visit.turn.incoming.kind is not Kind.TEXT:
        return await visit.stop(_NOTHING)
    await visit.wait_for("")
    if not await cancel(visit.person_id, report, visit.turn.incoming.text, visit.now):
        return [visit.say(Text("It could not be cancelled."))]
    return [
        visit.say(
            Text("«{name}» is cancelled. Nobody is reminded of it any more.", {"name": report.name})
        )
    ]


async def again_why(visit: Visit, first: Text) -> list[Outgoing] | None:
    """Ask for the reason once more, naming what it would cancel."""
    report = await _report(visit, visit.stage_data.get("report"))
    if report is None or visit.said(_MARK) in _STOP:
        return None
    await visit.wait_for(REASON, **visit.stage_data)
    named = Text("You would cancel «{name}».", {"name": report.name})
    return [visit.say(first, named, _WHY)]


async def take_name(visit: Visit) -> list[Outgoing]:
    """Take the report's name."""
    name = " ".join(visit.turn.incoming.text.split())
    if visit.said(_MARK) in _STOP:
        return await visit.stop(_NOTHING)
    if not 1 <= len(name) <= MOST_NAME:
        return [visit.say(Text("The name needs 1 to {most} characters.", {"most": MOST_NAME}))]
    pack = await visit.house.pack()
    titles = []
    for survey in pack.surveys:
        version = await newest(survey.questionnaire)
        titles.append((survey.questionnaire, version.title if version else survey.questionnaire))
    await visit.wait_for(WHAT, name=name, forms=[f for f, _ in titles])
    lines = [f"{n}. {title}" for n, (_, title) in enumerate(titles, 1)]
    asked = Text(
        "Send a number for a questionnaire, an indicator's code, for example 17.8, or write what you ask in one sentence."
    )
    head = visit.catalog.say(Text("What is asked?"))
    return [visit.say("\n".join([head, *lines]), asked)]


async def take_what(visit: Visit) -> list[Outgoing]:
    """Take the questionnaire, the indicator whose questionnaire is meant, or the sentence."""
    said = visit.said(_MARK)
    if said in _STOP:
        return await visit.stop(_NOTHING)
    pack = await visit.house.pack()
    form, sentence = _chosen(visit, "forms", said), ""
    if form is None:
        form, sentence = _by_indicator(pack, visit.turn.incoming.text.strip())
    await visit.wait_for(WHO, **_data(visit), form=form, sentence=sentence)
    return [
        visit.say(
            Text("Who answers?\n1. The villages\n2. The communes themselves"),
            buttons=[
                visit.button(Text("The villages"), "o.1"),
                visit.button(Text("The communes themselves"), "o.2"),
            ],
        )
    ]


async def take_who(visit: Visit) -> list[Outgoing]:
    """Take the level that answers."""
    level = {"1": "village", "2": "commune"}.get(visit.said(_MARK))
    if level is None:
        return await visit.stop(_NOTHING)
    await visit.wait_for(WHERE, **_data(visit), level=level)
    return [visit.say(_ask_where())]


async def take_where(visit: Visit) -> list[Outgoing]:
    """Take the communes and villages, by name, or all of them."""
    said = visit.said(_MARK)
    if said in _STOP:
        return await visit.stop(_NOTHING)
    pack = await visit.house.pack()
    allowed = await areas_to_ask(visit.person_id)
    level = str(visit.stage_data.get("level", "village"))
    if said in _ALL:
        wanted: frozenset[int] = allowed
    else:
        wanted = frozenset()
        for part in visit.turn.incoming.text.replace(";", ",").replace("\n", ",").split(","):
            found = await areas_named(part, allowed, pack) if part.strip() else []
            if part.strip() and len(found) != 1:
                return [visit.say(_unclear(part.strip(), len(found)), _ask_where())]
            if found:
                wanted |= await subtree([found[0].area.id]) & allowed
    units = await units_below(wanted, level, pack, visit.today)
    if not units:
        return [visit.say(Text("There is nobody of this kind there."), _ask_where())]
    await visit.wait_for(WHEN, **_data(visit), areas=[u.id for u in units])
    head = Text(
        "{count} units are asked: {names}", {"count": len(units), "names": _names(visit, units)}
    )
    return [visit.say(head, _ask_when())]


async def take_when(visit: Visit) -> list[Outgoing]:
    """Take the day, and show what will happen."""
    if visit.said(_MARK) in _STOP:
        return await visit.stop(_NOTHING)
    before = _day(visit)
    if before is None:
        return [visit.say(Text("I do not understand this day."), _ask_when())]
    if before <= visit.today:
        return [visit.say(Text("The day must lie ahead."), _ask_when())]
    await visit.wait_for(SURE, **_data(visit), before=before.isoformat())
    return await _previewed(visit, before)


async def again(visit: Visit, first: Text) -> list[Outgoing] | None:
    """Show once more what a yes would do, as it is by now."""
    if visit.said(_MARK) not in _YES:
        return None
    await visit.wait_for(SURE, **visit.stage_data)
    before = date.fromisoformat(str(visit.stage_data.get("before")))
    return together([visit.say(first)], await _previewed(visit, before))


async def _previewed(visit: Visit, before: date) -> list[Outgoing]:
    data = visit.stage_data
    pack = await visit.house.pack()
    books = await open_books(visit.now, visit.house.zone)
    reach = await preview([int(n) for n in data["areas"]], str(data["level"]), books)
    said: list[Paragraph] = [
        Text(
            "«{name}», before {day}. It sends {messages} messages now, and reminders to those who have not answered.",
            {"name": str(data["name"]), "day": before, "messages": reach.messages},
        ),
    ]
    if sentence := str(data.get("sentence", "")):
        said.append(Text("They will read: «{words}»", {"words": sentence}))
    if reach.by_channel:
        said.append(Text("On: {channels}", {"channels": channels_text(reach.by_channel)}))
    if reach.unreached:
        areas = [a.name for a in await Area.filter(id__in=list(reach.unreached)).order_by("id")]
        said.append(
            Text(
                "No message reaches {count} of them; please call: {names}",
                {"count": len(areas), "names": names_of(areas, MOST_NAMES, visit.catalog)},
            )
        )
    if pack.sample:
        said.insert(0, Text("This is sample data, for trying out."))
    ask = Text("To open it, answer:\n1. YES\n2. NO")
    yes, no = Text("YES"), Text("NO")
    buttons = [
        visit.button(yes, "o.dung"),
        visit.button(no, "o.khong"),
    ]
    return [visit.say(*said, ask, buttons=buttons)]


async def take_yes(visit: Visit) -> list[Outgoing]:
    """Open it after a plain yes."""
    if visit.said(_MARK) not in _YES:
        return await visit.stop(_NOTHING)
    data = visit.stage_data
    await visit.wait_for("")
    wanted = Wanted(
        name=str(data.get("name", "")),
        questionnaire=str(data.get("form", FREE)),
        sentence=str(data.get("sentence", "")),
        level=str(data.get("level", "")),
        areas=frozenset(int(n) for n in data.get("areas", [])),
        before=date.fromisoformat(str(data.get("before"))),
    )
    pack = await visit.house.pack()
    try:
        await open_report(visit.person_id, pack, wanted, visit.now, visit.house.zone)
    except RefusedError as refused:
        return [visit.say(refused.why, Text("Nothing was opened."))]
    opened = Text("«{name}» is open. /dotxuat shows who has answered.", {"name": wanted.name})
    return [visit.say(opened)]


def _by_indicator(pack: Pack, text: str) -> tuple[str, str]:
    """Return (questionnaire, sentence) of an indicator's code, or of an officer's own sentence.

    An indicator that no questionnaire counts is asked by its code and name.
    """
    wanted = fold(text)
    named = [i for s in pack.criteria_sets for i in s.indicators if fold(i.printed) == wanted]
    counted = next((i for i in named if i.questionnaire), None)
    if counted is not None:
        return counted.questionnaire, ""
    if named:
        return FREE, f"{named[0].printed} {named[0].name}"
    return FREE, text


async def _ask_name(visit: Visit) -> list[Outgoing]:
    if not await areas_to_ask(visit.person_id):
        return await visit.stop(_NOTHING)
    await visit.wait_for(NAME)
    return [
        visit.say(Text("What is the report called? Please write a short name, or CANCEL to stop."))
    ]


async def _report(visit: Visit, number: Any) -> Report | None:
    """Return a report of the officer's area."""
    if not number:
        return None
    pack = await visit.house.pack()
    reports = await reports_for(visit.person_id, pack, visit.today)
    return next((r for r in reports if r.id == int(number)), None)


def _day(visit: Visit) -> date | None:
    """Return the day that was sent; without a year, the next one of that day and month."""
    text = visit.turn.incoming.text.strip()
    if text.isdecimal() or not any(c.isdecimal() for c in text):
        return None
    found = read_date(text, visit.today, until=visit.today + timedelta(days=YEAR))
    return date.fromisoformat(found.value) if isinstance(found, Understood) else None


def _data(visit: Visit) -> dict[str, Any]:
    """Return what was said before, to be kept with what is said now."""
    return {k: v for k, v in visit.stage_data.items() if k not in {"forms", "reports"}}


def _chosen(visit: Visit, key: str, said: str) -> Any:
    listed = visit.stage_data.get(key)
    if said.isdecimal() and isinstance(listed, list) and 1 <= int(said) <= len(listed):
        return listed[int(said) - 1]
    return None


def _names(visit: Visit, units: list[Area]) -> str:
    return names_of([u.name for u in units], MOST_NAMES, visit.catalog)


def _unclear(part: str, found: int) -> Text:
    params = {"name": part[:60]}
    if found:
        return Text("Several units are called «{name}». Please add the commune's name.", params)
    return Text("I find nobody called «{name}» among yours.", params)


def _ask_where() -> Text:
    return Text("Where? Send ALL, or the names of communes or villages with commas between them.")


def _ask_when() -> Text:
    return Text("Before which day? For example 30/11/2026: then the 29th is the last day.")


TAKES: Final = {
    LIST: take_listed,
    ONE: take_cancelling,
    REASON: take_reason,
    NAME: take_name,
    WHAT: take_what,
    WHO: take_who,
    WHERE: take_where,
    WHEN: take_when,
    SURE: take_yes,
}
"""Who takes the next message, by what the chat waits for."""
