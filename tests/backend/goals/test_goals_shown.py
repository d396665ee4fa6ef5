"""Đắk Lắk's two steps and floor, Ninh Thuận's «at least one village»: stated, counted, shown."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal

import openpyxl
import pytest

from backend.goals.shown import goals_of, report_part, state_figure
from backend.models import Area, AuditEntry, OwnerReport, StageMove
from backend.people import Grant, Role, add_person, grant
from backend.plans.load import load_pack
from backend.plans.store import active_pack, load_into_database
from backend.reports.text import progress_text
from backend.reports.xlsx import progress_xlsx
from backend.status.recorded import progress_of
from locales import Catalog
from tests.clock import OFFICE_ZONE, HandClock

Q2 = "2021-Q2"


async def somebody(clock: HandClock, role: Role, area: str, owner: str = "") -> int:
    person = await add_person("Bình", clock.now())
    found = await Area.get(code=area)
    await grant(person.id, Grant(role, found.id, owner), clock.now())
    return person.id


async def test_a_criterion_is_complete_when_all_its_owners_have_reported(
    database: str, clock: HandClock, catalog_vi: Catalog
) -> None:
    clock.set(datetime(2021, 6, 1, 9, tzinfo=OFFICE_ZONE))
    await load_into_database(load_pack("dak-lak-2021"), clock)
    pack = await active_pack("dak-lak-2021")
    office = await somebody(clock, Role.DISTRICT_OFFICER, "dak-lak")
    goals = await goals_of(pack, Q2, clock.now())
    seventeen = next(c for c in goals.criteria if c.code == "17")
    assert not seventeen.complete
    assert seventeen.expected > 2
    owner = seventeen.parts[0].owner
    department = await somebody(clock, Role.DEPARTMENT_OFFICER, "dak-lak", owner)

    for part in seventeen.parts:
        mine = part.owner == owner
        theirs = await report_part(
            department, pack, Q2, seventeen.set_id, part, clock.now(), done=True
        )
        assert theirs is mine, "a department reports its own part alone"
    progress = await progress_of("dak-lak", Q2, clock, pack, zone=OFFICE_ZONE)
    text = progress_text(progress, catalog_vi)
    assert "chưa đủ" in text
    for part in seventeen.parts:
        assert await report_part(office, pack, Q2, seventeen.set_id, part, clock.now(), done=True)
    goals = await goals_of(pack, Q2, clock.now())
    assert next(c for c in goals.criteria if c.code == "17").complete
    assert not next(
        c for c in (await goals_of(pack, "2021-Q3", clock.now())).criteria if c.code == "17"
    ).complete, "each quarter anew"

    # Taken back, by another row.
    part = seventeen.parts[0]
    await report_part(office, pack, Q2, seventeen.set_id, part, clock.now(), done=False)
    goals = await goals_of(pack, Q2, clock.now())
    found = next(c for c in goals.criteria if c.code == "17")
    assert found.missing == (part,)
    assert await OwnerReport.filter(reported=False).count() == 1
    actions = await AuditEntry.filter(action__startswith="part.").values_list("action", "by")
    assert actions[-1] == ("part.withdrawn", office)
    assert len(actions) == await OwnerReport.all().count()
    progress = await progress_of("dak-lak", Q2, clock, pack, zone=OFFICE_ZONE)
    book = openpyxl.load_workbook(io.BytesIO(progress_xlsx(progress, catalog_vi)))
    rows = {row[0]: row for row in book["Yêu cầu riêng của kế hoạch"].iter_rows(values_only=True)}
    row = next(row for name, row in rows.items() if name and name.startswith("17 "))
    assert row[1] == "chưa đủ"
    assert owner in row[6]


async def test_a_floor_names_who_is_below_and_invents_no_number(
    database: str, clock: HandClock, catalog_vi: Catalog
) -> None:
    clock.set(datetime(2024, 6, 1, 9, tzinfo=OFFICE_ZONE))
    await load_into_database(load_pack("kon-plong-2024"), clock)
    pack = await active_pack("kon-plong-2024")
    target = next(t for t in pack.targets if t.id == "remaining-criteria")
    office = await somebody(clock, Role.DISTRICT_OFFICER, pack.root)
    commune = await somebody(clock, Role.COMMUNE_OFFICER, "kon-plong-dak-ring")

    async def shown() -> str:
        progress = await progress_of(pack.root, None, clock, pack, zone=OFFICE_ZONE)
        return next(
            line
            for line in progress_text(progress, catalog_vi).splitlines()
            if "Đăk Nên" in line and line.startswith("•") and "15" in line and "≥" in line
        )

    assert "2 nơi chưa có số liệu" in await shown()
    now = clock.now()
    assert await state_figure(office, pack, target, "kon-plong-dak-ring", Decimal(14), now)
    assert "dưới mức: Xã Đăk Ring, 1 nơi chưa có số liệu" in await shown()
    await state_figure(office, pack, target, "kon-plong-dak-ring", Decimal(15), now)
    await state_figure(office, pack, target, "kon-plong-dak-nen", Decimal(16), now)
    assert "chưa có nơi nào dưới mức" in await shown()
    assert not await state_figure(commune, pack, target, "kon-plong-dak-ring", Decimal(19), now)
    assert not await state_figure(office, pack, target, pack.root, Decimal(19), now)
    assert await AuditEntry.filter(action="figure.set", by=office).count() == 3


@pytest.mark.parametrize("villages", [0, 1])
async def test_each_recognised_commune_has_a_recognised_village(
    database: str, clock: HandClock, catalog_vi: Catalog, villages: int
) -> None:
    clock.set(datetime(2022, 9, 1, 9, tzinfo=OFFICE_ZONE))
    await load_into_database(load_pack("ninh-thuan-2022"), clock)
    pack = await active_pack("ninh-thuan-2022")
    commune = await Area.filter(level="commune").order_by("id").first()
    village = {
        "code": "thon-moi-1", "level": "village", "name": "Thôn Thử", "parent": commune.code,
    }  # fmt: skip
    more = [*(a.model_dump() for a in pack.areas), village]
    pack = type(pack).model_validate({**pack.model_dump(), "areas": more})
    row = await Area.create(
        code="thon-moi-1", level="village", name="Thôn Thử", folded="thon thu", parent=commune
    )
    before = (await goals_of(pack, "2022-Q3", clock.now())).exists[0]
    for area in [commune, *([row] if villages else [])]:
        await StageMove.create(
            plan=pack.id, area=area, criteria_set="", stage="recognition", at=clock.now()
        )
    (rule,) = (await goals_of(pack, "2022-Q3", clock.now())).exists
    assert rule.asked >= before.asked
    assert (commune.name in rule.without) is (villages == 0)
