"""A press under an older message changes nothing; it is told so, and what is asked stays asked.

A button outside of an interview carries the number of the visit that showed it (`Visit.button`),
and the chat keeps that number with what it waits for (`Visit.wait_for`). Only buttons that name
the very thing they are for, and so mean the same for ever, carry no number.
"""

from __future__ import annotations

from typing import Final

from backend import consent
from backend.review.answers_told import ANSWER
from backend.review.told import AGAIN
from bot.messages import Kind, Outgoing
from bot.reception import consenting, doubted, menu, review_card
from bot.reception.helping import what_to_send
from bot.reception.house import Visit
from bot.reception.together import together
from conversations.text import Text

NAMED: Final = ("m.", AGAIN, ANSWER, doubted.KEEP, review_card.PRESS)
"""How buttons begin that name a questionnaire, or a photo or an answer by its number."""


def names_its_thing(visit: Visit) -> bool:
    """Say whether a button was pressed that means the same whatever the chat waits for."""
    incoming = visit.turn.incoming
    return incoming.kind is Kind.PRESS and incoming.text.startswith(NAMED)


def is_stale(visit: Visit) -> bool:
    """Say whether a button was pressed that does not answer what the chat waits for."""
    incoming = visit.turn.incoming
    if incoming.kind is not Kind.PRESS or incoming.text.startswith(NAMED):
        return False
    return not incoming.prompt or incoming.prompt != visit.listed


async def answer(visit: Visit) -> list[Outgoing]:
    """Say that nothing has changed; where nothing else is asked, show what can be chosen."""
    words = Text("That button belongs to an older message, so nothing has changed.")
    if visit.rights.village_head and not await consent.consented(visit.person_id):
        return together([visit.say(words)], await consenting.ask(visit))
    if visit.stage not in {"", menu.CHOOSING}:
        return [visit.say(words, Text("Please answer the newest question."))]
    if visit.rights.village_head:
        return await menu.show(visit, words)
    return [what_to_send(visit, words)]
