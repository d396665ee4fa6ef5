"""The reception's desk: who is speaking, what do they want, and who answers.

In this order:
1. A running interview and a plain answer: the interview's step, and no query at all. Words typed
   in a chat that does not show the present question get that question first.
2. A group: commands of officers, else silence.
3. Somebody unknown: the door.
4. A command.
5. Whatever the chat waits for (consent, a choice, a photo's purpose), else the menu.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from backend import consent
from backend.access import rights_of
from backend.models import Area, Chat, Interview
from backend.people import person_by_user
from bot.messages import Incoming, Kind, Outgoing
from bot.reception import (
    asked_again,
    asking_once,
    consenting,
    courtesies,
    door,
    entering,
    following_up,
    full_house,
    late_photos,
    menu,
    messages_left,
    my_photos,
    office,
    progressing,
    reviewing,
    settings,
    staging,
    withheld,
)
from bot.reception.commands import Asked, Command, command_of
from bot.reception.effects import outgoing_of, pressed_value
from bot.reception.helping import what_to_send
from bot.reception.house import House, Visit
from bot.reception.refusals import refusal
from bot.reception.sittings import Carried, carry_out, form_of, here, resume, shown_elsewhere
from bot.reception.together import together
from bot.turn.shapes import InterviewRow, Reply, Turn
from conversations.forms.model import Form
from conversations.interview.events import (
    Event,
    Located,
    Photographed,
    PhotoRefused,
    Pressed,
    Resumed,
    Typed,
    Unsupported,
)
from conversations.interview.state import State
from conversations.interview.step import step
from conversations.text import Text
from locales import catalog

PAUSED: Final = "paused"
"""The chat's interview rests: any message goes on with it."""
FORMS_KEPT: Final = 64
STALE: Final = -1
"""A prompt that no interview has: whatever was pressed was for another question."""
IN_GROUPS: Final = frozenset({Command.PROGRESS, Command.DEADLINES, Command.HELP})
PAUSING: Final = frozenset(
    {
        Command.MENU,
        Command.ENTER,
        Command.STAGES,
        Command.AD_HOC,
        Command.SETTINGS,
        Command.REVIEW,
    }
)
"""Commands whose own questions take the next message: what is being answered rests meanwhile."""
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
    reviewing.STAGE: reviewing.take,
    reviewing.REASON: reviewing.take,
}
"""Who takes an officer's next message, by what the chat waits for."""
ANSWERS: Final = frozenset(
    {
        (PAUSED, Command.RESUME),
        (consenting.WITHDRAWING, Command.WITHDRAW),
        (reviewing.STAGE, Command.REVIEW),
        (reviewing.STAGE, Command.RESUME),
    }
)
"""Command words that, at this stage, answer what was just asked."""


class Desk:
    """Answers turns (bot.turn.shapes.Reception)."""

    def __init__(self, house: House) -> None:
        """`house` is what the program hands in; nothing is read before the first turn."""
        self._house = house
        self._forms: OrderedDict[int, Form] = OrderedDict()

    async def receive(self, turn: Turn) -> Reply:
        """Answer one message. Raises only for what is no fault of the person (the turn is retried)."""
        if not turn.chat.private:
            return Reply(await self._in_group(turn))
        if turn.interview is None:
            return Reply(await self._outside(turn))
        asked = _command_while_answering(turn.incoming)
        if asked is not None:
            return await self._command_while_answering(turn, turn.interview, asked)
        if turn.incoming.kind is Kind.START and turn.incoming.text:
            entered = await door.use_code(turn, catalog(turn.chat.lang), turn.incoming.text)
            return await self._ask_again(turn, turn.interview, entered.outgoing)
        if withheld.is_withheld(turn.incoming):
            offered = await withheld.offer(await self._visit(turn))
            again = await self._ask_again(turn, turn.interview, [])
            return Reply(withheld.before(offered, again.outgoing), again.state)
        if (taken := await self._photo_again(turn, turn.interview)) is not None:
            return taken
        return await self._answer(turn, turn.interview)

    # -- inside an interview ----------------------------------------------------------------

    async def _answer(self, turn: Turn, interview: InterviewRow) -> Reply:
        form = await self._form(interview.form_version_id)
        now = turn.now.astimezone(self._house.zone)
        before = State.from_json(interview.state)
        event = event_of(turn.incoming, interview.id)
        if isinstance(event, Typed) and shown_elsewhere(before, turn):
            event = Resumed()
        state, effects = step(form, here(before, turn), event, now)
        carried = await carry_out(turn, interview, form, effects, self._house)
        if carried.status != "running":
            after = await self._afterwards(turn, interview, carried)
            carried.outgoing = together(carried.outgoing, after)
        return Reply(carried.outgoing, state.to_json(), carried.status)

    async def _photo_again(self, turn: Turn, interview: InterviewRow) -> Reply | None:
        """Take what is about a photo handed back and show the present question again; else None."""
        incoming = turn.incoming
        if incoming.kind is Kind.PRESS and asked_again.is_press(incoming.text):
            taken = await asked_again.pressed(await self._visit(turn))
        elif incoming.kind is Kind.PHOTO:
            form = await self._form(interview.form_version_id)
            if await asked_again.is_the_interview_s(turn, form, interview):
                return None
            visit = await self._visit(turn)
            if asked_again.of_the_same_album(visit):
                return Reply(await late_photos.photo_in_between(visit))
            found = await asked_again.photo_while_answering(visit, form, interview)
            if found is None:
                return None
            taken = found
        else:
            return None
        return await self._ask_again(turn, taken.interview or interview, taken.outgoing)

    async def _form(self, form_version_id: int) -> Form:
        form = self._forms.get(form_version_id)
        if form is None:
            form = self._forms[form_version_id] = await form_of(form_version_id)
            if len(self._forms) > FORMS_KEPT:
                self._forms.popitem(last=False)
        return form

    async def _afterwards(
        self, turn: Turn, interview: InterviewRow, carried: Carried
    ) -> list[Outgoing]:
        """What follows the end of a questionnaire: how the village stands, and what is left."""
        visit = await self._visit(turn)
        if carried.status == "paused":
            await visit.wait_for(PAUSED, interview=interview.id)
            return []
        area = await Area.get(id=interview.area_id)
        if carried.status == "cancelled":
            await visit.wait_for("")
            await Interview.filter(id=interview.id).update(status="cancelled", running_for=None)
            return await entering.after(visit, area) or await menu.show(visit)
        text = await progressing.after_submission(visit, area, interview.questionnaire)
        # The engine closes the interview after this turn; the menu must not show it as begun.
        await Interview.filter(id=interview.id).update(status="submitted", running_for=None)
        then = await entering.after(visit, area) or await menu.show(visit)
        return together([visit.say(text)] if text else [], then)

    async def _command_while_answering(
        self, turn: Turn, interview: InterviewRow, asked: Asked
    ) -> Reply:
        """Answer a command without losing the interview; the list pauses it, to be chosen again."""
        visit = await self._visit(turn)
        if asked.command is Command.WITHDRAW or asked.command in PAUSING:
            await Interview.filter(id=interview.id).update(status="paused", running_for=None)
            if asked.command is Command.WITHDRAW:
                out = await consenting.begin_withdrawal(visit, interview.id)
                return Reply(out, status="paused")
            return Reply(await self._command(visit, asked), status="paused")
        if asked.command is Command.RESEND and visit.rights.village_head:
            taken = await asked_again.begin(visit, asked.rest)
            return await self._ask_again(turn, taken.interview or interview, taken.outgoing)
        return await self._ask_again(turn, interview, await self._command(visit, asked))

    async def _ask_again(self, turn: Turn, interview: InterviewRow, first: list[Outgoing]) -> Reply:
        """Say something in between and show the present question again."""
        form = await self._form(interview.form_version_id)
        now = turn.now.astimezone(self._house.zone)
        state, effects = step(form, here(State.from_json(interview.state), turn), Resumed(), now)
        again = outgoing_of(effects, catalog(turn.chat.lang), interview.id)
        return Reply([*first, *again], state.to_json())

    # -- outside ----------------------------------------------------------------------------

    async def _in_group(self, turn: Turn) -> list[Outgoing]:
        incoming = turn.incoming
        if incoming.kind is not Kind.TEXT or not incoming.text.startswith("/"):
            return []
        asked = command_of(incoming.text)
        person_id = await person_by_user(incoming.channel, incoming.bot, incoming.user)
        if asked is None or asked.command is Command.OTHER or person_id is None:
            return []
        visit = await self._visit(turn, person_id)
        if not visit.rights.officer:
            return []
        if asked.command in IN_GROUPS:
            return await self._command(visit, asked)
        return [visit.say(Text("Please write this to me in a private chat."))]

    async def _outside(self, turn: Turn) -> list[Outgoing]:
        if turn.chat.person_id is None:
            return await self._at_the_door(turn)
        visit = await self._visit(turn)
        if not visit.rights.grants:
            return await self._at_the_door(turn)
        incoming = turn.incoming
        if withheld.is_withheld(incoming):
            return [await withheld.offer(visit)]
        if code := door.code_in(incoming, known=True):
            entered = await door.use_code(turn, visit.catalog, code)
            return together(entered.outgoing, await self._first_things(await self._visit(turn)))
        asked = command_of(incoming.text) if incoming.kind is Kind.TEXT else None
        if incoming.kind is Kind.START:
            asked = Asked(Command.START)
        if asked is not None and (visit.stage, asked.command) not in ANSWERS:
            return await self._command(visit, asked)
        return await self._waited_for(visit)

    async def _at_the_door(self, turn: Turn) -> list[Outgoing]:
        if withheld.is_withheld(turn.incoming):
            words = withheld.at_the_door(self._house.public_url)
            return [door.way_in(catalog(turn.chat.lang), words)]
        if await full_house.is_full(turn):
            return [full_house.elsewhere(turn, self._house)]
        entered = await door.knock(turn, catalog(turn.chat.lang))
        if entered.person_id is None:
            return entered.outgoing
        visit = await self._visit(turn, entered.person_id)
        return together(entered.outgoing, await self._first_things(visit))

    async def _first_things(self, visit: Visit) -> list[Outgoing]:
        """What somebody sees on coming in: consent first, then their list; officers, what works."""
        if visit.rights.village_head:
            if not await consent.consented(visit.person_id):
                return await consenting.ask(visit)
            return await menu.show(visit)
        return [what_to_send(visit)]

    async def _command(self, visit: Visit, asked: Asked) -> list[Outgoing]:
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
                return await self._questionnaires(visit, asked)

    async def _questionnaires(self, visit: Visit, asked: Asked) -> list[Outgoing]:
        """Answer the commands of people who answer questionnaires, for a village or a commune."""
        command = asked.command
        if not visit.rights.village_head:
            return await self._officers_questionnaires(visit, command)
        if not await consent.consented(visit.person_id):
            return await self._first_things(visit)
        if command is Command.PHOTO:
            return await late_photos.ask_which(visit)
        if command is Command.RESEND:
            return (await asked_again.begin(visit, asked.rest)).outgoing
        if command is Command.MY_PHOTOS:
            return await my_photos.show(visit)
        if command is Command.RESUME and (waiting := await _resting(visit)):
            return await resume(visit, waiting)
        return await menu.show(visit)

    async def _officers_questionnaires(self, visit: Visit, command: Command) -> list[Outgoing]:
        """Answer the same for an officer: what rests, else what the commune itself is asked."""
        if command is Command.RESUME and (waiting := await _resting(visit)):
            return await resume(visit, waiting)
        if command is not Command.START and await menu.items_of(visit, await visit.house.pack()):
            return await menu.show(visit)
        return await self._first_things(visit)

    async def _waited_for(self, visit: Visit) -> list[Outgoing]:
        """Take a message for what the chat waits for."""
        if (found := await self._officers_choice(visit)) is not None:
            return found
        if not visit.rights.village_head:
            return await self._officers_message(visit)
        if visit.stage == consenting.WITHDRAWING:
            out, waiting = await consenting.end_withdrawal(visit)
            return together(out, await resume(visit, waiting) if waiting else [])
        if not await consent.consented(visit.person_id):
            return await self._consent(visit)
        incoming = visit.turn.incoming
        if incoming.kind is Kind.PRESS and asked_again.is_press(incoming.text):
            return (await asked_again.pressed(visit)).outgoing
        if visit.stage == PAUSED and (waiting := await _resting(visit)):
            return await _go_on(visit, waiting)
        if incoming.kind is Kind.PHOTO and visit.stage == asked_again.STAGE:
            return (await asked_again.take(visit)).outgoing
        if incoming.kind is Kind.PHOTO:
            return await late_photos.photo_in_between(visit)
        if incoming.kind in (Kind.TEXT, Kind.PRESS):
            return await self._choice(visit)
        return await menu.show(visit, _cannot(incoming.kind))

    async def _officers_message(self, visit: Visit) -> list[Outgoing]:
        if visit.stage == PAUSED and (waiting := await _resting(visit)):
            return await _go_on(visit, waiting)
        pressed = visit.turn.incoming.kind is Kind.PRESS
        if visit.stage == menu.CHOOSING or (pressed and visit.turn.incoming.text.startswith("m.")):
            return await menu.choose(visit)
        if visit.stage == menu.SUBMITTED:
            return await menu.choose_for_submitted(visit)
        return [self._to_an_officer(visit)]

    async def _officers_choice(self, visit: Visit) -> list[Outgoing] | None:
        if visit.turn.incoming.kind not in (Kind.TEXT, Kind.PRESS):
            return None
        if (take := OFFICERS_ANSWERS.get(visit.stage)) is not None and visit.rights.officer:
            return await take(visit)
        pressed = visit.turn.incoming.kind is Kind.PRESS
        if pressed and reviewing.is_press(visit.turn.incoming.text) and visit.rights.officer:
            return await reviewing.take(visit)
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

    async def _consent(self, visit: Visit) -> list[Outgoing]:
        if visit.stage != consenting.ASKING and not consenting.agrees(visit):
            return await consenting.ask(visit)
        refused = await consenting.answer(visit)
        return refused if refused is not None else await menu.show(visit)

    async def _choice(self, visit: Visit) -> list[Outgoing]:
        pressed = visit.turn.incoming.text if visit.turn.incoming.kind is Kind.PRESS else ""
        if pressed.startswith("m."):
            return await menu.choose(visit)
        match visit.stage:
            case late_photos.WHICH:
                return await late_photos.choose(visit)
            case menu.SUBMITTED:
                return await menu.choose_for_submitted(visit)
            case _:
                return await menu.choose(visit)

    def _to_an_officer(self, visit: Visit) -> Outgoing:
        incoming = visit.turn.incoming
        if courtesies.thanks(incoming):
            return visit.say(Text("Thank you. HELP shows what you can send."))
        known = courtesies.greets(incoming)
        return what_to_send(visit, courtesies.hello() if known else Text("I did not understand."))

    async def _visit(self, turn: Turn, person_id: int | None = None) -> Visit:
        person = person_id or turn.chat.person_id
        assert person is not None, "a visit is somebody's"  # noqa: S101  (the door is for the others)
        row = await Chat.get(id=turn.chat.id).only("id", "stage", "stage_data")
        return Visit(
            turn=turn,
            house=self._house,
            catalog=catalog(turn.chat.lang),
            rights=await rights_of(person),
            stage=row.stage,
            stage_data=dict(row.stage_data),
        )


def event_of(incoming: Incoming, interview_id: int) -> Event:
    """Return what a message is to the interview that is running."""
    match incoming.kind:
        case Kind.TEXT:
            return Typed(incoming.text)
        case Kind.PRESS:
            value = pressed_value(interview_id, incoming.text)
            return Pressed(STALE, "") if value is None else Pressed(incoming.prompt, value)
        case Kind.PHOTO if incoming.media is not None and incoming.media.sha256:
            return Photographed(
                incoming.media.sha256, incoming.text, incoming.media.advice, incoming.media.album
            )
        case Kind.PHOTO:
            return PhotoRefused(refusal(incoming.media.refusal if incoming.media else ""))
        case Kind.LOCATION:
            return Located(incoming.latitude, incoming.longitude, incoming.accuracy)
        case Kind.START:
            return Resumed()
        case _:
            return Unsupported(incoming.text or incoming.kind)


def _command_while_answering(incoming: Incoming) -> Asked | None:
    if incoming.kind is not Kind.TEXT:
        return None
    asked = command_of(incoming.text, answering=True)
    return None if asked is None or asked.command is Command.START else asked


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
