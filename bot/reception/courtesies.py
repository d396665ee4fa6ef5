"""Greetings, thanks and «not yet» between the questions: people say them, and they deserve an answer.

The words are to be recognised, never shown; folded as `conversations.text.fold` does.
"""

from __future__ import annotations

import re
from typing import Final

from bot.messages import Incoming, Kind
from conversations.text import Text, fold

_GREETING: Final = re.compile(r"(?:xin )?chao(?: \w+){0,3}|alo|a lo|hello|hi|good (?:morning|day)")
_THANKS: Final = re.compile(
    r"(?:(?:da|vang|rat|xin) )*cam on(?: \w+){0,4}|thank(?:s| you)(?: \w+)?"
    r"|(?:da|vang|ok|oke|u|uh|duoc|ro|biet)(?: (?:da|vang|a|roi|nhe))*"
)
_LATER: Final = re.compile(
    r"\b(?:chua(?! (?:hieu|biet|ro|thay))|de sau|lat nua|hom sau|hom khac|mai|tuan sau|thang sau"
    r"|not yet)\b"
)


def greets(incoming: Incoming) -> bool:
    """Say whether a message is a greeting and nothing else."""
    return incoming.kind is Kind.TEXT and bool(_GREETING.fullmatch(_said(incoming)))


def thanks(incoming: Incoming) -> bool:
    """Say whether a message is thanks or a nod and nothing else."""
    return incoming.kind is Kind.TEXT and bool(_THANKS.fullmatch(_said(incoming)))


def puts_off(incoming: Incoming) -> bool:
    """Say whether a message says that something is not done yet or comes later."""
    return incoming.kind is Kind.TEXT and bool(_LATER.search(_said(incoming)))


def hello() -> Text:
    """Return the answer to a greeting."""
    return Text("Hello.")


def _said(incoming: Incoming) -> str:
    return fold(incoming.text[:80]).strip(" .!?,)(:^")
