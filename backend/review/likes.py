"""Where a photo, or one nearly the same, is used besides: what a reviewer may see of that, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.access import photo_for
from backend.evidence.alike import Alike
from backend.models import Evidence
from backend.reports.words import period_name
from conversations.text import N_
from locales import Catalog


@dataclass(frozen=True, slots=True)
class Like:
    """A photo that is nearly the same; `photo` is None where the reviewer may not see it."""

    photo: Evidence | None
    """With its file and area."""
    words: str
    """Where and when it was used, and how near it is; of a hidden one no place."""

    @property
    def shown(self) -> Evidence | None:
        """The photo, while there is a picture of it to be shown."""
        return self.photo if self.photo is not None and not self.photo.file.removed_at else None


async def likes_of(others: Sequence[Alike], person_id: int, words: Catalog) -> list[Like]:
    """Return these uses as one person may know of them, in the same order."""
    found = []
    for other in others:
        seen = await photo_for(person_id, other.evidence_id)
        period = period_name(other.period, words)
        if seen is None:
            line = words.get(N_("used in another place, {period}"), period=period)
        else:
            line = f"{seen.area.name}, {period}"
        same = (
            words.get(N_("the same file"))
            if other.same_file
            else words.get(N_("{bits} of 128 points differ"), bits=other.distance)
        )
        found.append(Like(seen, f"{line} ({same})"))
    return found
