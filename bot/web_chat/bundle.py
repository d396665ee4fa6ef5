"""A page's style and script, put into the page itself: on a bad line each request more is a wait.

The security policy names exactly these texts by their hashes; nothing else inline may run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from backend.office.headers import SECURITY_HEADERS

STATIC: Final = Path(__file__).parent / "static"
CHAT: Final = (
    "keeping.js", "photographing.js", "showing.js", "uploading.js", "sending.js", "hearing.js",
    "leaving.js", "chat.js",
)  # fmt: skip
"""The chat page's script, one job a file; the last one puts the others together."""

DOOR: Final = ("keeping.js", "door.js")
_POLICY: Final = "Content-Security-Policy"
_MARGIN: Final = re.compile(r"^\s*(?://.*)?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Style and script of one page, and the policy that allows them and nothing else."""

    style: str
    script: str
    policy: str


@cache
def bundle(scripts: tuple[str, ...]) -> Bundle:
    """Return the bundle with these scripts, each in a scope that only they share."""
    parts = "\n".join(_lean(name) for name in scripts)
    script = f'"use strict";(() => {{\n{parts}\n}})();'
    style = _lean("chat.css")
    policy = SECURITY_HEADERS[_POLICY] + (
        f"; script-src 'self' {_hash(script)}; style-src 'self' {_hash(style)}"
    )
    return Bundle(style, script, policy)


def source(name: str) -> str:
    """Return one of our static files."""
    return (STATIC / name).read_text(encoding="utf-8")


def _lean(name: str) -> str:
    """Return a file without margins and without lines that are comments: they cost seconds.

    Safe because no string of ours goes over a line's end, which a test holds.
    """
    lines = (_MARGIN.sub("", line) for line in source(name).splitlines())
    return "\n".join(line for line in lines if line)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
