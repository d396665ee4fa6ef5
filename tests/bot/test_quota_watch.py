"""Warnings, what goes another way, and whom an officer must call; both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.models import BotRules, CameBack, Chat, Outbox, SentMonth
from backend.people import Role
from backend.plans.schema import Pack
from backend.quota.books import Bot, note_bots, open_books
from backend.quota.month import months
from backend.quota.reach import reach_of
from backend.quota.rules import Allowance
from backend.reports.escalation import late_text
from backend.schedule.due import DueKind, due
from bot.messages import Capabilities, Outgoing
from bot.quota_watch import watch
from bot.schedule import Schedule, tick
from bot.turn.quota import Quota
from bot.turn.sender import Sender
from locales import Catalog
from tests.backend.schedule.office import Office, pack
from tests.clock import OFFICE_ZONE, HandClock, local
from tests.fakes.channel import FakeChannel

WEEK = 7 * 86_400


@pytest.fixture
async def office(database: str) -> Office:
    return await Office(local(11, 1)).open()


async def bots(clock: HandClock, **zalo: object) -> None:
    """Telegram without limits, a web chat that does not ring, and a Zalo bot with its rules."""
    await note_bots(
        [
            Bot("telegram", "", Allowance()),
            Bot("web", "", Allowance(), rings=False),
            Bot("zalo_bot", "", Allowance(**zalo)),
        ],
        clock.now(),
    )


async def spent(count: int, purpose: str = "answer", month: str = "2026-11") -> None:
    await SentMonth.filter(channel="zalo_bot", month=month, purpose=purpose).delete()
    await SentMonth.create(channel="zalo_bot", month=month, purpose=purpose, sent=count)


async def texts(purpose: str) -> list[str]:
    rows = await Outbox.filter(purpose=purpose).order_by("id")
    return [Outgoing.from_json(row.payload).text for row in rows]


async def test_the_admins_hear_at_a_fifth_a_twentieth_and_nothing_once_each(
    office: Office, clock: HandClock
) -> None:
    await bots(clock, per_month=3_000)
    admin = await office.person("Quản trị", "huyen", Role.ADMIN)
    await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    counts = []
    for total in (2_399, 2_400, 2_588, 2_850, 2_999, 3_000, 3_000):
        await spent(total)
        clock.advance(minutes=1)
        counts.append(await watch(clock, OFFICE_ZONE, pack()))
    assert counts == [0, 1, 0, 1, 0, 1, 0]
    said = await texts("warning")
    assert "Tháng này còn 600 tin trong 3.000 tin." in said[0]
    assert "Cứ đà này thì" in said[0]
    assert "còn 0 tin" in said[2]
    assert "trả lời tiếp trên web" in said[2]
    assert {row.chat_id for row in await Outbox.all()} == {(await Chat.get(person=admin)).id}
    clock.set(local(12, 1))
    await spent(2_999, month="2026-12")
    assert await watch(clock, OFFICE_ZONE, pack()) == 1, "another month, and only the worst level"


async def test_the_warning_takes_a_channel_that_can_still_deliver(
    office: Office, clock: HandClock
) -> None:
    await bots(clock, per_month=100)
    admin = await office.person("Quản trị", "huyen", Role.ADMIN, chat=False)
    web = await office.chat(admin, "web", local(11, 2))
    zalo = await office.chat(admin, "zalo_bot", local(11, 20))
    await spent(80)
    await watch(clock, OFFICE_ZONE, pack())
    await spent(100)
    await watch(clock, OFFICE_ZONE, pack())
    assert [row.chat_id for row in await Outbox.all().order_by("id")] == [zalo.id, web.id]


async def test_a_full_bot_is_told_once(office: Office, clock: HandClock) -> None:
    await bots(clock, people=2)
    admin = await office.person("Quản trị", "huyen", Role.ADMIN)
    for number in range(2):
        person = await office.person(f"Bác {number}", "a1", chat=False)
        await office.chat(person, "zalo_bot", clock.now())
    assert await watch(clock, OFFICE_ZONE, pack()) == 1
    assert await watch(clock, OFFICE_ZONE, pack()) == 0
    assert "Số người: 2/2." in (await texts("warning"))[0]
    assert admin


async def test_at_night_nobody_is_warned(office: Office, clock: HandClock) -> None:
    await bots(clock, per_month=10)
    await office.person("Quản trị", "huyen", Role.ADMIN)
    await spent(10)
    clock.set(local(11, 23, 2))
    assert await watch(clock, OFFICE_ZONE, pack()) == 0
    clock.set(local(11, 23, 9))
    assert await watch(clock, OFFICE_ZONE, pack()) == 1


# -- another way ------------------------------------------------------------------------------


def schedule() -> Schedule:
    async def in_force() -> Pack:
        return pack()

    async def attach(data: bytes) -> str:
        return f"k{len(data)}"

    return Schedule(in_force, OFFICE_ZONE, attach)


class Doors:
    """Two fake channels with rules, and the sender that carries for both."""

    def __init__(self, clock: HandClock, **zalo: object) -> None:
        self.clock = clock
        able = Capabilities(
            buttons=False, edits=False, max_text=2_000, per_second=0.0, per_chat_seconds=0.0,
            allowance=Allowance(**zalo),
        )  # fmt: skip
        self.zalo, self.telegram = FakeChannel(able), FakeChannel()
        self.zalo.name, self.telegram.name = "zalo_bot", "telegram"

    async def carry(self) -> None:
        sender = Sender(
            [self.zalo, self.telegram], self.clock, quota=Quota(OFFICE_ZONE), sleep=self.clock.sleep
        )
        await sender.open()
        await sender.delivered()
        await sender.stop()


async def test_what_the_last_channel_does_not_take_goes_to_the_next_once_ever(
    office: Office, clock: HandClock
) -> None:
    doors = Doors(clock, per_month=10)
    await bots(clock, per_month=10)
    head = await office.person("Bác Hai", "a1")  # Telegram, long ago
    await office.chat(head, "zalo_bot", local(12, 1))
    clock.set(local(12, 4))
    assert await tick(clock, schedule()) == 1
    await spent(9, month="2026-12")  # between the tick and the sender others used it up
    await doors.carry()
    assert not doors.zalo.log, "the reserve is for answers"
    assert (await Outbox.get()).reason == "quota"
    assert await watch(clock, OFFICE_ZONE, pack()) == 1
    await doors.carry()
    assert len(doors.telegram.log) == 1
    assert "Hạn chót: 07/12/2026" in doors.telegram.log[0][2]
    for _ in range(3):
        clock.advance(minutes=1)
        assert await tick(clock, schedule()) + await watch(clock, OFFICE_ZONE, pack()) == 0
    assert await CameBack.all().count() == 0
    first, second = await Outbox.all().order_by("id")
    assert second.once == f"{first.once}>{second.chat_id}"
    assert (first.status, second.status) == (3, 1)


async def test_when_every_way_is_tried_it_ends_and_the_village_is_on_the_call_list(
    office: Office, clock: HandClock, catalog_vi: Catalog
) -> None:
    await bots(clock, reply_seconds=WEEK)
    head = await office.person("Bác Hai", "a1")
    await office.chat(head, "zalo_bot", local(11, 20))
    await office.person("Chị Xã", "xa-a", Role.COMMUNE_OFFICER)
    clock.set(local(12, 4))
    await tick(clock, schedule())
    row = await Outbox.get(purpose="reminder")
    assert (await Chat.get(id=row.chat_id)).channel == "telegram", "Zalo's window is over"
    await Outbox.filter(id=row.id).update(status=3, reason="blocked", done_at=clock.now())
    await Chat.filter(id=row.chat_id).update(blocked_at=clock.now())
    await CameBack.create(outbox_id=row.id)
    assert await watch(clock, OFFICE_ZONE, pack()) == 0
    assert await CameBack.all().count() == 0
    clock.set(local(12, 8))
    (thing,) = [d for d in await due(clock.now(), pack(), OFFICE_ZONE) if d.late]
    assert thing.kind is DueKind.LATE_LIST
    (village, _) = sorted(thing.late, key=lambda v: v.code)
    assert village.call
    text = late_text(thing, catalog_vi)
    assert "Zalo: quá 7 ngày chưa nhắn; Telegram: đã chặn tin nhắn" in text
    await Chat.filter(channel="zalo_bot").update(last_in_at=clock.now())
    (thing,) = [d for d in await due(clock.now(), pack(), OFFICE_ZONE) if d.late]
    assert all(v.call for v in thing.late), "the last reminder did not arrive: call all the same"


async def test_a_reminder_of_another_day_is_not_moved_and_a_summary_for_two_days_is(
    office: Office, clock: HandClock
) -> None:
    await bots(clock)
    head = await office.person("Bác Hai", "a1")
    zalo = await office.chat(head, "zalo_bot", local(12, 1))
    clock.set(local(12, 5, 8))
    for once, purpose, hours in (
        ("r", "reminder", 20),
        ("s", "summary", 20),
        ("old", "summary", 60),
    ):
        row = await Outbox.create(
            chat=zalo, payload=Outgoing(once, purpose=purpose, once=once).to_json(), once=once,
            purpose=purpose, status=3, reason="unreachable",
            created_at=clock.now() - timedelta(hours=hours),
        )  # fmt: skip
        await CameBack.create(outbox_id=row.id)
    assert await watch(clock, OFFICE_ZONE, pack()) == 1
    assert (await Outbox.get(status=0)).once == f"s>{(await Chat.get(channel='telegram')).id}"
    assert await CameBack.all().count() == 0


# -- by which chat ------------------------------------------------------------------------------


async def test_the_chat_used_last_of_those_that_can_deliver(
    office: Office, clock: HandClock
) -> None:
    await bots(clock, per_month=1_000, reply_seconds=WEEK)
    head = await office.person("Bác Hai", "a1")
    web = await office.chat(head, "web", local(11, 10))
    zalo = await office.chat(head, "zalo_bot", local(11, 20))
    clock.set(local(11, 22))

    async def ways() -> tuple[list[str], list[str]]:
        reach = (await reach_of([head.id], await open_books(clock.now(), OFFICE_ZONE)))[head.id]
        return [c.channel for c in reach.chats], [b.reason for b in reach.barred]

    assert await ways() == (["zalo_bot", "web", "telegram"], [])
    await spent(900)
    assert await ways() == (["web", "telegram"], ["quota"])
    await spent(0)
    clock.set(local(11, 28))
    assert await ways() == (["web", "telegram"], ["window"])
    await Chat.filter(id=zalo.id).update(last_in_at=clock.now())
    await Outbox.create(
        chat=zalo, payload="{}", status=3, reason="window", created_at=clock.now(),
        done_at=clock.advance(minutes=1),
    )  # fmt: skip
    assert await ways() == (["web", "telegram"], ["window"]), "the channel itself said so"
    await Chat.filter(id=zalo.id).update(last_in_at=clock.advance(minutes=1), blocked_at=None)
    assert (await ways())[0][0] == "zalo_bot", "they wrote again"
    await note_bots([Bot("web", "", Allowance(), rings=False)], clock.now())
    assert await ways() == (["web"], ["closed", "closed"])
    assert web


async def test_a_web_chat_that_nobody_opens_is_no_way_to_reach_a_village(
    office: Office, clock: HandClock, catalog_vi: Catalog
) -> None:
    await bots(clock)
    head = await office.person("Bác Hai", "a1", chat=False)
    web = await office.chat(head, "web", local(10, 1))
    await office.person("Chị Xã", "xa-a", Role.COMMUNE_OFFICER)
    (thing,) = [d for d in await due(local(12, 8), pack(), OFFICE_ZONE) if d.late]
    assert "Trang trò chuyện: lâu rồi chưa mở".casefold() in late_text(thing, catalog_vi).casefold()
    await Chat.filter(id=web.id).update(last_in_at=local(12, 1))
    (thing,) = [d for d in await due(local(12, 8), pack(), OFFICE_ZONE) if d.late]
    assert {v.code: v.call for v in thing.late} == {"a1": False, "a2": True}


async def test_the_rules_of_a_bot_that_is_gone_are_closed_and_come_back(
    database: str, clock: HandClock
) -> None:
    await bots(clock, per_month=3_000, people=50)
    assert [m.channel for m in await months(clock.now(), OFFICE_ZONE)] == ["zalo_bot"]
    await note_bots([Bot("web", "", Allowance(), rings=False)], clock.now())
    assert await months(clock.now(), OFFICE_ZONE) == []
    await bots(clock, per_month=5_000)
    (month,) = await months(clock.now(), OFFICE_ZONE)
    assert (month.per_month, month.most_people) == (5_000, None)
    assert await BotRules.all().count() == 3
