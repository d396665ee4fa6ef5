"""Settings in both databases: who was first, what the past was counted by, who is reminded now."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import pytest
from tortoise.transactions import in_transaction

from backend import consent
from backend.access import may_set
from backend.models import Area, Chat, OfficeSetting
from backend.office_settings.asked import Asked
from backend.office_settings.keys import Key, Kind
from backend.office_settings.service import confirm, look_at, preview_of
from backend.office_settings.store import ChangedMeanwhileError, Setter, log_of, put
from backend.office_settings.told import change_lines, log_line, preview_lines
from backend.people import Grant, Role, add_person, grant
from backend.plans.load import load_pack
from backend.plans.store import active_pack, load_into_database
from backend.schedule.due import DueKind, due, due_parts
from backend.status.model import Status
from backend.status.recorded import progress_of
from locales import Catalog
from tests.backend.office_people import make_areas, make_people
from tests.backend.status.office import submit
from tests.clock import OFFICE_ZONE, HandClock

WATER = Key(Kind.THRESHOLD, "thon-khao-sat/17.1")
TODAY = date(2026, 11, 22)
BY = Setter(None, "Chị Hạnh", "web")


async def set_(clock: HandClock, plan: str, asked: Asked, by: Setter = BY) -> OfficeSetting:
    look = await look_at(plan, clock, OFFICE_ZONE)
    wanted = look.understood(asked)
    item = look.item(wanted.key)
    return await confirm(look, wanted, by, clock, seen=item.number if item else 0)


def local(year: int, month: int, day: int, hour: int = 8) -> datetime:
    return datetime(year, month, day, hour, tzinfo=OFFICE_ZONE)


@pytest.fixture
async def plan(database: str, clock: HandClock) -> str:
    return (await load_into_database(load_pack("vi-du"), clock)).pack


async def status(clock: HandClock, period: str) -> tuple[Status, object]:
    pack = await active_pack("vi-du", clock.now().astimezone(OFFICE_ZONE).date())
    progress = await progress_of("ia-dal-thon-3", period, clock, pack, zone=OFFICE_ZONE)
    found = next(i for i in progress.indicators if i.code == "17.1")
    return found.status, found.threshold


async def test_an_old_period_is_counted_by_the_threshold_of_its_time(
    plan: str, clock: HandClock, catalog_vi: Catalog
) -> None:
    for period in ("2026-Q3", "2026-Q4"):
        await submit(clock, "nuoc", "ia-dal-thon-3", period, households=100, clean=60)
    assert await status(clock, "2026-Q4") == (Status.MET, 50)

    asked = Asked(WATER, "70", "Quyết định 12/QĐ-UBND")
    look = await look_at(plan, clock, OFFICE_ZONE)
    wanted = look.understood(asked)
    lines = change_lines(look, wanted, catalog_vi)
    lines += preview_lines(await preview_of(look, wanted, clock, OFFICE_ZONE), wanted, catalog_vi)
    assert "Hiện nay: 50%" in lines
    assert "Mới: 70%" in lines
    assert "quý 4 năm 2026: 1 thôn đổi từ «đạt» sang «chưa đạt»." in lines
    assert "quý 3 năm 2026: không thôn nào đổi kết quả." in lines
    assert await status(clock, "2026-Q4") == (Status.MET, 50), "a preview changes nothing"

    await confirm(look, wanted, BY, clock, seen=0)
    assert await status(clock, "2026-Q4") == (Status.NOT_MET, 70)
    assert await status(clock, "2026-Q3") == (Status.MET, 50), "as it was"

    clock.set(local(2027, 2, 1))
    await set_(clock, plan, Asked(WATER, source="Công văn 9", ends=True))
    await submit(clock, "nuoc", "ia-dal-thon-3", "2027-Q1", households=100, clean=60)
    assert await status(clock, "2027-Q1") == (Status.MET, 50), "the plan's own again"
    assert await status(clock, "2026-Q4") == (Status.NOT_MET, 70), "and the past stays"


async def test_every_change_is_in_the_log_with_who_when_source_and_validity(
    plan: str, clock: HandClock, catalog_vi: Catalog
) -> None:
    person = await add_person("Anh Tư", clock.now(), phone="+84901234567")
    by = Setter(person.id, person.name, "chat")
    await set_(clock, plan, Asked(Key(Kind.LEAD_DAYS), "6", "Công văn  3", "01/12/2026"), by)
    clock.advance(minutes=5)
    await set_(clock, plan, Asked(Key(Kind.DAY_OFF), "24/12/2026", "Thông báo 5"))
    clock.advance(minutes=5)
    await set_(clock, plan, Asked(Key(Kind.LEAD_DAYS), source="Công văn 4", ends=True), by)
    look = await look_at(plan, clock, OFFICE_ZONE)
    lines = [log_line(r, look, catalog_vi, OFFICE_ZONE) for r in await log_of(plan)]
    lead = "Thôn gửi trước hạn báo cáo bao nhiêu ngày"
    ended = f"{lead}: thôi dùng giá trị của văn phòng · hiệu lực từ ngày 22/11/2026"
    off = "Ngày nghỉ: 24/12/2026: có · hiệu lực ngày 24/12/2026"
    began = f"{lead}: 6 ngày · hiệu lực từ ngày 01/12/2026"
    assert lines == [
        f"08:10 22/11/2026 · Anh Tư (qua tin nhắn) · {ended} · văn bản: Công văn 4",
        f"08:05 22/11/2026 · Chị Hạnh (trên trang web) · {off} · văn bản: Thông báo 5",
        f"08:00 22/11/2026 · Anh Tư (qua tin nhắn) · {began} · văn bản: Công văn 3",
    ]
    assert "0901234567" not in str(lines)
    units = await OfficeSetting.filter(kind="lead_days").order_by("id").values_list("unit", "act")
    assert [tuple(u) for u in units] == [("days", "set"), ("days", "end")]


async def test_of_two_admins_at_once_the_second_sees_what_the_first_did(
    plan: str, clock: HandClock
) -> None:
    look = await look_at(plan, clock, OFFICE_ZONE)
    first = look.understood(Asked(WATER, "70", "Quyết định 1"))
    second = look.understood(Asked(WATER, "90", "Quyết định 2"))
    other = Setter(None, "Anh Ba", "chat")
    outcomes = await asyncio.gather(
        put(plan, first, BY, clock.now(), seen=0),
        put(plan, second, other, clock.now(), seen=0),
        return_exceptions=True,
    )
    (done,) = [o for o in outcomes if isinstance(o, OfficeSetting)]
    (late,) = [o for o in outcomes if isinstance(o, ChangedMeanwhileError)]
    assert late.newest is not None
    assert (late.newest.id, late.newest.set_by_name) == (done.id, done.set_by_name)
    assert await OfficeSetting.all().count() == 1

    # Inside a turn's transaction a refusal takes nothing else with it.
    async with in_transaction():
        with pytest.raises(ChangedMeanwhileError):
            await put(plan, second, other, clock.now(), seen=0)
        await put(plan, second, other, clock.now(), seen=1)
    assert [r.number for r in await log_of(plan)] == [2, 1]


async def test_the_unique_number_stops_who_looked_before_the_other_wrote(
    plan: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = await look_at(plan, clock, OFFICE_ZONE)
    wanted = look.understood(Asked(WATER, "70", "Quyết định 1"))
    await put(plan, wanted, BY, clock.now(), seen=0)

    async def nothing_yet(_plan: str, _key: Key) -> int:
        return 0

    monkeypatch.setattr("backend.office_settings.store.seen_number", nothing_yet)
    async with in_transaction():
        with pytest.raises(ChangedMeanwhileError):
            await put(plan, wanted, BY, clock.now(), seen=0)
        assert await OfficeSetting.all().count() == 1, "the turn goes on"


async def test_the_same_pack_until_something_changes(plan: str, clock: HandClock) -> None:
    bare = await active_pack(plan, TODAY)
    await set_(clock, plan, Asked(Key(Kind.OFFSETS), "5, 0", "Công văn 3", "01/12/2026"))
    assert await active_pack(plan, TODAY) is bare, "it holds from December on"
    december = await active_pack(plan, date(2026, 12, 1))
    assert december.reminding.offsets == [5, 0]
    assert await active_pack(plan, date(2026, 12, 2)) is december
    await load_into_database(load_pack("vi-du"), clock)
    assert await active_pack(plan, date(2026, 12, 2)) is december, "loading again changes nothing"
    await set_(clock, plan, Asked(Key(Kind.OFFSETS), source="Công văn 4", ends=True))
    assert (await active_pack(plan, date(2026, 12, 2))).reminding.offsets == [7, 3, 1, 0]


async def test_every_kind_of_value_comes_back_as_it_was_set(plan: str, clock: HandClock) -> None:
    typed = {
        "threshold:thon-khao-sat/17.1": ("97,5", "97.5"),
        "threshold:thon-khao-sat/9.1": ("3", "3"),
        "deadline:quarterly": ("20", {"before_day": 20}),
        "lead_days": ("6", 6),
        "reminder_offsets": ("5, 0", [5, 0]),
        "remind_at": ("8h15", "08:15"),
        "quiet_hours": ("20:00-06:00", ["20:00", "06:00"]),
        "weekly_summary": ("thứ sáu 16:00", ["fri", "16:00"]),
        "on_day_off": ("giữ nguyên", "none"),
        "escalate_days": ("0", 0),
        "report_offsets": ("3", [3]),
        "activity_day": ("không", None),
        "stage_days:dossier": ("15", 15),
        "day_off:2026-12-11": ("", True),
        "working_day:2026-12-12": ("", True),
    }
    for name, (text, _) in typed.items():
        key = Key.read(name)
        assert key is not None
        await set_(clock, plan, Asked(key, text, "Công văn 3"))
    look = await look_at(plan, clock, OFFICE_ZONE)
    found = {str(i.key): i.value for i in look.items if i.act is not None}
    assert found == {name: value for name, (_, value) in typed.items()}
    pack = await active_pack(plan, TODAY)
    assert pack.reminding.on_day_off == "none"
    assert f"{pack.reminding.at:%H:%M}" == "08:15"


async def test_settings_of_one_plan_are_no_other_s(plan: str, clock: HandClock) -> None:
    await load_into_database(load_pack("ia-hdrai-2022"), clock)
    await set_(clock, plan, Asked(Key(Kind.LEAD_DAYS), "9", "Công văn 3"))
    other = await active_pack("ia-hdrai-2022", TODAY)
    assert other.reminding.leads_set == []


@pytest.mark.parametrize(
    ("name", "village", "deadline", "at", "missing"),
    [
        ("ia-hdrai-2022", "ia-dal-thon-3", ("quarterly", "13"), local(2022, 3, 7), 4),
        ("kon-plong-2024", "", ("criteria-report", "25 hằng quý"), local(2024, 6, 19), 4),
    ],
)
async def test_a_plan_without_a_day_begins_to_remind_from_the_moment_the_office_sets_one(  # noqa: PLR0917  (a plan's row)
    database: str,
    clock: HandClock,
    name: str,
    village: str,
    deadline: tuple[str, str],
    at: datetime,
    missing: int,
) -> None:
    await load_into_database(load_pack(name), clock)
    clock.set(at.replace(month=at.month - 1))
    villages = Area.filter(level="village")
    area = await (villages.get(code=village) if village else villages.order_by("id").first())
    assert area is not None
    head = await add_person("Bác Tám", clock.now())
    await grant(head.id, Grant(Role.VILLAGE_HEAD, area.id), clock.now())
    await consent.give(head.id, "telegram", clock.now())
    await Chat.create(
        channel="telegram", external_id="1", person_id=head.id, created_at=clock.now()
    )

    async def reminded() -> list[int]:
        pack = await active_pack(name, at.date())
        parts = [p async for p in due_parts(at, pack, OFFICE_ZONE)]
        things = [t for p in parts for t in p.things if t.kind is DueKind.REMINDER]
        return [sum(not m.activity for m in t.missing) for t in things]

    assert await reminded() == []
    target, day = deadline
    await set_(clock, name, Asked(Key(Kind.DEADLINE, target), day, "Công văn 7"))
    assert await reminded() == [], "the villages' lead time is still the office's to set"
    await set_(clock, name, Asked(Key(Kind.LEAD_DAYS), "5", "Công văn 7"))
    assert await reminded() == [missing]


async def test_quiet_hours_of_the_office_are_kept(plan: str, clock: HandClock) -> None:
    area = await Area.get(code="ia-dal-thon-3")
    head = await add_person("Bác Tám", clock.now())
    await grant(head.id, Grant(Role.VILLAGE_HEAD, area.id), clock.now())
    await consent.give(head.id, "telegram", clock.now())
    at = local(2026, 12, 4, 9)

    async def told() -> int:
        return len(await due(at, await active_pack(plan, at.date()), OFFICE_ZONE))

    assert await told() == 1
    await set_(clock, plan, Asked(Key(Kind.QUIET_HOURS), "20:00-09:30", "Công văn 3"))
    assert await told() == 0


async def test_who_may_set(database: str, clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    elsewhere = await add_person("Quản trị xã", clock.now())
    await grant(elsewhere.id, Grant(Role.ADMIN, areas["dal"]), clock.now())
    people["commune_admin"] = elsewhere.id
    allowed = {nick for nick, person in people.items() if await may_set(person, "huyen")}
    assert allowed == {"admin"}
    assert {n for n, p in people.items() if await may_set(p, "dal")} == {"admin", "commune_admin"}
    assert not await may_set(people["admin"], "khong-co")
