"""The main job, end to end: a village head answers in a chat, an officer asks /tiendo and sees it.

Real HTTP to a fake Bot API, the whole program, both databases. The village has 96 households in
the sample plan.
"""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import openpyxl
from PIL import Image

from backend.models import Answer, Evidence, EvidenceFile, Inbox, Outbox, Submission
from backend.people import Role
from tests.clock import OFFICE_ZONE, HandClock
from tests.fakes.telegram import FakeTelegram
from tests.journeys.house import SECRET, a_house, invitation, on_the_list
from tests.journeys.village import VILLAGE, Village


async def test_a_village_head_answers_and_an_officer_sees_it(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeTelegram(clock) as fake,
        a_house(database_url, tmp_path, clock, fake) as program,
    ):
        lan, minh = fake.user(1, "Lan"), fake.user(2, "Minh")
        village = Village(program, clock, fake, lan)

        # Enrolment, consent, menu.
        menu = await village.enrols()
        assert "mẫu" in menu.text.lower()

        # Housing, with an album: three photos, one acknowledgement.
        summary = await village.questionnaire("1. Nhà ở", photos=3)
        acknowledged = [s for s in fake.sent_to(lan) if "GỬI" in s.text]
        assert len(acknowledged) == 1

        # An edit by number: question 3 (nhà tạm) becomes 5, the summary comes back.
        summary = await village.answers("3", "5")
        assert "5" in summary.text
        lan.says("GỬI")
        await lan.expect("Các phiếu")
        temp = await Answer.get(submission__questionnaire="nha-o", name="temp")
        estimate = await Answer.get(submission__questionnaire="nha-o", name="removed_ytd")
        assert (temp.number, estimate.number, estimate.estimate) == (5, 2, True)
        assert await Evidence.filter(questionnaire="nha-o", dropped_at=None).count() == 3

        # The three others, in the same chat.
        for title in ("2. Nhà tiêu", "3. Nước", "4. Rác"):
            await village.questionnaire(title)
            lan.says("gửi")
            await lan.expect("Các phiếu")
        assert await Submission.filter(current_key__not_isnull=True).count() == 4
        assert await EvidenceFile.all().count() == 6
        unknown = await Answer.get(submission__questionnaire="nuoc", name="clean")
        assert unknown.unknown
        assert unknown.number is None

        # The village head sees the own village and no other.
        lan.says("tiến độ")
        own = await lan.expect("Thôn 1")
        assert "4/4" in own.text
        assert "Thôn 2" not in own.text

        # An officer: /tiendo as text and as a picture.
        minh.starts(await invitation(Role.DISTRICT_OFFICER, "ia-hdrai", clock, "Minh"))
        await minh.expect("")
        minh.says("tiendo")
        text = await minh.expect("TIẾN ĐỘ ·")
        assert "4/48" in text.text
        assert "MẪU" in text.text
        await fake.until(lambda: any(s.method == "sendPhoto" for s in fake.sent_to(minh)))
        picture = next(s for s in fake.sent_to(minh) if s.method == "sendPhoto")
        with Image.open(io.BytesIO(picture.data)) as image:
            assert image.format == "PNG"
            assert image.width >= 1000
        minh.says("/tiendo ia dal")
        assert "4/32" in (await minh.expect("TIẾN ĐỘ · Xã Ia Đal")).text

        # Nothing was lost and nothing waits.
        await program.turns.settled()
        assert await Inbox.exclude(status=2).count() == 0
        assert await Outbox.filter(status=3).count() == 0


async def test_who_has_not_answered_is_reminded_once_and_the_office_gets_its_week(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeTelegram(clock) as fake,
        a_house(database_url, tmp_path, clock, fake) as program,
    ):
        lan, minh = fake.user(1, "Lan"), fake.user(2, "Minh")
        village = Village(program, clock, fake, lan)
        await village.enrols()
        minh.starts(await invitation(Role.DISTRICT_OFFICER, "ia-hdrai", clock, "Minh"))
        await minh.expect("")
        await village.questionnaire("3. Nước")
        lan.says("gửi")
        await lan.expect("Các phiếu")

        # Sample plan: before the 13th of December, five days' lead: the 7th is the village's day.
        clock.set(datetime(2026, 12, 4, 7, 31, tzinfo=OFFICE_ZONE))
        await program.tick()
        reminder = await lan.expect("07/12/2026")
        assert "Nhà ở" in reminder.text
        assert "Nước sinh hoạt" not in reminder.text
        count = len(fake.sent_to(lan))
        await program.tick()
        await program.tick()
        await program.sender.delivered()
        assert len(fake.sent_to(lan)) == count

        # Monday 07:30: text, picture, workbook.
        clock.set(datetime(2026, 12, 7, 7, 31, tzinfo=OFFICE_ZONE))
        await program.tick()
        await fake.until(lambda: any(s.method == "sendDocument" for s in fake.sent_to(minh)))
        methods = {s.method for s in fake.sent_to(minh)}
        assert {"sendMessage", "sendPhoto", "sendDocument"} <= methods
        document = next(s for s in fake.sent_to(minh) if s.method == "sendDocument")
        book = openpyxl.load_workbook(io.BytesIO(document.data))
        assert len(book.sheetnames) == 4


async def test_everything_delivered_twice_by_webhook_happens_once(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with FakeTelegram(clock) as fake:
        fake.twice = True
        mode = {"TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": SECRET}
        async with a_house(database_url, tmp_path, clock, fake, **mode) as program:
            fake.use_webhook(f"{program.settings.public_url}/webhooks/telegram", SECRET)
            lan = fake.user(1, "Lan")
            village = Village(program, clock, fake, lan)
            await on_the_list("84901234567", VILLAGE, clock)
            lan.starts()
            await lan.expect("")
            lan.shares_contact("84901234567")
            await lan.expect("ĐỒNG Ý")
            lan.presses("ĐỒNG Ý")
            await lan.expect("Các phiếu")
            await village.questionnaire("3. Nước")
            lan.says("gửi")
            await lan.expect("Các phiếu")
            await fake.delivered()
            await program.sender.delivered()
            assert await Submission.all().count() == 1
            assert await Evidence.all().count() == 1
            said = [s.text for s in fake.sent_to(lan)]
            for once in ("Chào mừng", "Câu 2/", "Đúng thì nhắn GỬI"):
                assert len([t for t in said if once in t]) == 1, once
            assert await Inbox.all().count() == len({a for a, _ in fake.attempts})
