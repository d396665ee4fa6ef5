"""What a step of the interview asks for, as messages. No database here: this is the hot path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.messages import Button, Outgoing, Wants
from bot.turn.shapes import InterviewRow
from conversations.answers.commands import Command
from conversations.interview.effects import Ask, Chosen, Effect, Option, Say
from conversations.text import Text
from locales import Catalog

ALBUM_SECONDS: Final = 1.5
"""How long the answer to a photo waits, so that an album gets one."""
MAX_DATA_BYTES: Final = 64
SHORT_LABEL: Final = 12
"""Labels up to this long stand three in a row."""
PER_ROW: Final = 3
MAX_LABEL: Final = 60
_UNKNOWN: Final = str(Command.UNKNOWN)


def outgoing_of(
    effects: Iterable[Effect], catalog: Catalog, interview: InterviewRow
) -> list[Outgoing]:
    """Return the messages of a step's effects, in order; records are the caller's business.

    A button's data is "prompt:interview.value", so that a press under an older interview's
    question is never taken for an answer to this one.
    """
    out: list[Outgoing] = []
    for effect in effects:
        match effect:
            case Ask():
                out.append(_question(effect, catalog, interview))
            case Say():
                out.append(Outgoing(catalog.join(effect.paragraphs), village=interview.area_id))
            case Chosen():
                label = "✓ " + catalog.say(effect.label)
                out.append(Outgoing(label, closes=effect.prompt, village=interview.area_id))
            case _:
                pass
    return out


def pressed_value(interview_id: int, text: str) -> str | None:
    """Return the value of a button of this interview, None for one of another or none at all."""
    number, dot, value = text.partition(".")
    return value if dot and number == str(interview_id) else None


def rows_of(buttons: list[Button]) -> tuple[tuple[Button, ...], ...]:
    """Lay buttons out: short labels side by side, long ones below each other."""
    if all(len(b.label) <= SHORT_LABEL for b in buttons):
        return tuple(tuple(buttons[i : i + PER_ROW]) for i in range(0, len(buttons), PER_ROW))
    return tuple((b,) for b in buttons)


def _question(ask: Ask, catalog: Catalog, interview: InterviewRow) -> Outgoing:
    wants = Wants.NOTHING
    if ask.wants_photo:
        wants = Wants.PHOTO
    elif ask.wants_location:
        wants = Wants.LOCATION
    buttons = [_button(ask.prompt, interview.id, option, catalog) for option in ask.options]
    return Outgoing(
        catalog.join(ask.paragraphs),
        # A value too long for a button can still be chosen by its number or its words.
        buttons=rows_of([b for b in buttons if len(b.data.encode()) <= MAX_DATA_BYTES]),
        prompt=ask.prompt,
        wants=wants,
        hold=ALBUM_SECONDS if ask.after_photo else 0.0,
        # All other buttons are named in the question itself.
        unpressed=_not_known(catalog) if _UNKNOWN in {o.value for o in ask.options} else "",
        village=interview.area_id,
    )


def _not_known(catalog: Catalog) -> str:
    return catalog.say(Text("Not known? Send UNKNOWN."))


def _button(prompt: int, interview_id: int, option: Option, catalog: Catalog) -> Button:
    label = catalog.say(option.label)
    if len(label) > MAX_LABEL:
        label = label[: MAX_LABEL - 1].rstrip() + "…"
    return Button(label, f"{prompt}:{interview_id}.{option.value}")
