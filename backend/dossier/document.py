"""The dossier's Word document: what it says, in which order. Pure but for the file it writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from backend.dossier.facts import Dossier, IndicatorFacts, PhotoFacts, SubmissionFacts, VillageFacts
from backend.dossier.history import DECISIONS
from backend.dossier.names import original_paths
from backend.dossier.paper import Paper, Row
from backend.reports.stages import stage_name
from backend.reports.words import natural, period_name, shown_value, status_word
from backend.review.history import State
from backend.status.model import Status
from conversations.text import N_
from locales import Catalog

STATES: Final[Mapping[str, str]] = {
    State.WAITING: N_("waiting for review"),
    State.APPROVED: N_("approved"),
    State.REJECTED: N_("handed back"),
}
STAGES: Final = (3.4, 3.4, 2.2, 2.2, 1.3, 4.0)
INDICATORS: Final = (5.1, 2.6, 4.1, 2.2, 2.5)
VILLAGES: Final = (4.9, 1.7, 1.3, 1.6, 2.1, 1.6, 1.6, 1.7)
ANSWERS: Final = (12.3, 4.2)
CHANGES: Final = (3.5, 6.6, 6.4)
"""Widths of the columns in centimetres; each line is 16.5."""
OPEN: Final = frozenset({Status.INSUFFICIENT_DATA, Status.NO_THRESHOLD})


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
        self._files = original_paths(dossier.photos)
        self._unit = progress.unit_word
        self._together = dossier.place.level != "village"

    def write(self, path: Path) -> None:
        place = self._dossier.place
        above = place.lies_in[:1] if place.level == "village" else ()
        period = period_name(self._dossier.progress.period, self._words)
        self._paper.title(
            self._say(N_("EVIDENCE DOSSIER")), ", ".join((place.name, *above, period))
        )
        self._beginning()
        self._stages()
        if self._dossier.indicators:
            self._paper.heading(self._say(N_("Indicators of the whole area")), 1)
            self._indicators(self._dossier.indicators, rolled=True)
        if self._together:
            self._all_villages()
        for village in self._dossier.villages:
            if village.submissions or not self._together:
                self._village(village)
        self._changes()
        self._paper.save(path)

    def _beginning(self) -> None:
        place, progress = self._dossier.place, self._dossier.progress
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
                    "Self-assessed by each {unit}'s own answers. Appraisal and recognition stand under the stages."
                ),
                unit=self._unit,
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
            STAGES,
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
            INDICATORS,
            self._by_criterion(indicators, rolled=rolled),
        )

    def _by_criterion(self, indicators: Sequence[IndicatorFacts], *, rolled: bool) -> Iterable[Row]:
        """Yield the indicators, each criterion's below its name."""
        sets = {i.set_name for i in indicators}
        above = ""
        for facts in indicators:
            names = (facts.set_name if len(sets) > 1 else "", facts.criterion)
            if (heading := ": ".join(n for n in names if n)) and heading != above:
                yield heading
            above = heading
            yield self._indicator(facts, rolled=rolled)

    def _indicator(self, facts: IndicatorFacts, *, rolled: bool) -> Sequence[str]:
        result, words = facts.result, self._words
        value = shown_value(result, words) or "–"
        if result.numerator is not None and result.denominator is not None:
            value += f"\n({words.number(result.numerator)}/{words.number(result.denominator)})"
        if rolled:
            value += "\n" + self._say(
                N_("{reported} of {expected} {unit} reported"),
                reported=result.reported,
                expected=result.expected,
                unit=self._unit,
            )
        threshold = self._say(N_("no threshold yet"))
        if facts.threshold:
            source = facts.source or self._say(N_("no source named"))
            threshold = f"{facts.threshold}\n{source}"
        return (
            "\n".join([f"{result.printed}. {result.name}", *dict.fromkeys(facts.owners)]),
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

    def _all_villages(self) -> None:
        """One row a village, also for those that have sent nothing: theirs is all there is."""
        self._paper.heading(self._say(N_("Each {unit} by itself"), unit=self._unit), 1)
        self._paper.table(
            [
                self._unit[:1].upper() + self._unit[1:],
                self._say(N_("Forms")),
                self._say(N_("Met")),
                self._say(N_("Not met")),
                self._say(N_("Not judged yet")),
                self._say(N_("Photos approved")),
                self._say(N_("Photos waiting")),
                self._say(N_("Photos handed back")),
            ],
            VILLAGES,
            [self._one_village(v) for v in self._dossier.villages],
        )

    def _one_village(self, village: VillageFacts) -> Sequence[str]:
        sent = len(village.submissions)
        if not sent:
            return (village.name, f"0/{len(village.missing)}", *["–"] * 6)
        statuses = Counter(i.result.status for i in village.indicators)
        photos = Counter(p.state for s in village.submissions for p in s.photos)
        counts = (
            statuses[Status.MET],
            statuses[Status.NOT_MET],
            sum(statuses[s] for s in OPEN),
            photos[State.APPROVED],
            photos[State.WAITING],
            photos[State.REJECTED],
        )
        return (
            village.name,
            f"{sent}/{sent + len(village.missing)}",
            *(self._words.number(n) for n in counts),
        )

    def _village(self, village: VillageFacts) -> None:
        self._paper.heading(village.name, 1, new_page=self._together)
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
            self._paper.line(line, stays=True)
        self._paper.table(
            [self._say(N_("Question")), self._say(N_("Answer"))],
            ANSWERS,
            [
                (a.question, f"{a.value} ({a.note})" if a.note else a.value)
                for a in submission.answers
            ],
        )
        for question in dict.fromkeys(p.question for p in submission.photos):
            self._paper.heading(self._say(N_("Photos: {question}"), question=question), 3)
            self._paper.pictures(
                [
                    (p.preview if p.kept else "", p.width, p.height, "\n".join(self._photo(p)))
                    for p in submission.photos
                    if p.question == question
                ]
            )

    def _photo(self, photo: PhotoFacts) -> Iterable[str]:
        state = self._words.get(STATES[photo.state])
        yield self._say(N_("Photo {number}: {state}"), number=photo.number, state=state)
        if photo.caption:
            yield f"«{photo.caption}»"
        taken = self._moment(photo.taken_at) if photo.taken_at else self._say(N_("not known"))
        yield self._say(N_("Taken: {moment}"), moment=taken)
        yield self._say(N_("Sent: {moment}"), moment=self._moment(photo.sent_at))
        for review in photo.reviews:
            told = self._words.get(DECISIONS[review.decision])
            why = f". {review.why}" if review.why else ""
            yield f"{review.by}, {self._moment(review.at)}: {told}{why}"
        yield from photo.signals
        if photo.kept:
            yield self._say(N_("Original: {file}"), file=self._files[photo.sha256])
        else:
            yield self._say(N_("The photo was deleted when its time of keeping ended."))
            yield f"sha256 {photo.sha256}"

    def _changes(self) -> None:
        self._paper.heading(self._say(N_("History")), 1, new_page=self._together)
        self._paper.table(
            [self._say(N_("When")), self._say(N_("What")), self._say(N_("By whom, why"))],
            CHANGES,
            [(self._moment(c.at), c.what, c.why) for c in self._dossier.changes],
        )

    def _say(self, msgid: str, **values: str | int) -> str:
        return self._words.get(msgid, **values)

    def _moment(self, moment: datetime) -> str:
        return self._words.date(moment.astimezone(self._zone))
