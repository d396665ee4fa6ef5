"""Photos as answers: which photo shows what, of which village and period.

The bytes are kept once by their sha256 (backend.evidence); here is only what they are for. A
photo that no longer answers anything is marked and stays. Joins the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from backend.models import Answer, Evidence, EvidenceFile, Interview, Submission
from conversations.forms.model import Context, Form, QuestionType


@dataclass(frozen=True, slots=True)
class Shown:
    """What a photo is for: a question of a questionnaire of a village and period."""

    interview_id: int
    area_id: int
    period: str
    questionnaire: str
    path: str
    purpose: str = ""
    submission_id: int | None = None
    """Set when the photo comes after the questionnaire was submitted."""


class PhotoUnknownError(LookupError):
    """No stored file has this sha256: the photo was not received before its turn."""


async def keep_photo(
    shown: Shown, ref: str, *, caption: str, sent_at: datetime, received_at: datetime
) -> None:
    """Note that the stored photo `ref` answers this question; the same photo twice is one.

    One that was dropped answers again. Raises PhotoUnknownError.
    """
    connection = Evidence._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    kept = await connection.execute_query_dict(
        _SQLITE if connection.capabilities.dialect == "sqlite" else _POSTGRES,
        [
            ref,
            shown.interview_id,
            shown.submission_id,
            shown.area_id,
            shown.period,
            shown.questionnaire,
            shown.path,
            shown.purpose,
            caption,
            sent_at,
            received_at,
            shown.submission_id is not None,
        ],
    )
    if not kept:
        raise PhotoUnknownError


def _keeping(*parameters: str) -> str:
    """Return one statement for what would be three of the ORM's, with two more transactions."""
    ref, *columns = parameters
    return (
        "INSERT INTO evidence (file_id, interview_id, submission_id, area_id, period, questionnaire,"  # noqa: S608  (our own names)
        f" path, purpose, caption, sent_at, received_at, late) SELECT f.id, {', '.join(columns)}"
        f" FROM evidence_file f WHERE f.sha256 = {ref}"
        " ON CONFLICT (interview_id, path, file_id) DO UPDATE SET dropped_at = NULL RETURNING id"
    )


_TYPES: Final = (
    "text", "bigint", "bigint", "bigint", "text", "text", "text", "text", "text", "timestamptz",
    "timestamptz", "bool",
)  # fmt: skip
_SQLITE: Final = _keeping(*(f"?{n}" for n in range(1, 13)))
_POSTGRES: Final = _keeping(*(f"${n}::{kind}" for n, kind in enumerate(_TYPES, 1)))


async def drop_photos(interview_id: int, path: str, refs: Collection[str], now: datetime) -> None:
    """Note that these photos no longer answer this question."""
    files = await EvidenceFile.filter(sha256__in=refs).values_list("id", flat=True)
    await Evidence.filter(
        interview_id=interview_id, path=path, file_id__in=files, dropped_at=None
    ).update(dropped_at=now)


async def copy_photos(submission_id: int, interview: Interview) -> None:
    """Give an interview that corrects a submission the submission's photos."""
    for old in await Evidence.filter(submission_id=submission_id, dropped_at=None).order_by("id"):
        await copy_photo(old, interview.id)


async def copy_photo(old: Evidence, interview_id: int, submission_id: int | None = None) -> None:
    """Let a photo also answer in another interview, judged as it is."""
    await Evidence.create(
        file_id=old.file_id,  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        interview_id=interview_id,
        submission_id=submission_id,
        area_id=old.area_id,  # type: ignore[attr-defined]  # the same
        period=old.period,
        questionnaire=old.questionnaire,
        path=old.path,
        purpose=old.purpose,
        caption=old.caption,
        sent_at=old.sent_at,
        received_at=old.received_at,
        late=old.late,
        review=old.review,
        review_number=old.review_number,
        copied_from=old.id,
    )


async def photos_of(submission_id: int) -> dict[str, int]:
    """Return how many photos each image question of a submission has, by path."""
    counts: dict[str, int] = {}
    for path in await Evidence.filter(submission_id=submission_id, dropped_at=None).values_list(
        "path", flat=True
    ):
        counts[str(path)] = counts.get(str(path), 0) + 1
    return counts


@dataclass(frozen=True, slots=True)
class PhotoQuestion:
    """An image question of a submission as its answers have it."""

    path: str
    label: str
    purpose: str
    kept: int
    most: int
    required: bool

    @property
    def missing(self) -> bool:
        """Whether the form asks for a photo here and none has come."""
        return self.required and self.kept == 0


async def photo_questions(submission: Submission, form: Form, now: datetime) -> list[PhotoQuestion]:
    """Return the image questions that a submission's answers make relevant and that may come late.

    `now` is the office's time, for the form's expressions.
    """
    images = [q for q in form.questions if q.type is QuestionType.IMAGE and q.late_ok]
    if not images:
        return []
    rows = await Answer.filter(submission_id=submission.id).values_list("path", "value")
    seen = form.evaluate({str(path): str(value) for path, value in rows}, Context(now))
    kept = await photos_of(submission.id)
    return [
        PhotoQuestion(
            path=q.path,
            label=seen.label(q.path),
            purpose=q.purpose,
            kept=kept.get(q.path, 0),
            most=q.max_photos,
            required=seen.required(q.path),
        )
        for q in images
        if seen.relevant(q.path)
    ]
