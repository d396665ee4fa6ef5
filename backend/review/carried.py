"""What was decided about a photo goes with it into the version that comes next.

A correction may have been begun long before other versions came and were judged: its photos are
rows of their own, copied from an older version. Once it is recorded, what holds of the same file at
the same question in the version in force until then holds of them. Joins the caller's transaction.
"""

from __future__ import annotations

from backend.models import Evidence, Submission


async def hold(before: Submission) -> list[Evidence]:
    """Return the photos of the version in force; nobody else decides about them until the commit.

    To be called before anything else of the new version is written: a decision takes the locks in
    this order, too.
    """
    rows = Evidence.filter(submission_id=before.id).order_by("id")
    return list(await rows.select_for_update())


async def carry(held: list[Evidence], new: Submission) -> None:
    """Let what holds of the photos of the version before hold of the same ones in the new version."""
    # What was taken out comes first, so that of two rows of one file the one in force counts.
    known = {
        (row.path, row.file_id): row  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        for row in sorted(held, key=lambda row: (row.dropped_at is None, row.id))
    }
    for photo in await Evidence.filter(submission_id=new.id, dropped_at=None).order_by("id"):
        old = known.get((photo.path, photo.file_id))  # type: ignore[attr-defined]  # the same
        if old is None or old.id == photo.id:
            continue
        now = {"copied_from": old.id, "review": old.review, "review_number": old.review_number}
        if any(getattr(photo, name) != value for name, value in now.items()):
            await Evidence.filter(id=photo.id).update(**now)
