"""Loading a plan: what it makes, what it leaves alone."""

import json

import pytest

from backend.models import Area, AuditEntry, Plan
from backend.plans.load import load_pack
from backend.plans.periods import kind_of, previous_period
from backend.plans.store import (
    NoPlanError,
    active_pack,
    content_of,
    load_into_database,
    loaded_plans,
    village_row,
)


async def snapshot():
    return await Area.all().order_by("id").values(), await Plan.all().order_by("id").values()


async def test_loading_twice_changes_nothing(database, clock):
    pack = load_pack("vi-du")
    await load_into_database(pack, clock)
    before = await snapshot()
    clock.advance(60)

    await load_into_database(pack, clock)

    assert await snapshot() == before
    assert await active_pack("vi-du") == pack
    noted = await AuditEntry.get(action="plan.loaded", subject="plan:vi-du")
    told = json.loads(noted.details)
    assert (told["sha256"], told["before"]) == (content_of(pack)[1], "")
    assert told["areas_touched"] == len(pack.areas)


async def test_the_tree_is_laid_whatever_the_order_of_its_areas(database, clock):
    pack = load_pack("vi-du")
    pack = pack.model_copy(update={"areas": list(reversed(pack.areas))})

    await load_into_database(pack, clock)

    village = await Area.get(code="ia-toi-thon-9").prefetch_related("parent__parent__parent")
    assert village.folded == "thon 9"
    assert village.households == 70
    assert village.parent.parent.parent.code == "kon-tum"


async def test_what_was_loaded_last_is_in_force_also_when_it_is_the_older_one(database, clock):
    first = load_pack("vi-du")
    second = first.model_copy(update={"name": "DỮ LIỆU MẪU khác"})
    for pack in (first, second):
        await load_into_database(pack, clock)
        clock.advance(1)
    assert (await active_pack("vi-du")).name == second.name

    await load_into_database(first, clock)

    assert (await active_pack("vi-du")).name == first.name
    assert len(await loaded_plans()) == 2
    told = [json.loads(e.details) for e in await AuditEntry.all().order_by("number")]
    one, two = content_of(first)[1], content_of(second)[1]
    assert [(t["before"], t["sha256"]) for t in told] == [("", one), (one, two), (two, one)]


async def test_a_plan_that_cannot_be_noted_is_not_in_force(database, clock, monkeypatch):
    async def fails(*_args, **_named):
        raise OSError("the disk is full")

    monkeypatch.setattr("backend.audit.record", fails)
    with pytest.raises(OSError, match="full"):
        await load_into_database(load_pack("vi-du"), clock)
    assert await snapshot() == ([], [])


async def test_what_the_office_entered_is_not_taken_back_by_a_null(database, clock):
    pack = load_pack("ia-hdrai-2022")
    await load_into_database(pack, clock)
    await Area.filter(code="ia-dal-thon-3").update(households=131)

    await load_into_database(pack.model_copy(update={"name": "mới"}), clock)

    assert (await Area.get(code="ia-dal-thon-3")).households == 131


async def test_made_up_households_do_not_outlive_the_sample(database, clock):
    await load_into_database(load_pack("vi-du"), clock)
    assert (await Area.get(code="ia-dal-thon-3")).households == 128

    await load_into_database(load_pack("ia-hdrai-2022"), clock)

    area = await Area.get(code="ia-dal-thon-3")
    assert area.households is None
    assert area.info == {}


async def test_a_renamed_village_keeps_its_row(database, clock):
    pack = load_pack("vi-du")
    await load_into_database(pack, clock)
    before = await Area.get(code="ia-dal-chu-hem")
    areas = [
        a.model_copy(update={"name": "Thôn Mới"}) if a.code == "ia-dal-chu-hem" else a
        for a in pack.areas
    ]

    await load_into_database(pack.model_copy(update={"areas": areas}), clock)

    after = await Area.get(code="ia-dal-chu-hem")
    assert (after.id, after.name, after.folded) == (before.id, "Thôn Mới", "thon moi")


async def test_a_village_no_longer_named_stays(database, clock):
    pack = load_pack("vi-du")
    await load_into_database(pack, clock)

    await load_into_database(pack.model_copy(update={"areas": pack.areas[:-1]}), clock)

    assert await Area.filter(code=pack.areas[-1].code).exists()


async def test_no_plan_is_said(database):
    with pytest.raises(NoPlanError, match="khong-co"):
        await active_pack("khong-co")


async def test_a_form_finds_the_village_and_blanks_where_nothing_is_known(database, clock):
    pack = load_pack("ia-hdrai-2022")
    await load_into_database(pack, clock)

    row = village_row(await Area.get(code="ia-toi-thon-9"), pack)

    assert row == {
        "code": "ia-toi-thon-9",
        "name": "Thôn 9",
        "households": "",
        "unit_word": "thôn",
    }


@pytest.mark.parametrize(
    ("period", "before"),
    [
        ("2026-Q1", "2025-Q4"),
        ("2026-Q4", "2026-Q3"),
        ("2026-01", "2025-12"),
        ("2026-11", "2026-10"),
        ("2026", "2025"),
    ],
)
def test_the_period_before(period, before):
    assert previous_period(period) == before
    assert kind_of(before) == kind_of(period)


@pytest.mark.parametrize("name", ["2026-6M", "2026-11-22", "quý 4", "2026-Q5", ""])
def test_what_is_no_survey_period_has_none_before(name):
    with pytest.raises(ValueError, match="period"):
        previous_period(name)
