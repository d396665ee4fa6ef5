"""Somebody changes an old message instead of sending a new one: nothing changed, and they hear it."""

from __future__ import annotations

from bot.messages import EDITED, Incoming, Kind, Outgoing
from conversations.text import Text
from locales import Catalog

_NOT_READ = Text("When an old message is changed, I do not see it.")


def is_edit(incoming: Incoming) -> bool:
    """Say whether an older message was changed."""
    return incoming.kind is Kind.UNSUPPORTED and incoming.text == EDITED


def while_answering(catalog: Catalog) -> Outgoing:
    """Return how an answer is changed, for somebody in a questionnaire."""
    how = Text("To change an answer, send EDIT and the question's number, for example: EDIT 3.")
    return Outgoing(catalog.join([_NOT_READ, how], " "))


def otherwise(catalog: Catalog) -> Outgoing:
    """Return what to do instead, for everybody else."""
    return Outgoing(catalog.join([_NOT_READ, Text("Please send it as a new message.")], " "))
