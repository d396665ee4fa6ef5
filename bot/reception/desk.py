"""The reception's desk: who is speaking, what do they want, and who answers.

In this order:
1. A running interview and a plain answer: the interview's step, and no query at all. Words typed
   in a chat that does not show the present question get that question first.
2. A group: commands of officers, else silence.
3. Somebody unknown: the door.
4. A command.
5. Whatever the chat waits for (consent, a choice, a photo's purpose), else the menu.

`answering` does the first, `door` the third, `dispatch` the last two.
"""

from __future__ import annotations

from typing import Final

from backend.models import Interview
from backend.people import person_by_user
from bot.messages import Incoming, Kind, Outgoing
from bot.reception import asked_again, consenting, door, doubted, edited, full_house, withheld
from bot.reception.answering import Answering
from bot.reception.commands import Asked, Command, command_of
from bot.reception.dispatch import ANSWERS, WRITING, command, first_things, waited_for
from bot.reception.house import House, Visit, visit_of
from bot.reception.together import together
from bot.turn.shapes import InterviewRow, Reply, Turn
from conversations.text import Text
from locales import catalog

IN_GROUPS: Final = frozenset({Command.PROGRESS, Command.DEADLINES, Command.HELP})
LISTING: Final = frozenset({Command.MENU, Command.ENTER})
"""Commands whose list names what was being answered, so that it rests before they look."""


class Desk:
    """Answers turns (bot.turn.shapes.Reception)."""

    def __init__(self, house: House) -> None:
        """`house` is what the program hands in; nothing is read before the first turn."""
        self._house = house
        self._answering = Answering(house)

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
            return await self._answering.ask_again(turn, turn.interview, entered.outgoing)
        if withheld.is_withheld(turn.incoming):
            offered = await withheld.offer(await visit_of(self._house, turn))
            again = await self._answering.ask_again(turn, turn.interview, [])
            return Reply(withheld.before(offered, again.outgoing), again.state)
        if edited.is_edit(turn.incoming):
            again = await self._answering.ask_again(turn, turn.interview, [])
            said = edited.while_answering(catalog(turn.chat.lang))
            return Reply(withheld.before(said, again.outgoing), again.state)
        if (taken := await self._answering.photo_again(turn, turn.interview)) is not None:
            return taken
        return await self._answering.answer(turn, turn.interview)

    async def _command_while_answering(
        self, turn: Turn, interview: InterviewRow, asked: Asked
    ) -> Reply:
        """Answer a command without losing the interview, which rests while the command asks."""
        visit = await visit_of(self._house, turn)
        if doubted.open_doubts(visit):
            await doubted.settle(visit)
            visit = await visit_of(self._house, turn)
        if asked.command is Command.WITHDRAW:
            await _rest(interview)
            out = await consenting.begin_withdrawal(visit, interview.id)
            return Reply(out, status="paused")
        if asked.command in LISTING:
            await _rest(interview)
            return Reply(await command(visit, asked), status="paused")
        if asked.command is Command.RESEND and visit.rights.village_head:
            taken = await asked_again.begin(visit, asked.rest)
            return await self._answering.after(turn, interview, taken)
        out = await command(visit, asked)
        # Whatever it asks takes the next message: a number typed for it is no answer of the form's.
        waiting = await visit_of(self._house, turn)
        if waiting.stage and (waiting.stage, waiting.kept) != (visit.stage, visit.kept):
            await _rest(interview)
            return Reply(_kept(visit, out), status="paused")
        return await self._answering.ask_again(turn, interview, out)

    async def _in_group(self, turn: Turn) -> list[Outgoing]:
        incoming = turn.incoming
        if incoming.kind is not Kind.TEXT or not incoming.text.startswith("/"):
            return []
        asked = command_of(incoming.text)
        person_id = await person_by_user(incoming.channel, incoming.bot, incoming.user)
        if asked is None or asked.command is Command.OTHER or person_id is None:
            return []
        visit = await visit_of(self._house, turn, person_id)
        if not visit.rights.officer:
            return []
        if asked.command in IN_GROUPS:
            return await command(visit, asked)
        return [visit.say(Text("Please write this to me in a private chat."))]

    async def _outside(self, turn: Turn) -> list[Outgoing]:
        if turn.chat.person_id is None:
            return await self._at_the_door(turn)
        visit = await visit_of(self._house, turn)
        if not visit.rights.grants:
            return await self._at_the_door(turn)
        incoming = turn.incoming
        if withheld.is_withheld(incoming):
            return [await withheld.offer(visit)]
        if edited.is_edit(incoming):
            return [edited.otherwise(visit.catalog)]
        if code := door.code_in(incoming, known=True):
            entered = await door.use_code(turn, visit.catalog, code)
            return together(entered.outgoing, await first_things(await visit_of(self._house, turn)))
        asked = None
        if incoming.kind is Kind.TEXT:
            asked = command_of(incoming.text, writing=visit.stage in WRITING)
        if incoming.kind is Kind.START:
            asked = Asked(Command.START)
        if asked is not None and (visit.stage, asked.command) not in ANSWERS:
            return await command(visit, asked)
        return await waited_for(visit)

    async def _at_the_door(self, turn: Turn) -> list[Outgoing]:
        if withheld.is_withheld(turn.incoming):
            words = withheld.at_the_door(self._house.public_url)
            return [door.way_in(catalog(turn.chat.lang), words)]
        if await full_house.is_full(turn):
            return [full_house.elsewhere(turn, self._house)]
        entered = await door.knock(turn, catalog(turn.chat.lang))
        if entered.person_id is None:
            return entered.outgoing
        visit = await visit_of(self._house, turn, entered.person_id)
        return together(entered.outgoing, await first_things(visit))


async def _rest(interview: InterviewRow) -> None:
    await Interview.filter(id=interview.id).update(status="paused", running_for=None)


def _kept(visit: Visit, out: list[Outgoing]) -> list[Outgoing]:
    """Say first that what was being answered is kept."""
    return together([visit.say(Text("Your questionnaire is kept. NEXT goes on with it."))], out)


def _command_while_answering(incoming: Incoming) -> Asked | None:
    if incoming.kind is not Kind.TEXT:
        return None
    asked = command_of(incoming.text, answering=True)
    return None if asked is None or asked.command is Command.START else asked
