"""Consent to keep a person's answers, name and number: asked before the first question.

Each giving and each withdrawal is kept with the version of the text, the time and the channel
(design.md 7), and is a row of the audit log in the same transaction. A new version of the text is
asked anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tortoise.transactions import in_transaction

from backend import audit
from backend.models import Consent, Interview, WebLink
from backend.sessions import Why, end_all

VERSION: Final = "1"
"""Version of the consent text in bot.reception.consent; raise it with every change of meaning."""


async def consented(person_id: int) -> bool:
    """Say whether consent to the present text is in force."""
    return await Consent.exists(person_id=person_id, version=VERSION, withdrawn_at=None)


async def withdrawn(person_id: int) -> bool:
    """Say whether the person has taken consent back and not given it again."""
    given = Consent.filter(person_id=person_id)
    return await given.exists() and not await given.filter(withdrawn_at=None).exists()


async def give(person_id: int, channel: str, now: datetime) -> None:
    """Record consent to the present text; giving it twice is one."""
    async with in_transaction():
        if await consented(person_id):
            return
        await Consent.create(person_id=person_id, version=VERSION, channel=channel, given_at=now)
        await audit.record(
            "consent.given",
            by=person_id,
            subject=f"person:{person_id}",
            at=now,
            details={"version": VERSION, "channel": channel},
        )


async def withdraw(person_id: int, now: datetime, *, erased: bool = False) -> None:
    """End every consent of the person and stop their questions (and with them the reminders).

    What was already submitted is the village's report and stays; begun interviews wait, in
    case the person gives consent again. Whoever is signed in to the office's pages is signed out.
    `erased`: not the person does it, it goes with all else of them.
    """
    async with in_transaction():
        held = Consent.filter(person_id=person_id, withdrawn_at=None)
        if await held.update(withdrawn_at=now):
            await audit.record(
                "consent.withdrawn",
                by=None if erased else person_id,
                subject=f"person:{person_id}",
                at=now,
                details={"why": "erased"} if erased else None,
            )
        await Interview.filter(person_id=person_id, status="running").update(
            status="paused", running_for=None, changed_at=now
        )
        links = WebLink.filter(person_id=person_id, kind="office", revoked_at=None)
        await links.update(revoked_at=now)
        await end_all(person_id, Why.CONSENT, now, by=person_id)
