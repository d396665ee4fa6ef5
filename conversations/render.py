"""Effects as plain text, and the data of buttons: what every channel needs alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conversations.interview.effects import Ask, Chosen, Effect, Option, Say
from conversations.text import Paragraph

MAX_BUTTON_BYTES = 64
"""Telegram's limit for the data of a button."""

Speak = Callable[[Paragraph], str]


def text_of(message: Ask | Say, say: Speak) -> str:
    """Return a message as plain text; `say` turns a Text into a sentence (`Catalog.say`)."""
    return "\n\n".join(s for p in message.paragraphs if (s := say(p)))


def button_data(prompt: int, option: Option, number: int) -> str:
    """Return "prompt:value" for a button, or "prompt:#number" where the value is too long.

    `number` is the option's place in `Ask.options`, from 1. `Pressed` takes either value.
    """
    data = f"{prompt}:{option.value}"
    return data if len(data.encode()) <= MAX_BUTTON_BYTES else f"{prompt}:#{number}"


def read_button_data(data: str) -> tuple[int, str]:
    """Return prompt number and value of a button's data; prompt 0 (stale) if it is not ours."""
    prompt, _, value = data.partition(":")
    known = prompt.isascii() and prompt.isdigit() and len(prompt) < 10  # noqa: PLR2004
    return (int(prompt), value) if known else (0, "")


def spoken(effects: Iterable[Effect], say: Speak) -> list[str]:
    """Return what the person reads of these effects, a message each, in order."""
    found: list[str] = []
    for effect in effects:
        if isinstance(effect, Ask | Say):
            found.append(text_of(effect, say))
        elif isinstance(effect, Chosen):
            found.append(f"[{say(effect.label)}]")
    return found
