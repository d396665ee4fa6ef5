"""Admins of the plan's whole area set its values on the web; for others the pages are not there."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from aiohttp.test_utils import TestClient
from playwright.async_api import expect

from backend.models import Area, OfficeSetting
from backend.office.session import office_link
from backend.office_settings.keys import Key, Kind
from backend.office_settings.store import Setter, Wanted, put, value_of
from backend.people import Grant, Role, add_person, grant, revoke
from backend.plans.load import load_pack
from backend.plans.store import active_pack, load_into_database
from tests.backend.office.house import House
from tests.browser import Phone
from tests.clock import HandClock

WATER = "threshold:thon-khao-sat/17.1"
TODAY = date(2026, 11, 22)
ROLES = {
    "admin": (Role.ADMIN, "ia-hdrai"),
    "elsewhere": (Role.ADMIN, "ia-dal"),
    "district": (Role.DISTRICT_OFFICER, "ia-hdrai"),
    "department": (Role.DEPARTMENT_OFFICER, "ia-hdrai"),
    "commune": (Role.COMMUNE_OFFICER, "ia-dal"),
    "head": (Role.VILLAGE_HEAD, "ia-dal-thon-3"),
}


@pytest.fixture
async def staff(house: House, clock: HandClock) -> dict[str, int]:
    await load_into_database(load_pack("vi-du"), clock)
    found = {}
    for nick, (role, code) in ROLES.items():
        person = await add_person(f"Người {nick}", clock.now())
        area = await Area.get(code=code)
        await grant(person.id, Grant(role, area.id), clock.now())
        found[nick] = person.id
    return found


async def enter(client: TestClient, house: House, person: int) -> None:
    client.session.cookie_jar.clear()
    token = await office_link(person, house.clock.now())
    await client.post(f"/login/{token}", allow_redirects=False)


async def page(client: TestClient, path: str, status: int = 200) -> str:
    answer = await client.get(path, allow_redirects=False)
    assert answer.status == status, path
    return unescape(await answer.text())


async def send(client: TestClient, path: str, status: int, **fields: str) -> str:
    answer = await client.post(path, data=fields, allow_redirects=False)
    assert answer.status == status, await answer.text()
    return unescape(await answer.text())


def hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))


async def previewed(client: TestClient, key: str, **fields: str) -> dict[str, str]:
    form = hidden(await page(client, f"/settings/change?key={key}"))
    return hidden(await send(client, "/settings/preview", 200, **form, act="set", **fields))


async def test_only_admins_of_the_plans_whole_area_find_these_pages(
    house: House, client: TestClient, staff: dict[str, int]
) -> None:
    for path in ("/settings", f"/settings/change?key={WATER}"):
        await page(client, path, 303)
    for path in ("/settings/preview", "/settings/confirm"):
        await send(client, path, 303, key=WATER)
    for nick, person in staff.items():
        await enter(client, house, person)
        status = {"admin": 200, "head": 303}.get(nick, 404)
        await page(client, "/settings", status)
        await page(client, f"/settings/change?key={WATER}", status)
        if nick != "admin":
            ours = hidden(await page(client, "/")) if nick != "head" else {}
            await send(client, "/settings/preview", status, **ours, key=WATER)
            await send(client, "/settings/confirm", status, **ours, key=WATER, seen="0")
    assert await OfficeSetting.all().count() == 0


async def test_from_the_list_over_the_preview_to_the_log(
    house: House, client: TestClient, staff: dict[str, int]
) -> None:
    await enter(client, house, staff["admin"])
    listed = await page(client, "/settings")
    assert "Ngưỡng 17.1 · Tỷ lệ hộ dùng nước sạch theo quy chuẩn" in listed
    assert "theo tệp kế hoạch" in listed
    assert "Văn phòng chưa đặt gì." in listed

    form = hidden(await page(client, f"/settings/change?key={WATER}"))
    wanted = {"act": "set", "value": "80%", "source": "Quyết định <12>/QĐ-UBND"}
    preview = await send(client, "/settings/preview", 200, **form, **wanted)
    assert "Hiện nay: 50%" in preview
    assert "Mới: 80%" in preview
    assert "không thôn nào đổi kết quả" in preview
    assert await OfficeSetting.all().count() == 0, "a preview writes nothing"

    await send(client, "/settings/confirm", 303, **hidden(preview))
    listed = await page(client, f"/settings?set={WATER}")
    assert "Đã đặt xong." in listed
    assert "Người admin đặt lúc 08:00 22/11/2026, theo: Quyết định <12>/QĐ-UBND" in listed
    assert "văn phòng đặt" in listed
    pack = await active_pack("vi-du", TODAY)
    water = next(i for i in pack.criteria_sets[-1].indicators if i.code == "17.1")
    assert [n.value for n in water.thresholds_set] == [80]

    form = hidden(await page(client, f"/settings/change?key={WATER}"))
    ending = {"act": "end", "value": "", "source": "Công văn 5", "valid_from": "2027-01-01"}
    preview = await send(client, "/settings/preview", 200, **form, **ending)
    assert "Mới: 50%" in preview
    await send(client, "/settings/confirm", 303, **hidden(preview))
    assert [r.act for r in await OfficeSetting.all().order_by("id")] == ["set", "end"]
    listed = await page(client, "/settings")
    assert "80%</strong>" in listed, "it still holds"
    assert "từ ngày 01/01/2027: 50%" in listed, "and from then on the plan's own"


async def test_what_cannot_be_is_said_beside_the_form_and_nothing_is_set(
    house: House, client: TestClient, staff: dict[str, int]
) -> None:
    await enter(client, house, staff["admin"])
    form = hidden(await page(client, f"/settings/change?key={WATER}"))
    for wrong, said in (
        ({"value": "101", "source": "Công văn 5"}, "từ 0 đến 100"),
        ({"value": "80", "source": ""}, "văn bản quy định"),
        ({"value": "80", "source": "Công văn 5", "valid_from": "mai"}, "25/12/2026"),
        ({"value": "80", "source": "Công văn 5", "valid_to": "2020-01-01"}, "ở trước ngày đầu"),
    ):
        text = await send(client, "/settings/preview", 422, **form, act="set", **wrong)
        assert 'role="alert"' in text
        assert said in text
        assert f'value="{wrong["value"]}"' in text, "what was typed is still there"
    seen = {"value": "101", "source": "Công văn 5", "seen": "0"}
    await send(client, "/settings/confirm", 422, **form, **seen)
    for key in ("", "x", "threshold:thon-khao-sat/99", "day_off:mai", "lead_days:x", "stage_days:"):
        await page(client, f"/settings/change?key={key}", 404)
    for number in ("", "x", "-1", "1" * 10):
        await send(client, "/settings/confirm", 400, **form, value="80", source="CV 5", seen=number)
    assert await OfficeSetting.all().count() == 0


async def test_a_form_made_elsewhere_or_for_another_session_writes_nothing(
    house: House, client: TestClient, staff: dict[str, int]
) -> None:
    await enter(client, house, staff["admin"])
    ready = await previewed(client, "lead_days", value="6", source="Công văn 5")
    await send(client, "/settings/confirm", 403, **(ready | {"token": ""}))
    await send(client, "/settings/confirm", 403, **(ready | {"token": "ế" * 64}))
    foreign = await client.post(
        "/settings/confirm", data=ready, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status == 403
    house.clock.advance(minutes=1)
    await enter(client, house, staff["admin"])  # another session has another token
    await send(client, "/settings/confirm", 403, **ready)
    answer = await client.post("/settings/confirm", json=ready)
    assert answer.status == 400
    await send(client, "/settings/preview", 400, **(ready | {"source": "x" * 70_000}))
    assert await OfficeSetting.all().count() == 0
    again = await previewed(client, "lead_days", value="6", source="Công văn 5")
    await revoke(staff["admin"], house.clock.now())
    await send(client, "/settings/confirm", 303, **again)
    assert await OfficeSetting.all().count() == 0, "a right taken back holds at once"


async def test_the_second_of_two_admins_is_shown_what_the_first_has_set(
    house: House, client: TestClient, staff: dict[str, int]
) -> None:
    await enter(client, house, staff["admin"])
    ready = await previewed(client, "lead_days", value="6", source="Công văn 5")
    first = Wanted(Key(Kind.LEAD_DAYS), 9, "days", "Công văn 4", TODAY)
    await put("vi-du", first, Setter(None, "Chị Hạnh", "chat"), house.clock.now(), seen=0)
    text = await send(client, "/settings/confirm", 409, **ready)
    assert "Chị Hạnh vừa mới đổi mục này" in text
    assert "Hiện nay: 9 ngày" in text
    assert "Mới: 6 ngày" in text
    assert await OfficeSetting.all().count() == 1
    await send(client, "/settings/confirm", 303, **hidden(text))
    assert [value_of(r) for r in await OfficeSetting.all().order_by("id")] == [9, 6]


async def test_days_off_and_days_worked_all_the_same(
    house: House, client: TestClient, staff: dict[str, int]
) -> None:
    await enter(client, house, staff["admin"])
    ready = await previewed(client, "day_off", value="2026-12-11", source="Thông báo 5")
    await send(client, "/settings/confirm", 303, **ready)
    ready = await previewed(client, "working_day", value="2026-12-12", source="Thông báo 6")
    await send(client, "/settings/confirm", 303, **ready)
    listed = await page(client, "/settings")
    assert "Ngày nghỉ: 11/12/2026" in listed
    assert "Ngày làm bù: 12/12/2026" in listed
    reminding = (await active_pack("vi-du", TODAY)).reminding
    assert (reminding.days_off, reminding.working_days) == (
        [date(2026, 12, 11)],
        [date(2026, 12, 12)],
    )
    form = hidden(await page(client, "/settings/change?key=day_off:2026-12-11"))
    text = await send(client, "/settings/preview", 200, **form, act="end", source="Thông báo 7")
    assert "Không ngày nào sắp tới bị dời." in text, "the 12th is worked all the same"
    await send(client, "/settings/confirm", 303, **hidden(text))
    assert (await active_pack("vi-du", TODAY)).reminding.days_off == []


@pytest.mark.browser
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_on_a_phone_with_labels_and_without_a_script(
    house: House, client: TestClient, phone: Phone, staff: dict[str, int]
) -> None:
    browser = await phone.page()
    token = await office_link(staff["admin"], house.clock.now())
    await browser.goto(str(client.make_url(f"/login/{token}")))
    await browser.get_by_role("button", name="Vào trang").click()
    await browser.goto(str(client.make_url("/settings")))
    assert await browser.evaluate("document.documentElement.scrollWidth") <= 360
    await browser.get_by_role("link", name="Đổi: Nhắc thôn trước hạn").click()
    await browser.get_by_label("Giá trị mới").fill("5, 1")
    await browser.get_by_label("Văn bản quy định").fill("Công văn số 5")
    assert await browser.evaluate("document.documentElement.scrollWidth") <= 360
    await browser.get_by_role("button", name="Xem trước thay đổi").click()
    await expect(browser.get_by_text("Mới: trước 5, 1 ngày")).to_be_visible()
    assert await browser.evaluate("document.documentElement.scrollWidth") <= 360
    await browser.get_by_role("button", name="Đúng, đặt như vậy").click()
    await expect(browser.get_by_role("status")).to_contain_text("Đã đặt xong.")
    assert value_of(await OfficeSetting.get()) == [5, 1]


async def test_an_admin_of_one_commune_sets_what_holds_there_alone(
    house: House, client: TestClient, staff: dict[str, int]
) -> None:
    await enter(client, house, staff["elsewhere"])  # an admin of Ia Đal
    await page(client, "/settings", 404)
    await page(client, "/settings?area=ia-toi", 404)
    await page(client, "/settings/change?key=quiet_hours", 404)
    assert "như chung cả kế hoạch" in await page(client, "/settings?area=ia-dal")
    form = await previewed(
        client, "quiet_hours@ia-dal", value="20:00-07:00", source="Công văn 3", valid_to=""
    )
    await send(client, "/settings/confirm", 404, **(form | {"key": "quiet_hours"}))
    await send(client, "/settings/confirm", 303, **form)
    row = await OfficeSetting.get()
    assert (row.kind, row.area, value_of(row)) == ("quiet_hours", "ia-dal", ["20:00", "07:00"])
    shown = await page(client, "/settings?area=ia-dal")
    assert "Cài đặt: Xã Ia Đal" in shown
    assert "20:00–07:00" in shown
    await enter(client, house, staff["admin"])
    whole = await page(client, "/settings?area=ia-hdrai")
    assert "21:00–06:30" in whole
    assert "/settings?area=ia-dal" in whole
    await page(client, "/settings?area=ia-dal")
