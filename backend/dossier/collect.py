"""Reading a dossier's facts. No clock is asked: its moment is that of the newest thing known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from backend.area_tree import subtree
from backend.dossier.facts import (
    Asked,
    Dossier,
    PhotoFacts,
    ReviewFacts,
    SubmissionFacts,
    VillageFacts,
)
from backend.dossier.history import changes_of
from backend.dossier.judged import Judging, indicator_facts
from backend.dossier.place import place_of
from backend.forms import load_form
from backend.lists import numbers, parts_of
from backend.models import (
    AnswerReview,
    Area,
    AreaChange,
    Evidence,
    OfficeSetting,
    PhotoLook,
    Plan,
    Review,
    StageMove,
    Submission,
)
from backend.plans.periods import period_days
from backend.plans.schema import Pack
from backend.plans.store import active_pack
from backend.reports.words import natural, plan_labels
from backend.review.history import reviews_of
from backend.review.reasons import said
from backend.review.signals import signals_for
from backend.shown_answers import shown_answers
from backend.status.model import Progress
from backend.status.progress import named_period, survey_periods
from backend.status.recorded import progress_of
from conversations.forms.model import Context
from locales import Catalog

EPOCH: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""Before anything that this program knows, and the first moment that a zip file can name."""


class UnknownAreaError(LookupError):
    """There is no area of this code; the message is the code."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a dossier is read: under which plan, in which words, in whose zone."""

    plan: str
    words: Catalog
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class _Still:
    """A clock that stands at the dossier's moment."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


async def collect(asked: Asked, reader: Reader) -> Dossier:
    """Return everything that a dossier says.

    Raises UnknownAreaError, NoPlanError, ValueError for what is no period, and LookupError for
    an area or criteria set that the plan does not have.
    """
    area = await Area.get_or_none(code=asked.area)
    if area is None:
        raise UnknownAreaError(asked.area)
    bare = await active_pack(reader.plan)
    units = sorted(await subtree([area.id]))
    moment = await _moment(bare.id, units)
    pack = await active_pack(reader.plan, moment.astimezone(reader.zone).date())
    if asked.criteria_set and all(s.id != asked.criteria_set for s in pack.criteria_sets):
        raise LookupError(asked.criteria_set)
    today = moment.astimezone(reader.zone).date()
    period = asked.period or named_period(
        pack, None, (await _newest_answers(bare.id, units) or moment).astimezone(reader.zone).date()
    )
    progress = await progress_of(area.code, period, _Still(moment), pack, zone=reader.zone)
    periods = survey_periods(pack, period, today)
    rows = await _submissions(pack, units, periods)
    photos, paths = await _photos([r.id for r in rows], reader)
    by_code: dict[str, list[SubmissionFacts]] = defaultdict(list)
    number = 0
    for row in sorted(rows, key=lambda r: _order(r, pack)):
        mine = []
        for photo in photos.get(row.id, ()):
            number += 1
            mine.append(replace(photo, number=number))
        by_code[row.area.code].append(await _submission(row, mine, reader))
    last = min(today, period_days(period)[1])
    by = Judging(pack, paths, last, reader.words, asked.criteria_set)
    villages = _villages(progress, by_code, rows, by)
    everything = [s for v in villages for s in v.submissions]
    return Dossier(
        asked=asked,
        moment=moment,
        place=await place_of(area, pack, reader.words),
        progress=progress,
        labels=tuple(plan_labels(progress, reader.words)),
        stages=tuple(
            unit
            for unit in progress.stages
            if not asked.criteria_set or any(s.set_id == asked.criteria_set for s in unit.states)
        ),
        indicators=()
        if area.level == "village"
        else indicator_facts(progress.indicators, everything, by),
        villages=tuple(villages),
        changes=tuple(
            await changes_of(
                pack,
                units,
                periods,
                {p.sha256: p.number for s in reversed(everything) for p in reversed(s.photos)},
                reader.words,
                reader.zone,
            )
        ),
    )


def _villages(
    progress: Progress,
    by_code: Mapping[str, list[SubmissionFacts]],
    rows: Sequence[Submission],
    by: Judging,
) -> list[VillageFacts]:
    names = {v.code: v.name for v in progress.villages}
    names |= {r.area.code: r.area.name for r in rows if r.area.code not in names}
    states = {v.code: v for v in progress.villages}
    found = []
    for code, name in sorted(names.items(), key=lambda pair: (natural(pair[1]), pair[0])):
        mine = tuple(by_code.get(code, ()))
        state = states.get(code)
        found.append(
            VillageFacts(
                code=code,
                name=name,
                indicators=indicator_facts(state.indicators if state else (), mine, by),
                submissions=mine,
                missing=tuple(s.title for s in state.surveys if s.submitted_at is None)
                if state
                else (),
            )
        )
    return found


async def _submissions(
    pack: Pack, units: Sequence[int], periods: Mapping[str, str]
) -> list[Submission]:
    found: list[Submission] = []
    for some in parts_of(units):
        rows = await Submission.filter(
            plan=pack.id,
            area_id__in=numbers(some),
            period__in=sorted(set(periods.values())),
            current_key__isnull=False,
        ).prefetch_related("area", "person", "entered_by", "form_version", "answers")
        found += [r for r in rows if periods.get(r.questionnaire) == r.period]
    return found


def _order(row: Submission, pack: Pack) -> tuple[Any, ...]:
    surveys = [s.questionnaire for s in pack.surveys]
    place = surveys.index(row.questionnaire) if row.questionnaire in surveys else len(surveys)
    return natural(row.area.name), row.area.code, place, row.questionnaire, row.id


async def _submission(
    row: Submission, photos: Sequence[PhotoFacts], reader: Reader
) -> SubmissionFacts:
    answers = list(row.answers)  # type: ignore[attr-defined]  # Tortoise adds the reverse relation
    return SubmissionFacts(
        id=row.id,
        questionnaire=row.questionnaire,
        title=row.form_version.title,
        form_version=row.form_version.version,
        period=row.period,
        version=row.version,
        instance_id=row.instance_id,
        sender=row.person.name,
        entered_by=row.entered_by.name if row.entered_by else "",
        answered_at=row.answered_at,
        received_at=row.received_at,
        answers=tuple(await shown_answers(row, answers, reader.words, reader.zone)),
        photos=tuple(photos),
    )


async def _photos(
    submissions: Sequence[int], reader: Reader
) -> tuple[dict[int, list[PhotoFacts]], dict[int, str]]:
    """Return the photos by submission, not yet numbered, and the questions' names by photo."""
    found: dict[int, list[PhotoFacts]] = defaultdict(list)
    paths: dict[int, str] = {}
    for some in parts_of(sorted(submissions)):
        rows = (
            await Evidence.filter(submission_id__in=numbers(some), dropped_at=None)
            .order_by("path", "id")
            .prefetch_related("file", "area", "submission__form_version")
        )
        looks = {
            look["file_id"]: look["taken_at"]
            for look in await PhotoLook.filter(
                file_id__in=numbers({r.file.id for r in rows}), taken_at__isnull=False
            ).values("file_id", "taken_at")
        }
        reviews = await _reviews(rows)
        for row in rows:
            assert row.submission is not None  # noqa: S101  (filtered by it)
            paths[row.id] = row.path.rpartition("/")[2]
            question = await _question(row, reader)
            signals = await signals_for(row, reader.words)
            found[row.submission.id].append(
                _photo(
                    row,
                    reader.words,
                    question=question,
                    taken_at=looks.get(row.file.id),
                    reviews=reviews.get(row.id, ()),
                    signals=signals,
                )
            )
    return found, paths


def _photo(  # noqa: PLR0913  (all that is known of one photo)
    row: Evidence,
    words: Catalog,
    *,
    question: str,
    taken_at: datetime | None,
    reviews: Sequence[Review],
    signals: Sequence[str],
) -> PhotoFacts:
    return PhotoFacts(
        number=0,
        evidence_id=row.id,
        sha256=row.file.sha256,
        preview=row.file.preview,
        media_type=row.file.media_type,
        size=row.file.size,
        width=row.file.width,
        height=row.file.height,
        kept=row.file.removed_at is None,
        village=row.area.code,
        questionnaire=row.questionnaire,
        question=question,
        period=row.period,
        caption=row.caption,
        sent_at=row.sent_at,
        received_at=row.received_at,
        taken_at=taken_at,
        late=row.late,
        state=row.review,
        reviews=tuple(
            ReviewFacts(r.at, r.decision, r.by.name, said(r.reason, r.words, words))
            for r in reviews
        ),
        signals=tuple(signals),
    )


async def _question(row: Evidence, reader: Reader) -> str:
    assert row.submission is not None  # noqa: S101  (filtered by it)
    version = row.submission.form_version
    form = await load_form(version.id, version.sha256)
    now = row.submission.answered_at.astimezone(reader.zone)
    if all(q.path != row.path for q in form.questions):
        return row.path.rpartition("/")[2]
    return form.evaluate({}, Context(now=now, lang=reader.words.lang)).label(row.path)


async def _reviews(rows: Sequence[Evidence]) -> Mapping[int, Sequence[Review]]:
    """Return the decisions about each photo; those of a corrected one stand at its earlier rows."""
    found: dict[int, list[Review]] = defaultdict(list)
    plain = [r.id for r in rows if r.copied_from is None and r.review_number]
    for some in parts_of(plain):
        for review in (
            await Review.filter(evidence_id__in=numbers(some))
            .order_by("number")
            .prefetch_related("by")
        ):
            found[review.evidence_id].append(review)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    for row in rows:
        if row.copied_from is not None and row.review_number:
            found[row.id] = await reviews_of(row)
    return found


async def _newest_answers(plan: str, units: Sequence[int]) -> datetime | None:
    newest = [
        row
        for some in parts_of(units)
        if (
            row := await Submission.filter(plan=plan, area_id__in=numbers(some))
            .order_by("-answered_at")
            .first()
        )
    ]
    return max((r.answered_at for r in newest), default=None)


async def _moment(plan: str, units: Sequence[int]) -> datetime:
    """Return when the newest of all that a dossier can show came about.

    What was begun and never sent is not the office's to know, so it moves nothing.
    """
    queries: list[tuple[Any, str]] = [
        (Plan.filter(pack=plan), "loaded_at"),
        (OfficeSetting.filter(plan=plan), "set_at"),
        (AreaChange.all(), "at"),
    ]
    for some in parts_of(units):
        here = numbers(some)
        queries += [
            (Submission.filter(plan=plan, area_id__in=here), "received_at"),
            (Evidence.filter(area_id__in=here, submission_id__not_isnull=True), "received_at"),
            (Review.filter(evidence__area_id__in=here), "at"),
            (AnswerReview.filter(submission__area_id__in=here), "at"),
            (StageMove.filter(plan=plan, area_id__in=here), "at"),
        ]
    moments = [EPOCH]
    for query, field in queries:
        moments += await query.order_by(f"-{field}").limit(1).values_list(field, flat=True)
    return max(moments)
