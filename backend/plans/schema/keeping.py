"""How long things are kept: the office's own settings."""

from __future__ import annotations

from pydantic import Field

from backend.plans.schema.basics import Strict


class Keeping(Strict):
    """How long things are kept. These are the office's own settings, never a plan's."""

    photo_months: int | None = Field(default=None, ge=1, le=1_200)
    """After the last day of the last period that a photo is evidence for. Null: nobody has said,
    photos stay. No law names a number for these papers (docs/law.md)."""
    message_days: int | None = Field(default=180, ge=30, le=36_500)
    """How long a message that is dealt with keeps its words; null: for good. A technical default:
    two quarters, so that what was asked and answered can be looked up."""
