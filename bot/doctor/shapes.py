"""What a check is, what it is handed, and what it finds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from backend.clock import Clock
from backend.settings import Settings
from bot.doors.settings import Bots
from conversations.text import Text


class Mark(StrEnum):
    """How a thing stands."""

    GOOD = "good"
    LOOK = "look"
    """Worth a look; everything works, or is meant to be so."""
    MEND = "mend"
    """To be mended."""
    UNSEEN = "unseen"
    """Could not be looked at, or there is nothing to look at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how it is, and what to do about it."""

    mark: Mark
    says: Text
    advice: Text | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What the checks look at. `package` names the distribution whose libraries are looked at."""

    settings: Settings
    bots: Bots
    clock: Clock
    package: str = "thonmoi"
    proc: Path = Path("/proc")
    ca_file: str | None = None
    """Certificates to trust besides the machine's own (tests)."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `look` yields what it finds as it finds it and may raise anything."""

    name: str
    """For machines: "telegram.webhook"."""
    title: str
    """A msgid."""
    look: Callable[[], AsyncIterator[Finding]]
    bot: str = ""
    seconds: float = 10.0


def good(says: Text) -> Finding:
    """Return a thing in order."""
    return Finding(Mark.GOOD, says)


def look(says: Text, advice: Text | None = None) -> Finding:
    """Return a thing worth a look."""
    return Finding(Mark.LOOK, says, advice)


def mend(says: Text, advice: Text | None = None) -> Finding:
    """Return a thing to be mended."""
    return Finding(Mark.MEND, says, advice)


def unseen(says: Text) -> Finding:
    """Return a thing that was not looked at."""
    return Finding(Mark.UNSEEN, says)
