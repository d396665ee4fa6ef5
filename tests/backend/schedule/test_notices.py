"""Who hears that a report is due: by each plan's own words, and nobody else; else the office."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.models import Area
from backend.people import Role
from backend.plans.load import load_pack
from backend.plans.schema import Pack
from backend.plans.store import load_into_database
from backend.reports.escalation import notice_text
from backend.schedule.due import Due, DueKind, due
from locales import Catalog
from tests.backend.schedule.office import Office, queue
from tests.clock import OFFICE_ZONE, HandClock


def local(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=OFFICE_ZONE)


async def of_plan(name: str, clock: HandClock, **more: Any) -> tuple[Office, Pack]:
    """Return an office under a shipped plan, a year after which nothing is an example."""
    pack = load_pack(name)
    await load_into_database(pack, clock)
    office = Office(local(pack.year, 1, 1))
    await office.adopt()
    return office, pack.model_copy(update=more)


async def notices(at: datetime, pack: Pack) -> dict[str, Due]:
    things = await due(at, pack, OFFICE_ZONE)
    return {d.person_name: d for d in things if d.kind is DueKind.REPORT_NOTICE}


def dated(pack: Pack, day: int = 13) -> Pack:
    """The same with a day for every report, as the office may set it."""
    days = [
        o.model_copy(update={"before_day": day, "cadence": "monthly"})
        for o in pack.obligations
        if o.before is None
    ]
    return pack.model_copy(update={"obligations": days})


async def test_ninh_thuan_s_sponsors_and_districts_and_not_its_own_office(
    database: str, clock: HandClock
) -> None:
    office, pack = await of_plan("ninh-thuan-2022", clock)
    sponsors = sorted({o.name for s in pack.sponsors for o in s.by})
    assert len(sponsors) == 10
    for name in sponsors:
        await office.person(name, "ninh-thuan", Role.DEPARTMENT_OFFICER, owner=name)
    await office.person("Huyện Ninh Sơn", "ninh-son", Role.DISTRICT_OFFICER)
    await office.person("Xã Nhị Hà", "thuan-nam-nhi-ha", Role.COMMUNE_OFFICER)
    await office.person("Văn phòng tỉnh", "ninh-thuan", Role.DISTRICT_OFFICER)
    told = await notices(local(2022, 3, 17), pack)
    assert sorted(told) == sorted([*sponsors, "Huyện Ninh Sơn"])


async def test_dak_lak_s_bank_reports_loans_and_districts_their_progress(
    database: str, clock: HandClock
) -> None:
    office, pack = await of_plan("dak-lak-2021", clock)
    district = (await Area.filter(level="district").first()) or await Area.create(
        code="krong-pac", level="district", name="Huyện Krông Pắc", folded="huyen krong pac"
    )
    office.areas[district.code] = district
    for name in ("Sở Y tế", "Ngân hàng Nhà nước"):
        await office.person(name, pack.root, Role.DEPARTMENT_OFFICER, owner=name)
    await office.person("UBND huyện", district.code, Role.DISTRICT_OFFICER)
    if district.code not in {a.code for a in pack.areas}:
        added = {"code": district.code, "level": "district", "name": district.name}
        spec = type(pack.areas[0]).model_validate(added | {"parent": pack.root})
        pack = pack.model_copy(update={"areas": [*pack.areas, spec]})
    told = await notices(local(2021, 3, 7), pack)
    assert set(told) == {"Sở Y tế", "Ngân hàng Nhà nước", "UBND huyện"}
    quarterly = "Báo cáo quý về nội dung được phân công"
    assert {d.names for thing in told.values() for d in thing.reports} == {(quarterly,)}
    told = await notices(local(2021, 3, 5), dated(pack))
    names = {who: {n for d in thing.reports for n in d.names} for who, thing in told.items()}
    assert names["Sở Y tế"] == {quarterly}
    assert names["Ngân hàng Nhà nước"] == {
        quarterly,
        "Báo cáo tình hình cho vay phục vụ xây dựng nông thôn mới",
    }
    assert names["UBND huyện"] == {
        quarterly,
        "Cập nhật thông tin về tiến độ trên địa bàn",
        "Báo cáo tiến độ giải ngân",
    }


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ("ia-hdrai-2022", ["Phòng Y tế", "Xã"]),
        ("dak-song-2023", ["Phòng Y tế", "Xã"]),
        ("kon-plong-2024", ["Xã"]),
    ],
)
async def test_districts_plans(database: str, clock: HandClock, plan: str, told: list[str]) -> None:
    office, pack = await of_plan(plan, clock)
    commune = next(a.code for a in pack.areas if a.level == "commune")
    await office.person("Phòng Y tế", pack.root, Role.DEPARTMENT_OFFICER, owner="Phòng Y tế")
    await office.person("Xã", commune, Role.COMMUNE_OFFICER)
    await office.person("Văn phòng huyện", pack.root, Role.DISTRICT_OFFICER)
    assert sorted(await notices(local(pack.year, 3, 5), dated(pack))) == told


async def test_where_nobody_answers_the_supervising_office_hears_it_once(
    database: str, clock: HandClock, catalog_vi: Catalog
) -> None:
    office, pack = await of_plan("kon-plong-2024", clock)
    await office.person("Văn phòng huyện", pack.root, Role.DISTRICT_OFFICER)
    await office.person("Phòng Y tế", pack.root, Role.DEPARTMENT_OFFICER, owner="Phòng Y tế")
    plan, at, told = dated(pack), local(2024, 3, 4, 1), []
    while at < local(2024, 3, 13):
        things = await due(at, plan, OFFICE_ZONE)
        await queue(things, at)
        told += [
            (at.day, d.person_name, len(d.nobodys), len(d.reports))
            for d in things
            if d.kind is DueKind.REPORT_NOTICE
        ]
        if notice := [d for d in things if d.kind is DueKind.REPORT_NOTICE]:
            text = notice_text(notice[0], catalog_vi)
            assert "chưa có ai phụ trách gửi" in text
            assert "Rà soát, báo cáo thực trạng" in text
            assert "chưa có ai" in catalog_vi.say(notice[0].why)
        at += timedelta(hours=6)
    assert told == [(5, "Văn phòng huyện", 1, 0), (11, "Văn phòng huyện", 1, 0)]

    # A commune's officer is enrolled: from then on it is the commune's, and nobody else's.
    commune = next(a.code for a in pack.areas if a.level == "commune")
    await office.person("Xã", commune, Role.COMMUNE_OFFICER)
    assert list(await notices(local(2024, 4, 5), plan)) == ["Xã"]
