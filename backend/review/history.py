"""What was decided about a photo, those decisions included that were made before a correction.

A correction's photo is a row of its own (`Evidence.copied_from`) and keeps its numbers: what was
decided about the earlier row stands there, and holds here until something is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from backend.models import Evidence, Review

MOST_COPIES: Final = 200
"""Corrections of one submission that are looked through."""


class Decision(StrEnum):
    """What a reviewer can do with a photo."""

    APPROVED = "approved"
    REJECTED = "rejected"
    UNDONE = "undone"


class State(StrEnum):
    """What holds about a photo."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


def standing(reviews: Iterable[Review]) -> list[Review]:
    """Return the decisions that are not undone, oldest first; the last one holds."""
    held: list[Review] = []
    for review in reviews:
        if review.decision != Decision.UNDONE:
            held.append(review)
        elif held:
            held.pop()
    return held


def state_after(held: list[Review]) -> State:
    """Return what holds when these decisions stand."""
    return State(held[-1].decision) if held else State.WAITING


async def reviews_of(evidence: Evidence) -> list[Review]:
    """Return all decisions that count for a photo, oldest first, each with its reviewer."""
    found: list[Review] = []
    below = evidence.review_number + 1
    at: int | None = evidence.id
    before: int | None = evidence.copied_from
    for _ in range(MOST_COPIES):
        rows = await (
            Review.filter(evidence_id=at, number__lt=below)
            .order_by("number")
            .prefetch_related("by")
        )
        found[:0] = rows
        below = min([below, *(r.number for r in rows)])
        if before is None or below <= 1:
            break
        earlier = await Evidence.get_or_none(id=before)
        at, before = before, earlier.copied_from if earlier else None
    return found
