"""What a photo was asked for, in words, and the photos that were handed back and have not come again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from backend.forms import load_form
from backend.lists import numbers
from backend.models import Answer, Evidence, Submission
from backend.plans.schema import Pack
from backend.review.history import State, reviews_of, standing
from backend.review.reasons import said
from conversations.forms.model import Context
from locales import Catalog

MOST: Final = 20
"""Photos handed back that one person is shown at a time."""


@dataclass(frozen=True, slots=True)
class HandedBack:
    """A photo of a submission in force that is to be taken again; `at` is the decision's moment."""

    evidence: Evidence
    """With its file, area and submission (and that one's form version)."""
    title: str
    question: str
    reason: str
    at: datetime

    @property
    def village(self) -> str:
        """Name of the village."""
        return self.evidence.area.name

    def overdue(self, pack: Pack, now: datetime) -> bool:
        """Say whether nothing came for as long as the office lets pass before others hear of it."""
        return now - self.at > timedelta(days=pack.reminding.escalate_days)


async def handed_back(
    areas: Collection[int], words: Catalog, zone: tzinfo, *, evidence_id: int | None = None
) -> list[HandedBack]:
    """Return what is to be taken again in these areas, oldest first, at most MOST.

    With `evidence_id` that photo alone, if it still is.
    """
    wanted = Evidence.filter(
        area_id__in=numbers(areas),
        review=State.REJECTED,
        dropped_at=None,
        submission__current_key__isnull=False,
    )
    if evidence_id is not None:
        wanted = wanted.filter(id=evidence_id)
    found = []
    with_all = wanted.prefetch_related("file", "area", "submission__form_version")
    for row in await with_all.order_by("id").limit(MOST):
        held = standing(await reviews_of(row))
        if held and row.submission is not None:
            labels = await questions_of(row.submission, words, zone)
            why = said(held[-1].reason, held[-1].words, words)
            title = row.submission.form_version.title
            found.append(HandedBack(row, title, labels.get(row.path, title), why, held[-1].at))
    return found


async def questions_of(submission: Submission, words: Catalog, zone: tzinfo) -> dict[str, str]:
    """Return the questions of a submission as they were asked, by path; its form version is loaded."""
    version = submission.form_version
    form = await load_form(version.id, version.sha256)
    rows = await Answer.filter(submission_id=submission.id).values_list("path", "value")
    given = {str(path): str(value) for path, value in rows}
    now = submission.answered_at.astimezone(zone)
    seen = form.evaluate(given, Context(now=now, lang=words.lang))
    return {q.path: seen.label(q.path) for q in form.questions if seen.relevant(q.path)}
