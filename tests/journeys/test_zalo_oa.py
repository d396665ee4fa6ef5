"""An Official Account that misbehaves as real ones do, with the whole program behind it.

Events come twice, errors stand in the body of a 200, tokens end in the middle of a questionnaire,
the answer to a renewal is lost, and a person gives permission again in a browser.
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession

from backend.models import Answer, Chat, Inbox, Interview, Outbox, Submission, TokenUse
from backend.people import Role
from bot.program import Program
from tests.clock import OFFICE_ZONE, PATIENCE, HandClock
from tests.fakes.zalo_oa import APP_SECRET, SECRET_KEY, FakeUser, FakeZaloOA
from tests.fakes.zalo_oa_people import OA_ID
from tests.journeys.house import a_house, invitation, on_the_list, photo
from tests.journeys.village import QUESTIONNAIRES, VILLAGE

UNDELIVERABLE = 3
WATER = "3"


async def begun(fake: FakeZaloOA, program: Program, clock: HandClock) -> FakeUser:
    """A village head who has agreed and sees the list."""
    fake.use_webhook(f"http://127.0.0.1:{program.settings.port}/webhooks/zalo-oa")
    lan = fake.user("Lan")
    lan.follows()
    await lan.expect("mã mời")
    lan.says(await invitation(Role.VILLAGE_HEAD, VILLAGE, clock, "Lan"))
    await lan.expect("ĐỒNG Ý")
    lan.says("đồng ý")
    await lan.expect("Các phiếu")
    return lan


async def answered(fake: FakeZaloOA, lan: FakeUser, words: list[str]) -> None:
    """Type each answer when its question has come; say ĐÚNG to every doubt."""
    for word in words:
        lan.says(word)
        while "nhắn ĐÚNG" in (await fake.reply_to(lan)).text:
            lan.says("đúng")


async def test_a_questionnaire_while_everything_that_can_go_wrong_does(
    database_url: str, tmp_path: Path, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        FakeZaloOA(clock) as fake,
        a_house(database_url, tmp_path, clock, **fake.env) as program,
    ):
        lan = await begun(fake, program, clock)
        fake.twice = True
        lan.says(WATER)
        await lan.expect("Câu 1/")
        words = QUESTIONNAIRES["3. Nước"]
        await answered(fake, lan, words[:2])
        fake.fails("cs", -32)
        fake.breaks("cs", 502)
        fake.drops("cs")
        await answered(fake, lan, words[2:3])
        clock.advance(hours=26)  # the token ends meanwhile
        await answered(fake, lan, words[3:4])
        fake.expires_tokens()  # and once more, long before its time
        clock.advance(minutes=10)
        await answered(fake, lan, words[4:])
        lan.sends_photo(photo(7))
        await fake.delivered()
        await program.media.idle()
        await program.turns.settled()
        clock.advance(3)
        program.sender.wake()
        if "GỬI" not in (await fake.reply_to(lan)).text:
            lan.says("xong")
            await lan.expect("GỬI")
        lan.says("gửi")
        await lan.expect("Các phiếu")
        assert await Submission.filter(current_key__not_isnull=True).count() == 1
        assert (await Answer.get(name="clean")).unknown
        assert await Inbox.exclude(status=2).count() == 0
        assert await Outbox.filter(status=UNDELIVERABLE).count() == 0
        questions = [s.text for s in fake.sent_to(lan) if re.search(r"Câu \d/", s.text)]
        assert max(fake.shown.values()) == 1
        assert len(fake.shown) == 3
        assert questions
        ready = await _ready(program)
        assert ready["channels"]["zalo-oa"] is True
    for secret in (APP_SECRET, SECRET_KEY, "access-", "refresh-", lan.id):
        assert secret not in caplog.text


async def test_an_admin_is_told_elsewhere_gives_permission_and_what_waited_arrives(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeZaloOA(clock) as fake,
        ClientSession() as browser,
        a_house(database_url, tmp_path, clock, **fake.env) as program,
    ):
        home = f"http://127.0.0.1:{program.settings.port}"
        code = await invitation(Role.ADMIN, "ia-hdrai", clock, "Hoa")
        chat = await browser.post(f"{home}/c/", data={"code": code}, allow_redirects=False)
        lan = await begun(fake, program, clock)
        count = len(fake.sent_to(lan))

        # The answer to a renewal is lost: nobody may try that token again.
        # Time stands still meanwhile; the sender asks again, but does not keep the loop to itself.
        program.sender._sleep = lambda _: asyncio.sleep(0.01)
        fake.drops("access_token", after=True)
        clock.advance(hours=26)
        lan.says(WATER)
        await fake.delivered()
        await program.turns.settled()
        await fake.until(lambda: fake.calls["access_token"] == 2)
        messages = f"{home}{chat.headers['Location']}/messages"
        link = await _told(browser, messages)
        assert (await _ready(program))["channels"]["zalo-oa"] is False
        assert len(fake.sent_to(lan)) == count

        # The admin opens the link, agrees on Zalo's page, and is led back.
        there = await browser.get(link, allow_redirects=False)
        back = fake.permits(there.headers["Location"])
        parts = urlsplit(back)
        done = await browser.get(f"{home}{parts.path}?{parts.query}")
        assert (done.status, "Cảm ơn" in await done.text()) == (200, True)
        clock.advance(121)
        await lan.expect("Câu 1/")
        assert (await _ready(program))["channels"]["zalo-oa"] is True
        assert max(fake.shown.values()) == 1
        assert {u.outcome for u in await TokenUse.all()} == {"saved", "unknown"}
        told = [
            m for m in (await (await browser.get(messages)).json())["messages"] if link in m["text"]
        ]
        assert len(told) == 1


async def test_who_leaves_is_left_in_peace_and_who_returns_goes_on(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeZaloOA(clock) as fake,
        a_house(database_url, tmp_path, clock, **fake.env) as program,
    ):
        lan = await begun(fake, program, clock)
        lan.says(WATER)
        await lan.expect("Câu 1/")
        clock.advance(60)
        lan.leaves()
        await fake.delivered()
        assert (await Chat.get(external_id=lan.id)).blocked_at is not None
        clock.advance(days=2)
        lan.follows()
        assert "Câu 1/" in (await lan.expect("Câu 1/")).text
        assert (await Chat.get(external_id=lan.id)).blocked_at is None
        assert await Interview.filter(status="running").count() == 1


async def test_a_submitted_number_opens_the_door_only_where_the_office_trusts_it(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with FakeZaloOA(clock) as fake:
        for number, trusted in enumerate(("off", "proof")):
            folder = tmp_path / trusted
            async with a_house(
                database_url, folder, clock, ZALO_OA_PHONE=trusted, **fake.env
            ) as program:
                fake.use_webhook(f"http://127.0.0.1:{program.settings.port}/webhooks/zalo-oa")
                if not number:
                    await on_the_list("+84901234567", VILLAGE, clock)
                lan = fake.user(trusted)
                lan.submits_info("84901234567")
                reply = await fake.reply_to(lan)
                assert ("mã mời" in reply.text) is (trusted == "off")
                assert ("Chào mừng" in reply.text) is (trusted == "proof")
            clock.advance(60)


async def test_a_reminder_after_the_window_goes_where_it_still_arrives(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeZaloOA(clock) as fake,
        ClientSession() as browser,
        a_house(database_url, tmp_path, clock, **fake.env) as program,
    ):
        lan = await begun(fake, program, clock)
        lan.says("/web")
        link = re.search(r"http://\S+/c/\S+", (await lan.expect("/c/")).text)
        assert link
        assert (await browser.get(link[0])).status == 200
        count = len(fake.sent_to(lan))
        clock.set(datetime(2026, 12, 4, 7, 31, tzinfo=OFFICE_ZONE))
        await program.tick()
        await program.sender.sweep()
        await program.sender.delivered()
        shown = (await (await browser.get(f"{link[0]}/messages")).json())["messages"]
        assert [m["text"] for m in shown if "07/12/2026" in m["text"]]
        assert len(fake.sent_to(lan)) == count


async def test_each_of_two_accounts_answers_its_own_people_with_its_own_tokens(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with FakeZaloOA(clock) as fake, FakeZaloOA(clock) as other:
        other.pair.refresh = "refresh-konplong"
        mine = {f"{name}_KONPLONG": value for name, value in other.env.items()}
        mine["ZALO_OA_REFRESH_TOKEN_KONPLONG"] = "refresh-konplong"
        mine |= {"ZALO_OA_ID": OA_ID, "ZALO_OA_ID_KONPLONG": OA_ID}  # the fakes share one
        async with a_house(database_url, tmp_path, clock, **fake.env, **mine) as program:
            home = f"http://127.0.0.1:{program.settings.port}/webhooks/zalo-oa"
            fake.use_webhook(home)
            other.use_webhook(f"{home}/konplong")
            # Zalo's ids are per account: the same number may be somebody else elsewhere.
            lan, hoa = fake.user("Lan", "8309"), other.user("Hoa", "8309")
            lan.says(await invitation(Role.VILLAGE_HEAD, VILLAGE, clock, "Lan"))
            await lan.expect("Chào mừng bác Lan")
            hoa.says("chào")
            await hoa.expect("mã mời")
            assert {c.bot: c.person_id for c in await Chat.all()}.keys() == {"", "konplong"}
            assert list(fake.shown) == ["refresh-0"]
            assert list(other.shown) == ["refresh-konplong"]


async def _told(browser: ClientSession, messages: str) -> str:
    """Return the link that the admin is sent, once they are."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for message in (await (await browser.get(messages)).json())["messages"]:
                if found := re.search(r"http://\S+/oauth/zalo-oa/go/\S+", message["text"]):
                    return found[0]


async def _ready(program: Program) -> dict:
    async with ClientSession() as client:
        address = f"http://127.0.0.1:{program.settings.port}/readyz"
        async with client.get(address) as answer:
            return await answer.json()
