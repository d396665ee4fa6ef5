"""Consent to keep a person's answers, name and number: asked before the first question.

Each giving and each withdrawal is kept with the version of the text, the time and the channel
(design.md 7). A new version of the text is asked anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

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
    if not await consented(person_id):
        await Consent.create(person_id=person_id, version=VERSION, channel=channel, given_at=now)


async def withdraw(person_id: int, now: datetime) -> None:
    """End every consent of the person and stop their questions (and with them the reminders).

    What was already submitted is the village's report and stays; begun interviews wait, in
    case the person gives consent again. Whoever is signed in to the office's pages is signed out.
    """
    await Consent.filter(person_id=person_id, withdrawn_at=None).update(withdrawn_at=now)
    await Interview.filter(person_id=person_id, status="running").update(
        status="paused", running_for=None, changed_at=now
    )
    await WebLink.filter(person_id=person_id, kind="office", revoked_at=None).update(revoked_at=now)
    await end_all(person_id, Why.CONSENT, now, by=person_id)
