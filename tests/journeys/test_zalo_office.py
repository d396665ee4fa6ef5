"""The officer works on Zalo: everything that an office does in a chat, with typed numbers alone.

Over both of Zalo's doors (the Bot Platform by poll and by webhook; an Official Account without
buttons). The village head is on Zalo too. The plan of this story counts water as met only once
its photo is approved.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from backend.models import Inbox, Outbox, Review, Submission
from backend.people import Role
from backend.plans.load import load_pack
from backend.plans.store import load_into_database
from backend.status.model import Proof, Status
from bot.program import Program
from tests.clock import OFFICE_ZONE, HandClock
from tests.contract.conftest import Visit
from tests.contract.door import Person, Seen
from tests.contract.driver_zalo_bot import ZaloBotPoll, ZaloBotWebhook
from tests.contract.driver_zalo_oa import ZaloOA
from tests.journeys.house import a_house, invitation, photo
from tests.journeys.village import VILLAGE

PUBLIC = "https://thonmoi.example"
WATER = "17.1-hvs"
SECOND = "ia-dal-thon-2"
DOORS = (ZaloBotPoll, ZaloBotWebhook, ZaloOA)
EVERY = [pytest.param(d, "sqlite", id=f"{d.name}-sqlite") for d in DOORS]
ONE_MORE = pytest.param(ZaloOA, "postgres", id="zalo-oa-postgres")
UNDELIVERABLE = 3


@asynccontextmanager
async def office(kind: Any, url: str, folder: Path, clock: HandClock) -> AsyncIterator[Visit]:
    """A house with one of Zalo's doors, as in an office that others can reach."""
    async with (
        kind(clock) as door,
        a_house(
            url, folder, clock, PUBLIC_URL=PUBLIC, ZALO_OA_PER_MONTH="2000", **door.env
        ) as program,
    ):
        pack = load_pack("vi-du")
        rule = pack.evidence.model_copy(update={"counts_before_approval": False})
        clock.advance(1)
        await load_into_database(pack.model_copy(update={"evidence": rule}), clock)
        await door.opened(program)
        yield Visit(door, program, clock)


async def officer(visit: Visit, name: str, role: Role, area: str) -> Person:
    """Somebody of the office who came in by a code."""
    person = visit.door.person(name)
    await person.enters(await invitation(role, area, visit.clock, name))
    assert any(name in s.text for s in await visit.new(person))
    return person


async def typed(visit: Visit, who: Person, *words: str) -> Seen:
    """Type one thing after the other, each when the last was answered; ĐÚNG to every doubt."""
    seen = Seen("")
    for word in words:
        seen = whole(await visit.answer_any(who, word))
        while "nhắn ĐÚNG" in seen.text:
            seen = whole(await visit.answer_any(who, "1"))
    return seen


def whole(found: list[Seen]) -> Seen:
    """Several messages as one: an Official Account sends a picture and its words apart."""
    pictures = [s.picture for s in found if s.picture]
    return Seen("\n".join(s.text for s in found), (), (*pictures, b"")[0])


async def water(program: Program) -> tuple[Status, Proof | None]:
    """How the village's water stands."""
    progress = await program.progress(VILLAGE, None)
    found = next(i for i in progress.villages[0].indicators if i.code == WATER)
    return found.status, found.proof


@pytest.mark.parametrize(("kind", "database_kind"), [*EVERY, ONE_MORE], indirect=["database_kind"])
async def test_the_officer_works_on_zalo(
    kind: Any, database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with office(kind, database_url, tmp_path, clock) as visit:
        lan, _ = await visit.head()
        minh = await officer(visit, "Minh", Role.COMMUNE_OFFICER, "ia-dal")
        await typed(visit, lan, "3", "giữ", "96", "40", "không rõ", "400, 380", "0")
        await lan.sends_photos(photo(1))
        await visit.new(lan)
        await typed(visit, lan, "xong", "gửi")
        assert await water(visit.program) == (Status.INSUFFICIENT_DATA, Proof.WAITING)

        await sees_progress(visit, minh)
        await reviews(visit, minh, lan)
        await follows_up(visit, minh, lan)
        await keys_in(visit, minh)
        hoa = await officer(visit, "Hoa", Role.ADMIN, "ia-hdrai")
        await administers(visit, hoa)
        assert await Inbox.exclude(status=2).count() == 0
        assert await Outbox.filter(status=UNDELIVERABLE).count() == 0


async def sees_progress(visit: Visit, minh: Person) -> None:
    """/tiendo: words and a picture; the village's own by name."""
    found = await typed(visit, minh, "/tiendo")
    assert "TIẾN ĐỘ · Xã Ia Đal" in found.text
    with Image.open(io.BytesIO(found.picture)) as image:
        assert image.width >= 1000
    assert "chờ duyệt" in (await typed(visit, minh, "/tiendo ia dal thon 1")).text


async def reviews(visit: Visit, minh: Person, lan: Person) -> None:
    """/duyet: the photo is handed back, asked for again, sent anew, approved."""
    card = await typed(visit, minh, "/duyet")
    assert "1 ảnh" in card.text
    with Image.open(io.BytesIO(card.picture)) as image:
        assert image.format == "JPEG"
        assert not image.getexif(), "nothing but the picture"
    fetched_twice(visit, minh, card.picture)
    assert "Ảnh tối quá" in (await typed(visit, minh, "2")).text
    assert "Đã trả lại" in (await typed(visit, minh, "1")).text
    assert await visit.new(lan) == [], "an officer may still undo it"

    visit.clock.advance(25)
    (asked,) = await visit.new(lan)
    assert "Nước sinh hoạt" in asked.text
    assert "Ảnh tối quá" in asked.text
    assert "GỬI LẠI" in asked.text, "there is no button to press"
    assert "gửi ảnh bây giờ" in (await typed(visit, lan, "gửi lại")).text
    await lan.sends_photos(photo(2))
    assert any("lần 2" in s.text for s in await visit.new(lan))

    again = await typed(visit, minh, "/duyet")
    assert "Gửi lại lần 2" in again.text
    assert again.picture != card.picture
    assert "Không còn ảnh nào" in (await typed(visit, minh, "1")).text
    assert await water(visit.program) == (Status.MET, Proof.APPROVED)
    assert "ảnh đã duyệt" in (await typed(visit, minh, "/tiendo ia dal thon 1")).text
    visit.clock.advance(25)
    assert "đã được duyệt" in (await visit.new(lan))[-1].text
    assert await Review.all().count() == 2


def fetched_twice(visit: Visit, who: Person, picture: bytes) -> None:
    """Zalo's bot fetches a picture at our signed address, more than once, and gets the same."""
    fake = visit.door.fake
    if not isinstance(visit.door, ZaloBotPoll):
        return
    sent = fake.sent_to(who.chat)[-1]
    assert sent.picture.startswith(f"{PUBLIC}/p/")
    assert sent.fetched == (picture, picture)


async def follows_up(visit: Visit, minh: Person, lan: Person) -> None:
    """/nhacnho: who is late, what it would cost, and only then the notice."""
    nhi, _ = await visit.head("Nhi", SECOND)
    visit.clock.set(datetime(2026, 12, 8, 9, 0, tzinfo=OFFICE_ZONE))
    for person in (nhi, lan, minh):  # an Official Account may write to who wrote lately
        await visit.answer_any(person, "hạn chót")
    preview = await typed(visit, minh, "/nhacnho")
    assert "Sẽ gửi 2 tin nhắn" in preview.text
    assert "Gửi đến: Thôn 1, Thôn 2" in preview.text
    assert "Qua: Zalo" in preview.text
    assert await visit.new(nhi) == [], "nothing goes out before a yes"
    assert "2 tin" in (await typed(visit, minh, "1")).text
    (reminder,) = await visit.new(nhi)
    assert "Nước sinh hoạt" in reminder.text
    assert "Sẽ gửi 0 tin" in (await typed(visit, minh, "/nhacnho")).text


async def keys_in(visit: Visit, minh: Person) -> None:
    """/nhapho: an officer answers for a village without coverage, numbers and all."""
    shown = await typed(visit, minh, "/nhapho thôn 3 ia đal")
    assert "Thôn 3" in shown.text
    begun = await typed(visit, minh, "4")
    assert "Câu 1/" in begun.text
    await typed(visit, minh, "giữ", "50", "40, 12", "6", "35", "1", "2", "20/11")
    await minh.sends_photos(photo(9))
    await visit.new(minh)
    await typed(visit, minh, "xong", "gửi")
    keyed = await Submission.get(questionnaire="rac-thai", area__code="ia-dal-thon-3")
    assert keyed.entered_by_id is not None
    await typed(visit, minh, "hủy")


async def administers(visit: Visit, hoa: Person) -> None:
    """/hanmuc and /caidat: an admin sees what is left and sets a value, after a preview."""
    left = await typed(visit, hoa, "/hanmuc")
    assert "Zalo" in left.text
    assert "Tháng này còn" in left.text
    assert "Muốn đặt mục nào" in (await typed(visit, hoa, "/caidat")).text
    preview = await typed(visit, hoa, "3", "90", "QĐ 12/QĐ-UBND")
    assert "Hiện nay: 95%\nMới: 90%" in preview.text
    assert "90%" in (await typed(visit, hoa, "1")).text
