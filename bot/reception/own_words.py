"""Words of an officer's own on their way to a village head: read once more before they go."""

from __future__ import annotations

from typing import Final

from backend.review.reasons import own_words
from bot.messages import Kind, Outgoing
from bot.reception.house import Visit
from conversations.text import Paragraph, Text

LEAST_WORDS: Final = 4
"""Characters of a reason in one's own words; less is a slip of the finger."""
_MARK: Final = "w."
"""Before the value of each of our buttons."""
_SEND: Final = frozenset({"1", "gui", "gui di", "ok", "co", "dung", "duoc", "vang", "yes", "send"})
_BACK: Final = frozenset({"0", "quay lai", "thoi", "khong", "ko", "huy", "no", "back"})


def typed(visit: Visit) -> str:
    """Return the reason that was typed, "" where it is none."""
    incoming = visit.turn.incoming
    words = own_words(incoming.text) if incoming.kind is Kind.TEXT else ""
    return "" if len(words) < LEAST_WORDS or words.isdecimal() else words


def read_first(visit: Visit, words: str, *about: Paragraph) -> Outgoing:
    """Return what a village head would read; the caller waits for `sends` with its own stage."""
    return visit.say(
        *about,
        Text("The village head will read: «{words}»", {"words": words}),
        Text("1. Send it\n0. Back"),
        buttons=[
            visit.button(Text("Send it"), f"{_MARK}1"),
            visit.button(Text("0. Back"), f"{_MARK}0"),
        ],
    )


def sends(visit: Visit) -> bool:
    """Say whether the words are to go as they were shown."""
    return visit.said(_MARK) in _SEND


def goes_back(visit: Visit) -> bool:
    """Say whether they are not to go."""
    return visit.said(_MARK) in _BACK


def is_press(visit: Visit) -> bool:
    """Say whether one of our two buttons was pressed."""
    incoming = visit.turn.incoming
    return incoming.kind is Kind.PRESS and incoming.text.startswith(_MARK)
