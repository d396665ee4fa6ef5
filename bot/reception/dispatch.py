"""Which room answers: commands by their word, other messages by what the chat waits for.

Whoever speaks here is known and answers no question of an interview just now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from backend import consent
from backend.models import Interview
from bot.messages import Kind, Outgoing
from bot.reception import (
    asked_again,
    asking_back,
    asking_once,
    consenting,
    courtesies,
    doubted,
    entering,
    following_up,
    late_photos,
    menu,
    messages_left,
    my_photos,
    newest,
    office,
    progressing,
    review_card,
    reviewing,
    settings,
    staging,
    stale,
    submitted,
)
from bot.reception.answering import PAUSED, event_of
from bot.reception.commands import Asked, Command
from bot.reception.helping import what_to_send
from bot.reception.house import Visit
from bot.reception.photo_places import TAKING
from bot.reception.sittings import resume
from bot.reception.together import together
from conversations.text import Text

WITH_REST: Final[Mapping[Command, Callable[[Visit, str], Awaitable[list[Outgoing]]]]] = {
    Command.PROGRESS: progressing.progress,
    Command.INVITE: office.invite,
    Command.ENTER: entering.begin,
    Command.STAGES: staging.begin,
    Command.AD_HOC: asking_once.begin,
    Command.SETTINGS: settings.begin,
    Command.REVIEW: reviewing.begin,
}
"""Commands that take what stands behind them."""
OFFICERS_ANSWERS: Final = {
    **asking_once.TAKES,
    **entering.TAKES,
    **staging.TAKES,
    **dict.fromkeys(asking_back.STAGES, reviewing.take),
    review_card.STAGE: reviewing.take,
    reviewing.REASON: reviewing.take,
    reviewing.SURE: reviewing.take,
}
"""Who takes an officer's next message, by what the chat waits for."""
REVIEWING: Final = frozenset(
    {review_card.STAGE, reviewing.REASON, reviewing.SURE, *asking_back.STAGES}
)
"""Where a photo is being judged: what its buttons mean depends on how far that has come."""
WRITING: Final = frozenset(
    {
        reviewing.REASON,
        reviewing.SURE,
        asking_back.WHY,
        asking_back.SURE,
        staging.NOTE,
        asking_once.REASON,
        asking_once.NAME,
        asking_once.WHAT,
    }
)
"""Where an officer writes words of their own, which may begin like a command."""
NOTHING_TO_KEEP: Final = frozenset({"", menu.CHOOSING, menu.SUBMITTED, TAKING})
"""Where KEEP answers no question: it was said late, or twice."""
ANSWERS: Final = frozenset(
    {
        (PAUSED, Command.RESUME),
        (consenting.WITHDRAWING, Command.WITHDRAW),
        (review_card.STAGE, Command.REVIEW),
        (review_card.STAGE, Command.RESUME),
    }
)
"""Command words that, at this stage, answer what was just asked."""


async def first_things(visit: Visit) -> list[Outgoing]:
    """What somebody sees on coming in: consent first, then their list; officers, what works."""
    if visit.rights.village_head:
        if not await consent.consented(visit.person_id):
            return await consenting.ask(visit)
        return await menu.show(visit)
    return [what_to_send(visit)]


async def command(visit: Visit, asked: Asked) -> list[Outgoing]:
    """Answer a command word."""
    if (begin := WITH_REST.get(asked.command)) is not None:
        return await begin(visit, asked.rest)
    match asked.command:
        case Command.DEADLINES:
            return await progressing.due(visit)
        case Command.HELP:
            return [what_to_send(visit)]
        case Command.WEB:
            return await office.web(visit)
        case Command.QUOTA:
            return await messages_left.show(visit)
        case Command.FOLLOW_UP:
            return await following_up.begin(visit)
        case Command.OTHER:
            return [what_to_send(visit, Text("I do not know this command."))]
        case Command.WITHDRAW:
            return await consenting.begin_withdrawal(visit, None)
        case _:
            return await _questionnaires(visit, asked)


async def _questionnaires(visit: Visit, asked: Asked) -> list[Outgoing]:
    """Answer the commands of people who answer questionnaires, for a village or a commune."""
    word = asked.command
    if not visit.rights.village_head:
        return await _officers_questionnaires(visit, word)
    if not await consent.consented(visit.person_id):
        return await first_things(visit)
    if word is Command.PHOTO:
        return await late_photos.ask_which(visit)
    if word is Command.RESEND:
        return (await asked_again.begin(visit, asked.rest)).outgoing
    if word is Command.MY_PHOTOS:
        return await my_photos.show(visit)
    if word is Command.RESUME and (waiting := await _resting(visit)):
        return await resume(visit, waiting)
    return await menu.show(visit)


async def _officers_questionnaires(visit: Visit, word: Command) -> list[Outgoing]:
    """Answer the same for an officer: what rests, else what the commune itself is asked."""
    if word is Command.RESUME and (waiting := await _resting(visit)):
        return await resume(visit, waiting)
    if word is not Command.START and await menu.items_of(visit, await visit.house.pack()):
        return await menu.show(visit)
    return await first_things(visit)


async def waited_for(visit: Visit) -> list[Outgoing]:
    """Take a message for what the chat waits for."""
    if visit.stage != PAUSED and stale.is_stale(visit):
        return await stale.answer(visit)
    if (again := await newest.shown_again(visit)) is not None:
        return again
    if (found := await _officers_choice(visit)) is not None:
        return found
    if not visit.rights.village_head:
        return await _officers_message(visit)
    return await _heads_message(visit)


async def _heads_message(visit: Visit) -> list[Outgoing]:
    if visit.stage == consenting.WITHDRAWING:
        out, waiting = await consenting.end_withdrawal(visit)
        return together(out, await resume(visit, waiting) if waiting else [])
    if not await consent.consented(visit.person_id):
        return await _consent(visit)
    incoming = visit.turn.incoming
    if incoming.kind is Kind.PRESS and asked_again.is_press(incoming.text):
        return (await asked_again.pressed(visit)).outgoing
    if doubted.keeps(incoming, doubting=bool(doubted.open_doubts(visit))):
        return [await doubted.keep(visit)]
    if doubted.says_keep(incoming) and visit.stage in NOTHING_TO_KEEP:
        return [await doubted.keep(visit)]
    if visit.stage == PAUSED and (waiting := await _resting(visit)):
        return await _go_on(visit, waiting)
    if incoming.kind is Kind.PHOTO and visit.stage == asked_again.STAGE:
        return (await asked_again.take(visit)).outgoing
    if incoming.kind is Kind.PHOTO:
        return await late_photos.photo_in_between(visit)
    if incoming.kind in (Kind.TEXT, Kind.PRESS):
        return await _choice(visit)
    return await menu.show(visit, _cannot(incoming.kind))


async def _officers_message(visit: Visit) -> list[Outgoing]:
    if visit.stage == PAUSED and (waiting := await _resting(visit)):
        return await _go_on(visit, waiting)
    pressed = visit.turn.incoming.kind is Kind.PRESS
    if visit.stage == menu.CHOOSING or (pressed and visit.turn.incoming.text.startswith("m.")):
        return await menu.choose(visit)
    if visit.stage == menu.SUBMITTED:
        return await submitted.choose(visit)
    return [_to_an_officer(visit)]


async def _officers_choice(visit: Visit) -> list[Outgoing] | None:
    if visit.turn.incoming.kind not in (Kind.TEXT, Kind.PRESS):
        return None
    if stale.names_its_thing(visit) and visit.stage not in REVIEWING:
        if not (reviewing.is_press(visit.turn.incoming.text) and visit.rights.officer):
            return None
        idle = visit.stage in {"", PAUSED, menu.CHOOSING}
        return await (reviewing.take(visit) if idle else stale.answer(visit))
    if (take := OFFICERS_ANSWERS.get(visit.stage)) is not None and visit.rights.officer:
        return await take(visit)
    match visit.stage:
        case progressing.WHERE:
            return await progressing.choose(visit)
        case office.ROLE if visit.rights.can_invite:
            return await office.take_role(visit)
        case office.AREA if visit.rights.can_invite:
            return await office.take_area(visit)
        case following_up.CONFIRM if visit.rights.officer:
            return await following_up.confirm(visit)
        case settings.STAGE if visit.rights.officer:
            return await settings.take(visit)
    return None


async def _consent(visit: Visit) -> list[Outgoing]:
    if visit.stage != consenting.ASKING and not consenting.agrees(visit):
        return await consenting.ask(visit)
    refused = await consenting.answer(visit)
    return refused if refused is not None else await menu.show(visit)


async def _choice(visit: Visit) -> list[Outgoing]:
    pressed = visit.turn.incoming.text if visit.turn.incoming.kind is Kind.PRESS else ""
    if pressed.startswith("m."):
        return await menu.choose(visit)
    match visit.stage:
        case late_photos.WHICH:
            return await late_photos.choose(visit)
        case menu.SUBMITTED:
            return await submitted.choose(visit)
        case _:
            return await menu.choose(visit)


def _to_an_officer(visit: Visit) -> Outgoing:
    incoming = visit.turn.incoming
    if courtesies.thanks(incoming):
        return visit.say(Text("Thank you. HELP shows what you can send."))
    known = courtesies.greets(incoming)
    return what_to_send(visit, courtesies.hello() if known else Text("I did not understand."))


async def _go_on(visit: Visit, waiting: Interview) -> list[Outgoing]:
    """Go on with what rests; a photo may be what it was paused for, words first see the question."""
    incoming = visit.turn.incoming
    photo = event_of(incoming, waiting.id) if incoming.kind is Kind.PHOTO else None
    return await resume(visit, waiting, photo)


async def _resting(visit: Visit) -> Interview | None:
    """Return the interview that this chat (or else the person) put aside last."""
    mine = Interview.filter(person_id=visit.person_id, status="paused")
    number = visit.stage_data.get("interview") if visit.stage == PAUSED else None
    if number and (named := await mine.filter(id=number).first()):
        return named
    return await mine.order_by("-changed_at", "-id").first()


def _cannot(kind: Kind) -> Text:
    if kind is Kind.CONTACT:
        return Text("You are already on the office's list. Thank you.")
    if kind is Kind.LOCATION:
        return Text("No question waits for a position at present.")
    return Text("I can read only words and photos.")
