"""What others say is shown only without secrets, telephone numbers and ids of chats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 160
SHORTEST_SECRET: Final = 6
HIDDEN: Final = "…"
_SECRET_NAMES: Final = ("TOKEN", "SECRET", "PASSWORD", "_KEY")
_TOKEN: Final = re.compile(r"\d{5,}:[\w-]{10,}|[\w-]{32,}")
_NUMBER: Final = re.compile(r"\+?\d[\d .-]{5,}\d")


def secrets_of(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values in the environment that must never be shown, the longest first."""
    found = {v.strip() for k, v in env.items() if any(part in k for part in _SECRET_NAMES)}
    for key in ("DATABASE_URL", "EVIDENCE_URL", "PUBLIC_URL"):
        parts = urlsplit(env.get(key, ""))
        found |= {parts.password or ""}
    return tuple(sorted((s for s in found if len(s) >= SHORTEST_SECRET), key=len, reverse=True))


def without(text: str, secrets: tuple[str, ...]) -> str:
    """Return a text in which none of these secrets stands."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def foreign(text: object) -> str:
    """Return what a server said, on one short line, without anything like a token or a number."""
    line = " ".join(str(text).split())[: LONGEST * 4]
    line = _NUMBER.sub(HIDDEN, _TOKEN.sub(HIDDEN, line))
    line = "".join(c for c in line if c.isprintable())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + HIDDEN
