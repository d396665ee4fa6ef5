"""Stages, reports asked for once and the plan's rules on the office's pages."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from backend.forms import publish_form
from backend.models import AdHocReport, Area, OwnerReport, StageMove, UnitFigure
from backend.office.session import office_link
from backend.people import Grant, Role, add_person, grant
from backend.plans.load import load_pack
from backend.plans.store import load_into_database
from tests.backend.office.house import House
from tests.bot.reception.talk import published
from tests.clock import OFFICE_ZONE, HandClock


class Web:
    """One officer's browser, on a plan that is loaded."""

    def __init__(self, client: TestClient, house: House) -> None:
        self.client = client
        self.house = house

    async def enter(self, role: Role, area: str, owner: str = "") -> int:
        """Sign in as somebody new with this role."""
        self.client.session.cookie_jar.clear()
        now = self.house.clock.now()
        person = await add_person("Minh", now)
        found = await Area.get(code=area)
        await grant(person.id, Grant(role, found.id, owner), now)
        token = await office_link(person.id, now)
        assert (await self.client.post(f"/login/{token}", allow_redirects=False)).status == 303
        return person.id

    async def page(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path, allow_redirects=False)
        assert answer.status == status, path
        return await answer.text()

    async def post(self, path: str, seen: str, status: int, **fields: object) -> str:
        """Post a form that was shown by the page `seen`."""
        found = re.search(r'name="token" value="([^"]+)"', await self.page(seen))
        token = found[1] if found else ""
        answer = await self.client.post(
            path, data={"token": token, **fields}, allow_redirects=False
        )
        assert answer.status == status, (path, await answer.text())
        return answer.headers.get("Location", "") or await answer.text()


@pytest.fixture
async def web(database: str, clock: HandClock, tmp_path: Path, request: pytest.FixtureRequest):
    plan, day = request.param
    clock.set(day)
    await load_into_database(load_pack(plan), clock)
    for form in published():
        await publish_form(form, clock)
    house = House(clock, tmp_path / "data", database)
    house.settings = type(house.settings)(
        **{f: getattr(house.settings, f) for f in house.settings.__dataclass_fields__}
        | {"plan": plan}
    )
    async with TestClient(TestServer(house.app())) as client:
        yield Web(client, house)


def on(plan: str, *day: int) -> pytest.MarkDecorator:
    moment = datetime(*day, 9, tzinfo=OFFICE_ZONE)
    return pytest.mark.parametrize("web", [(plan, moment)], indirect=True, ids=[plan])


@on("vi-du", 2026, 11, 23)
async def test_a_village_is_moved_on_and_back(web: Web) -> None:
    await web.enter(Role.COMMUNE_OFFICER, "ia-dal")
    village = await Area.get(code="ia-dal-thon-3")
    listed = await web.page("/stages?area=ia-dal")
    assert "Thôn 3" in listed
    assert "Chưa vào giai đoạn nào" in listed
    move = {"unit": village.id, "set": "thon-ntm", "back": "ia-dal"}
    where = "/stages?area=ia-dal"
    await web.post("/stages", where, 303, **move, stage="registration", note="Đơn số 5")
    shown = await web.page(where)
    assert "Đơn số 5" in shown
    assert "0 ngày" in shown
    # The district's own stage, another commune's village, a set that is none: not there.
    await web.post("/stages", where, 404, **move, stage="village-recognition")
    other = await Area.get(code="ia-toi-thon-1")
    await web.post("/stages", where, 404, **{**move, "unit": other.id}, stage="registration")
    await web.post("/stages", where, 404, **{**move, "set": "x"}, stage="registration")
    for number in ("9" * 40, "9" * 5_000):
        await web.post("/stages", where, 404, **{**move, "unit": number}, stage="registration")
    # The same form once more, as a second press sends it, and the unseen move taken back: neither.
    after = await web.post("/stages", where, 303, **move, stage="dossier")
    said = await web.page(after)
    assert "Bác đã tự chuyển đơn vị này sau đó rồi" in said
    assert "Người khác" not in said
    assert "Người khác vừa chuyển" in await web.page(f"{where}&overtaken={village.id}")
    assert await StageMove.all().count() == 1
    seen = await StageMove.get()
    assert f'name="last" value="{seen.id}"' in await web.page(where)
    await web.post("/stages", where, 404, **move, last=seen.id, stage="registration")
    back = {**move, "last": seen.id, "stage": "<", "note": "nhầm"}
    await web.post("/stages", where, 303, **back)
    await web.post("/stages", f"{where}&done={village.id}", 303, **back)
    assert await StageMove.all().count() == 2
    said = await web.page(f"{where}&done={village.id}")
    assert "Việc này bác đã làm xong rồi" in said, "nobody else was first: it was pressed twice"
    assert "Người khác" not in said
    answer = await web.client.post("/stages", data={**move, "stage": "registration"})
    assert answer.status == 403, "a form of another session"
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"}
    answer = await web.client.post("/stages", data=b"token=%ff", headers=form)
    assert answer.status == 400


@on("vi-du", 2026, 11, 23)
async def test_a_report_is_previewed_opened_and_cancelled(web: Web) -> None:
    await web.enter(Role.DISTRICT_OFFICER, "ia-hdrai")
    commune = await Area.get(code="ia-dal")
    asked = {
        "name": "Thiệt hại sau bão",
        "sentence": "Có bao nhiêu nhà tốc mái?",
        "questionnaire": "",
        "level": "village",
        "area": commune.id,
        "before": "2026-12-01",
        "offsets": "2, 0",
    }
    preview = await web.post("/reports", "/reports", 200, **asked)
    assert "Sẽ gửi 0 tin nhắn" in preview
    assert "cần gọi" in preview
    assert await AdHocReport.all().count() == 0
    refused = await web.post(
        "/reports", "/reports", 422, **{**asked, "before": "2026-11-20"}, sure="yes"
    )
    assert "sau hôm nay" in refused
    for days in ("0600000", "059999999999", "61", "-1"):  # days that no calendar has
        await web.post("/reports", "/reports", 422, **{**asked, "offsets": days}, sure="yes")
    await web.post("/reports", "/reports", 303, **asked, sure="yes")
    report = await AdHocReport.get()
    assert (report.offsets, report.level, await report.units.all().count()) == (
        [2, 0],
        "village",
        8,
    )
    listed = await web.page("/reports")
    assert "đã có 0/8" in listed
    assert "30/11/2026" in listed
    reason = f"/reports/{report.id}/cancel"
    await web.enter(Role.COMMUNE_OFFICER, "ia-toi")
    assert "Thiệt hại" not in await web.page("/reports"), "of another commune"
    await web.client.post(reason, data={"reason": "x"})
    await web.enter(Role.COMMUNE_OFFICER, "ia-dal")
    seen = await web.page("/reports")
    assert "Thiệt hại" in seen
    assert "Mở báo cáo mới" not in seen
    await web.enter(Role.DISTRICT_OFFICER, "ia-hdrai")
    await web.post(reason, "/reports", 303, reason="Bão không vào")
    assert "Đã hủy: Bão không vào" in await web.page("/reports")


@on("dak-lak-2021", 2021, 6, 1)
async def test_an_owner_says_that_its_part_is_reported(web: Web) -> None:
    await web.enter(Role.DEPARTMENT_OFFICER, "dak-lak", "Sở Y tế")
    shown = await web.page("/goals?period=2021-Q2")
    assert "chưa đủ" in shown
    mine = re.findall(
        r'name="set" value="([^"]+)"><input type="hidden" name="code" value="([^"]+)">\s*'
        r'<input type="hidden" name="owner" value="([^"]+)">'
        r'<input type="hidden" name="scope" value="([^"]*)">',
        shown,
    )
    assert mine
    assert {owner for *_, owner, _ in mine} == {"Sở Y tế"}
    set_id, code, owner, scope = mine[0]
    part = {"period": "2021-Q2", "set": set_id, "code": code, "owner": owner, "scope": scope}
    await web.post("/goals/part", "/goals?period=2021-Q2", 303, **part, done="yes")
    others = {**part, "owner": "Sở Giao thông vận tải"}
    await web.post("/goals/part", "/goals?period=2021-Q2", 404, **others, done="yes")
    assert await OwnerReport.all().count() == 1


@on("kon-plong-2024", 2024, 6, 1)
async def test_the_office_states_how_many_criteria_a_commune_has_met(web: Web) -> None:
    await web.enter(Role.DISTRICT_OFFICER, "kon-plong")
    figure = {"target": "remaining-criteria", "unit": "kon-plong-dak-ring", "value": "14"}
    await web.post("/goals/figure", "/goals", 303, **figure)
    assert "dưới mức: Xã Đăk Ring" in await web.page("/goals")
    await web.post("/goals/figure", "/goals", 404, **{**figure, "value": "NaN"})
    await web.enter(Role.COMMUNE_OFFICER, "kon-plong-dak-ring")
    await web.page("/goals", 404)
    assert await UnitFigure.all().count() == 1


@on("vi-du", 2026, 11, 23)
async def test_without_signing_in_nothing_is_told(web: Web) -> None:
    for path in ("/stages", "/reports", "/goals"):
        answer = await web.client.get(path, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/")


@on("ninh-thuan-2022", 2022, 8, 15)
async def test_the_inspections_of_a_month_in_each_area(web: Web) -> None:
    await web.enter(Role.DISTRICT_OFFICER, "ninh-thuan")
    shown = await web.page("/month?area=ninh-thuan")
    assert "tháng 8 năm 2022" in shown
    assert "Kiểm tra, đánh giá toàn diện kết quả xây dựng nông thôn mới" in shown
    assert "Quý III và Quý IV/2022, đang trong thời gian này" in shown
    assert "quy chế dân chủ" not in shown, "that is from October on"
    assert "quy chế dân chủ" in await web.page("/month?area=ninh-thuan&month=2022-10")
    one = await web.page("/month?area=bac-ai")
    assert "Xã Phước Bình" in one
    assert "Xã Quảng Sơn" not in one, "another district's"
    spring = await web.page("/month?area=ninh-thuan&month=2022-03")
    assert spring.count("Kế hoạch không nêu việc nào trong tháng này.") == 3
    assert "tháng 8 năm 2022" in await web.page("/month?area=ninh-thuan&month=2022-13")


@on("kon-plong-2024", 2024, 5, 20)
async def test_the_activities_of_a_month_with_how_far_they_are(web: Web) -> None:
    root = await Area.get(code="kon-plong")
    await web.enter(Role.DISTRICT_OFFICER, root.code)
    shown = await web.page("/month")
    assert "Dọn vệ sinh chung đường làng" in shown
    assert "hằng tháng" in shown
    assert re.search(r"0/\d+ thôn đã có ảnh và số liệu", shown)
    assert "Lò đốt rác mini theo hộ gia đình" in shown
    assert "chưa đặt ngày" in shown, "the plan says no day for incinerators and pens"
    assert "Xóa nhà tạm cho hộ nghèo" in shown
    assert "đến 31/12/2024" in shown
    assert "Chưa lập danh sách: Nhiệm vụ từng tháng, từng quý" in shown
    later = await web.page("/month?month=2025-01")
    assert "Xóa nhà tạm cho hộ nghèo" not in later
    assert "0/" not in later, "nothing is said of a month to come"
