"""Indicators as a dossier shows them: with the threshold's source and the state of the photos. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from backend.dossier.facts import IndicatorFacts, SubmissionFacts
from backend.plans.schema import Compare, Indicator, Number, Pack, Source
from backend.reports.numbers import shown_threshold
from backend.schedule.in_force import holds
from backend.status.model import IndicatorResult
from conversations.text import N_
from locales import Catalog

SIGNS: Final[Mapping[str, str]] = {Compare.AT_LEAST: "≥ ", Compare.AT_MOST: "≤ "}


@dataclass(frozen=True, slots=True)
class Judging:
    """By what indicators are judged and how they are worded.

    `paths` are the questions' names of the photos by their evidence id, `day` is the day by
    which thresholds hold, `criteria_set` is "" for all sets.
    """

    pack: Pack
    paths: Mapping[int, str]
    day: date
    words: Catalog
    criteria_set: str


def indicator_facts(
    results: Iterable[IndicatorResult], submissions: Sequence[SubmissionFacts], by: Judging
) -> tuple[IndicatorFacts, ...]:
    """Return these results with what a reader must be able to check."""
    pack, words = by.pack, by.words
    known = {(s.id, i.code): (s, i) for s in pack.criteria_sets for i in s.indicators}
    found = []
    for result in results:
        if by.criteria_set and result.set_id != by.criteria_set:
            continue
        at = known.get((result.set_id, result.code))
        if at is None:
            continue
        criteria, indicator = at
        number = threshold_number(indicator, by.day)
        shown = (
            ""
            if result.threshold is None
            else SIGNS.get(indicator.compare, "")
            + shown_threshold(result.threshold, of_rate=result.of_rate, catalog=words)
        )
        criterion = next((c.name for c in criteria.criteria if c.code == indicator.criterion), "")
        found.append(
            IndicatorFacts(
                result=result,
                criterion=criterion,
                set_name=criteria.name,
                threshold=shown,
                source=source_text(pack, number.source, words) if shown else "",
                owners=tuple(
                    f"{o.name} ({o.scope})" if o.scope else o.name for o in indicator.owners
                ),
                photos=_states(indicator, submissions, by.paths),
                asks_photos=bool(indicator.photo),
            )
        )
    return tuple(found)


def threshold_number(indicator: Indicator, day: date) -> Number:
    """Return the threshold in force on a day with its source: the office's own, else the plan's."""
    for number in reversed(indicator.thresholds_set):
        if holds(number, day):
            return number
    return indicator.threshold if holds(indicator.threshold, day) else Number()


def source_text(pack: Pack, source: Source | None, words: Catalog) -> str:
    """Return document, issuer, day and line, and the words quoted; "" without a source."""
    if source is None:
        return ""
    document = pack.documents.get(source.doc)
    parts = [document.title, document.issuer, document.dated] if document else [source.doc]
    text = ", ".join(p for p in parts if p)
    if source.line is not None:
        text = words.get(N_("{document}, line {line}"), document=text, line=str(source.line))
    return f"{text}: «{source.quote}»" if source.quote else text


def _states(
    indicator: Indicator, submissions: Sequence[SubmissionFacts], paths: Mapping[int, str]
) -> tuple[tuple[str, int], ...]:
    counts = Counter(
        photo.state
        for submission in submissions
        if submission.questionnaire == indicator.questionnaire
        for photo in submission.photos
        if paths.get(photo.evidence_id) in indicator.photo
    )
    return tuple(sorted(counts.items()))
