"""/caidat: the list, one thing at once or asked for in turn, a yes, and the log."""

from __future__ import annotations

from datetime import date

import pytest

from backend.models import OfficeSetting
from backend.office_settings.keys import Key, Kind
from backend.office_settings.store import Setter, Wanted, put, value_of
from backend.people import Role
from backend.plans.store import active_pack
from tests.bot.reception.talk import Office, Talk

TODAY = date(2026, 11, 22)


@pytest.fixture
async def admin(office: Office) -> Talk:
    return await office.officer(Role.ADMIN, "ia-hdrai")


async def number_of(talk: Talk, name: str) -> str:
    listed = await talk.send("/caidat")
    line = next(x for x in listed.splitlines() if name in x)
    return line.partition(".")[0]


async def test_the_list_is_numbered_and_fits_every_channel(admin: Talk) -> None:
    listed = await admin.send("/caidat")
    assert "4. Ngưỡng 17.1 · Tỷ lệ hộ dùng nước sạch theo quy chuẩn: 50%" in listed
    assert "Giờ yên lặng, không gửi tin: 21:00–06:30" in listed
    assert "/caidat nhật ký" in listed
    assert all(len(m.text) <= 2_000 for m in admin.last)
    assert "/caidat" in await admin.send("trợ giúp")


async def test_all_at_once_with_the_old_and_the_new_value_before_the_yes(
    office: Office, admin: Talk
) -> None:
    asked = await admin.send("/caidat 4 80%; nguồn: Quyết định số 12/QĐ-UBND ngày 10/11/2026")
    assert "Hiện nay: 50%" in asked
    assert "Mới: 80%" in asked
    assert "Quyết định số 12/QĐ-UBND ngày 10/11/2026" in asked
    assert await OfficeSetting.all().count() == 0
    assert "Đã đặt xong" in await admin.press("ĐÚNG")
    row = await OfficeSetting.get()
    assert (value_of(row), row.via, row.valid_from) == ("80", "chat", TODAY)
    assert row.set_by_id is not None
    assert "80% ✎" in await admin.send("/cài đặt")
    log = await admin.send("/caidat nhật ký")
    assert "(qua tin nhắn)" in log
    assert "hiệu lực từ ngày 22/11/2026" in log


async def test_what_is_left_out_is_asked_for_one_by_one(admin: Talk) -> None:
    number = await number_of(admin, "Giờ yên lặng")
    assert "Hiện nay: 21:00–06:30" in await admin.send(number)
    wrong = await admin.send("9 giờ tối")
    assert "Xin ghi từ giờ nào" in wrong
    assert "HỦY" in wrong
    assert "Văn bản nào" in await admin.send("20h đến 6h")
    assert "văn bản" in await admin.send("x"), "too short to be one"
    asked = await admin.send("Công văn 7")
    assert "Mới: 20:00–06:00" in asked
    moved = await admin.send("từ 01/12/2026")
    assert "từ ngày 01/12/2026" in moved
    assert "Mới: 20:00–06:00" in moved
    assert "Đã đặt xong" in await admin.send("đúng")
    row = await OfficeSetting.get()
    assert (value_of(row), row.source) == (["20:00", "06:00"], "Công văn 7")
    assert row.valid_from == date(2026, 12, 1)


async def test_a_wrong_day_of_validity_is_asked_for_again_alone(admin: Talk) -> None:
    number = await number_of(admin, "Giờ gửi tin nhắc")
    assert "25/12/2026" in await admin.send(f"/caidat {number} 8h; nguồn: Công văn 7; từ: mai")
    asked = await admin.send("01/12/2026")
    assert "Mới: 08:00" in asked
    assert "từ ngày 01/12/2026" in asked


async def test_no_and_cancel_set_nothing(admin: Talk) -> None:
    await admin.send("/caidat 4 80; nguồn: Công văn 7")
    assert "chưa đặt gì" in await admin.press("KHÔNG")
    await admin.send("/caidat 4 80; nguồn: Công văn 7")
    assert "chưa đặt gì" in await admin.send("để xem đã")
    await admin.send("/caidat 4")
    assert "chưa đặt gì" in await admin.send("hủy")
    assert "một số trong danh sách" in await admin.send("/caidat 99 80; nguồn: Công văn 7")
    assert "một số trong danh sách" in await admin.send("gì đó")
    assert "chưa đặt gì" in await admin.send("thôi")
    assert await OfficeSetting.all().count() == 0


async def test_ending_the_offices_own_value(admin: Talk) -> None:
    number = await number_of(admin, "Thôn gửi trước hạn")
    assert "chưa đặt giá trị riêng" in await admin.send(f"/caidat {number} bỏ; nguồn: Công văn 8")
    await admin.send("hủy")
    await admin.send(f"/caidat {number} 9; nguồn: Công văn 7")
    await admin.send("1")
    assert "BỎ" in await admin.send(f"/caidat {number}")
    assert "Văn bản nào" in await admin.send("bỏ")
    assert "Mới: 5 ngày" in await admin.send("Công văn 8")
    assert "5 ngày" in await admin.send("đúng")
    assert [r.act for r in await OfficeSetting.all().order_by("id")] == ["set", "end"]


async def test_days_off_and_days_worked_all_the_same(admin: Talk) -> None:
    asked = await admin.send("/caidat nghỉ 11/12/2026; nguồn: Thông báo 5")
    assert "Ngày nghỉ: 11/12/2026" in asked
    assert "11/12/2026 → 10/12/2026" in asked, "the report's last day comes earlier"
    await admin.send("đúng")
    assert "ngày nào" in await admin.send("/caidat làm bù")
    assert "Văn bản nào" in await admin.send("12/12/2026")
    await admin.send("Thông báo 6")
    await admin.send("đúng")
    reminding = (await active_pack("vi-du", TODAY)).reminding
    assert (reminding.days_off, reminding.working_days) == (
        [date(2026, 12, 11)],
        [date(2026, 12, 12)],
    )


async def test_the_second_admin_sees_what_the_first_has_set(office: Office, admin: Talk) -> None:
    number = await number_of(admin, "Thôn gửi trước hạn")
    await admin.send(f"/caidat {number} 9; nguồn: Công văn 7")
    first = Wanted(Key(Kind.LEAD_DAYS), 7, "days", "Công văn 6", TODAY)
    await put("vi-du", first, Setter(None, "Chị Hạnh", "web"), office.clock.now(), seen=0)
    told = await admin.send("đúng")
    assert "Chị Hạnh vừa mới đổi mục này" in told
    assert "Hiện nay: 7 ngày" in told
    assert await OfficeSetting.all().count() == 1
    assert "Đã đặt xong" in await admin.send("đúng")
    assert [value_of(r) for r in await OfficeSetting.all().order_by("id")] == [7, 9]


async def test_others_cannot(office: Office) -> None:
    for role, area in (
        (Role.ADMIN, "ia-dal"),
        (Role.DISTRICT_OFFICER, "ia-hdrai"),
        (Role.COMMUNE_OFFICER, "ia-dal"),
    ):
        talk = await office.officer(role, area)
        assert "Chỉ quản trị" in await talk.send("/caidat")
        assert "Chỉ quản trị" in await talk.send("/caidat 4 80; nguồn: Công văn 7")
        assert "Đã đặt" not in await talk.send("đúng")
    head = await office.head()
    assert "Chỉ quản trị" in await head.send("/caidat 4 80; nguồn: Công văn 7")
    assert await OfficeSetting.all().count() == 0


async def test_one_commune_alone(office: Office) -> None:
    here = await office.officer(Role.ADMIN, "ia-dal")
    only = "Chỉ quản trị của toàn địa bàn"
    assert only in await here.send("/caidat"), "the whole plan's are not theirs"
    assert "không có đơn vị" in await here.send("/caidat ở xã Ia Tơi"), "nor another commune's"
    listed = await here.send("/caidat ở xã Ia Đal")
    assert "3. Xã Ia Đal: Giờ yên lặng, không gửi tin: 21:00–06:30" in listed
    asked = await here.send("3 20:00-07:00; nguồn: Công văn 3")
    assert "Mới: 20:00–07:00" in asked
    assert "Đã đặt xong" in await here.press("ĐÚNG")
    row = await OfficeSetting.get()
    assert (row.kind, row.area, row.via) == ("quiet_hours", "ia-dal", "chat")
    assert "20:00–07:00" in await here.send("/caidat ở xã Ia Đal; nhật ký")
