"""Villages that answered: submissions as the turn would have kept them, with few words."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import conversations
from backend.forms import publish_form
from backend.models import Answer, Area, Evidence, EvidenceFile, Interview, Person, Submission
from conversations.forms.publish import Published, publish

FOLDER = Path(conversations.__file__).parent / "questionnaires"
_numbers = itertools.count(1)


@cache
def questionnaire(form_id: str) -> Published:
    """Convert one of the four; once, it takes a moment."""
    return publish((FOLDER / f"{form_id}.md").read_bytes(), f"{form_id}.md")


async def begin(clock, form_id, village, period, *, status="running"):
    """Let the village's head begin a questionnaire; return the interview."""
    version, _ = await publish_form(questionnaire(form_id), clock)
    person, _ = await Person.get_or_create(
        name=f"Trưởng {village}", defaults={"created_at": clock.now()}
    )
    return await Interview.create(
        person=person,
        form_version=version,
        questionnaire=form_id,
        area=await Area.get(code=village),
        period=period,
        status=status,
        state="{}",
        started_at=clock.now(),
        changed_at=clock.now(),
    )


async def submit(clock, form_id, village, period, *, plan="vi-du", photos=(), at=None, **answers):
    """Keep these answers as the submission in force. None is «không rõ», "~5" an estimate."""
    interview = await begin(clock, form_id, village, period, status="submitted")
    key = f"{plan}|{form_id}|{village}|{period}"
    await Submission.filter(current_key=key).update(current_key=None)
    moment: datetime = at or clock.now()
    submission = await Submission.create(
        instance_id=f"uuid:{next(_numbers)}-{id(interview)}",
        current_key=key,
        plan=plan,
        form_version_id=interview.form_version_id,
        questionnaire=form_id,
        area_id=interview.area_id,
        period=period,
        person_id=interview.person_id,
        answered_at=moment,
        received_at=moment,
        xml="<data/>",
    )
    for name, value in answers.items():
        text = "" if value is None else str(value).lstrip("~")
        await Answer.create(
            submission=submission,
            path=f"/data/{name}",
            name=name,
            value=text,
            number=None if value is None else Decimal(text),
            estimate=str(value).startswith("~"),
            unknown=value is None,
        )
    for name in photos:
        await add_photo(clock, submission, interview, name)
    return submission


async def add_photo(clock, submission, interview, name):
    """Keep a photo for one question."""
    number = next(_numbers)
    file = await EvidenceFile.create(
        sha256=f"{number:064}",
        media_type="image/jpeg",
        size=1,
        width=1,
        height=1,
        preview="p",
        stored_at=clock.now(),
    )
    return await Evidence.create(
        file=file,
        interview=interview,
        submission=submission,
        area_id=submission.area_id,
        period=submission.period,
        questionnaire=submission.questionnaire,
        path=f"/data/{name}",
        sent_at=clock.now(),
        received_at=clock.now(),
    )
