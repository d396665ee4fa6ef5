"""What a dossier is made of: plain values, read once. Photos are only named, never held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backend.shown_answers import ShownAnswer
from backend.status.model import IndicatorResult, Progress, UnitStages


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which area, in which period (None: that of its newest answers), under which set ("": all)."""

    area: str
    period: str | None = None
    criteria_set: str = ""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """The area by all its names. Lines are in the reader's language."""

    code: str
    name: str
    level: str
    lies_in: tuple[str, ...]
    """Names of what it lies in today, nearest first."""
    before: tuple[str, ...]
    """What it was called and where it lay before a reform."""
    other_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndicatorFacts:
    """An indicator's result with where its threshold comes from and how its photos stand."""

    result: IndicatorResult
    criterion: str
    set_name: str
    threshold: str
    """As shown, with which side of it is met: «≥ 95%»; "" while no threshold is known."""
    source: str
    """Document and line of the threshold, "" when nothing names one."""
    owners: tuple[str, ...]
    photos: tuple[tuple[str, int], ...]
    """(state of review, how many), of the photos that are its evidence."""
    asks_photos: bool


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """One decision about a photo."""

    at: datetime
    decision: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """One photo in force. `kept` is False when the office's retention has removed the bytes."""

    number: int
    """1, 2, 3 … in this dossier."""
    evidence_id: int
    sha256: str
    preview: str
    media_type: str
    size: int
    width: int
    height: int
    kept: bool
    village: str
    questionnaire: str
    question: str
    period: str
    caption: str
    sent_at: datetime
    received_at: datetime
    taken_at: datetime | None
    late: bool
    state: str
    reviews: tuple[ReviewFacts, ...]
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubmissionFacts:
    """One questionnaire as it holds now."""

    id: int
    questionnaire: str
    title: str
    form_version: str
    period: str
    version: int
    instance_id: str
    sender: str
    entered_by: str
    answered_at: datetime
    received_at: datetime
    answers: tuple[ShownAnswer, ...]
    photos: tuple[PhotoFacts, ...]


@dataclass(frozen=True, slots=True)
class VillageFacts:
    """One village: what its answers come to, and the answers."""

    code: str
    name: str
    indicators: tuple[IndicatorFacts, ...]
    submissions: tuple[SubmissionFacts, ...]
    missing: tuple[str, ...]
    """Titles of the questionnaires that nobody has sent."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened, and why: a cause of what the dossier says."""

    at: datetime
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that the document says. `moment` is the newest thing known: no clock is asked."""

    asked: Asked
    moment: datetime
    place: PlaceFacts
    progress: Progress
    labels: tuple[str, ...]
    stages: tuple[UnitStages, ...]
    indicators: tuple[IndicatorFacts, ...]
    """Of the whole area: sums over the villages that reported. Empty for one village."""
    villages: tuple[VillageFacts, ...]
    changes: tuple[Change, ...]

    @property
    def photos(self) -> list[PhotoFacts]:
        """All photos, in the dossier's order."""
        return [p for v in self.villages for s in v.submissions for p in s.photos]
