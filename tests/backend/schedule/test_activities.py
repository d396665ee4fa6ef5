"""What villages do every month is reminded of once a month, until a photo shows it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from backend.models import Evidence, EvidenceFile
from backend.reports.reminder import reminder_text
from backend.schedule.due import due
from locales import Catalog
from tests.backend.schedule.office import Office, pack, queue
from tests.clock import OFFICE_ZONE

PLAN = {
    "obligations": [],
    "activities": [
        {
            "id": "cleaning",
            "name": "Dọn vệ sinh chung",
            "every": "monthly",
            "questionnaire": "rac-thai",
            "photo": "photo_waste",
        }
    ],
}


def local(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=OFFICE_ZONE)


@pytest.fixture
async def office(database: str) -> Office:
    return await Office(local(11, 1)).open()


async def test_once_a_month_until_a_photo_of_this_month_shows_it(
    office: Office, catalog_vi: Catalog
) -> None:
    head = await office.person("Bác Hai", "a1")
    await office.person("Bác Ba", "a2")
    sitting = await office.begin(head, "a1", "rac-thai", local(11, 5), running=False)
    file = await EvidenceFile.create(
        sha256="a" * 64, media_type="image/jpeg", size=1, width=1, height=1, preview="p",
        stored_at=local(11, 6),
    )  # fmt: skip
    await Evidence.create(
        file=file, interview=sitting, area=office.areas["a1"], period="2026-Q4",
        questionnaire="rac-thai", path="/data/photo_waste",
        sent_at=local(11, 6), received_at=local(11, 6),
    )  # fmt: skip
    told, at = [], local(11, 20, 0)
    while at < local(12, 31):
        things = await due(at, pack(**PLAN), OFFICE_ZONE)
        await queue(things, at)
        told += [(at.strftime("%d/%m %H"), d.person_name) for d in things]
        for thing in things:
            text = reminder_text(thing.person_name, thing.missing, at.date(), catalog_vi)
            assert "Dọn vệ sinh chung" in text
            assert "THÊM ẢNH" in text
        at += timedelta(hours=1)
    assert told == [("25/11 08", "Bác Ba"), ("25/12 08", "Bác Hai"), ("25/12 08", "Bác Ba")]


async def test_none_when_the_office_wants_none(office: Office) -> None:
    await office.person("Bác Hai", "a1")
    plan = pack(**PLAN, reminding={"activity_day": None})
    assert await due(local(11, 26), plan, OFFICE_ZONE) == []
