"""/tiendo and /hanchot where the plan names no village."""

import pytest

from backend.people import Role
from tests.bot.reception import talk
from tests.bot.reception.talk import Office


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("plan", "area", "due"),
    [
        ("dak-song-2023", "dak-song", "Báo cáo tháng"),
        ("dak-lak-2021", "dak-lak", "Báo cáo quý"),
        ("ninh-thuan-2022", "ninh-thuan", "Báo cáo tình hình"),
    ],
)
async def test_an_officer_is_told_that_villages_are_still_to_be_entered(
    clock, monkeypatch, plan, area, due
):
    monkeypatch.setattr(talk, "PLAN", plan)
    office = await Office.open(clock)
    officer = await office.officer(Role.DISTRICT_OFFICER, area)

    said = await officer.send("/tiendo")

    assert "chưa có danh sách thôn – văn phòng nhập" in said.casefold()
    assert not [m for m in officer.last if m.picture]
    assert due in await officer.send("/hanchot")
