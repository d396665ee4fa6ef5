"""Every plan in force on both databases, also one that names no village; answers outlive it."""

from datetime import date, datetime

import pytest

from backend.models import Answer, Area, Plan, Submission
from backend.plans.load import load_pack, pack_ids
from backend.plans.schema import Number
from backend.plans.store import active_pack, load_into_database
from backend.reports.text import deadlines_text, progress_text
from backend.reports.xlsx import progress_xlsx
from backend.schedule.due import due
from backend.schedule.obligations import deadlines
from backend.status.recorded import progress_of
from locales import catalog
from tests.backend.status.office import submit
from tests.clock import OFFICE_ZONE

WITHOUT = ("dak-song-2023", "dak-lak-2021", "ninh-thuan-2022")


async def recorded():
    return (
        await Submission.all().order_by("id").values(),
        await Answer.all().order_by("id").values(),
    )


async def areas():
    return {a["code"]: a for a in await Area.all().values()}


@pytest.mark.parametrize("name", pack_ids())
async def test_a_plan_comes_into_force_and_again_changes_nothing(database, clock, name):
    pack = load_pack(name)
    await load_into_database(pack, clock)
    before = await areas()
    assert set(before) == {a.code for a in pack.areas}
    clock.advance(60)

    await load_into_database(pack, clock)

    assert await areas() == before
    assert await Plan.all().count() == 1
    assert await active_pack(name) == pack


async def test_all_plans_live_in_one_database_and_share_only_their_province(database, clock):
    loaded = [load_pack(name) for name in pack_ids() if name != "vi-du"]
    for pack in loaded:
        await load_into_database(pack, clock)

    assert await Area.all().count() == sum(len(p.areas) for p in loaded) - 1
    for pack in loaded:
        progress = await progress_of(pack.root, None, clock, await active_pack(pack.id))
        assert len(progress.villages) == sum(a.level == "village" for a in pack.areas)


@pytest.mark.parametrize("name", WITHOUT)
async def test_without_villages_the_office_is_told_to_enter_them(database, clock, name):
    pack = load_pack(name)
    await load_into_database(pack, clock)
    speaker = catalog("vi")

    for area in pack.areas:
        progress = await progress_of(area.code, None, clock, pack, zone=OFFICE_ZONE)
        text = progress_text(progress, speaker)
        assert "văn phòng nhập" in text
        assert "0/0" not in text
        assert progress_xlsx(progress, speaker)
    assert await due(datetime(2026, 12, 7, 7, 31, tzinfo=OFFICE_ZONE), pack, OFFICE_ZONE) == []


async def test_no_village_is_not_no_village_that_meets_all(database, clock):
    pack = load_pack("ninh-thuan-2022")
    await load_into_database(pack, clock)

    progress = await progress_of("ninh-thuan", None, clock, pack)

    villages = next(t for t in progress.targets if t.id == "villages")
    assert (villages.at_least, villages.of) == (25, 254)
    assert villages.self_assessed is None
    assert villages.remaining is None
    assert "254 thôn, chưa có danh sách thôn" in progress_text(progress, catalog("vi"))


async def test_a_plan_that_names_some_of_its_villages_says_how_many(database, clock):
    pack = load_pack("kon-plong-2024")
    await load_into_database(pack, clock)

    progress = await progress_of("kon-plong", None, clock, pack)
    text = progress_text(progress, catalog("vi"))

    assert "Mới có tên 1 trong 66 thôn" in text
    assert "33/66 thôn" in text
    assert "chưa đặt hạn" in text
    assert {s.period for v in progress.villages for s in v.surveys} == {"2026-Q4", "2026-11"}


def test_three_reports_of_one_day_are_one_deadline():
    pack = load_pack("dak-song-2023")

    first = next(d for d in deadlines(pack, date(2023, 6, 1)) if len(d.names) > 1)

    assert first.names == ("Báo cáo tháng", "Báo cáo quý", "Báo cáo 6 tháng")
    assert (first.plan_day or first.last_day) == date(2023, 6, 12)
    once = deadlines(pack, date(2023, 3, 20))[0]
    assert (once.names, once.last_day) == (("Kế hoạch năm 2023 của xã",), date(2023, 3, 29))


def test_a_report_without_a_cadence_says_that_no_day_is_set():
    (deadline,) = deadlines(load_pack("kon-plong-2024"), date(2024, 5, 1))
    assert (deadline.last_day, deadline.period) == (None, "")
    assert "chưa đặt hạn" in deadlines_text((deadline,), catalog("vi")).casefold()


async def test_upgrading_a_plan_changes_nothing_that_was_recorded(database, clock):
    pack = load_pack("kon-plong-2024")
    await load_into_database(pack, clock)
    village = "kon-plong-vi-o-lac"
    for quarter in ("2023-Q1", "2023-Q4", "2024-Q2", "2024-Q4"):
        await submit(
            clock, "nuoc", village, quarter, plan=pack.id, households=50, hyg=45, clean=None
        )
    await Area.filter(code=village).update(households=52)
    before = await recorded()
    told = [(await progress_of(village, q, clock, pack)).indicators for q in ("2023-Q1", "2024-Q2")]
    # The office sets a threshold from next year on, renames the village and drops a target.
    sets = [
        s.model_copy(
            update={
                "indicators": [
                    i.model_copy(
                        update={"threshold": Number(value=90, valid_from=date(2025, 1, 1))}
                    )
                    if i.code == "17.1-hvs"
                    else i
                    for i in s.indicators
                ]
            }
        )
        for s in pack.criteria_sets
    ]
    villages = [
        a.model_copy(update={"name": "Làng Vi Ô Lắc"}) if a.code == village else a
        for a in pack.areas
    ]
    newer = pack.model_copy(
        update={"criteria_sets": sets, "areas": villages, "targets": pack.targets[:-1]}
    )

    await load_into_database(newer, clock)
    await load_into_database(pack, clock)
    clock.advance(1)
    await load_into_database(newer, clock)

    assert await recorded() == before
    assert (await Area.get(code=village)).households == 52
    active = await active_pack(pack.id)
    assert active == newer
    again = [
        (await progress_of(village, q, clock, active)).indicators for q in ("2023-Q1", "2024-Q2")
    ]
    assert again == told
