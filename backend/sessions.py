"""Who is signed in to the office's pages: rows that can be listed and ended.

A session is known by 256 random bits that only its browser holds; here is their hash. It ends by
itself when it was not used for IDLE, and after LONGEST however much it is used. Somebody ends it
by signing out or from the list of sessions, and the program when a role is taken away, consent is
taken back, or the person signs in anew in the same browser.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tortoise.transactions import in_transaction

from backend import audit
from backend.models import OfficeSession

IDLE: Final = timedelta(hours=4)
"""Half a working day: an officer who went to the villages in between signs in again."""
LONGEST: Final = timedelta(hours=12)
COARSE: Final = timedelta(minutes=5)
"""A use is written down only when the last one known is older than this."""
MOST_AT_ONCE: Final = 20
"""Open sessions of one person; signing in once more ends the one unused for longest."""
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")

_FAMILIES: Final = (
    ("coc_coc_browser", "Cốc Cốc"),
    ("Zalo", "Zalo"),
    ("Telegram", "Telegram"),
    ("SamsungBrowser", "Samsung Internet"),
    ("UCBrowser", "UC Browser"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""What a browser's own name for itself holds, the most particular first."""


class Way(StrEnum):
    """How somebody signed in."""

    LINK = "link"
    PASSWORD = "password"  # noqa: S105  (a word, not one)


class Why(StrEnum):
    """Why a session was ended."""

    SIGNED_OUT = "signed_out"
    NEW_SIGN_IN = "new_sign_in"
    EVERYWHERE = "everywhere"
    ADMIN = "admin"
    ROLE = "role"
    CONSENT = "consent"
    PASSWORD = "password"  # noqa: S105  (a word, not one)


def family(user_agent: str) -> str:
    """Return a browser's family, "" for one that is none of the usual ones."""
    return next((name for mark, name in _FAMILIES if mark in user_agent[:512]), "")


async def begin(person_id: int, way: Way, browser: str, now: datetime) -> str:
    """Begin a session and return its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    async with in_transaction():
        row = await OfficeSession.create(
            token_sha256=_digest(token),
            person_id=person_id,
            way=way,
            browser=browser,
            created_at=now,
            used_at=now,
            expires_at=now + LONGEST,
        )
        others = await open_sessions([person_id], now)
        for old in others[MOST_AT_ONCE:]:
            await end(old, Why.NEW_SIGN_IN, now, by=person_id)
        await audit.record(
            "session.begun",
            by=person_id,
            subject=f"session:{row.id}",
            at=now,
            details={"way": way.value, "browser": browser},
        )
    return token


async def find(token: str, now: datetime) -> OfficeSession | None:
    """Return the open session of a token, with its person, and note that it is used."""
    if not TOKEN.fullmatch(token):
        return None
    held = OfficeSession.filter(
        token_sha256=_digest(token),
        revoked_at=None,
        expires_at__gt=now,
        used_at__gt=now - IDLE,
    )
    row = await held.select_related("person").first()
    if row is not None and now - row.used_at >= COARSE:
        await OfficeSession.filter(id=row.id, revoked_at=None).update(used_at=now)
        row.used_at = now
    return row


async def open_sessions(people: list[int], now: datetime) -> list[OfficeSession]:
    """Return the open sessions of these people, the one used last first."""
    return (
        await OfficeSession.filter(
            person_id__in=people,
            revoked_at=None,
            expires_at__gt=now,
            used_at__gt=now - IDLE,
        )
        .order_by("-used_at", "-id")
        .limit(1_000)
    )


async def end(session: OfficeSession, why: Why, now: datetime, *, by: int | None) -> bool:
    """End a session; return False when it had ended before. `by`: who does it, None the program."""
    async with in_transaction():
        ended = await OfficeSession.filter(id=session.id, revoked_at=None).update(
            revoked_at=now, revoked_why=why
        )
        if ended:
            await audit.record(
                "session.ended",
                by=by,
                subject=f"session:{session.id}",
                at=now,
                details={"why": why.value},
            )
    return bool(ended)


async def end_all(
    person_id: int, why: Why, now: datetime, *, by: int | None, but: int | None = None
) -> int:
    """End every session of a person, `but` one if it is named; return how many there were."""
    open_ones = OfficeSession.filter(person_id=person_id, revoked_at=None)
    if but is not None:
        open_ones = open_ones.exclude(id=but)
    async with in_transaction():
        ended = await open_ones.update(revoked_at=now, revoked_why=why)
        if ended:
            await audit.record(
                "session.ended",
                by=by,
                subject=f"person:{person_id}",
                at=now,
                details={"why": why.value, "count": ended},
            )
    return ended


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
