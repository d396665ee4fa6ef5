"""The state of an interview: frozen, versioned, JSON.

Everything that a replay needs is in it: `step(form, State.from_json(text), event, now)` gives
the same again, on any machine, weeks later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final, NamedTuple, Self

from conversations.interview.transitions import Phase
from conversations.record import record

STATE_VERSION: Final = 1
_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_ESTIMATE, _UNKNOWN, _CONFIRMED, _OPEN = 1, 2, 4, 8


@record
class Entry:
    """One answer while the interview runs. A blank value without `unknown` was skipped.

    `value` is the XForm string; the value of an image question is its photos' refs, separated by
    spaces. `confirmed` means that a doubtful answer was said to be right; `open` that more photos
    may come.
    """

    value: str
    typed: str = ""
    estimate: bool = False
    unknown: bool = False
    confirmed: bool = False
    open: bool = False


class Doubt(NamedTuple):
    """A photo that was kept although another would be better; it holds until KEEP or another."""

    ref: str
    code: str
    """Of `advice.Advice`."""
    at: float
    """When it came, in Unix seconds."""
    album: str = ""


class Batch(NamedTuple):
    """Photos that came one soon after the other; they get one acknowledgement."""

    at: float
    """When the last one came, in Unix seconds."""
    album: str = ""
    kept: int = 0
    refused: tuple[str, ...] = ()
    """Why some were not kept, as msgids, one for each."""


@record
class State:
    """An interview between two events."""

    form_id: str
    form_version: str
    instance_id: str
    deprecated_id: str = ""
    """The instance that this one corrects."""
    lang: str = ""
    phase: Phase = Phase.ASKING
    left: Phase = Phase.ASKING
    """The phase to come back to from PAUSED and CANCELLING."""
    asking: tuple[str, ...] = ()
    """Paths of what is being asked: one, or several fields of one group; none under the summary."""
    prompt: int = 0
    """Number of the last Ask; a button under any other is stale."""
    picked: tuple[str, ...] = ()
    """Choices pressed so far of a select_multiple."""
    filled: str = ""
    """The image question that the event before this one filled: more of its album may follow."""
    filled_at: float = 0.0
    """When that was, in Unix seconds."""
    doubts: tuple[Doubt, ...] = ()
    """The photos of open questions of which advice was given, oldest first."""
    batch: Batch | None = None
    """The photos that the event before this one was the last of: more may follow."""
    place: str = ""
    """Where the present question was shown last: the caller's note, nothing here depends on it."""
    begun: str = ""
    """ISO time of the first question, in the office's zone."""
    answers: Mapping[str, Entry] = field(default_factory=dict)
    aside: Mapping[str, Entry] = field(default_factory=dict)
    """Answers whose question is not relevant at present; offered again if it becomes so."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Values of hidden and read-only questions."""
    offered: Mapping[str, str] = field(default_factory=dict)
    """Values to offer for questions that are asked."""
    external: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    """The rows that pulldata may look at, by table."""
    last_saved: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return compact JSON; defaults are left out."""
        raw: dict[str, Any] = {
            "v": STATE_VERSION,
            "form": self.form_id,
            "version": self.form_version,
            "id": self.instance_id,
            "old": self.deprecated_id,
            "lang": self.lang,
            "phase": self.phase.value,
            "left": self.left.value,
            "asking": self.asking,
            "prompt": self.prompt,
            "picked": self.picked,
            "filled": self.filled,
            "filled_at": self.filled_at,
            "doubts": self.doubts,
            "batch": self.batch,
            "place": self.place,
            "begun": self.begun,
            "answers": _entries(self.answers),
            "aside": _entries(self.aside),
            "fixed": self.fixed,
            "offered": self.offered,
            "external": self.external,
            "saved": self.last_saved,
        }
        raw = {name: value for name, value in raw.items() if value}
        return _COMPACT.encode(raw)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote.

        Raises:
            ValueError: a later version of the program wrote it.

        """
        raw: dict[str, Any] = json.loads(text)
        if raw["v"] != STATE_VERSION:
            raise ValueError(f"state of version {raw['v']}, this program knows {STATE_VERSION}")
        get = raw.get
        return cls(
            form_id=raw["form"],
            form_version=get("version", ""),
            instance_id=get("id", ""),
            deprecated_id=get("old", ""),
            lang=get("lang", ""),
            phase=Phase(raw["phase"]),
            left=Phase(raw["left"]),
            asking=tuple(get("asking", ())),
            prompt=get("prompt", 0),
            picked=tuple(get("picked", ())),
            filled=get("filled", ""),
            filled_at=get("filled_at", 0.0),
            doubts=tuple(Doubt(*d) for d in get("doubts", ())),
            batch=_batch(get("batch")),
            place=get("place", ""),
            begun=get("begun", ""),
            answers=_from_entries(get("answers", {})),
            aside=_from_entries(get("aside", {})),
            fixed=get("fixed", {}),
            offered=get("offered", {}),
            external=get("external", {}),
            last_saved=get("saved", {}),
        )


def _batch(raw: Sequence[Any] | None) -> Batch | None:
    if raw is None:
        return None
    at, album, kept, refused = raw
    return Batch(at, album, kept, tuple(refused))


def _entries(entries: Mapping[str, Entry]) -> dict[str, list[object]]:
    return {
        path: [
            e.value,
            (e.estimate and _ESTIMATE)
            | (e.unknown and _UNKNOWN)
            | (e.confirmed and _CONFIRMED)
            | (e.open and _OPEN),
            e.typed,
        ]
        for path, e in entries.items()
    }


def _from_entries(raw: Mapping[str, Sequence[Any]]) -> dict[str, Entry]:
    return {
        path: Entry(
            value,
            typed,
            bool(flags & _ESTIMATE),
            bool(flags & _UNKNOWN),
            bool(flags & _CONFIRMED),
            bool(flags & _OPEN),
        )
        for path, (value, flags, typed) in raw.items()
    }
