"""Effects as plain text: what is shown where there are no buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conversations.interview.effects import Ask, Chosen, Effect, Say
from conversations.text import Paragraph

Speak = Callable[[Paragraph], str]


def text_of(message: Ask | Say, say: Speak) -> str:
    """Return a message as plain text; `say` turns a Text into a sentence (`Catalog.say`)."""
    return "\n\n".join(s for p in message.paragraphs if (s := say(p)))


def spoken(effects: Iterable[Effect], say: Speak) -> list[str]:
    """Return what the person reads of these effects, a message each, in order."""
    found: list[str] = []
    for effect in effects:
        if isinstance(effect, Ask | Say):
            found.append(text_of(effect, say))
        elif isinstance(effect, Chosen):
            found.append(f"[{say(effect.label)}]")
    return found
