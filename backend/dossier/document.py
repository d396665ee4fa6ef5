"""The dossier's Word document: what it says, in which order. Pure but for the file it writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from backend.dossier.facts import Dossier, IndicatorFacts, PhotoFacts, SubmissionFacts, VillageFacts
from backend.dossier.history import DECISIONS
from backend.dossier.paper import Paper
from backend.reports.stages import stage_name
from backend.reports.words import natural, period_name, shown_value, status_word
from backend.review.history import State
from conversations.text import N_
from locales import Catalog

STATES: Final[Mapping[str, str]] = {
    State.WAITING: N_("waiting for review"),
    State.APPROVED: N_("approved"),
    State.REJECTED: N_("handed back"),
}


def write_document(dossier: Dossier, path: Path, words: Catalog, zone: tzinfo) -> None:
    """Write the document; pictures are marks that `backend.dossier.bundle` replaces."""
    _Writer(dossier, words, zone).write(path)


class _Writer:
    def __init__(self, dossier: Dossier, words: Catalog, zone: tzinfo) -> None:
        self._dossier = dossier
        self._words = words
        self._zone = zone
        progress = dossier.progress
        self._title = words.get(
            N_("Evidence dossier: {area}, {period}"),
            area=dossier.place.name,
            period=period_name(progress.period, words),
        )
        self._paper = Paper(self._title, dossier.moment, words.lang, dossier.labels)

    def write(self, path: Path) -> None:
        self._paper.title(self._title)
        self._beginning()
        self._stages()
        if self._dossier.indicators:
            self._paper.heading(self._say(N_("Indicators of the whole area")), 1)
            self._indicators(self._dossier.indicators, rolled=True)
        for village in self._dossier.villages:
            self._village(village)
        self._changes()
        self._paper.save(path)

    def _beginning(self) -> None:
        place, progress = self._dossier.place, self._dossier.progress
        for label in self._dossier.labels:
            self._paper.line(label, bold=True)
        self._paper.line(self._say(N_("Plan: {plan}"), plan=progress.plan_name))
        self._paper.line(self._say(N_("As of {moment}"), moment=self._moment(self._dossier.moment)))
        if place.lies_in:
            self._paper.line(self._say(N_("Lies in: {areas}"), areas=", ".join(place.lies_in)))
        if place.other_names:
            names = ", ".join(place.other_names)
            self._paper.line(self._say(N_("Also written: {names}"), names=names))
        if place.before:
            self._paper.line(self._say(N_("Before the reform:")))
            self._paper.bullets(place.before)
        self._paper.line(
            self._say(
                N_("Questionnaires sent: {submitted} of {expected}"),
                submitted=progress.submitted,
                expected=progress.expected,
            )
        )
        self._paper.line(
            self._say(
                N_(
                    "Self-assessed by the villages' own answers. Appraisal and recognition stand under the stages."
                )
            )
        )

    def _stages(self) -> None:
        self._paper.heading(self._say(N_("Stages")), 1)
        if not self._dossier.stages:
            self._paper.line(self._say(N_("No stage yet.")))
            return
        wanted = self._dossier.asked.criteria_set
        self._paper.table(
            [
                self._say(N_("Area")),
                self._say(N_("Stage")),
                self._say(N_("From")),
                self._say(N_("Until")),
                self._say(N_("Days")),
                self._say(N_("By, decision")),
            ],
            [
                (
                    f"{unit.name}\n{state.set_name}" if state.set_name else unit.name,
                    stage_name(spell, self._words),
                    self._words.date(spell.since),
                    self._words.date(spell.until) if spell.until else "–",
                    str(spell.days),
                    ". ".join(
                        p for p in (spell.by or self._say(N_("the program")), spell.note) if p
                    ),
                )
                for unit in sorted(
                    self._dossier.stages, key=lambda u: (u.level == "village", natural(u.name))
                )
                for state in unit.states
                if not wanted or state.set_id == wanted
                for spell in state.spells
            ],
        )

    def _indicators(self, indicators: Sequence[IndicatorFacts], *, rolled: bool = False) -> None:
        if not indicators:
            self._paper.line(self._say(N_("The plan counts no indicators here.")))
            return
        self._paper.table(
            [
                self._say(N_("Indicator")),
                self._say(N_("Value")),
                self._say(N_("Threshold and its source")),
                self._say(N_("Status")),
                self._say(N_("Photos as evidence")),
            ],
            [self._indicator(i, rolled=rolled) for i in indicators],
        )

    def _indicator(self, facts: IndicatorFacts, *, rolled: bool) -> Sequence[str]:
        result, words = facts.result, self._words
        value = shown_value(result, words) or "–"
        if result.numerator is not None and result.denominator is not None:
            value += f"\n({words.number(result.numerator)}/{words.number(result.denominator)})"
        if rolled:
            value += "\n" + self._say(
                N_("{reported} of {expected} villages reported"),
                reported=result.reported,
                expected=result.expected,
            )
        threshold = self._say(N_("no threshold yet"))
        if facts.threshold:
            source = facts.source or self._say(N_("no source named"))
            threshold = f"{facts.threshold}\n{source}"
        name = [f"{result.printed}. {result.name}", facts.criterion, *facts.owners]
        return (
            "\n".join(dict.fromkeys(n for n in name if n)),
            value,
            threshold,
            status_word(result.status, words),
            self._evidence(facts),
        )

    def _evidence(self, facts: IndicatorFacts) -> str:
        lines = [f"{self._words.get(STATES[s])}: {count}" for s, count in facts.photos]
        if facts.asks_photos and not facts.photos:
            lines.append(self._say(N_("no photo yet")))
        if facts.result.photo_missing:
            lines.append(self._say(N_("a photo is still missing")))
        return "\n".join(dict.fromkeys(lines)) or "–"

    def _village(self, village: VillageFacts) -> None:
        self._paper.heading(village.name, 1)
        self._paper.heading(self._say(N_("Indicators")), 2)
        self._indicators(village.indicators)
        for submission in village.submissions:
            self._submission(submission)
        if village.missing:
            self._paper.line(
                self._say(N_("Not sent yet: {titles}"), titles=", ".join(village.missing))
            )

    def _submission(self, submission: SubmissionFacts) -> None:
        self._paper.heading(submission.title, 2)
        lines = [
            self._say(
                N_("Period: {period}. Version {version}. Questionnaire version {form}."),
                period=period_name(submission.period, self._words),
                version=submission.version,
                form=submission.form_version,
            ),
            self._say(
                N_("Sent by {person}, {moment}"),
                person=submission.sender,
                moment=self._moment(submission.answered_at),
            ),
        ]
        if submission.entered_by:
            lines.append(self._say(N_("Keyed in by {officer}"), officer=submission.entered_by))
        for line in lines:
            self._paper.line(line)
        self._paper.table(
            [self._say(N_("Question")), self._say(N_("Answer"))],
            [
                (a.question, f"{a.value} ({a.note})" if a.note else a.value)
                for a in submission.answers
            ],
        )
        if submission.photos:
            self._paper.heading(self._say(N_("Photos")), 3)
            self._paper.pictures(
                [
                    (p.preview if p.kept else "", p.width, p.height, "\n".join(self._photo(p)))
                    for p in submission.photos
                ]
            )

    def _photo(self, photo: PhotoFacts) -> Iterable[str]:
        yield self._say(
            N_("Photo {number}: {question}"), number=photo.number, question=photo.question
        )
        if photo.caption:
            yield photo.caption
        yield self._say(N_("Sent: {moment}"), moment=self._moment(photo.sent_at))
        taken = self._moment(photo.taken_at) if photo.taken_at else self._say(N_("not known"))
        yield self._say(N_("Taken: {moment}"), moment=taken)
        yield self._say(N_("Review: {state}"), state=self._words.get(STATES[photo.state]))
        for review in photo.reviews:
            told = self._words.get(DECISIONS[review.decision])
            why = f": {review.why}" if review.why else ""
            yield f"{self._moment(review.at)}, {review.by}: {told}{why}"
        yield from photo.signals
        if not photo.kept:
            yield self._say(N_("The photo was deleted when its time of keeping ended."))
        yield f"sha256 {photo.sha256}"

    def _changes(self) -> None:
        self._paper.heading(self._say(N_("History")), 1)
        self._paper.table(
            [self._say(N_("When")), self._say(N_("What")), self._say(N_("By whom, why"))],
            [(self._moment(c.at), c.what, c.why) for c in self._dossier.changes],
        )

    def _say(self, msgid: str, **values: str | int) -> str:
        return self._words.get(msgid, **values)

    def _moment(self, moment: datetime) -> str:
        return self._words.date(moment.astimezone(self._zone))
