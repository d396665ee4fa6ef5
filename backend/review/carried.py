"""What was decided about photos goes into the version that comes next.

A correction may have been begun long before other versions came and were judged: its photos are
rows of their own, copied from an older version. Once it is recorded, what holds of the same file at
the same question in the version in force until then holds of them; and a photo that came where one
was handed back stands in its place, however it was sent. Joins the caller's transaction.
"""

from __future__ import annotations

from collections import Counter

from backend.lists import numbers
from backend.models import Evidence, Submission
from backend.photo_answers import copy_photo
from backend.review.history import State
from conversations.forms.model import Form


async def hold(before: Submission) -> list[Evidence]:
    """Return the photos of the version in force; nobody else decides about them until the commit.

    To be called before anything else of the new version is written: a decision takes the locks in
    this order, too.
    """
    rows = Evidence.filter(submission_id=before.id).order_by("id")
    return list(await rows.select_for_update())


async def carry(held: list[Evidence], new: Submission) -> None:
    """Let what holds of the photos of the version before hold of the same ones in the new version.

    `held` is what `hold` returned.
    """
    # What was taken out comes first, so that of two rows of one file the one in force counts.
    known = {
        (row.path, row.file_id): row  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        for row in sorted(held, key=lambda row: (row.dropped_at is None, row.id))
    }
    rows = await Evidence.filter(submission_id=new.id, dropped_at=None).order_by("id")
    for photo in rows:
        old = known.get((photo.path, photo.file_id))  # type: ignore[attr-defined]  # the same
        if old is None or old.id == photo.id:
            continue
        now = {"copied_from": old.id, "review": old.review, "review_number": old.review_number}
        if any(getattr(photo, name) != value for name, value in now.items()):
            await Evidence.filter(id=photo.id).update(**now)
    fresh = [p for p in rows if (p.path, p.file_id) not in known]  # type: ignore[attr-defined]  # the same
    if fresh:
        await _instead(held, rows, fresh)


async def carry_late(held: list[Evidence], new: Submission, interview_id: int, form: Form) -> None:
    """Let photos that came late, or in the place of such, be in a version begun before as well.

    `interview_id` is where it was written, `form` what it answers. Not those that it knew and was
    to be without, nor more than a question takes.
    """
    named = Evidence.filter(id__in=numbers(old.instead_of for old in held if old.instead_of))
    before = set(await named.filter(late=True).values_list("id", flat=True))
    came = [
        old for old in held if old.dropped_at is None and (old.late or old.instead_of in before)
    ]
    if not came:
        return
    known = await Evidence.filter(interview_id=interview_id)
    there = {(row.path, row.file_id) for row in known}  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    count = Counter(row.path for row in known if row.dropped_at is None)
    most = {q.path: q.max_photos for q in form.questions}
    for old in came:
        fits = count[old.path] < most.get(old.path, 0)
        if fits and (old.path, old.file_id) not in there:  # type: ignore[attr-defined]  # the same
            count[old.path] += 1
            await copy_photo(old, interview_id, new.id)


async def _instead(held: list[Evidence], rows: list[Evidence], fresh: list[Evidence]) -> None:
    """Note in whose places the fresh ones of the new version's `rows` stand."""
    there = {(p.path, p.file_id) for p in rows}  # type: ignore[attr-defined]  # the same
    named = Evidence.filter(id__in=numbers(p.instead_of for p in rows if p.instead_of))
    taken = {(p.path, p.file_id) for p in await named}  # type: ignore[attr-defined]  # the same
    gone = [
        old
        for old in held
        if old.dropped_at is None
        and old.review == State.REJECTED
        and (old.path, old.file_id) not in there | taken  # type: ignore[attr-defined]  # the same
    ]
    for photo in fresh:
        if photo.instead_of or photo.copied_from:
            continue
        old = next((old for old in gone if old.path == photo.path), None)
        if old is not None:
            gone.remove(old)
            await Evidence.filter(id=photo.id).update(instead_of=old.id)
