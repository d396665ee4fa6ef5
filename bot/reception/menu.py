"""A village head's list: the questionnaires of the present period and how each stands.

A number, a button or words of a title choose. What was submitted can be corrected, or a photo
added to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from backend.adhoc.kept import asked_of
from backend.adhoc.shapes import Report
from backend.forms import newest
from backend.models import AnswerReview, Area, Evidence, Interview, Submission
from backend.people import Role, villages_of
from backend.plans.periods import period_of
from backend.plans.schema import Pack, Survey
from backend.schedule.obligations import village_due
from backend.submissions import in_force
from bot.messages import Button, Kind, Outgoing
from bot.reception import courtesies
from bot.reception.house import Visit
from bot.reception.photo_places import photo_state
from bot.reception.sittings import Occasion, resume, start
from conversations.answers.courtesy import without_courtesy
from conversations.text import Paragraph, Text, fold

CHOOSING: Final = "menu"
SUBMITTED: Final = "submitted"
MENU_PROMPT: Final = 999_999_999
"""Marks a menu as a question for the outbox: an unsent one is dropped when a newer one comes."""


class Standing(StrEnum):
    """How one questionnaire of one village stands."""

    TO_DO = "todo"
    BEGUN = "begun"
    SENT = "sent"
    PHOTO_MISSING = "photo"
    PHOTO_AGAIN = "again"
    """A photo was handed back and has not come again."""
    ANSWER_AGAIN = "answer"
    """The office asks a question again."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu."""

    area: Area
    survey: Survey
    title: str
    standing: Standing
    period: str
    interview: Interview | None = None
    submission: Submission | None = None
    due: date | None = None
    report: Report | None = None
    """The report asked for once that it answers, None for a questionnaire of the plan's."""

    @property
    def key(self) -> str:
        """What a button says: the village and the questionnaire, or the report asked for once."""
        what = f"r{self.report.id}" if self.report else self.survey.questionnaire
        return f"m.{self.area.id}.{what}"


async def items_of(visit: Visit, pack: Pack, areas: Sequence[Area] | None = None) -> list[Item]:
    """Return every questionnaire of the person's villages, or of these, in the present periods."""
    found: list[Item] = []
    for area in await answered_for(visit) if areas is None else areas:
        found += await _asked_once(visit, pack, area)
        if area.level != "village":
            continue
        for survey in pack.surveys:
            version = await newest(survey.questionnaire)
            if version is not None:
                found.append(await _item(visit, pack, area, survey, version.title))
    return found


async def show(visit: Visit, first: Text | None = None) -> list[Outgoing]:
    """Show the list and wait for a choice."""
    pack = await visit.house.pack()
    items = await items_of(visit, pack)
    if not items:
        return [visit.say(Text("There is no questionnaire for you at present. Thank you."))]
    await visit.wait_for(CHOOSING, items=[i.key for i in items])
    several = len({i.area.id for i in items}) > 1
    lines = [
        f"{n}. {_name(i, several=several)}: {visit.catalog.say(standing_text(i))}"
        for n, i in enumerate(items, 1)
    ]
    head = Text("Questionnaires of {area}:", {"area": items[0].area.name})
    paragraphs: list[Paragraph] = [
        *([first] if first else []),
        *([Text("This is sample data, for trying out.")] if pack.sample else []),
        "\n".join([visit.catalog.say(Text("Your questionnaires:") if several else head), *lines]),
        Text("Send a number to choose."),
    ]
    buttons = [
        Button(f"{n}. {_name(i, several=several)}", f"0:{i.key}") for n, i in enumerate(items, 1)
    ]
    message = visit.say(*paragraphs, buttons=[b for b in buttons if len(b.data.encode()) <= 64])  # noqa: PLR2004  (bot.messages.Button)
    return [_as_question(message)]


async def choose(visit: Visit) -> list[Outgoing]:
    """Take a choice from the list; anything else shows it again."""
    pack = await visit.house.pack()
    items = await items_of(visit, pack)
    item = _chosen(visit, items)
    if item is None and courtesies.thanks(visit.turn.incoming):
        return [visit.say(Text("Thank you. Send MENU whenever you want to go on."))]
    if item is None and (owed := _when_it_comes(visit, items)):
        return [visit.say(owed)]
    if item is None:
        return await show(visit, _not_understood(visit, len(items)))
    if item.interview is not None:
        return await resume(visit, item.interview)
    if item.submission is not None:
        return await _ask_about(visit, item)
    begun = await begin(visit, pack, item)
    return begun or [visit.say(Text("This questionnaire is not ready yet. Please try later."))]


async def begin(visit: Visit, pack: Pack, item: Item) -> list[Outgoing] | None:
    """Begin what a line of the list stands for; None when it is not published yet."""
    occasion = Occasion(item.period, item.report.sentence if item.report else "")
    return await start(visit, pack, item.survey, item.area, occasion)


async def answered_for(visit: Visit) -> list[Area]:
    """Return the person's villages, and the communes that they report for as an officer."""
    communes = [g.area_id for g in visit.rights.grants if g.role is Role.COMMUNE_OFFICER]
    own = await Area.filter(id__in=communes, level="commune").order_by("id") if communes else []
    return [*await villages_of(visit.person_id), *own]


async def _asked_once(visit: Visit, pack: Pack, area: Area) -> list[Item]:
    """Return the reports asked for once of a unit that it can still answer."""
    found = []
    for report in await asked_of(pack, area.id, visit.today, visit.house.zone):
        item = await _item(visit, pack, area, report.survey, report.name, report)
        found.append(item)
    return found


async def _item(  # noqa: PLR0913, PLR0917  (a line of the list is all of these)
    visit: Visit,
    pack: Pack,
    area: Area,
    survey: Survey,
    title: str,
    report: Report | None = None,
) -> Item:
    period = report.period if report else period_of(survey.period, visit.today)
    open_one = (
        await Interview.filter(
            person_id=visit.person_id,
            area_id=area.id,
            questionnaire=survey.questionnaire,
            period=period,
            status__in=("running", "paused"),
        )
        .order_by("-changed_at", "-id")
        .first()
    )
    submission = await in_force(pack.id, survey.questionnaire, area.code, period)
    standing = Standing.TO_DO
    if open_one is not None:
        standing = Standing.BEGUN
    elif submission is not None:
        missing = any(q.missing for q in await photo_state(visit, submission))
        standing = Standing.PHOTO_MISSING if missing else Standing.SENT
        if await Evidence.exists(submission_id=submission.id, review="rejected", dropped_at=None):
            standing = Standing.PHOTO_AGAIN
        elif await AnswerReview.exists(about=submission.current_key, open=True):
            standing = Standing.ANSWER_AGAIN
    due = report.last_day(pack, visit.house.zone) if report else village_due(pack, survey, period)
    return Item(area, survey, title, standing, period, open_one, submission, due, report)


def standing_text(item: Item) -> Text:
    """Return how an item stands, in words."""
    match item.standing:
        case Standing.TO_DO if item.due is not None:
            return Text("not begun, by {day}", {"day": item.due})
        case Standing.TO_DO:
            return Text("not begun")
        case Standing.BEGUN:
            return Text("begun, not yet sent")
        case Standing.SENT:
            return Text("sent")
        case Standing.PHOTO_MISSING:
            return Text("sent, photo still missing")
        case Standing.PHOTO_AGAIN:
            return Text("sent, a photo has to be taken again")
        case Standing.ANSWER_AGAIN:
            return Text("sent, a question is asked again")


def _name(item: Item, *, several: bool) -> str:
    return f"{item.title} ({item.area.name})" if several else item.title


def _chosen(visit: Visit, items: list[Item]) -> Item | None:
    incoming = visit.turn.incoming
    if incoming.kind is Kind.PRESS:
        return next((i for i in items if i.key == incoming.text), None)
    if incoming.kind is not Kind.TEXT:
        return None
    said = without_courtesy(fold(incoming.text).strip(" .!"))
    listed = visit.stage_data.get("items")
    if said.isdecimal() and isinstance(listed, list) and 1 <= int(said) <= len(listed):
        key = listed[int(said) - 1]
        return next((i for i in items if i.key == key), None)
    named = [i for i in items if len(said) > 1 and said in fold(i.title)]
    return named[0] if len(named) == 1 else None


def _not_understood(visit: Visit, count: int) -> Text | None:
    incoming = visit.turn.incoming
    if courtesies.greets(incoming):
        return courtesies.hello()
    if incoming.kind is Kind.TEXT and visit.stage == CHOOSING:
        if fold(incoming.text).strip(" .!").isdecimal():
            return Text("Please send a number from 1 to {last}.", {"last": count})
        return Text("Please choose a questionnaire first.")
    return None


def _when_it_comes(visit: Visit, items: list[Item]) -> Text | None:
    """Say what to send once there is what the office waits for, to whom it is still to come from."""
    if not courtesies.puts_off(visit.turn.incoming):
        return None
    owed = {i.standing for i in items}
    if Standing.PHOTO_AGAIN in owed:
        return Text("All right. Once you have the photo, send RESEND.")
    if Standing.ANSWER_AGAIN in owed:
        return Text("All right. Once you know the answer, send RESEND.")
    if Standing.PHOTO_MISSING in owed:
        return Text("All right. Once you have the photo, send ADD PHOTO.")
    return None


async def _ask_about(visit: Visit, item: Item) -> list[Outgoing]:
    assert item.submission is not None  # noqa: S101  (the caller chose by it)
    await visit.wait_for(SUBMITTED, submission=item.submission.id)
    day = item.submission.received_at.astimezone(visit.house.zone).date()
    message = visit.say(
        Text("{title} was sent on {day}.", {"title": item.title, "day": day}),
        Text("What would you like to do?\n1. Correct it\n2. Add a photo\n3. Leave it as it is"),
        buttons=[
            visit.button(Text("Correct it"), "s.edit"),
            visit.button(Text("Add a photo"), "s.photo"),
            visit.button(Text("Leave it as it is"), "s.leave"),
        ],
    )
    return [_as_question(message)]


def _as_question(message: Outgoing) -> Outgoing:
    return Outgoing(message.text, buttons=message.buttons, prompt=MENU_PROMPT)
