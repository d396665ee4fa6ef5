"""The loop of a photo: handed back, asked for again in the same chat, sent anew, approved, counted.

The whole program, a fake Bot API, both databases; meanwhile another questionnaire runs and is
not disturbed. The plan of this story counts water as met only once its photo is approved.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from backend.models import Chat, Evidence, Interview, Outbox, Review, Submission
from backend.people import Role
from backend.plans.load import load_pack
from backend.plans.store import load_into_database
from backend.review.decide import Decided, Decision, decide
from backend.review.told import STALE
from backend.status.model import Proof, Status
from bot.program import Program
from tests.browser import Phone
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram, FakeUser, Sent
from tests.journeys.house import a_house, invitation, photo
from tests.journeys.village import VILLAGE, Village

WATER = "17.1-hvs"


@asynccontextmanager
async def village_and_office(
    url: str, folder: Path, clock: HandClock
) -> AsyncIterator[tuple[FakeTelegram, Program, Village, FakeUser]]:
    """Lan has sent the water with a photo; Minh is her commune's officer."""
    async with (
        FakeTelegram(clock) as fake,
        a_house(url, folder, clock, fake) as program,
    ):
        pack = load_pack("vi-du")
        rule = pack.evidence.model_copy(update={"counts_before_approval": False})
        clock.advance(1)
        await load_into_database(pack.model_copy(update={"evidence": rule}), clock)
        lan, minh = fake.user(1, "Lan"), fake.user(2, "Minh")
        village = Village(program, clock, fake, lan)
        await village.enrols()
        lan.presses("3. Nước")
        await lan.expect("Câu 1/")
        await village.answers("giữ", "96", "40", "không rõ", "400, 380", "0")
        await village.photographs(photo(1))
        lan.says("xong")
        await lan.expect("GỬI")
        lan.says("gửi")
        await lan.expect("Các phiếu")
        minh.starts(await invitation(Role.COMMUNE_OFFICER, "ia-dal", clock, "Minh"))
        await minh.expect("")
        yield fake, program, village, minh


async def water(program: Program) -> tuple[Status, Proof | None]:
    """How the village's water stands."""
    progress = await program.progress(VILLAGE, None)
    found = next(i for i in progress.villages[0].indicators if i.code == WATER)
    return found.status, found.proof


async def person_of(user: str) -> int:
    chat = await Chat.get(channel="telegram", external_id=user)
    number: int = chat.person_id
    return number


async def hear(program: Program, clock: HandClock, seconds: float = 25) -> None:
    """Let less than a minute pass, as the sender sees it."""
    clock.advance(seconds)
    program.sender.wake()


async def asks_an_answer_again(officer: FakeUser) -> None:
    """An answer beside the photo is doubtful: it is asked again, and the photo still waits."""
    for said, answer in (("5", "câu nào?"), ("2", "Vì sao hỏi lại?"), ("3", "Đã hỏi lại")):
        officer.says(said)
        await officer.expect(answer)


async def answers_it(village: Village, asked: Sent, running: int) -> None:
    """Answer just that, and be back where the other questionnaire stood."""
    lan = village.head
    assert "Bác đã trả lời: 96" in asked.text
    lan.presses("Trả lời lại", asked)
    await lan.expect("Sổ của cơ quan ghi khác")
    await village.answers("60")
    done = await lan.expect("Đã gửi câu trả lời mới")
    assert "Câu 3/" in done.text or await lan.expect("Câu 3/")
    assert (await Interview.get(running_for__isnull=False)).id == running


async def asks_on_the_page(page: Page, program: Program) -> None:
    """One answer is asked again from the submission's page."""
    now = await Submission.get(questionnaire="nuoc", current_key__isnull=False)
    await page.goto(f"{program.settings.public_url}/submissions/{now.id}")
    await page.locator("summary", has_text="Hỏi lại").nth(1).click()
    await page.get_by_role("button", name="Câu này khác nhiều so với kỳ trước").click()
    await expect(page.locator(".decided")).to_contain_text("đã hỏi lại trưởng thôn")


async def every_version_is_kept() -> None:
    """What was decided and told in the whole story."""
    first, second, third = await Submission.filter(questionnaire="nuoc").order_by("version")
    assert (first.current_key, second.current_key, third.version) == (None, None, 3)
    assert await Review.all().count() == 2
    told = await Outbox.filter(chat__external_id="1", purpose="notice").count()
    assert told == 3, "one asks for the photo, one thanks, one asks for the answer"
    assert await Outbox.filter(status=3).count() == 0


async def test_handed_back_in_the_chat_asked_again_approved_and_counted(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with village_and_office(database_url, tmp_path, clock) as (fake, program, village, minh):
        lan = village.head
        assert await water(program) == (Status.INSUFFICIENT_DATA, Proof.WAITING)

        # The officer sees the photo itself, and hands it back by two numbers.
        minh.says("/duyet")
        card = await minh.expect("chờ duyệt")
        pictures = [s for s in fake.sent_to(minh) if s.method == "sendPhoto"]
        with Image.open(io.BytesIO(pictures[-1].data)) as image:
            assert not image.getexif(), "nothing but the picture"
        assert "Trả lại" in card.buttons
        minh.says("2")
        await minh.expect("Ảnh tối quá")
        # Meanwhile the village head has begun another questionnaire.
        lan.presses("1. Nhà ở")
        await lan.expect("Câu 1/")
        await village.answers("96")
        begun = clock.now()
        minh.says("1")
        await minh.expect("Đã trả lại")
        running = await Interview.get(running_for__isnull=False)

        # Within a minute, in the same chat: what, why, and for exactly that photo.
        await hear(program, clock)
        asked = await lan.expect("Xin bác chụp lại")
        assert (clock.now() - begun).total_seconds() < 60
        assert "Nước sinh hoạt" in asked.text
        assert "Ảnh tối quá" in asked.text
        assert await water(program) == (Status.INSUFFICIENT_DATA, Proof.REJECTED)

        lan.presses("Gửi lại ảnh", asked)
        await lan.expect("gửi ảnh bây giờ")
        await village.photographs(photo(2))
        done = next((s for s in fake.sent_to(lan) if "lần 2" in s.text), None)
        done = done or await lan.expect("lần 2")
        assert "Nước sinh hoạt" in done.text
        assert await water(program) == (Status.INSUFFICIENT_DATA, Proof.WAITING)

        # The other questionnaire goes on where it stood.
        again = await Interview.get(running_for__isnull=False)
        assert again.id == running.id
        lan.says("90")
        await lan.expect("Câu 3/")

        # The reviewer sees that it came back, and approves.
        minh.says("/duyet")
        assert "Gửi lại lần 2" in (await minh.expect("Gửi lại lần 2")).text
        await asks_an_answer_again(minh)
        minh.says("1")
        await minh.expect("Không còn ảnh nào")
        assert await water(program) == (Status.MET, Proof.APPROVED)
        await hear(program, clock)
        asked = await lan.expect("Nhờ bác trả lời lại giúp")
        await lan.expect("đã được duyệt")
        minh.says("/tiendo ia dal thon 1")
        assert "ảnh đã duyệt" in (await minh.expect("ảnh đã duyệt")).text

        await answers_it(village, asked, running.id)
        assert await water(program) == (Status.NOT_MET, Proof.APPROVED)

        await every_version_is_kept()


async def test_undone_in_time_the_village_head_hears_nothing(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with village_and_office(database_url, tmp_path, clock) as (fake, program, village, minh):
        minh.says("/duyet")
        await minh.expect("chờ duyệt")
        for said, answer in (("2", "Ảnh tối quá"), ("1", "Đã trả lại"), ("4", "Đã hoàn tác")):
            minh.says(said)
            await minh.expect(answer)
        await hear(program, clock)
        await program.sender.delivered()
        assert not [s for s in fake.sent_to(village.head) if "chụp lại" in s.text]
        # What has gone out is taken back in words.
        photo_row = await Evidence.get(dropped_at=None)
        by = await person_of("2")
        for decision, waits in ((Decision.REJECTED, "Xin bác chụp lại"), (Decision.UNDONE, "nữa")):
            number = (await Evidence.get(id=photo_row.id)).review_number
            found = await decide(
                by,
                photo_row.id,
                decision,
                expected=number,
                reason="dark" if decision is Decision.REJECTED else "",
                now=clock.now(),
            )
            assert isinstance(found, Decided)
            await hear(program, clock)
            await village.head.expect(waits)


async def hands_back(clock: HandClock) -> None:
    """Minh hands back the photo in force, on the office's page."""
    row = await Evidence.get(dropped_at=None, submission__current_key__isnull=False)
    by = await person_of("2")
    number = row.review_number
    rejected = Decision.REJECTED
    found = await decide(by, row.id, rejected, expected=number, reason="dark", now=clock.now())
    assert isinstance(found, Decided)


async def test_only_what_is_still_to_come_is_asked_for_and_nobody_is_forgotten(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with village_and_office(database_url, tmp_path, clock) as (fake, program, village, _):
        lan = village.head
        # Sent again before the message went out: nobody is asked for it any more.
        await hands_back(clock)
        lan.says("gửi lại")
        await lan.expect("gửi ảnh bây giờ")
        await village.arrived(lan.sends_photo(photo(2))["update_id"])
        await lan.expect("lần 2")
        await hear(program, clock, 60)
        await program.sender.sweep()
        await program.sender.delivered()
        assert not [s for s in fake.sent_to(lan) if "Xin bác chụp lại" in s.text]
        assert (await Outbox.get(purpose="notice")).status == STALE

        # Whoever has left the chat hears it when they are back, once.
        await Chat.filter(external_id="1").update(blocked_at=clock.now())
        await hands_back(clock)
        clock.advance(60)
        lan.says("menu")
        await lan.expect("Các phiếu")
        await program.tick()
        await program.tick()
        assert await Outbox.filter(purpose="notice", status=0).count() == 1
        await hear(program, clock)
        asked = await lan.expect("Xin bác chụp lại")
        assert "Gửi lại ảnh" in asked.buttons


@pytest.mark.browser
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_same_loop_on_the_office_s_page_in_a_browser(
    database_url: str, tmp_path: Path, clock: HandClock, phone: Phone
) -> None:
    async with village_and_office(database_url, tmp_path, clock) as (_, program, village, minh):
        lan = village.head
        minh.says("/web")
        link = next(w for w in (await minh.expect("/login/")).text.split() if "/login/" in w)
        page = await phone.page()
        await page.goto(link)
        await page.get_by_role("button", name="Vào trang").click()
        await page.wait_for_url("**/")
        await page.goto(f"{program.settings.public_url}/review")
        lan.presses("1. Nhà ở")
        await lan.expect("Câu 1/")
        await page.keyboard.press("r")
        await page.keyboard.press("1")
        await expect(page.locator("#review")).to_have_attribute("data-sent", "1")

        await hear(program, clock)
        asked = await lan.expect("Xin bác chụp lại")
        lan.presses("Gửi lại ảnh", asked)
        await lan.expect("gửi ảnh bây giờ")
        await village.arrived(lan.sends_photo(photo(2))["update_id"])
        await lan.expect("lần 2")

        await page.goto(f"{program.settings.public_url}/review")
        await expect(page.locator(".state.again")).to_contain_text("2")
        await page.keyboard.press("a")
        await expect(page.locator("#review")).to_have_attribute("data-sent", "1")
        assert await water(program) == (Status.MET, Proof.APPROVED)
        await page.goto(f"{program.settings.public_url}/areas/{VILLAGE}")
        await expect(page.locator("dl.indicators")).to_contain_text("ảnh đã duyệt")
        changes = page.locator("ul.changes li")
        # Two versions of the plan; then sent, handed back, corrected, approved.
        await expect(changes).to_have_count(6)
        await expect(changes.first).to_contain_text("duyệt một ảnh của Thôn 1")
        minh.says("/tiendo ia dal thon 1")
        await minh.expect("ảnh đã duyệt")
        lan.says("96")
        await lan.expect("Câu 2/")
        await hear(program, clock)
        await lan.expect("đã được duyệt")

        await asks_on_the_page(page, program)
        await hear(program, clock)
        asked = await lan.expect("Nhờ bác trả lời lại giúp")
        lan.presses("Trả lời lại", asked)
        await lan.expect("khác nhiều so với kỳ trước")
        await village.answers("60")
        await lan.expect("Đã gửi câu trả lời mới")
        await page.reload()
        await expect(page.locator(".banner")).to_contain_text("bản mới hơn")
        assert await water(program) == (Status.NOT_MET, Proof.APPROVED)
        assert phone.complaints == []
