"""What villages do every month is reminded of once a month, until a photo shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from backend.models import Answer, Evidence, EvidenceFile, Interview, Person, Submission
from backend.reports.reminder import reminder_text
from backend.schedule.due import due
from locales import Catalog
from tests.backend.schedule.office import Office, pack, queue
from tests.clock import OFFICE_ZONE, local

PLAN = {
    "obligations": [],
    "activities": [
        {
            "id": "cleaning",
            "name": "Dọn vệ sinh chung",
            "every": "monthly",
            "questionnaire": "rac-thai",
            "question": "cleanups",
            "at_least": {"value": 1},
            "photo": "photo_waste",
        }
    ],
}


@pytest.fixture
async def office(database: str) -> Office:
    return await Office(local(11, 1)).open()


SENT = local(11, 6)


@dataclass
class Cleaned:
    """What a village sent of its cleaning, and how it was taken."""

    times: int | None = 1
    photo: str = "/data/photo_waste"
    sent_at: datetime = SENT
    review: str = ""
    in_force: bool = True
    submitted: bool = True
    period: str = "2026-11"


async def sends(office: Office, head: Person, area: str, sent: Cleaned) -> None:
    sitting = await office.begin(head, area, "rac-thai", local(11, 5), running=False)
    file, _ = await EvidenceFile.get_or_create(
        sha256="a" * 64,
        defaults={
            "media_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "preview": "p",
            "stored_at": local(11, 6),
        },
    )  # fmt: skip
    submission = None
    if sent.submitted:
        await office.submit(head, area, "rac-thai", local(11, 6), sent.period)
        submission = await Submission.get(instance_id=f"{area}-rac-thai-{sent.period}")
        if not sent.in_force:
            await Submission.filter(id=submission.id).update(current_key=None)
        await Answer.create(
            submission=submission, path="/data/cleanups", name="cleanups",
            value="" if sent.times is None else str(sent.times), number=sent.times,
            unknown=sent.times is None,
        )  # fmt: skip
    if sent.photo:
        await Evidence.create(
            file=file, interview=sitting, submission=submission, area=office.areas[area],
            period=sent.period, questionnaire="rac-thai", path=sent.photo, review=sent.review,
            sent_at=sent.sent_at, received_at=sent.sent_at,
        )  # fmt: skip


async def test_once_a_month_until_it_is_shown(office: Office, catalog_vi: Catalog) -> None:
    head = await office.person("Bác Hai", "a1")
    await office.person("Bác Ba", "a2")
    await sends(office, head, "a1", Cleaned())
    told, at = [], local(11, 20, 2)
    while at < local(12, 31):
        things = await due(at, pack(**PLAN), OFFICE_ZONE)
        await queue(things, at)
        told += [(at.strftime("%d/%m %H"), d.person_name) for d in things]
        for thing in things:
            text = reminder_text(thing.person_name, thing.missing, at.date(), catalog_vi)
            assert "Dọn vệ sinh chung" in text
            assert "MENU" in text, "it is answered, not only photographed"
        at += timedelta(hours=6)
    assert told == [("25/11 08", "Bác Ba"), ("25/12 08", "Bác Hai"), ("25/12 08", "Bác Ba")]


CASES = [
    (Cleaned(), ""),
    (Cleaned(times=3), ""),
    (Cleaned(review="approved"), ""),
    (Cleaned(times=0), "MENU"),
    (Cleaned(times=None), "MENU"),
    (Cleaned(submitted=False), "MENU"),
    (Cleaned(in_force=False), "MENU"),
    (Cleaned(period="2026-10"), "MENU"),
    (Cleaned(review="rejected"), "THÊM ẢNH"),
    (Cleaned(photo=""), "THÊM ẢNH"),
    (Cleaned(photo="/data/photo_other"), "THÊM ẢNH"),
    (Cleaned(sent_at=local(10, 31)), "THÊM ẢNH"),
    (Cleaned(period="2026-Q4"), ""),
]


async def test_what_counts_as_cleaned(office: Office, catalog_vi: Catalog) -> None:
    head = await office.person("Bác Hai", "a1")
    for sent, said in CASES:
        await sends(office, head, "a1", sent)
        found = await due(local(11, 25), pack(**PLAN), OFFICE_ZONE)
        texts = [reminder_text("", d.missing, local(11, 25).date(), catalog_vi) for d in found]
        assert len(texts) == bool(said), sent
        assert all("Dọn vệ sinh chung" in text and said in text for text in texts), sent
        for model in (Evidence, Answer, Submission, Interview):
            await model.all().delete()


async def test_none_when_the_office_wants_none(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    plan = pack(**PLAN, reminding={"activity_day": None})
    assert await due(local(11, 26), plan, OFFICE_ZONE) == []
