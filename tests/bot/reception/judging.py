"""A questionnaire with photos, and an officer who hands one back: what stories of review begin with."""

from __future__ import annotations

from backend.models import (
    Chat,
    Evidence,
)
from backend.review.decide import Decided, Decision, decide
from tests.bot.reception.talk import Office, Talk
from tests.bot.reception.test_story import water_to_the_photo

THON = "ia-dal-thon-3"


async def sent_water(talk: Talk, *photos: str) -> None:
    await water_to_the_photo(talk)
    for photo in photos or ("the tank",):
        await talk.photo(photo)
    await talk.answer("xong", "gửi")


async def person_of(talk: Talk) -> int:
    person: int = (await Chat.get(id=talk.chat_id)).person_id
    return person


async def handed_back(office: Office, by: Talk, reason: str = "dark") -> Evidence:
    """The commune hands back the photo that came first of those that wait."""
    photo = await Evidence.filter(review="waiting", submission__current_key__isnull=False).first()
    found = await decide(
        await person_of(by),
        photo.id,
        Decision.REJECTED,
        expected=photo.review_number,
        reason=reason,
        now=office.clock.now(),
    )
    assert isinstance(found, Decided)
    return photo
