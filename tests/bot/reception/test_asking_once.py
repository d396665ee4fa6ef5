"""A report asked for once, from its opening in a chat to its last reminder."""

from __future__ import annotations

from datetime import datetime

from backend.adhoc.kept import reports_of
from backend.models import AdHocReport, AuditEntry, Outbox, Submission
from backend.people import Role
from backend.plans.store import active_pack
from bot.messages import Outgoing
from bot.schedule import Schedule, tick
from tests.bot.reception.talk import PLAN, Office
from tests.clock import OFFICE_ZONE, HandClock


def local(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=OFFICE_ZONE)


async def told(office: Office, clock: HandClock, *, begins: str = "") -> list[str]:
    """What one tick queues that was not queued before."""
    before = set(await Outbox.all().values_list("id", flat=True))

    async def attach(_: bytes) -> str:
        return "key"

    await tick(clock, Schedule(lambda: active_pack(PLAN), OFFICE_ZONE, attach))
    rows = await Outbox.filter(once__startswith=begins).exclude(id__in=before).order_by("id")
    return [Outgoing.from_json(row.payload).text for row in rows]


async def opened(officer, *, what: str = "Sau mưa lũ có bao nhiêu nhà bị tốc mái?") -> str:
    await officer.send("/dotxuat mới")
    await officer.send("Thiệt hại sau mưa lũ")
    await officer.send(what)
    await officer.send("1")
    await officer.send("thôn 3 ia đal, thôn 4 ia đal")
    preview = await officer.send("28/11/2026")
    assert "trước ngày 28/11/2026" in preview
    assert "Sẽ gửi 1 tin nhắn" in preview, preview
    assert "Telegram 1" in preview
    assert "cần gọi: Thôn 4" in preview
    assert await AdHocReport.all().count() == 0, "nothing is written before the yes"
    return await officer.send("ĐÚNG")


async def test_from_opening_to_the_last_reminder(office: Office, clock: HandClock) -> None:
    clock.set(local(23))
    head = await office.head("ia-dal-thon-3")
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    commune = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await told(office, clock)  # whatever else is due that week
    assert "Đã mở" in await opened(officer)

    # Everybody asked hears of it at once, and once.
    (announced,) = await told(office, clock, begins="adhoc")
    assert "Thiệt hại sau mưa lũ" in announced
    assert "tốc mái" in announced
    assert "27/11/2026" in announced, "before the 28th: the 27th is the last day"
    assert await told(office, clock, begins="adhoc") == []

    # Three days before, one day before, on the day: reminded of, with everything else that is due.
    clock.set(local(24, 7, 31))
    (third,) = await told(office, clock, begins="reminder")
    assert "Thiệt hại sau mưa lũ" in third
    clock.set(local(26, 7, 31))
    assert len(await told(office, clock, begins="reminder")) == 1

    # The head answers in the same list as the other questionnaires.
    listed = await head.send("MENU")
    assert "1. Thiệt hại sau mưa lũ" in listed
    asked = await head.send("1")
    assert "tốc mái" in asked
    await head.send("Hai nhà tốc mái, không ai bị thương")
    await head.send("bỏ qua")
    await head.send("gửi")
    answer = await Submission.get(questionnaire="bao-cao-dot-xuat")
    assert answer.period.startswith("2026-11-27-")
    clock.set(local(27, 7, 31))
    assert await told(office, clock, begins="reminder") == [], "who has answered is left alone"

    # The officer's list says who has answered.
    assert "đã có 1/2" in await officer.send("/dotxuat")
    assert "THÊM để mở" in officer.last[0].text
    assert "Báo cáo tên là gì" in await officer.send("THÊM")
    await officer.answer("hủy", "/dotxuat")
    seen = await officer.send("1")
    assert "Đã trả lời: Thôn 3" in seen
    assert "Chưa trả lời: Thôn 4" in seen
    await officer.send("hủy")

    # The day after: the commune's list of the late names it, and so does a notice to the opener.
    clock.set(local(28, 7, 31))
    (late,) = await told(office, clock, begins="adhoc")
    assert "1/2 nơi chưa trả lời: Thôn 4" in late
    rows = await Outbox.filter(once__startswith="late|")
    assert any("Thôn 4" in Outgoing.from_json(r.payload).text for r in rows)

    # The commune officer keys it in, and it closes by itself.
    listed = await commune.send("/nhapho thôn 4")
    assert "1. Thiệt hại sau mưa lũ" in listed
    await commune.send("1")
    await commune.send("Không có thiệt hại")
    await commune.send("bỏ qua")
    await commune.send("gửi")
    clock.set(local(28, 10))
    (done,) = await told(office, clock, begins="adhoc")
    assert "cả 2 nơi đã trả lời" in done
    assert "đã đủ" in await officer.send("/dotxuat")


async def test_cancelled_with_a_reason_nobody_is_reminded(office: Office, clock: HandClock) -> None:
    clock.set(local(23))
    head = await office.head("ia-dal-thon-3")
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    await opened(officer, what="3")
    await officer.send("/dotxuat")
    await officer.send("1")
    await officer.send("bỏ")
    assert await AdHocReport.filter(cancelled_at=None).count() == 1, "a reason comes first"
    assert "Đã hủy" in await officer.send("Bão không vào")
    assert "Thiệt hại" not in await head.send("MENU")
    clock.set(local(24, 7, 31))
    assert await told(office, clock, begins="reminder") == []
    (report,) = await reports_of(await active_pack(PLAN), clock.now().date())
    assert (report.cancelled, report.reason) == (True, "Bão không vào")
    noted = await AuditEntry.filter(action__startswith="report.").order_by("number")
    assert [entry.action for entry in noted] == ["report.opened", "report.cancelled"]


async def test_communes_themselves_answer(office: Office, clock: HandClock) -> None:
    clock.set(local(23))
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    commune = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await officer.send("/dotxuat")
    await officer.send("Số xe chở rác")
    await officer.send("Xã có mấy xe chở rác?")
    await officer.send("2")
    await officer.send("tất cả")
    preview = await officer.send("1/12")
    assert "01/12/2026" in preview
    await officer.send("1")
    (announced,) = await told(office, clock, begins="adhoc")
    assert "Xã Ia Đal" in announced
    clock.set(local(29, 7, 31))  # the day before the last one, the 30th
    (notice,) = await told(office, clock, begins="report|")
    assert "Số xe chở rác" in notice
    assert "30/11/2026" in notice
    assert "Số xe chở rác" in await commune.send("MENU")
    await commune.send("1")
    await commune.send("Hai xe")
    await commune.send("bỏ qua")
    await commune.send("gửi")
    answer = await Submission.get(questionnaire="bao-cao-dot-xuat")
    assert answer.entered_by_id is None, "the commune answers for itself"
    assert "1/3" in await officer.send("/dotxuat")


async def test_who_may_not_open_one(office: Office, clock: HandClock) -> None:
    commune = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    assert "không có báo cáo" in await commune.send("/dotxuat mới")
    head = await office.head("ia-dal-thon-3")
    assert "Chỉ cán bộ" in await head.send("/dotxuat")
    assert await AdHocReport.all().count() == 0
