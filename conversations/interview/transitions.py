"""Which states an interview has, and everything that moves it.

Rule 1: every change of phase goes through `move` and the one table below.
Rule 2: a question, a doubt and the closing summary may follow each other in any order, because
        an edit can open what was settled. Everything else is written out.
Rule 3: PAUSED and CANCELLING remember the phase they were entered from and go back to it.
Rule 4: SUBMITTED and CANCELLED are final. A correction is a new interview (`reopen`).
Rule 5: an event that the table does not know in a phase is a defect of this package, never of
        the person: `move` raises, and the tests drive every phase with every event.

Keep in sync with `Phase` in stored states: a value may be added, never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """Where an interview stands."""

    ASKING = "asking"
    """The questions in `State.asking` wait for an answer."""
    CONFIRMING = "confirming"
    """The answer to `State.asking` failed a soft check and waits for «ĐÚNG» or another answer."""
    REVIEWING = "reviewing"
    """The closing summary was shown and waits for «GỬI» or a question's number."""
    CANCELLING = "cancelling"
    """«HỦY» was said and waits to be confirmed."""
    PAUSED = "paused"
    SUBMITTED = "submitted"
    CANCELLED = "cancelled"


class Signal(StrEnum):
    """What an event came to mean."""

    ASK = "ask"
    """A question is to be answered: the next one, the same one, or one to be corrected."""
    DOUBT = "doubt"
    """An answer is to be confirmed."""
    COMPLETE = "complete"
    """Nothing is left to ask."""
    SEND = "send"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    DECLINE = "decline"
    """Not cancelled after all."""
    AGREE = "agree"
    """Cancelled indeed."""


_LEFT: Final = None
"""Back to the phase that was left (rule 3)."""

TABLE: Final[Mapping[Phase, Mapping[Signal, Phase | None]]] = {
    Phase.ASKING: {
        Signal.ASK: Phase.ASKING,
        Signal.DOUBT: Phase.CONFIRMING,
        Signal.COMPLETE: Phase.REVIEWING,
        Signal.PAUSE: Phase.PAUSED,
        Signal.CANCEL: Phase.CANCELLING,
    },
    Phase.CONFIRMING: {
        Signal.ASK: Phase.ASKING,
        Signal.DOUBT: Phase.CONFIRMING,
        Signal.COMPLETE: Phase.REVIEWING,
        Signal.PAUSE: Phase.PAUSED,
        Signal.CANCEL: Phase.CANCELLING,
    },
    Phase.REVIEWING: {
        Signal.ASK: Phase.ASKING,
        Signal.DOUBT: Phase.CONFIRMING,
        Signal.COMPLETE: Phase.REVIEWING,
        Signal.SEND: Phase.SUBMITTED,
        Signal.PAUSE: Phase.PAUSED,
        Signal.CANCEL: Phase.CANCELLING,
    },
    Phase.CANCELLING: {Signal.DECLINE: _LEFT, Signal.AGREE: Phase.CANCELLED},
    Phase.PAUSED: {Signal.RESUME: _LEFT},
    Phase.SUBMITTED: {},
    Phase.CANCELLED: {},
}

FINAL: Final = frozenset(phase for phase, moves in TABLE.items() if not moves)


def move(phase: Phase, signal: Signal, left: Phase) -> tuple[Phase, Phase]:
    """Return the new phase, and the phase to come back to.

    Raises:
        KeyError: the table has no such move (rule 5).

    """
    to = TABLE[phase][signal]
    if to is _LEFT:
        return left, left
    return to, phase if signal in {Signal.PAUSE, Signal.CANCEL} else left
