"""Answers as they were submitted. A correction is a new version, and the old one stays.

One version of a village's questionnaire in a period is in force: the one that holds the
`current_key`. The key is unique, so of two people who submit at the same moment one is tried
again and becomes the next version. Everything here joins the caller's transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.etree import ElementTree as ET

from backend.models import Answer, Area, Evidence, Submission
from backend.review.answers_back import settle
from backend.review.carried import carry, carry_late, hold
from conversations.forms.model import Form, QuestionType
from conversations.interview.effects import Answer as Given
from conversations.interview.effects import Submitted

OPENROSA: Final = "http://openrosa.org/xforms"
NUMERIC: Final = frozenset(
    {QuestionType.INTEGER, QuestionType.DECIMAL, QuestionType.CALCULATE, QuestionType.HIDDEN}
)
_STEP: Final = Decimal("0.000001")
_TOO_LARGE: Final = Decimal(10) ** 12
"""The column holds 18 digits, six of them after the comma."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Which questionnaire came back: of whom, about what, in which interview."""

    interview_id: int
    form_version_id: int
    plan: str
    questionnaire: str
    area_id: int
    period: str
    person_id: int
    answered_at: datetime
    received_at: datetime
    entered_by: int | None = None
    """The officer who keyed it in for the person."""


def current_key(plan: str, questionnaire: str, area_code: str, period: str) -> str:
    """Return the key that the version in force holds."""
    return f"{plan}|{questionnaire}|{area_code}|{period}"


async def in_force(plan: str, questionnaire: str, area_code: str, period: str) -> Submission | None:
    """Return the version in force, with its form version, or None before the first."""
    key = current_key(plan, questionnaire, area_code, period)
    return await Submission.get_or_none(current_key=key).prefetch_related("form_version")


async def record_submission(returned: Returned, form: Form, submitted: Submitted) -> Submission:
    """Keep a submission as the version in force and return it.

    The interview's photos are linked to it and keep what was decided about them; questions that
    the office asked again and that it answers are closed. Raises IntegrityError when somebody else submitted
    the same at the same moment: the turn is rolled back and tried again.
    """
    area = await Area.get(id=returned.area_id)
    key = current_key(returned.plan, returned.questionnaire, area.code, returned.period)
    before = await Submission.get_or_none(current_key=key)
    judged = []
    if before is not None:
        await Submission.filter(id=before.id).update(current_key=None)
        judged = await hold(before)
    instance_id, xml = _identified(submitted.xml, before.instance_id if before else None)
    submission = await Submission.create(
        instance_id=instance_id,
        version=before.version + 1 if before else 1,
        current_key=key,
        plan=returned.plan,
        form_version_id=returned.form_version_id,
        questionnaire=returned.questionnaire,
        area_id=returned.area_id,
        period=returned.period,
        person_id=returned.person_id,
        entered_by_id=returned.entered_by,
        answered_at=returned.answered_at,
        received_at=returned.received_at,
        xml=xml,
    )
    await Answer.bulk_create(_answers(submission.id, form, submitted.answers))
    await Evidence.filter(interview_id=returned.interview_id, dropped_at=None).update(
        submission_id=submission.id
    )
    if before is not None:
        await carry(judged, submission)
        await carry_late(judged, submission, returned.interview_id, form)
        by = returned.entered_by or returned.person_id
        await settle(before, submission, by, returned.interview_id)
    return submission


def as_number(value: str) -> Decimal | None:
    """Return an XForm string as the number that is kept, None when it is none or out of range."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= _TOO_LARGE:
        return None
    return number.quantize(_STEP)


def _answers(submission_id: int, form: Form, given: Mapping[str, Given]) -> list[Answer]:
    rows = []
    for path, answer in given.items():
        question = form.question(path)
        rows.append(
            Answer(
                submission_id=submission_id,
                path=path,
                name=question.name,
                value=answer.value,
                number=as_number(answer.value) if question.type in NUMERIC else None,
                estimate=answer.estimate,
                unknown=answer.unknown,
            )
        )
    return rows


def _identified(xml: str, deprecated: str | None) -> tuple[str, str]:
    """Return the instance's id and its XML, which names what it replaces (OpenRosa metadata).

    An instance without an id gets one; one whose id was already used (a correction begun from
    the old answers) gets a new one.
    """
    ET.register_namespace("orx", OPENROSA)
    root = ET.fromstring(xml)  # noqa: S314  (written by our own interview, never from outside)
    meta = _child(root, "meta")
    instance = _child(meta, "instanceID")
    if not instance.text or instance.text == deprecated:
        instance.text = f"uuid:{uuid.uuid4()}"
    if deprecated:
        _child(meta, "deprecatedID").text = deprecated
    return instance.text, ET.tostring(root, encoding="unicode")


def _child(parent: ET.Element, name: str) -> ET.Element:
    for element in parent:
        if element.tag.rpartition("}")[2] == name:
            return element
    return ET.SubElement(parent, f"{{{OPENROSA}}}{name}")
