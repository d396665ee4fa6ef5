"""Play a form turn by turn and keep what was said: the terminal player and the tests' data pairs.

A case is a JSON object: the setting (`lang`, `now`, `presets`, `external`, `last_saved`), what the
interview `begins` with, its `turns`, and how it ends (`phase`, `answers`). A turn is one event:
`{"typed": "95"}`, `{"press": "#1"}` (with `"prompt": 2` for a stale one), `{"photo": "ref"}`
(with `"advice": "dark"` and `"album": "7"`),
`{"refused": "msgid"}`, `{"located": [14.35, 107.6]}`, `{"unsupported": "sticker"}` or
`{"resumed": true}`, with `"at"` when it is later, and `"says"`: the lines the person reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from conversations.forms.model import Form
from conversations.interview.effects import Answer, Effect, Submitted
from conversations.interview.events import (
    Event,
    Located,
    Photographed,
    PhotoRefused,
    Pressed,
    Resumed,
    Typed,
    Unsupported,
)
from conversations.interview.state import Entry, State
from conversations.interview.step import begin, step
from conversations.render import Speak, spoken
from conversations.text import Text

BETWEEN: Final = "---"
"""Line between two messages of one turn."""

WORDS_HELP: Final = (
    ":photo NAME   :at 14.35 107.60   :press N   :sticker   :resume   :quit   (all else is typed)"
)


class Player:
    """One interview being played. Every state goes through JSON, as in the product."""

    def __init__(self, form: Form, say: Speak, setting: Mapping[str, Any]) -> None:
        self.form = form
        self.say = say
        self.now = datetime.fromisoformat(setting["now"])
        self.setting = {
            key: setting[key]
            for key in ("lang", "now", "presets", "external", "last_saved")
            if setting.get(key)
        }
        self.turns: list[dict[str, Any]] = []
        self.submitted: Submitted | None = None
        state, effects = begin(
            form,
            lang=setting.get("lang", ""),
            now=self.now,
            instance_id=setting.get("instance_id", "uuid:case"),
            presets=setting.get("presets"),
            external=setting.get("external"),
            last_saved=setting.get("last_saved"),
        )
        self.state = State.from_json(state.to_json())
        self.begins = self._lines(effects)

    def play(self, turn: Mapping[str, Any]) -> list[str]:
        """Take one event of a case and return the lines that the person reads."""
        if "at" in turn:
            self.now = datetime.fromisoformat(turn["at"])
        event = event_of(turn, self.state.prompt)
        state, effects = step(self.form, self.state, event, self.now)
        self.state = State.from_json(state.to_json())
        for effect in effects:
            if isinstance(effect, Submitted):
                self.submitted = effect
        lines = self._lines(effects)
        self.turns.append({**{k: v for k, v in turn.items() if k != "says"}, "says": lines})
        return lines

    def case(self) -> dict[str, Any]:
        """Return what was played, as a case."""
        given: Mapping[str, Entry | Answer] = self.state.answers
        if self.submitted is not None:
            given = self.submitted.answers
        return {
            **self.setting,
            "begins": self.begins,
            "turns": self.turns,
            "phase": self.state.phase.value,
            "answers": {path: _marked(answer) for path, answer in given.items()},
            **(
                {"missing_photos": list(self.submitted.missing_photos)}
                if self.submitted is not None and self.submitted.missing_photos
                else {}
            ),
        }

    def _lines(self, effects: tuple[Effect, ...]) -> list[str]:
        return f"\n{BETWEEN}\n".join(spoken(effects, self.say)).split("\n")


def event_of(turn: Mapping[str, Any], prompt: int) -> Event:
    """Return the event of a turn; a press without a prompt is under the present one.

    Raises:
        ValueError: the turn names no event.

    """
    match turn:
        case {"typed": str(text)}:
            return Typed(text)
        case {"press": str(value)}:
            return Pressed(turn.get("prompt", prompt), value)
        case {"photo": str(ref)}:
            return Photographed(ref, "", str(turn.get("advice", "")), str(turn.get("album", "")))
        case {"refused": str(msgid)}:
            return PhotoRefused(Text(msgid), str(turn.get("album", "")))
        case {"located": [latitude, longitude, *rest]}:
            return Located(float(latitude), float(longitude), float(rest[0]) if rest else 0.0)
        case {"unsupported": str(kind)}:
            return Unsupported(kind)
        case {"resumed": True}:
            return Resumed()
    raise ValueError(f"no event in {dict(turn)}")


def turn_of_words(line: str) -> dict[str, Any]:
    """Return the turn that a line in the terminal stands for (see WORDS_HELP)."""
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    match word:
        case ":photo":
            return {"photo": rest.replace(" ", "_") or "photo"}
        case ":press":
            return {"press": f"#{rest}" if rest.isdigit() else rest}
        case ":sticker":
            return {"unsupported": "sticker"}
        case ":resume":
            return {"resumed": True}
        case ":at":
            try:
                return {"located": [float(part) for part in rest.replace(",", " ").split()[:3]]}
            except ValueError:
                return {"typed": rest}
    return {"typed": line.replace("\\n", "\n")}


def _marked(answer: Entry | Answer) -> str:
    if answer.unknown:
        return "?"
    return f"~{answer.value}" if answer.estimate else answer.value
