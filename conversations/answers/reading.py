"""What a parser gives back."""

from __future__ import annotations

from typing import TypeAlias

from conversations.record import record
from conversations.text import Text


@record
class Understood:
    """A value as an XForm string; `unknown` («không rõ») comes with a blank value."""

    value: str
    estimate: bool = False
    unknown: bool = False


@record
class Problem:
    """Why the words could not be taken, as the one sentence to tell."""

    text: Text


Reading: TypeAlias = Understood | Problem

UNKNOWN = Understood("", unknown=True)
