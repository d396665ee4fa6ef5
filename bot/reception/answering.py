"""Inside a running interview: one message to its step, and what follows the end of it.

A plain answer asks the database nothing; forms are kept, the newest used of them.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from backend.models import Area, Interview
from bot.messages import Incoming, Kind, Outgoing
from bot.reception import (
    answer_again,
    asked_again,
    doubted,
    entering,
    late_photos,
    menu,
    overtaken,
    progressing,
)
from bot.reception.effects import outgoing_of, pressed_value
from bot.reception.house import House, visit_of
from bot.reception.instead import step_instead, with_reasons
from bot.reception.late_period import named_first
from bot.reception.photo_places import TAKING
from bot.reception.refusals import refusal
from bot.reception.sittings import Carried, carry_out, form_of, here, shown_elsewhere
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
from conversations.interview.transitions import Phase
from conversations.text import Text
from locales import catalog

PAUSED: Final = "paused"
"""The chat's interview rests: any message goes on with it."""
FORMS_KEPT: Final = 64
_ANSWERS: Final = frozenset({Kind.TEXT, Kind.PRESS, Kind.LOCATION})
"""What goes on with an interview, beside photos."""
STALE: Final = -1
"""A prompt that no interview has: whatever was pressed was for another question."""


class Answering:
    """Answers what is said while an interview runs."""

    def __init__(self, house: House) -> None:
        """`house` is what the program hands in."""
        self._house = house
        self._forms: OrderedDict[int, Form] = OrderedDict()

    async def answer(self, turn: Turn, interview: InterviewRow) -> Reply:
        """Take the message as an answer and ask what comes next."""
        form = await self._form(interview.form_version_id)
        now = turn.now.astimezone(self._house.zone)
        before = State.from_json(interview.state)
        if await answer_again.is_lifted(interview, before):
            return await self._lifted(turn, interview)
        event = event_of(turn.incoming, interview.id)
        if isinstance(event, Typed) and shown_elsewhere(before, turn):
            event = Resumed()
        instead = await step_instead(form, interview, here(before, turn), event, now)
        state, effects = instead or step(form, here(before, turn), event, now)
        if sent := await answer_again.sent_by_itself(form, interview, before, state, now):
            state, effects = sent[0], tuple(answer_again.without_words([*effects, *sent[1]]))
            await answer_again.into_open_ones(interview, state)
        elif before.phase is Phase.REVIEWING and state.phase is Phase.SUBMITTED:
            asked = await overtaken.doubt(turn, interview, here(before, turn), self._house)
            if asked is not None:
                return Reply(asked[0], asked[1].to_json())
        effects = await with_reasons(interview, state, effects, catalog(turn.chat.lang))
        if _shows_the_whole(before, state, event):
            effects = named_first(effects, interview.period, now.date(), catalog(turn.chat.lang))
        carried = await carry_out(turn, interview, form, effects, self._house)
        if carried.status != "running":
            after = await self._afterwards(turn, interview, carried)
            carried.outgoing = together(carried.outgoing, after)
        return Reply(carried.outgoing, state.to_json(), carried.status)

    async def photo_again(self, turn: Turn, interview: InterviewRow) -> Reply | None:
        """Take what is about a photo handed back and show the present question again; else None."""
        incoming = turn.incoming
        if incoming.kind is Kind.PRESS and asked_again.is_press(incoming.text):
            taken = await asked_again.pressed(await visit_of(self._house, turn))
        elif doubted.keeps(incoming, doubting=turn.chat.stage == TAKING):
            visit = await visit_of(self._house, turn)
            if incoming.kind is Kind.TEXT and not doubted.open_doubts(visit):
                return None
            taken = asked_again.Taken([await doubted.keep(visit)])
        elif turn.chat.stage == TAKING and incoming.kind in {Kind.TEXT, Kind.PRESS}:
            await doubted.end(await visit_of(self._house, turn))
            return None
        elif turn.chat.stage == asked_again.STAGE and incoming.kind in _ANSWERS:
            await asked_again.end(await visit_of(self._house, turn))
            return None
        elif incoming.kind is Kind.PHOTO:
            form = await self._form(interview.form_version_id)
            if asked_again.is_the_interview_s(turn, form, interview):
                return None
            visit = await visit_of(self._house, turn)
            if asked_again.of_the_same_album(visit):
                return Reply(await late_photos.photo_in_between(visit))
            found = await asked_again.photo_while_answering(visit, form, interview)
            if found is None:
                return None
            taken = found
        else:
            return None
        return await self.after(turn, interview, taken)

    async def after(self, turn: Turn, interview: InterviewRow, taken: asked_again.Taken) -> Reply:
        """Show the present question after what was handed back, unless another one was put first."""
        if taken.seated:
            return Reply(taken.outgoing, status="paused")
        if taken.asks or (taken.waits and await self._asks_for_a_photo(interview)):
            return Reply(taken.outgoing, taken.interview.state if taken.interview else None)
        return await self.ask_again(turn, taken.interview or interview, taken.outgoing)

    async def ask_again(self, turn: Turn, interview: InterviewRow, first: list[Outgoing]) -> Reply:
        """Say something in between and show the present question again."""
        form = await self._form(interview.form_version_id)
        now = turn.now.astimezone(self._house.zone)
        state, effects = step(form, here(State.from_json(interview.state), turn), Resumed(), now)
        words = catalog(turn.chat.lang)
        effects = await with_reasons(interview, state, effects, words)
        again = outgoing_of(effects, words, interview)
        return Reply([*first, *again], state.to_json())

    async def _asks_for_a_photo(self, interview: InterviewRow) -> bool:
        form = await self._form(interview.form_version_id)
        return asked_again.asks_for_a_photo(form, State.from_json(interview.state))

    async def _form(self, form_version_id: int) -> Form:
        form = self._forms.get(form_version_id)
        if form is None:
            form = self._forms[form_version_id] = await form_of(form_version_id)
            if len(self._forms) > FORMS_KEPT:
                self._forms.popitem(last=False)
        return form

    async def _lifted(self, turn: Turn, interview: InterviewRow) -> Reply:
        """Close the interview of a question that nobody asks any more; the answers of before stay."""
        visit = await visit_of(self._house, turn)
        carried = Carried([], "cancelled")
        said = visit.say(Text("This need not be answered again. Thank you."))
        after = await self._afterwards(turn, interview, carried)
        return Reply(together([said], after), status=carried.status)

    async def _afterwards(
        self, turn: Turn, interview: InterviewRow, carried: Carried
    ) -> list[Outgoing]:
        """What follows the end of a questionnaire: how the village stands, and what is left."""
        visit = await visit_of(self._house, turn)
        if carried.status == "paused":
            await visit.wait_for(PAUSED, interview=interview.id)
            return []
        area = await Area.get(id=interview.area_id)
        if carried.status == "cancelled":
            await visit.wait_for("")
            await Interview.filter(id=interview.id).update(status="cancelled", running_for=None)
            _, rest = await answer_again.afterwards(visit, interview.id, None)
            return rest or await entering.after(visit, area) or await menu.show(visit)
        text = await progressing.after_submission(
            visit, area, interview.questionnaire, interview.period
        )
        # The engine closes the interview after this turn; the menu must not show it as begun.
        await Interview.filter(id=interview.id).update(status="submitted", running_for=None)
        said, rest = await answer_again.afterwards(visit, interview.id, carried.submission)
        then = rest or await entering.after(visit, area) or await menu.show(visit)
        return together(together(said, [visit.say(text)] if text else []), then)


def _shows_the_whole(before: State, after: State, event: Event) -> bool:
    """Say whether somebody comes back to an interview, or comes to its summary."""
    summary = after.phase is Phase.REVIEWING and before.phase is not Phase.REVIEWING
    return summary or isinstance(event, Resumed)


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
            media = incoming.media
            return PhotoRefused(
                refusal(media.refusal if media else ""), media.album if media else ""
            )
        case Kind.LOCATION:
            return Located(incoming.latitude, incoming.longitude, incoming.accuracy)
        case Kind.START:
            return Resumed()
        case _:
            return Unsupported(incoming.text or incoming.kind)
