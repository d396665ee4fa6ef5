"""From what is due to outbox rows: once, with words, pictures and a workbook."""

from __future__ import annotations

import asyncio
import io

import openpyxl
import pytest
from apscheduler.events import JobExecutionEvent
from PIL import Image

from backend.models import Chat, Outbox
from backend.people import Role
from backend.plans.load import load_pack
from backend.plans.schema import Pack
from backend.plans.store import active_pack, load_into_database
from backend.schedule.due import due
from bot.messages import Outgoing
from bot.schedule import Schedule, Ticker, tick
from bot.sent_figures import kept_in
from tests.backend.schedule.office import Office, pack
from tests.clock import OFFICE_ZONE, PATIENCE, HandClock, local


class Shelf:
    """An attachment store in memory; `broken` makes it fail."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.broken = False

    async def attach(self, data: bytes) -> str:
        if self.broken:
            raise OSError("disk full")
        key = f"k{len(self.kept)}"
        self.kept[key] = data
        return key


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def office(database: str) -> Office:
    return await Office(local(11, 1)).open()


def schedule(shelf: Shelf, plan: Pack | None = None) -> Schedule:
    async def in_force() -> Pack:
        return plan or pack()

    return Schedule(in_force, OFFICE_ZONE, shelf.attach)


async def queued() -> list[tuple[int, Outgoing]]:
    rows = await Outbox.all().order_by("id")
    return [(row.chat_id, Outgoing.from_json(row.payload)) for row in rows]


async def test_a_reminder_is_one_plain_message(
    office: Office, shelf: Shelf, clock: HandClock
) -> None:
    head = await office.person("Bác Hai", "a1")
    await office.begin(head, "a1", "rac-thai", local(11, 2), running=False)
    clock.set(local(12, 4))
    assert await tick(clock, schedule(shelf)) == 1
    ((_, message),) = await queued()
    assert message.text == (
        "Chào bác Bác Hai.\n\n"
        "Thôn 1 còn 2 phiếu chưa gửi (quý 4 năm 2026):\n"
        "• Nước\n"
        "• Rác thải (đang làm dở)\n"
        "Hạn chót: 07/12/2026, còn 3 ngày.\n\n"
        "Bác nhắn MENU để làm tiếp. Cảm ơn bác!"
    )
    assert (message.prompt, message.purpose) == (0, "reminder"), "it makes no question stale"
    row = await Outbox.get()
    assert row.once == message.once != ""
    assert row.purpose == "reminder"


async def test_a_second_tick_and_two_at_once_send_it_once(
    office: Office, shelf: Shelf, clock: HandClock
) -> None:
    await office.person("Bác Hai", "a1")
    await office.person("Bác Ba", "a2")
    clock.set(local(12, 4))
    await asyncio.gather(*(tick(clock, schedule(shelf)) for _ in range(5)))
    clock.advance(minutes=1)
    assert await tick(clock, schedule(shelf)) == 0
    assert await Outbox.all().count() == 2


async def test_a_worker_killed_before_its_commit_leaves_it_to_the_next(
    office: Office, shelf: Shelf, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.person("Bác Hai", "a1")
    clock.set(local(12, 4))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Outbox, "bulk_create", killed)
        with pytest.raises(KeyboardInterrupt):
            await tick(clock, schedule(shelf))
    assert await Outbox.all().count() == 0
    assert await tick(clock, schedule(shelf)) == 1


async def test_a_wave_that_was_sent_is_not_looked_through_every_minute(
    office: Office, shelf: Shelf, clock: HandClock
) -> None:
    plan = pack()
    running = schedule(shelf, plan)
    await office.person("Bác Hai", "a1")
    unreached = await office.person("Bác Ba", "a2", chat=False)
    busy = await office.person("Bác Bốn", "b1")
    clock.set(local(12, 4))
    await office.begin(busy, "b1", "nuoc", clock.now())
    assert await tick(clock, running) == 1
    await Outbox.all().delete()  # only the memory of the look can know that it was sent
    clock.advance(minutes=1)
    assert await tick(clock, running) == 0
    await office.chat(unreached, "web", clock.now())
    clock.advance(minutes=15)
    assert await tick(clock, running) == 2, "who could not be told before is told now"
    clock.set(local(12, 6))
    assert await tick(clock, running) == 3, "the next wave is another look"


async def test_a_killed_tick_settles_nothing(
    office: Office, shelf: Shelf, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = pack()
    running = schedule(shelf, plan)
    await office.person("Bác Hai", "a1")
    clock.set(local(12, 4))

    def away(*_: object, **__: object) -> None:
        raise OSError("the database went away")

    with monkeypatch.context() as dying:
        dying.setattr(Outbox, "bulk_create", away)
        with pytest.raises(OSError, match="went away"):
            await tick(clock, running)
    clock.advance(minutes=1)
    assert await tick(clock, running) == 1


async def test_a_clock_that_jumps_and_three_weeks_off_send_one_message_each_day_at_most(
    office: Office, shelf: Shelf, clock: HandClock
) -> None:
    plan = pack()
    running = schedule(shelf, plan)
    await office.person("Bác Hai", "a1")
    clock.set(local(11, 15))
    assert await tick(clock, running) == 0
    clock.set(local(12, 6))
    assert await tick(clock, running) == 1, "three weeks off: three moments, one message"
    for day in (4, 12, 6, 1, 6):
        clock.set(local(12, day))
        await tick(clock, running)
    days = [row.once.split("|")[2] for row in await Outbox.all().order_by("id") if row.once]
    assert days == ["2026-12-06", "2026-12-07"], "each once, none of the past ones again"


async def test_it_goes_to_the_chat_used_last_that_can_be_reached(
    office: Office, shelf: Shelf, clock: HandClock
) -> None:
    head = await office.person("Bác Hai", "a1", chat=False)
    await office.chat(head, "telegram", local(11, 3))
    used = await office.chat(head, "web", local(11, 9))
    blocked = await office.chat(head, "zalo", local(11, 20))
    await Chat.filter(id=blocked.id).update(blocked_at=local(11, 21))
    clock.set(local(12, 4))
    await tick(clock, schedule(shelf))
    assert [chat for chat, _ in await queued()] == [used.id]


async def test_whoever_cannot_be_reached_stays_due(
    office: Office, shelf: Shelf, clock: HandClock
) -> None:
    head = await office.person("Bác Hai", "a1", chat=False)
    clock.set(local(12, 4))
    assert await tick(clock, schedule(shelf)) == 0
    assert len(await due(clock.now(), pack(), OFFICE_ZONE)) == 1
    await office.chat(head, "web", clock.now())
    assert await tick(clock, schedule(shelf)) == 1


async def test_the_weekly_summary_is_text_picture_and_workbook(
    office: Office, shelf: Shelf, clock: HandClock
) -> None:
    officer = await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    await office.person("Chị Cùng", "huyen", Role.DISTRICT_OFFICER)
    await office.person("Chị Xã", "xa-b", Role.COMMUNE_OFFICER)
    clock.set(local(11, 23, 7, 30))
    plan = pack(inspections=[{"id": "k", "name": "Kiểm tra xã B", "areas": ["xa-b"]}])
    assert await tick(clock, schedule(shelf, plan)) == 3
    chat = await Chat.get(person=officer)
    text, picture, book = [m for to, m in await queued() if to == chat.id]
    assert text.text.startswith(
        "TỔNG HỢP TUẦN\nTháng này theo kế hoạch: Kiểm tra xã B.\nTIẾN ĐỘ · Huyện Thử\nQuý 4 năm 2026, lúc 07:30 23/11/2026\n"
        "Đã nộp: 0/6 phiếu."
    )
    assert "12/12/2026" in text.text
    assert len(text.text) <= 2_000
    assert Image.open(io.BytesIO(shelf.kept[kept_in(picture.picture)])).width == 1_080
    sheets = openpyxl.load_workbook(io.BytesIO(shelf.kept[kept_in(book.document)])).sheetnames
    assert sheets == ["Tổng hợp", "Từng thôn", "Chỉ tiêu", "Hạn báo cáo"]
    assert book.document_name == "tien-do-huyen-2026-11-23.xlsx"
    assert {m.purpose for _, m in await queued()} == {"summary"}
    assert len(shelf.kept) == 4, "two officers of one area share what was made"
    assert await tick(clock, schedule(shelf, plan)) == 0


async def test_a_late_summary_is_of_the_day_on_which_it_is_made(
    office: Office, shelf: Shelf, clock: HandClock
) -> None:
    await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    clock.set(local(12, 3, 9))
    assert await tick(clock, schedule(shelf)) == 1
    *_, book = [m for _, m in await queued()]
    assert book.document_name == "tien-do-huyen-2026-12-03.xlsx"


async def test_what_cannot_be_made_holds_nobody_up_and_is_tried_again(
    office: Office, shelf: Shelf, clock: HandClock
) -> None:
    await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    await office.person("Bác Hai", "a1")
    clock.set(local(12, 7, 7, 30))
    shelf.broken = True
    assert await tick(clock, schedule(shelf)) == 2
    assert [m.purpose for _, m in await queued()] == ["reminder", "notice"]
    shelf.broken = False
    assert await tick(clock, schedule(shelf)) == 1


async def test_the_trial_plan_from_its_pack(database: str, shelf: Shelf, clock: HandClock) -> None:
    await load_into_database(load_pack("vi-du"), clock)
    plan = await active_pack("vi-du")
    office = Office(local(11, 1))
    await office.adopt()
    village = next(a for a in plan.areas if a.level == "village")
    await office.person("Bác Hai", village.code)
    await office.person("Anh Huyện", plan.root, Role.DISTRICT_OFFICER)
    clock.set(local(12, 7, 7, 30))
    assert await tick(clock, schedule(shelf, plan)) == 3
    messages = [m for _, m in await queued()]
    assert [m.purpose for m in messages if m.purpose != "summary"] == ["reminder", "notice"]
    assert all("DỮ LIỆU MẪU" in m.text for m in messages if m.text and not m.picture + m.document)
    reminder = next(m for m in messages if m.purpose == "reminder")
    assert "Hạn chót: hôm nay, 07/12/2026." in reminder.text
    assert reminder.text.count("•") == len(plan.surveys)


async def test_the_ticker_looks_at_once_goes_on_after_a_failure_and_stops() -> None:
    noticed = asyncio.Event()

    class Watched(Ticker):
        def _failed(self, event: JobExecutionEvent) -> None:
            super()._failed(event)
            noticed.set()

    async def failing() -> None:
        raise OSError("no database")

    ticker = Watched(failing)
    await ticker.start()
    await asyncio.wait_for(noticed.wait(), PATIENCE)
    assert ticker.failures == 1
    await ticker.stop()
    await ticker.stop()


async def test_a_ticker_stopped_while_it_looks_has_not_failed() -> None:
    looking, ended = asyncio.Event(), asyncio.Event()

    async def long() -> None:
        looking.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    ticker = Ticker(long)
    await ticker.start()
    await asyncio.wait_for(looking.wait(), PATIENCE)
    await ticker.stop()
    await asyncio.wait_for(ended.wait(), PATIENCE)
    await asyncio.sleep(0)
    assert ticker.failures == 0
