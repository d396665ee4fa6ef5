"""What must hold in a pack as a whole, beyond its shape.

Every rule says what is wrong in one sentence; nothing is repaired silently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from backend.plans.located import Keys, Located, PackError, dotted
from backend.plans.questions import Questions
from backend.plans.schema import Cadence, Indicator, Number, Obligation, Pack, Source, Strict
from backend.plans.shapes import (
    COUNTED,
    IMAGE,
    LEVELS,
    PERCENT,
    Found,
    check_shapes,
    question,
    questionless,
)
from conversations.text import N_, Param, Text

__all__ = ["LEVELS", "check_pack"]


def check_pack(pack: Pack, tree: Located, questions: Questions) -> list[PackError]:
    """Return everything that does not hold; `tree` says where each value stands.

    Reads the documents' texts to compare quotes.
    """
    rules = (
        _areas(pack),
        _criteria(pack, questions),
        _surveys(pack, questions),
        _obligations(pack),
        _targets(pack),
        check_shapes(pack, questions),
        _dates(pack, ()),
        _sources(pack, tree),
    )
    errors = []
    for rule in rules:
        for keys, reason in rule:
            place = tree.at(keys)
            errors.append(PackError(place.file.name, dotted(keys), reason, place.line))
    return errors


def _areas(pack: Pack) -> Found:
    areas = {area.code: area for area in pack.areas}
    if pack.root not in areas:
        yield ("root",), _none(N_("There is no area {name}."), pack.root)
    for i, area in enumerate(pack.areas):
        here: Keys = ("areas", i)
        for k, code in enumerate(area.predecessors):
            if code not in areas or code == area.code:
                yield (*here, "predecessors", k), _none(N_("There is no area {name}."), code)
        if area.parent is None:
            continue
        parent = areas.get(area.parent)
        if parent is None:
            yield (*here, "parent"), _none(N_("There is no area {name}."), area.parent)
        elif LEVELS.index(parent.level) >= LEVELS.index(area.level):
            params: dict[str, Param] = {"level": area.level, "parent": parent.level}
            yield (*here, "parent"), Text("A {level} cannot lie in a {parent}.", params)


def _criteria(pack: Pack, questions: Questions) -> Found:
    for i, criteria in enumerate(pack.criteria_sets):
        codes = {criterion.code for criterion in criteria.criteria}
        for k, indicator in enumerate(criteria.indicators):
            here: Keys = ("criteria_sets", i, "indicators", k)
            if indicator.criterion not in codes:
                reason = _none(N_("There is no criterion {name} in this set."), indicator.criterion)
                yield (*here, "criterion"), reason
            yield from _indicator(indicator, here, questions)


def _indicator(indicator: Indicator, here: Keys, questions: Questions) -> Found:
    threshold = indicator.threshold.value
    if threshold is not None and (threshold < 0 or (indicator.denominator and threshold > PERCENT)):
        yield (*here, "threshold", "value"), Text("A threshold in percent lies between 0 and 100.")
    if not indicator.questionnaire:
        yield from questionless(indicator, ("numerator", "denominator", "photo"), here)
        return
    asked = questions.get(indicator.questionnaire)
    if asked is None:
        reason = _none(N_("There is no questionnaire {name}."), indicator.questionnaire)
        yield (*here, "questionnaire"), reason
        return
    if not indicator.numerator:
        yield (*here, "numerator"), Text("At least one question is needed here.")
    for key, wanted in (("numerator", COUNTED), ("denominator", COUNTED), ("photo", IMAGE)):
        for n, name in enumerate(getattr(indicator, key)):
            yield from question(name, asked, wanted, (*here, key, n))


def _surveys(pack: Pack, questions: Questions) -> Found:
    obligations = {obligation.id for obligation in pack.obligations}
    for i, survey in enumerate(pack.surveys):
        if survey.questionnaire not in questions:
            reason = _none(N_("There is no questionnaire {name}."), survey.questionnaire)
            yield ("surveys", i, "questionnaire"), reason
        if survey.obligation is not None and survey.obligation not in obligations:
            reason = _none(N_("There is no obligation {name}."), survey.obligation)
            yield ("surveys", i, "obligation"), reason
    for i, days in enumerate(pack.reminding.offsets):
        if days < 0:
            reason = Text("A reminder cannot come after the last day.")
            yield ("reminding", "offsets", i), reason


def _obligations(pack: Pack) -> Found:
    for i, obligation in enumerate(pack.obligations):
        if reason := _wrong_day(obligation):
            yield ("obligations", i, "before" if obligation.before else "before_day"), reason
        if obligation.obliged_owners and "department_officer" not in obligation.obliged_roles:
            reason = Text("Departments are named, so obliged_roles needs department_officer.")
            yield ("obligations", i, "obliged_roles"), reason


def _wrong_day(obligation: Obligation) -> Text | None:
    once = obligation.cadence in {Cadence.ONE_OFF, Cadence.AD_HOC}
    if obligation.before is not None and obligation.before_day is not None:
        return Text("Give either a day of the month or a date, not both.")
    if once and obligation.before_day is not None:
        return Text("What is reported once needs a date (before), not a day of the month.")
    if obligation.before is not None and obligation.cadence in {
        Cadence.MONTHLY,
        Cadence.QUARTERLY,
    }:
        return Text("What comes back needs a day of the month (before_day), not a date.")
    return None


def _targets(pack: Pack) -> Found:
    areas = {area.code for area in pack.areas}
    indicators = {(s.id, x.code) for s in pack.criteria_sets for x in s.indicators}
    for i, target in enumerate(pack.targets):
        here: Keys = ("targets", i)
        for k, code in enumerate(target.areas):
            if code not in areas:
                yield (*here, "areas", k), _none(N_("There is no area {name}."), code)
        least, most = target.at_least.value, target.at_most.value
        if least is not None and most is not None and least > most:
            yield (*here, "at_least", "value"), Text("The least is more than the most.")
        if (target.indicator is None) != (target.indicator_set is None):
            reason = Text("An indicator is named by its set and its code, both.")
            yield (*here, "indicator"), reason
        elif target.indicator and (target.indicator_set or "", target.indicator) not in indicators:
            name = f"{target.indicator_set}/{target.indicator}"
            yield (*here, "indicator"), _none(N_("There is no indicator {name}."), name)


def _dates(value: object, keys: Keys) -> Found:
    """Yield every pair of dates that ends before it begins, wherever it stands."""
    for inner, model in _models(value, keys):
        since: date | None = getattr(model, "valid_from", None)
        until: date | None = getattr(model, "valid_to", None)
        if since and until and since > until:
            yield (*inner, "valid_to"), Text("It ends before it begins.")


def _sources(pack: Pack, tree: Located) -> Found:
    texts: dict[str, list[str] | None] = {}
    for doc, document in pack.documents.items():
        texts[doc] = None
        if not document.file:
            continue
        place = tree.at(("documents", doc, "file"))
        if Path(document.file).name != document.file:
            yield ("documents", doc, "file"), Text("A document lies in the pack's own folder.")
            continue
        try:
            text = (place.file.parent / document.file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            reason = _none(N_("The document's text {name} cannot be read."), document.file)
            yield ("documents", doc, "file"), reason
            continue
        texts[doc] = text.split("\n")
    for keys, model in _models(pack, ()):
        if isinstance(model, Number) and model.value is not None and model.source is None:
            if not pack.sample:
                yield (*keys, "source"), Text("A number needs the source that states it.")
        elif isinstance(model, Source):
            yield from _quote(model, keys, texts)


def _quote(source: Source, keys: Keys, texts: dict[str, list[str] | None]) -> Found:
    if source.doc not in texts:
        yield (*keys, "doc"), _none(N_("There is no document {name}."), source.doc)
        return
    lines = texts[source.doc]
    if lines is None:
        return
    if source.line is not None and not 1 <= source.line <= len(lines):
        params: dict[str, Param] = {"line": source.line, "most": len(lines)}
        yield (*keys, "line"), Text("There is no line {line}, the document has {most}.", params)
        return
    if source.to_line is not None and not (source.line or len(lines)) <= source.to_line <= len(
        lines
    ):
        params = {"line": source.to_line, "most": len(lines)}
        yield (*keys, "to_line"), Text("There is no line {line}, the document has {most}.", params)
        return
    if not source.quote:
        return
    last = source.to_line or source.line
    text = "\n".join(lines if source.line is None else lines[source.line - 1 : last])
    if _folded(source.quote) not in _folded(text):
        if source.line is None:
            yield (*keys, "quote"), Text("The document does not say this.")
        else:
            reason = Text("Line {line} of the document does not say this.", {"line": source.line})
            yield (*keys, "quote"), reason


def _folded(text: str) -> str:
    """Return text for comparing quotes: composed letters, single spaces; nothing else changes."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def _models(value: object, keys: Keys) -> Iterator[tuple[Keys, Strict]]:
    """Yield every model inside a value with its keys, itself included."""
    if isinstance(value, Strict):
        yield keys, value
        for name in type(value).model_fields:
            yield from _models(getattr(value, name), (*keys, name))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _models(inner, (*keys, name))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _models(inner, (*keys, i))


def _none(msgid: str, name: str) -> Text:
    return Text(msgid, {"name": name})
