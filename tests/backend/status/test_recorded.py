"""Progress over recorded answers, from one village up to the province, on both databases."""

from datetime import datetime

import pytest
from tortoise import connections

from backend.models import Evidence
from backend.plans.load import load_pack
from backend.plans.store import load_into_database
from backend.status.model import Status
from backend.status.progress import UnknownAreaError
from backend.status.recorded import progress_of
from tests.backend.status.office import begin, submit
from tests.clock import OFFICE_ZONE

Q4 = "2026-Q4"


@pytest.fixture
async def pack(database, clock):
    loaded = load_pack("vi-du")
    await load_into_database(loaded, clock)
    return loaded


def result(progress, code, village=None):
    within = next(v for v in progress.villages if v.code == village) if village else progress
    return next(i for i in within.indicators if i.code == code)


def survey(progress, village, questionnaire):
    found = next(v for v in progress.villages if v.code == village)
    return next(s for s in found.surveys if s.questionnaire == questionnaire)


async def test_before_anybody_answers_all_is_unknown_and_nothing_is_late(pack, clock):
    progress = await progress_of("ia-hdrai", None, clock, pack)

    assert (progress.submitted, progress.expected, len(progress.villages)) == (0, 48, 12)
    assert progress.period == Q4
    assert progress.sample
    assert progress.late == ()
    assert {i.status for i in progress.indicators} == {Status.INSUFFICIENT_DATA}
    assert {v.self_assessed for v in progress.villages} == {Status.INSUFFICIENT_DATA}
    assert progress.communes == (("ia-dal", "Xã Ia Đal", 0, 32), ("ia-toi", "Xã Ia Tơi", 0, 16))
    assert progress.at.isoformat() == "2026-11-22T08:00:00+07:00"


async def test_a_village_s_water_is_met_and_the_commune_waits_for_the_others(pack, clock):
    await submit(
        clock, "nuoc", "ia-toi-thon-9", Q4, households=70, hyg=67, clean=None, persons=280,
        persons_hyg="~270", photos=["photo_source"],
    )  # fmt: skip

    progress = await progress_of("ia-toi", Q4, clock, pack)

    own = result(progress, "17.1-hvs", "ia-toi-thon-9")
    assert (own.status, own.numerator, own.denominator) == (Status.MET, 67, 70)
    assert result(progress, "17.1", "ia-toi-thon-9").status is Status.INSUFFICIENT_DATA
    assert result(progress, "17.1-nguoi", "ia-toi-thon-9").estimate
    whole = result(progress, "17.1-hvs")
    assert (whole.status, whole.reported, whole.expected) == (Status.INSUFFICIENT_DATA, 1, 4)
    assert progress.submitted == 1
    assert survey(progress, "ia-toi-thon-9", "nuoc").title == "Nước sinh hoạt"
    assert survey(progress, "ia-toi-thon-9", "nuoc").missing_photos == ()


async def test_when_all_villages_of_a_commune_reported_it_says_what_is_missing(pack, clock):
    for village, hyg, households in (("1", 118, 118), ("7", 80, 92), ("8", 81, 81), ("9", 60, 70)):
        await submit(clock, "nuoc", f"ia-toi-thon-{village}", Q4, households=households, hyg=hyg)

    progress = await progress_of("ia-toi", Q4, clock, pack)

    whole = result(progress, "17.1-hvs")
    assert (whole.numerator, whole.denominator, whole.reported) == (339, 361, 4)
    assert (whole.status, whole.missing) == (Status.NOT_MET, 4)  # 95 % of 361 is 342.95
    district = await progress_of("kon-tum", Q4, clock, pack)
    assert result(district, "17.1-hvs").reported == 4
    assert district.submitted == 4


async def test_a_correction_counts_alone(pack, clock):
    for hyg in (20, 70):
        await submit(clock, "nuoc", "ia-toi-thon-9", Q4, households=70, hyg=hyg)

    progress = await progress_of("ia-toi-thon-9", Q4, clock, pack)

    assert (progress.submitted, progress.expected) == (1, 4)
    assert result(progress, "17.1-hvs").numerator == 70


async def test_another_period_or_plan_does_not_count(pack, clock):
    await submit(clock, "nuoc", "ia-toi-thon-9", "2026-Q3", households=70, hyg=70)
    await submit(clock, "nuoc", "ia-toi-thon-9", Q4, plan="khac", households=70, hyg=70)

    assert (await progress_of("ia-toi", Q4, clock, pack)).submitted == 0
    assert (await progress_of("ia-toi", "2026-Q3", clock, pack)).submitted == 1
    assert (await progress_of("ia-toi", "2026-09", clock, pack)).submitted == 1


async def test_a_required_photo_that_is_missing_is_a_flag_and_not_a_failure(pack, clock):
    submission = await submit(
        clock, "nha-o", "ia-toi-thon-9", Q4, households=70, solid=68, temp=2, removed_ytd=0
    )
    progress = await progress_of("ia-toi", Q4, clock, pack)
    assert survey(progress, "ia-toi-thon-9", "nha-o").missing_photos == ("/data/photo_housing",)
    solid = result(progress, "9.2", "ia-toi-thon-9")
    assert (solid.status, solid.photo_missing) == (Status.MET, True)

    await Evidence.filter(submission_id=submission.id).delete()
    await submit(
        clock, "nha-o", "ia-toi-thon-9", Q4, households=70, solid=68, temp=2, removed_ytd=0,
        photos=["photo_housing"],
    )  # fmt: skip
    progress = await progress_of("ia-toi", Q4, clock, pack)
    assert not result(progress, "9.2", "ia-toi-thon-9").photo_missing


async def test_no_photo_is_missing_where_the_form_asks_for_none(pack, clock):
    await submit(
        clock, "nha-o", "ia-toi-thon-9", Q4, households=70, solid=70, temp=0, removed_ytd=0
    )

    progress = await progress_of("ia-toi", Q4, clock, pack)

    assert survey(progress, "ia-toi-thon-9", "nha-o").missing_photos == ()
    assert result(progress, "9.1", "ia-toi-thon-9").status is Status.MET


async def test_begun_is_told_from_not_begun(pack, clock):
    await begin(clock, "nuoc", "ia-toi-thon-9", Q4)
    await begin(clock, "nha-o", "ia-toi-thon-9", Q4, status="cancelled")
    await begin(clock, "rac-thai", "ia-toi-thon-9", "2026-Q3")

    progress = await progress_of("ia-toi", Q4, clock, pack)

    begun = {s.questionnaire: s.begun for s in progress.villages[-1].surveys}
    assert begun == {"nha-o": False, "nha-tieu": False, "nuoc": True, "rac-thai": False}


async def test_a_village_is_late_from_the_day_after_its_own_last_day(pack, clock):
    await submit(clock, "nuoc", "ia-toi-thon-9", Q4, households=70, hyg=70)
    last = survey(await progress_of("ia-toi", Q4, clock, pack), "ia-toi-thon-9", "nha-o").due
    assert last.isoformat() == "2026-12-07"  # before the 13th, less five days

    clock.set(datetime(2026, 12, 7, 23, 59, tzinfo=OFFICE_ZONE))
    assert (await progress_of("ia-toi", Q4, clock, pack)).late == ()
    clock.set(datetime(2026, 12, 8, 0, 0, tzinfo=OFFICE_ZONE))
    progress = await progress_of("ia-toi", Q4, clock, pack)

    assert len(progress.late) == 4
    assert not survey(progress, "ia-toi-thon-9", "nuoc").late


async def test_a_village_that_meets_all_counts_towards_the_target(pack, clock):
    village = "ia-toi-thon-9"
    await submit(clock, "nha-o", village, Q4, households=70, solid=70, temp=0, removed_ytd=0)
    await submit(clock, "nuoc", village, Q4, households=70, hyg=70, clean=40, persons=280)
    await submit(clock, "nha-tieu", village, Q4, households=70, all4=60, toilet=65)
    await submit(
        clock, "rac-thai", village, Q4, households=70, collected=60, self_treated=10, sorted=30
    )

    progress = await progress_of("ia-hdrai", Q4, clock, pack)

    assert progress.villages[-1].self_assessed is Status.MET
    villages = next(t for t in progress.targets if t.id == "villages")
    assert (villages.at_least, villages.self_assessed, villages.remaining) == (12, 1, 11)
    water = next(t for t in progress.targets if t.id == "water-households")
    assert (water.self_assessed, water.reported, water.expected) == (100, 1, 12)
    assert (await progress_of("ia-toi", Q4, clock, pack)).targets == ()


async def test_an_area_that_the_plan_does_not_have_is_said(pack, clock):
    with pytest.raises(UnknownAreaError):
        await progress_of("ia-h", Q4, clock, pack)
    with pytest.raises(ValueError, match="period"):
        await progress_of("ia-toi", "2026-Q7", clock, pack)


async def test_the_plan_of_2022_says_its_targets_and_no_threshold(database, clock):
    plan = load_pack("ia-hdrai-2022")
    await load_into_database(plan, clock)
    await submit(
        clock, "nuoc", "ia-dal-thon-3", "2022-Q1", plan=plan.id, households=100, hyg=94, clean=10
    )

    progress = await progress_of("ia-hdrai", "2022-Q1", clock, plan)

    assert progress.historical
    village = "ia-dal-thon-3"
    assert result(progress, "17.1-hvs", village).missing == 1
    assert result(progress, "17.1", village).status is Status.NO_THRESHOLD
    villages = next(t for t in progress.targets if t.id == "villages")
    assert (villages.at_least, villages.baseline, villages.estimate) == (17, 0, 13)
    assert villages.source_line.endswith(":89")
    assert [d.last_day for d in progress.deadlines] == [None]


@pytest.mark.parametrize("villages", [1, 4])
async def test_the_number_of_statements_does_not_grow_with_the_villages(
    pack, clock, villages, monkeypatch
):
    for i in range(villages):
        village = ("1", "7", "8", "9")[i]
        await submit(clock, "nuoc", f"ia-toi-thon-{village}", Q4, households=100, hyg=90)
        await submit(clock, "nha-o", f"ia-toi-thon-{village}", Q4, households=100, solid=90, temp=1)
    await progress_of("ia-toi", Q4, clock, pack)  # the forms are compiled now
    connection = next(iter(connections.all()))
    seen = []
    plain = type(connection).execute_query_dict

    async def counted(self, query, values=None):
        seen.append(query)
        return await plain(self, query, values)

    monkeypatch.setattr(type(connection), "execute_query_dict", counted)

    await progress_of("ia-toi", Q4, clock, pack)

    assert len(seen) == 6
