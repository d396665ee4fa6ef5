"""The signals of one photo in use: what the database knows, put before the pure rules of `judged`.

For reviewers. Nothing here decides or changes anything, and who may ask is the caller's affair.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import tzinfo
from typing import Final

from backend.evidence.alike import SURELY, Alike, alike_to, unsigned
from backend.evidence.judged import Kind, Point, Setting, Signal, advice, signals
from backend.evidence.looking import Look
from backend.forms import load_form
from backend.models import Answer, Area, Evidence, EvidenceFile, PhotoLook, Submission
from backend.plans.periods import period_days
from backend.status.recorded import VIETNAM
from conversations.forms.model import QuestionType

__all__ = ["Kind", "Signal", "others_of", "signals_of", "signals_with", "village_point"]

MOST_OTHERS: Final = 50
"""Other uses that a signal names at most."""
SUBMISSIONS_LOOKED_AT: Final = 20
"""Of a village, for a position that it gave: the newest ones in force."""


async def signals_of(evidence_id: int, zone: tzinfo = VIETNAM) -> list[Signal]:
    """Return a photo's signals, the gravest first; [] for none, and for a photo that is not there.

    `zone` is the office's, in whose days periods begin.
    A photo that was kept before anything was measured has only the signal of the same bytes.
    """
    use = await Evidence.get_or_none(id=evidence_id).select_related("file", "area")
    if use is None:
        return []
    row = await PhotoLook.get_or_none(file_id=use.file.id)
    return await signals_with(use, row, await others_of(use, row), zone)


async def others_of(use: Evidence, row: PhotoLook | None) -> list[Alike]:
    """Return other uses of the same or nearly the same photo, nearest first.

    Versions of this very answer are none. `use` has its area and file loaded, `row` is what its
    file looks like.
    """
    family = await _of_the_same_question(use)
    found = await alike_to(use.file, row, MOST_OTHERS)
    return [a for a in found if a.evidence_id not in family]


async def signals_with(
    use: Evidence, row: PhotoLook | None, others: Sequence[Alike], zone: tzinfo = VIETNAM
) -> list[Signal]:
    """Return what `signals_of` does for one who has looked up `others_of` already."""
    setting = Setting(size=(use.file.width, use.file.height))
    with suppress(ValueError):
        setting = Setting(
            setting.size,
            period_begins=period_days(use.period)[0],
            zone=zone,
            village=await village_point(use.area) if row and row.latitude is not None else None,
        )
    return signals(_look(row) if row else None, others, setting)


async def advice_instead(ref: str, old: Evidence) -> str:
    """Return the advice on a stored photo that comes in the place of `old`, "" for none.

    That it resembles earlier tries at the same question is as it should be. `old` has its area.
    """
    file = await EvidenceFile.get(sha256=ref)
    row = await PhotoLook.get_or_none(file_id=file.id)
    if row is None:
        return ""
    tries = {
        use.id
        for use in await Evidence.filter(
            area_id=old.area.id,
            period=old.period,
            questionnaire=old.questionnaire,
            path=old.path,
        ).only("id")
    }
    near = [a for a in await alike_to(file, row, MOST_OTHERS) if a.distance <= SURELY]
    again = any(a.evidence_id not in tries for a in near)
    return str(advice(_look(row), (file.width, file.height), again=again) or "")


async def village_point(area: Area) -> Point | None:
    """Return where a village is: what the office's list says, else what its head sent last.

    None when neither is known. The list has it in the columns "latitude" and "longitude".
    """
    with suppress(KeyError, ValueError):
        return _point(area.info["latitude"], area.info["longitude"])
    newest = (
        await Submission.filter(area_id=area.id, current_key__isnull=False)
        .order_by("-received_at", "-id")
        .limit(SUBMISSIONS_LOOKED_AT)
    )
    for submission in newest:
        form = await load_form(submission.form_version_id)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        paths = [q.path for q in form.questions if q.type is QuestionType.GEOPOINT]
        if not paths:
            continue
        values = await Answer.filter(
            submission_id=submission.id, path__in=paths, unknown=False
        ).values_list("value", flat=True)
        for value in values:
            with suppress(ValueError):
                latitude, longitude, *_ = str(value).split()
                return _point(latitude, longitude)
    return None


async def _of_the_same_question(use: Evidence) -> set[int]:
    """Return the uses of this file for this very question: versions of one answer."""
    same = Evidence.filter(
        file_id=use.file.id,
        area_id=use.area.id,
        period=use.period,
        questionnaire=use.questionnaire,
        path=use.path,
    )
    return {use.id for use in await same.only("id")}


def _point(latitude: str, longitude: str) -> Point:
    point = float(latitude), float(longitude)
    if not (math.isfinite(sum(point)) and abs(point[0]) <= 90 and abs(point[1]) <= 180):  # noqa: PLR2004  (degrees)
        raise ValueError("not a point on the earth")
    return point


def _look(row: PhotoLook) -> Look:
    return Look(
        phash=None if row.phash is None else unsigned(row.phash),
        dhash=None if row.dhash is None else unsigned(row.dhash),
        sharpness=row.sharpness,
        brightness=row.brightness,
        contrast=row.contrast,
        dark=row.dark,
        bright=row.bright,
        strokes=row.strokes,
        screenshot=row.screenshot,
        taken_at=row.taken_at,
        latitude=row.latitude,
        longitude=row.longitude,
    )
