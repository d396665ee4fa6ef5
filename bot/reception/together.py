"""Two messages that say one thing become one: some channels count messages, and so do people."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.messages import Outgoing, Wants

LONGEST: Final = 1_200
"""Characters of a joined message: about two screens of a small phone, and every channel takes it."""


def together(first: list[Outgoing], then: list[Outgoing]) -> list[Outgoing]:
    """Put the last words of `first` in front of the message that follows them, if both are short.

    What is joined is no longer dropped for a newer question: it also says that something was done.
    """
    if not first or not then or not _only_words(first[-1]) or then[0].closes:
        return [*first, *then]
    text = f"{first[-1].text}\n\n{then[0].text}"
    if len(text) > LONGEST or then[0].picture or then[0].document:
        return [*first, *then]
    return [*first[:-1], replace(then[0], text=text, prompt=0), *then[1:]]


def _only_words(message: Outgoing) -> bool:
    return (
        not (message.buttons or message.prompt or message.closes or message.once)
        and not (message.picture or message.document)
        and message.wants is Wants.NOTHING
    )
