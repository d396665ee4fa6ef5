"""Photos that are missing are reminded of, also when everything else was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.forms import load_form, publish_form
from backend.models import Answer, Evidence, EvidenceFile, Interview, Review, Submission
from backend.people import Role
from backend.schedule.due import DueKind, due
from conversations.forms.publish import publish
from tests.backend.schedule.office import Office, pack
from tests.clock import OFFICE_ZONE, HandClock, local

FORM = Path(__file__).parents[3] / "conversations" / "questionnaires" / "nuoc.md"


@pytest.fixture
async def office(database: str, clock: HandClock) -> Office:
    office = await Office(local(11, 1)).open()
    row, _ = await publish_form(publish(FORM.read_bytes(), FORM.name), clock)
    office.forms["nuoc"] = row
    return office


async def photo(office: Office, person: int, submission: Submission) -> None:
    file = await EvidenceFile.create(
        sha256="a" * 64, media_type="image/jpeg", size=1, width=1, height=1, preview="p",
        stored_at=local(11, 5),
    )  # fmt: skip
    interview = await Interview.create(
        person_id=person, form_version=office.forms["nuoc"], questionnaire="nuoc",
        area=office.areas["a1"], period="2026-Q4", status="submitted", state="{}",
        started_at=local(11, 5), changed_at=local(11, 5),
    )  # fmt: skip
    path = next(str(p) for p in await image_paths(office) if str(p).endswith("photo_source"))
    await Evidence.create(
        file=file, interview=interview, submission=submission, area=office.areas["a1"],
        period="2026-Q4", questionnaire="nuoc", path=path,
        sent_at=local(11, 6), received_at=local(11, 6),
    )  # fmt: skip


async def image_paths(office: Office) -> list[str]:
    form = await load_form(office.forms["nuoc"].id)
    return [q.path for q in form.questions if q.type.value == "image"]


async def test_a_photo_alone_is_reminded_of_until_it_comes(office: Office) -> None:
    plan = pack(surveys=[{"questionnaire": "nuoc", "obligation": "q"}])
    head = await office.person("Bác Hai", "a1")
    await office.submit(head, "a1", "nuoc", local(11, 5))
    submission = await Submission.get()
    for name, value in (("households", "10"), ("clean", "0")):
        await Answer.create(submission=submission, path=f"/data/{name}", name=name, value=value)
    (thing,) = await due(local(12, 4), plan, OFFICE_ZONE)
    assert [(m.questionnaire, m.photos) for m in thing.missing] == [("nuoc", 1)]
    await photo(office, head.id, submission)
    assert await due(local(12, 4), plan, OFFICE_ZONE) == []


async def test_a_photo_handed_back_is_reminded_of_and_late_after_the_office_s_days(
    office: Office,
) -> None:
    plan = pack(surveys=[{"questionnaire": "nuoc", "obligation": "q"}])
    head = await office.person("Bác Hai", "a1")
    await office.submit(head, "a1", "nuoc", local(11, 5))
    submission = await Submission.get()
    for name, value in (("households", "10"), ("clean", "0")):
        await Answer.create(submission=submission, path=f"/data/{name}", name=name, value=value)
    await photo(office, head.id, submission)
    assert [d for d in await due(local(12, 4), plan, OFFICE_ZONE) if d.missing] == []

    minh = await office.person("Chị Xã", "xa-a", Role.COMMUNE_OFFICER)
    row = await Evidence.get()
    await Review.create(
        evidence=row, number=1, decision="rejected", reason="dark", by=minh, at=local(12, 6)
    )
    await Evidence.filter(id=row.id).update(review="rejected", review_number=1)
    missing = [m for d in await due(local(12, 7), plan, OFFICE_ZONE) for m in d.missing]
    assert [(m.questionnaire, m.photos) for m in missing] == [("nuoc", 1)]

    async def late(day: int) -> list[str]:
        things = await due(local(12, day), plan, OFFICE_ZONE)
        return [v.code for d in things if d.kind is DueKind.LATE_LIST for v in d.late]

    assert "a1" not in await late(8)
    assert "a1" in await late(9), "two days are over and nothing came"
    await Evidence.filter(id=row.id).update(review="approved", review_number=2)
    assert "a1" not in await late(9)
