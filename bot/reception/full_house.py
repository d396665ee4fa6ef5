"""A bot that may talk with no more people: whoever comes now is shown the web chat, code and all."""

from __future__ import annotations

from backend.invites import ALPHABET, bare_code
from backend.models import BotRules
from backend.quota.decide import STRANGER
from backend.quota.month import people_of
from bot.messages import Outgoing
from bot.reception import door
from bot.reception.house import House
from bot.turn.shapes import Turn
from conversations.text import Text
from locales import catalog


async def is_full(turn: Turn) -> bool:
    """Say whether somebody new came through a bot that has as many people as it may have."""
    if turn.chat.person_id is not None:
        return False
    rules = await BotRules.get_or_none(channel=turn.chat.channel, bot=turn.chat.bot, closed_at=None)
    if rules is None or rules.people is None:
        return False
    return await people_of(turn.chat.channel, turn.chat.bot) >= rules.people


def elsewhere(turn: Turn, house: House) -> Outgoing:
    """Return where to go instead, once a day: the bot's messages are counted too.

    The code is not used up: the link carries it.
    """
    code = bare_code(door.code_in(turn.incoming, known=False))
    link = f"{house.public_url}/c/"
    if code and set(code) <= set(ALPHABET):
        link += f"?code={code}"
    words = Text(
        "So many people use this chat that it takes no more. The browser works just as well: {link}",
        {"link": link},
    )
    day = turn.now.astimezone(house.zone).date()
    asked = "code" if code else "hello"
    once = f"full|{turn.chat.id}|{day.isoformat()}|{asked}"
    return Outgoing(catalog(turn.chat.lang).say(words), purpose=STRANGER, once=once)
