"""A questionnaire with photos, and an officer who hands one back: what stories of review begin with."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from backend.evidence.alike import BANDS, bands_of
from backend.models import (
    Chat,
    Evidence,
    EvidenceFile,
    PhotoLook,
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


async def looks(photo: str, phash: int, brightness: float = 120.0) -> None:
    """Let a photo, as `Talk.photo` names it, be large and sharp and have this hash; maybe not sent yet."""
    sha = hashlib.sha256(photo.encode()).hexdigest()
    kept = {"media_type": "image/jpeg", "size": 1, "preview": sha}
    kept |= {"width": 640, "height": 480, "stored_at": datetime(2026, 11, 22, tzinfo=UTC)}
    file, _ = await EvidenceFile.get_or_create(sha256=sha, defaults=kept)
    await EvidenceFile.filter(id=file.id).update(width=640, height=480)
    bands = dict(zip(BANDS, bands_of(phash, 0), strict=True))
    light = {"brightness": brightness, "contrast": 50.0, "dark": 0.0, "bright": 0.0}
    row = {"file_id": file.id, "version": 1, "phash": phash, "dhash": 0, "sharpness": 90.0}
    await PhotoLook.create(**row, **light, **bands)
