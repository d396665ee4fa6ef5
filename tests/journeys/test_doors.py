"""The main job at every door: the same story, whatever the channel can and cannot do.

The channels behave as badly as they do outside (channels.md D): from the first photo on everything
is delivered twice, and each questionnaire begins with every failure that passes by itself.

A village head comes in by a code, agrees, answers four questionnaires with photos (one an
album), corrects one by its number and sends them; an officer asks /tiendo and gets the picture
where the channel has pictures; who is late is reminded and nobody else; the week is summed up.
"""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from PIL import Image

from backend.models import Answer, Chat, Evidence, EvidenceFile, Inbox, Outbox, Submission
from backend.people import Role
from tests.clock import OFFICE_ZONE, HandClock
from tests.contract.conftest import DOORS, Visit
from tests.contract.door import Person, Seen
from tests.fakes.zalo_bot import FakeZaloBot
from tests.journeys.house import a_house, free_port, invitation, photo
from tests.journeys.village import QUESTIONNAIRES, VILLAGE

UNDELIVERABLE = 3
PUBLIC = "https://thonmoi.example"
EVERY = [pytest.param(d, "sqlite", id=f"{d.name}-sqlite") for d in DOORS]
ONE_MORE = pytest.param(DOORS[-1], "postgres", id=f"{DOORS[-1].name}-postgres")


async def answers(visit: Visit, lan: Person, *words: str) -> Seen:
    """Type each answer when its question has come; say ĐÚNG to every doubt."""
    seen = lan.seen()[-1]
    for word in words:
        seen = await visit.answer(lan, word)
        while "nhắn ĐÚNG" in seen.text:
            seen = await visit.answer(lan, "đúng")
    return seen


async def questionnaire(visit: Visit, lan: Person, title: str, photos: int = 1) -> Seen:
    """Answer a whole questionnaire up to its summary, while sending fails and mends again."""
    for kind in (kind for kind, reason in visit.door.failures.items() if not reason):
        visit.door.fails(kind, lan)
    begun = await visit.answer_any(lan, title.partition(".")[0])
    assert "Câu 1/" in begun[-1].text or "Câu 1 " in begun[-1].text
    await answers(visit, lan, *QUESTIONNAIRES[title])
    await lan.sends_photos(*[photo(len(title) * 10 + n) for n in range(photos)])
    (seen,) = await visit.new(lan)
    return seen if "GỬI" in seen.text else await visit.answer(lan, "xong")


@pytest.mark.parametrize(("kind", "database_kind"), [*EVERY, ONE_MORE], indirect=["database_kind"])
async def test_the_main_job(kind: Any, database_url: str, tmp_path: Path, clock: HandClock) -> None:
    # As in an office that others can reach: then pictures go out by every channel.
    async with (
        kind(clock) as door,
        a_house(database_url, tmp_path, clock, PUBLIC_URL=PUBLIC, **door.env) as program,
    ):
        await door.opened(program)
        visit = Visit(door, program, clock)

        # Enrolment, consent, list.
        lan, menu = await visit.head()
        assert "mẫu" in menu.text.lower()
        door.repeats()

        # Four questionnaires; one with an album, corrected by the question's number.
        await questionnaire(visit, lan, "1. Nhà ở", photos=3)
        assert "5" in (await answers(visit, lan, "3", "5")).text
        await visit.answer_any(lan, "GỬI")
        for title in ("2. Nhà tiêu", "3. Nước", "4. Rác"):
            await questionnaire(visit, lan, title)
            await visit.answer_any(lan, "gửi")
        assert await Submission.filter(current_key__not_isnull=True).count() == 4
        assert (await Answer.get(submission__questionnaire="nha-o", name="temp")).number == 5
        assert await Evidence.filter(questionnaire="nha-o", dropped_at=None).count() == 3
        assert await EvidenceFile.all().count() == 6

        # An officer asks how far things are, and sees it.
        minh = door.person("Minh")
        await minh.enters(await invitation(Role.DISTRICT_OFFICER, "ia-hdrai", clock, "Minh"))
        await visit.new(minh)
        found = await visit.answer_any(minh, "/tiendo")
        assert "TIẾN ĐỘ ·" in found[0].text
        assert "4/48" in found[0].text
        drawn = [s.picture for s in found if s.picture]
        assert drawn
        for picture in drawn:
            with Image.open(io.BytesIO(picture)) as image:
                assert image.width >= 1000

        # Who has sent nothing is reminded once; who has sent all is left in peace.
        nhi, _ = await visit.head("Nhi", "ia-dal-thon-2")
        clock.set(datetime(2026, 12, 2, 8, 0, tzinfo=OFFICE_ZONE))
        for person in (nhi, minh):  # an Official Account may write to who wrote in these days
            await visit.answer_any(person, "hạn chót")
        clock.set(datetime(2026, 12, 4, 7, 31, tzinfo=OFFICE_ZONE))
        await program.tick()
        (reminder,) = await visit.new(nhi)
        assert "07/12/2026" in reminder.text
        assert await visit.new(lan) == []
        await program.tick()
        assert await visit.new(nhi) == []

        # Monday 07:30: the week.
        clock.set(datetime(2026, 12, 7, 7, 31, tzinfo=OFFICE_ZONE))
        await program.tick()
        week = await visit.new(minh)
        assert any("tuần" in seen.text.casefold() for seen in week)

        # Nothing was lost and nothing waits.
        assert await Inbox.exclude(status=2).count() == 0
        assert await Outbox.filter(status=UNDELIVERABLE).count() == 0


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_what_zalo_withholds_is_sent_in_the_browser(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    port = str(free_port())
    async with FakeZaloBot(clock) as fake, ClientSession() as browser:
        env = {"ZALO_BOT_TOKEN": fake.token, "ZALO_BOT_API_URL": fake.url, "PORT": port}
        async with a_house(database_url, tmp_path, clock, **env) as program:
            lan = fake.user("lan", "Lan")
            lan.sends("unsupported")
            stranger = await lan.expect("không cho chuyển tin")
            assert "mã" in stranger.text
            assert f"http://127.0.0.1:{port}/c/" in stranger.text
            lan.says(await invitation(Role.VILLAGE_HEAD, VILLAGE, clock, "Lan"))
            await lan.expect("ĐỒNG Ý")
            lan.says("đồng ý")
            await lan.expect("Các phiếu")
            lan.says("1")
            await lan.expect("Câu 1/")
            for word in ("96", "90", "6", "4", "2", "2"):
                lan.says(word)
                while "nhắn ĐÚNG" in (await fake.reply_to(lan)).text:
                    lan.says("đúng")
            # Zalo withholds three photos; one message says where to send them.
            for _ in range(3):
                lan.sends("unsupported")
            await fake.until(lambda: not fake.events and fake.asked_again)
            await program.turns.settled()
            clock.advance(3)
            program.sender.wake()
            offer = await fake.reply_to(lan)
            assert "ảnh" in offer.text, "the question is still there"
            link = re.search(rf"http://127\.0\.0\.1:{port}/c/[A-Za-z0-9_-]{{43}}", offer.text)
            assert link
            answer = await browser.post(
                f"{link[0]}/photos", params={"id": "photo-0001"}, data=photo(1)
            )
            assert answer.status == 200
            await program.media.idle()
            await program.turns.settled()
            assert await Evidence.filter(questionnaire="nha-o").count() == 1
            assert [s.text for s in fake.sent_to(lan) if not s.seen] == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_refused_token_is_told_to_the_admin_at_another_door(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    port = str(free_port())
    async with FakeZaloBot(clock) as fake, ClientSession() as browser:
        env = {"ZALO_BOT_TOKEN": fake.token, "ZALO_BOT_API_URL": fake.url, "PORT": port}
        async with a_house(database_url, tmp_path, clock, **env) as program:
            code = await invitation(Role.ADMIN, "ia-hdrai", clock, "Hoa")
            begun = await browser.post(
                f"http://127.0.0.1:{port}/c/", data={"code": code}, allow_redirects=False
            )
            await program.turns.settled()
            fake.fails("getUpdates", 401, times=5)
            await fake.until(lambda: fake.calls["getUpdates"] > 7)
            conversation = f"http://127.0.0.1:{port}{begun.headers['Location']}/messages"
            messages = (await (await browser.get(conversation)).json())["messages"]
            told = [m["text"] for m in messages if "ZALO_BOT_TOKEN" in m["text"]]
            assert len(told) == 1
            assert fake.token not in told[0]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_two_offices_have_a_zalo_bot_each(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeZaloBot(clock, "1:first-token") as first,
        FakeZaloBot(clock, "2:second-token") as second,
    ):
        env = {
            "ZALO_BOT_TOKEN": first.token,
            "ZALO_BOT_API_URL": first.url,
            "ZALO_BOT_TOKEN_KONPLONG": second.token,
            "ZALO_BOT_API_URL_KONPLONG": second.url,
        }
        async with a_house(database_url, tmp_path, clock, **env):
            # The same ids at both: they are different people all the same.
            lan, nhi = first.user("u1", "Lan"), second.user("u1", "Nhi")
            lan.says(await invitation(Role.VILLAGE_HEAD, VILLAGE, clock, "Lan"))
            nhi.says("Chào")
            assert "Chào mừng bác Lan" in (await first.reply_to(lan)).text
            assert "mã" in (await second.reply_to(nhi)).text
            assert len(first.sent_to("u1")) == len(second.sent_to("u1")) == 1
            assert {(c.channel, c.bot) for c in await Chat.all()} == {
                ("zalo-bot", ""),
                ("zalo-bot", "konplong"),
            }
