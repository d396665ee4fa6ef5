"""What happened and why, oldest first: every version, decision, move and setting behind a dossier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal

from backend.dossier.facts import Change
from backend.lists import numbers, parts_of
from backend.models import (
    Answer,
    AnswerReview,
    AreaChange,
    OfficeSetting,
    Review,
    StageMove,
    Submission,
)
from backend.office_settings.keys import Kind
from backend.plans.schema import Pack, printed_code
from backend.reports.numbers import shown_number
from backend.review.answers_back import AnswerDecision
from backend.review.asked import questions_of
from backend.review.history import Decision
from backend.review.reasons import said
from backend.shown_answers import ShownAnswer, shown_answers
from backend.stages.steps import STANDARD
from conversations.text import N_
from locales import Catalog

MOST_SHOWN = 12
"""Changed answers of one correction that are written out."""
DECISIONS: Mapping[str, str] = {
    Decision.APPROVED: N_("approved"),
    Decision.REJECTED: N_("handed back"),
    Decision.UNDONE: N_("the decision was taken back"),
}
ASKED: Mapping[str, str] = {
    AnswerDecision.REJECTED: N_("asked again"),
    AnswerDecision.UNDONE: N_("not asked again after all"),
}


async def changes_of(  # noqa: PLR0913, PLR0917  (of whom, when, by which names, for whom)
    pack: Pack,
    units: Sequence[int],
    periods: Mapping[str, str],
    photos: Mapping[str, int],
    words: Catalog,
    zone: tzinfo,
) -> list[Change]:
    """Return the changes of these areas (ids) under a plan in these periods of questionnaires.

    `photos` are the numbers that photos have in the dossier, by their sha256.
    """
    found: list[Change] = []
    for some in parts_of(units):
        found += await _submissions(pack, some, periods, words, zone)
        found += await _reviews(some, periods, photos, words)
        found += await _asked_again(pack, some, periods, words, zone)
        found += await _moves(pack, some, words)
    found += await _settings(pack, words)
    found += await _areas(pack.unit_word, words)
    return sorted(found, key=lambda c: (c.at, c.what))


async def _submissions(
    pack: Pack, units: Sequence[int], periods: Mapping[str, str], words: Catalog, zone: tzinfo
) -> list[Change]:
    rows = (
        await Submission.filter(
            plan=pack.id,
            area_id__in=numbers(units),
            period__in=sorted(set(periods.values())),
        )
        .order_by("area_id", "questionnaire", "period", "version")
        .prefetch_related("area", "person", "entered_by", "form_version")
    )
    found = []
    before: tuple[tuple[str, str, str], list[ShownAnswer]] | None = None
    for row in rows:
        if periods.get(row.questionnaire) != row.period:
            continue
        key = (row.area.code, row.questionnaire, row.period)
        answers = await shown_answers(row, await Answer.filter(submission_id=row.id), words, zone)
        who = row.person.name
        if row.entered_by:
            who = words.get(
                N_("{officer}, keyed in for {person}"),
                officer=row.entered_by.name,
                person=row.person.name,
            )
        what = words.get(
            N_("{area}: {title}, version {version} was sent"),
            area=row.area.name,
            title=row.form_version.title,
            version=row.version,
        )
        changed = _changed(before[1], answers) if before and before[0] == key else []
        why = "; ".join([who, *changed[:MOST_SHOWN]])
        if len(changed) > MOST_SHOWN:
            why += words.get(N_(" and {count} more"), count=len(changed) - MOST_SHOWN)
        found.append(Change(row.received_at, what, why))
        before = key, answers
    return found


def _changed(before: Sequence[ShownAnswer], after: Sequence[ShownAnswer]) -> list[str]:
    was = {a.question: a.value for a in before}
    now = {a.question: a.value for a in after}
    return [
        f"{question}: {was.get(question, '–')} → {now.get(question, '–')}"
        for question in dict.fromkeys([*was, *now])
        if was.get(question) != now.get(question)
    ]


async def _reviews(
    units: Sequence[int], periods: Mapping[str, str], photos: Mapping[str, int], words: Catalog
) -> list[Change]:
    rows = (
        await Review.filter(
            evidence__area_id__in=numbers(units),
            evidence__period__in=sorted(set(periods.values())),
        )
        .order_by("at", "id")
        .prefetch_related("by", "evidence__area", "evidence__file")
    )
    return [
        Change(
            row.at,
            words.get(
                N_("{area}: photo {photo}: {decision}")
                if row.evidence.file.sha256 in photos
                else N_("{area}: a photo that another has replaced: {decision}"),
                area=row.evidence.area.name,
                photo=str(photos.get(row.evidence.file.sha256, "")),
                decision=words.get(DECISIONS[row.decision]),
            ),
            ". ".join(p for p in (row.by.name, said(row.reason, row.words, words)) if p),
        )
        for row in rows
        if periods.get(row.evidence.questionnaire) == row.evidence.period
    ]


async def _asked_again(
    pack: Pack, units: Sequence[int], periods: Mapping[str, str], words: Catalog, zone: tzinfo
) -> list[Change]:
    """Return the questions that were asked again or taken back; the new answer is a version."""
    rows = (
        await AnswerReview.filter(
            submission__plan=pack.id,
            submission__area_id__in=numbers(units),
            submission__period__in=sorted(set(periods.values())),
        )
        .exclude(decision=AnswerDecision.ANSWERED)
        .order_by("at", "id")
        .prefetch_related("by", "submission__area", "submission__form_version")
    )
    found = []
    for row in rows:
        submission = row.submission
        if periods.get(submission.questionnaire) != submission.period:
            continue
        labels = await questions_of(submission, words, zone)
        what = words.get(
            N_("{area}: {question}: {decision}"),
            area=submission.area.name,
            question=labels.get(row.path, submission.form_version.title),
            decision=words.get(ASKED[row.decision]),
        )
        why = said(row.reason, row.words, words)
        found.append(Change(row.at, what, ". ".join(p for p in (row.by.name, why) if p)))
    return found


async def _moves(pack: Pack, units: Sequence[int], words: Catalog) -> list[Change]:
    names = {s.id: words.get(s.name) for s in STANDARD} | {s.id: s.name for s in pack.stages}
    rows = (
        await StageMove.filter(plan=pack.id, area_id__in=numbers(units))
        .order_by("id")
        .prefetch_related("area", "moved_by")
    )
    return [
        Change(
            row.at,
            words.get(
                N_("{area}: moved back to {stage}")
                if row.undoes_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
                else N_("{area}: came to {stage}"),
                area=row.area.name,
                stage=names.get(row.stage, row.stage) or "–",
            ),
            ". ".join(
                p
                for p in (
                    row.moved_by.name if row.moved_by else words.get(N_("the program")),
                    row.note,
                )
                if p
            ),
        )
        for row in rows
    ]


async def _settings(pack: Pack, words: Catalog) -> list[Change]:
    rows = await OfficeSetting.filter(plan=pack.id, kind=Kind.THRESHOLD).order_by("id")
    found = []
    for row in rows:
        code = printed_code(row.target.rpartition("/")[2])
        value = row.value.get("is") if isinstance(row.value, dict) else None
        if row.act == "end":
            what = words.get(N_("Threshold of {code}: the plan's own again"), code=code)
        elif value is None:
            what = words.get(N_("Threshold of {code}: none"), code=code)
        else:
            shown = shown_number(Decimal(str(value)), words)
            what = words.get(N_("Threshold of {code}: {value}"), code=code, value=shown)
        found.append(
            Change(row.set_at, what, ". ".join(p for p in (row.set_by_name, row.source) if p))
        )
    return found


async def _areas(unit: str, words: Catalog) -> list[Change]:
    rows = await AreaChange.exclude(kind="pack").order_by("id")
    return [
        Change(row.at, words.get(N_("A list of {unit} was put in"), unit=unit))
        if row.kind == "import"
        else Change(row.at, words.get(N_("The areas were arranged anew")), row.source)
        for row in rows
    ]
