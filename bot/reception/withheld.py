"""What a channel keeps from us (Zalo, for people the law protects), and the way round it.

The person is not to blame and need not know why: they get a link to the web chat, where the
same questions go on and nothing is withheld.
"""

from __future__ import annotations

from dataclasses import replace

from bot.messages import WITHHELD, Incoming, Kind, Outgoing
from bot.reception.effects import ALBUM_SECONDS
from bot.reception.house import Visit
from bot.reception.office import chat_link
from conversations.text import Paragraph, Text

_KEPT_BACK = Text("This app did not let your last message through to us.")


def is_withheld(incoming: Incoming) -> bool:
    """Say whether the channel let us know only that somebody sent something."""
    return incoming.kind is Kind.UNSUPPORTED and incoming.text == WITHHELD


async def offer(visit: Visit) -> Outgoing:
    """Return where to send it instead: the person's own web chat, or words for who has none."""
    if not visit.rights.village_head:
        return visit.say(_KEPT_BACK, Text("Please write it in words."))
    return visit.say(
        _KEPT_BACK,
        Text("You can send it here in the browser. The link is yours alone:"),
        await chat_link(visit),
    )


def at_the_door(public_url: str) -> list[Paragraph]:
    """Return what somebody is told whom the office does not know: the web chat's own door."""
    return [
        _KEPT_BACK,
        Text(
            "You can also begin in the browser, with your code: {link}",
            {"link": f"{public_url}/c/"},
        ),
    ]


def before(first: Outgoing, again: list[Outgoing]) -> list[Outgoing]:
    """Put the offer in front of the question it came in between; of many, one is sent."""
    if not again:
        return [first]
    text = f"{first.text}\n\n{again[0].text}"
    return [replace(again[0], text=text, hold=ALBUM_SECONDS), *again[1:]]
