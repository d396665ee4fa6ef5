"""Long texts in pieces that a channel takes: cut where a reader would pause."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Sent:
    """How many messages one attempt has sent so far, however it ends."""

    messages: int = 0


def split(text: str, limit: int) -> list[str]:
    """Cut text into pieces of at most `limit` UTF-16 units: at paragraphs, lines, sentences, words."""
    pieces: list[str] = []
    rest = text.strip()
    while not fits(rest, limit):
        window = _fitting(rest, limit)
        cut = 0
        for mark in ("\n\n", "\n", ". ", "; ", " "):
            found = window.rfind(mark)
            if found > len(window) // 4:
                cut = found + len(mark)
                break
        cut = cut or len(window)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def units(text: str) -> int:
    """Count UTF-16 code units, as Telegram does and as no channel counts more: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fits(text: str, limit: int) -> bool:
    """Say whether a text has at most `limit` units; most need no counting."""
    return 2 * len(text) <= limit or units(text) <= limit


def _fitting(text: str, limit: int) -> str:
    window = text[:limit]
    while units(window) > limit:
        window = window[: len(window) - (units(window) - limit + 1) // 2]
    return window
