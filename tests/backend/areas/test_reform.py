"""The reform of July 2025 on a database with answers from before and after, on both databases."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest

from backend.access import accessible_areas, area_for
from backend.areas.log import sha256_of
from backend.areas.reform import apply_reform
from backend.areas.reform_file import read_reform
from backend.audit import verify
from backend.models import (
    Area,
    AreaChange,
    AreaFormerParent,
    AreaPredecessor,
    AuditEntry,
    Person,
    RoleGrant,
    Submission,
)
from backend.people import Grant, Role, add_person, grant, grants_of
from backend.plans.load import PackRefusedError, load_pack
from backend.plans.store import active_pack, load_into_database
from backend.plans.tree import root_on
from backend.status.recorded import progress_of
from bot.reception.area_names import areas_named
from tests.backend.status.office import submit
from tests.clock import OFFICE_ZONE

SPRING = datetime(2025, 5, 20, 8, 0, tzinfo=OFFICE_ZONE)
AUTUMN = datetime(2025, 9, 20, 8, 0, tzinfo=OFFICE_ZONE)


@pytest.fixture
async def office(database, clock):
    """Ia H'Drai in the spring of 2025, with the one village of Ia Dom that the office has added."""
    clock.set(SPRING)
    await load_into_database(load_pack("vi-du"), clock)
    await Area.create(
        code="ia-dom-thon-1", level="village", name="Thôn 1", folded="thon 1", households=200,
        parent=await Area.get(code="ia-dom"),
        kept=["level", "name", "folded", "parent_id", "households", "valid_from", "valid_to"],
    )  # fmt: skip
    await AreaChange.create(token="a" * 32, kind="import", source="x", at=clock.now())
    return clock


def water(clock, village, period, hyg, households):
    return submit(
        clock, "nuoc", village, period, households=households, hyg=hyg, clean=1, persons=400,
        persons_hyg=390, photos=["photo_source"],
    )  # fmt: skip


async def reform(clock, **options):
    return await apply_reform(read_reform("reform-2025"), clock, zone=OFFICE_ZONE, **options)


async def everything():
    return [
        await model.all().order_by("id").values()
        for model in (Area, AreaFormerParent, AreaPredecessor, AreaChange, RoleGrant, Submission)
    ]


def hygienic(progress):
    return next(i for i in progress.indicators if i.code == "17.1-hvs")


async def test_history_stays_under_the_old_units_and_present_work_comes_under_the_new(office):
    clock = office
    await water(clock, "ia-dom-thon-1", "2025-Q2", 100, 200)
    await water(clock, "ia-toi-thon-1", "2025-Q2", 118, 118)
    before = await progress_of("ia-toi", "2025-Q2", clock, await active_pack("vi-du"))
    assert {v.code for v in before.villages} == {f"ia-toi-thon-{n}" for n in (1, 7, 8, 9)}

    clock.set(AUTUMN)
    await reform(clock)
    pack = await active_pack("vi-du")
    await water(clock, "ia-dom-thon-1", "2025-Q3", 150, 200)
    await water(clock, "ia-toi-thon-1", "2025-Q3", 100, 118)

    after = await progress_of("ia-toi", "2025-Q2", clock, pack)
    assert [v.indicators for v in after.villages] == [v.indicators for v in before.villages]
    assert hygienic(after) == hygienic(before)
    assert (await progress_of("ia-dom", "2025-Q2", clock, pack)).submitted == 1
    assert (await progress_of("ia-hdrai", "2025-Q2", clock, pack)).communes == (
        ("ia-dal", "Xã Ia Đal", 0, 32),
        ("ia-toi", "Xã Ia Tơi", 1, 16),
        ("ia-dom", "Xã Ia Dom", 1, 4),
    )

    now = await progress_of("ia-toi-2025", None, clock, pack)
    assert len(now.villages) == 5
    found = hygienic(now)
    assert (found.numerator, found.denominator, found.reported, found.expected) == (250, 318, 2, 5)
    assert (await progress_of("ia-toi", None, clock, pack)).villages == ()
    whole = await progress_of("quang-ngai-2025", None, clock, pack)
    assert [c[:2] for c in whole.communes] == [
        ("ia-dal", "Xã Ia Đal"),
        ("ia-toi-2025", "Xã Ia Tơi"),
    ]
    assert whole.expected == 13 * 4


async def test_two_villages_of_one_name_stay_two_and_are_told_apart(office):
    clock = office
    clock.set(AUTUMN)
    await reform(clock)
    pack = await active_pack("vi-du")

    now = {v.code: v.name for v in (await progress_of("ia-toi-2025", None, clock, pack)).villages}
    assert now["ia-dom-thon-1"] == "Thôn 1 (Xã Ia Dom)"
    assert now["ia-toi-thon-1"] == "Thôn 1 (Xã Ia Tơi)"
    assert now["ia-toi-thon-7"] == "Thôn 7"
    past = (await progress_of("ia-dom", "2025-Q2", clock, pack)).villages
    assert [v.name for v in past] == ["Thôn 1"]


async def test_the_plan_s_root_is_what_holds_all_of_it_on_the_day(office):
    clock = office
    clock.set(AUTUMN)
    await reform(clock)
    pack = await active_pack("vi-du")

    assert root_on(pack, date(2025, 6, 30)) == "ia-hdrai"
    assert root_on(pack, date(2025, 7, 1)) == "quang-ngai-2025"
    clock.set(datetime(2026, 2, 1, 8, 0, tzinfo=OFFICE_ZONE))
    whole = await progress_of("quang-ngai-2025", None, clock, pack)
    part = await progress_of("ia-toi-2025", None, clock, pack)
    assert "villages" in {t.id for t in whole.targets}
    assert "villages" not in {t.id for t in part.targets}


async def test_applying_it_again_or_loading_the_pack_again_changes_nothing(office):
    clock = office
    clock.set(AUTUMN)
    assert await reform(clock)
    before = await everything()

    assert not await reform(clock)
    await load_into_database(load_pack("vi-du"), clock)
    await load_into_database(load_pack("ia-hdrai-2022"), clock)
    tree = [(await everything())[n] for n in (1, 2, 3)]

    assert tree == before[1:4]
    moved = await Area.get(code="ia-toi-thon-1").prefetch_related("parent")
    assert moved.parent.code == "ia-toi-2025"
    assert (await Area.get(code="ia-dom")).valid_to == date(2025, 6, 30)


async def test_a_village_that_a_later_pack_adds_is_moved_by_the_same_reform(office):
    clock = office
    clock.set(AUTUMN)
    await reform(clock)
    await Area.create(
        code="ia-dom-thon-2", level="village", name="Thôn 2", folded="thon 2",
        parent=await Area.get(code="ia-dom"),
    )  # fmt: skip

    changes = await reform(clock)

    assert [(a.code, parent) for a, parent in changes.moves] == [("ia-dom-thon-2", "ia-toi-2025")]
    assert not changes.begins


async def test_a_trial_run_only_says_what_would_be(office):
    clock = office
    clock.set(AUTUMN)
    before = await everything()

    changes = await reform(clock, dry_run=True)

    assert {u.code for u in changes.begins} == {"quang-ngai-2025", "ia-toi-2025"}
    assert {a.code for a in changes.ends} == {"kon-tum", "ia-hdrai", "ia-dom", "ia-toi"}
    assert len(changes.moves) == 6
    assert "lam-dong-2025" in changes.left_out
    assert await everything() == before


async def test_it_is_not_applied_before_its_day(office):
    clock = office
    before = await everything()
    with pytest.raises(PackRefusedError) as refused:
        await reform(clock)
    assert [e.key for e in refused.value.errors] == ["date"]
    assert await everything() == before


MISTAKES = {
    "units[0].parent": "{code: m, level: commune, name: M, parent: khong-co, predecessors: [ia-dom]}",
    "units[0].predecessors[1]": "{code: m, level: commune, name: M, parent: kon-tum, predecessors: [ia-dom, khong-co]}",
    "units[0].predecessors[0]": "{code: m, level: commune, name: M, parent: kon-tum, predecessors: [ia-hdrai]}",
    "units[0].code": "{code: ia-dal, level: commune, name: M, parent: kon-tum, predecessors: [ia-dom]}",
    "units[0].level": "{code: m, level: ward, name: M, parent: kon-tum, predecessors: [ia-dom]}",
    "units[0].takes[0]": "{code: m, level: commune, name: M, parent: ia-hdrai, predecessors: [ia-dom], takes: [ia-dal-thon-1]}",
    "units[0].predecessors": "{code: m, level: commune, name: M, parent: ia-hdrai, predecessors: [ia-toi], takes: [ia-toi-thon-1]}",
    "units[0].colour": "{code: m, level: commune, name: M, parent: kon-tum, predecessors: [ia-dom], colour: red}",
}


@pytest.mark.parametrize("key", MISTAKES)
async def test_what_does_not_fit_refuses_the_whole_with_its_place(office, tmp_path, key):
    clock = office
    clock.set(AUTUMN)
    before = await everything()
    path = tmp_path / "reform.yaml"
    path.write_text(f"title: x\ndate: 2025-07-01\nunits:\n  - {MISTAKES[key]}\n", encoding="utf-8")

    with pytest.raises(PackRefusedError) as refused:
        await apply_reform(read_reform(path), clock, zone=OFFICE_ZONE)

    (error,) = refused.value.errors
    assert (error.file, error.key) == ("reform.yaml", key)
    assert error.line == 4
    assert await everything() == before


async def test_a_district_does_not_end_over_its_communes(office, tmp_path):
    clock = office
    clock.set(AUTUMN)
    path = tmp_path / "reform.yaml"
    path.write_text("title: x\ndate: 2025-07-01\nends: [ia-hdrai]\n", encoding="utf-8")
    with pytest.raises(PackRefusedError) as refused:
        await apply_reform(read_reform(path), clock, zone=OFFICE_ZONE)
    assert [(e.key, e.reason.params["count"]) for e in refused.value.errors] == [("ends[0]", 3)]


async def test_a_divided_commune_shares_its_villages_out(office, tmp_path):
    clock = office
    clock.set(AUTUMN)
    path = tmp_path / "reform.yaml"
    path.write_text(
        """
title: chia
date: 2025-07-01
units:
  - {code: tren, level: commune, name: Xã Trên, parent: ia-hdrai, predecessors: [ia-toi], takes: [ia-toi-thon-1, ia-toi-thon-7]}
  - {code: duoi, level: commune, name: Xã Dưới, parent: ia-hdrai, predecessors: [ia-toi], takes: [ia-toi-thon-8, ia-toi-thon-9]}
""",
        encoding="utf-8",
    )
    await apply_reform(read_reform(path), clock, zone=OFFICE_ZONE)
    assert not await apply_reform(read_reform(path), clock, zone=OFFICE_ZONE)

    pack = await active_pack("vi-du")
    for code, villages in (("tren", "17"), ("duoi", "89")):
        found = (await progress_of(code, None, clock, pack)).villages
        assert [v.code[-1] for v in found] == list(villages)


async def test_merged_villages_sum_what_the_books_say_and_nothing_made_up(office, tmp_path):
    clock = office
    clock.set(AUTUMN)
    await Area.create(
        code="ia-dom-thon-2", level="village", name="Thôn 2", folded="thon 2", households=50,
        parent=await Area.get(code="ia-dom"),
    )  # fmt: skip
    path = tmp_path / "reform.yaml"
    path.write_text(
        """
title: gộp thôn
date: 2025-07-01
units:
  - {code: gop, level: village, name: Thôn Gộp, parent: ia-dom, predecessors: [ia-dom-thon-1, ia-dom-thon-2]}
  - {code: gop-2, level: village, name: Thôn Mẫu, parent: ia-toi, predecessors: [ia-toi-thon-1, ia-toi-thon-7]}
""",
        encoding="utf-8",
    )
    await apply_reform(read_reform(path), clock, zone=OFFICE_ZONE)
    assert (await Area.get(code="gop")).households == 250
    assert (await Area.get(code="gop-2")).households is None  # the sample's numbers are no book's


async def test_who_answers_for_the_new_commune_sees_the_history_of_both(office):
    clock = office
    now = clock.now()
    people = {}
    for name, role, code in (
        ("Cán bộ Ia Dom", Role.COMMUNE_OFFICER, "ia-dom"),
        ("Cán bộ huyện", Role.DISTRICT_OFFICER, "ia-hdrai"),
        ("Trưởng thôn", Role.VILLAGE_HEAD, "ia-dom-thon-1"),
    ):
        people[code] = (await add_person(name, now)).id
        await grant(people[code], Grant(role, (await Area.get(code=code)).id), now)
    clock.set(AUTUMN)
    ids = {a.code: a.id for a in await Area.all()}

    changes = await reform(clock)
    assert [(s.person, s.successor) for s in changes.stranded] == [
        ("Cán bộ Ia Dom", "ia-toi-2025"),
        ("Cán bộ huyện", ""),
    ]
    # Nobody's rights grow by themselves: the old commune's officer has lost its villages.
    assert await area_for(people["ia-dom"], ids["ia-dom-thon-1"]) is None

    [row] = await AuditEntry.filter(action="area.reform")
    told, kept = json.loads(row.details), await AreaChange.get(kind="reform")
    assert (told["ends"], told["begins"], told["roles"]) == (4, 2, 0), told
    assert told["sha256"] == sha256_of(json.loads(kept.details))

    await reform(clock, move_people=True)
    ids = {a.code: a.id for a in await Area.all()}
    (held,) = await grants_of(people["ia-dom"])
    assert held.area_id == ids["ia-toi-2025"]
    row = await AuditEntry.filter(action="area.reform").order_by("-number").first()
    told = json.loads(row.details)
    assert (told["ends"], told["roles"]) == (0, 1), "who was moved is written down too"
    assert (await verify()).broken == 0
    seen = await accessible_areas(people["ia-dom"])
    assert {ids["ia-dom"], ids["ia-toi"], ids["ia-toi-thon-9"], ids["ia-dom-thon-1"]} <= seen
    assert ids["ia-dal"] not in seen
    assert await area_for(people["ia-dom"], ids["ia-toi"]) is not None
    (own,) = await grants_of(people["ia-dom-thon-1"])
    assert own.area_id == ids["ia-dom-thon-1"]
    assert await Person.all().count() == 3

    found = await areas_named("xã ia tơi", seen)
    assert [n.area.code for n in found] == ["ia-toi-2025"]


@pytest.mark.parametrize(
    "pack_id", ["kon-plong-2024", "dak-song-2023", "ninh-thuan-2022", "dak-lak-2021"]
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_every_seed_comes_through_the_reform(database, clock, pack_id):
    await load_into_database(load_pack(pack_id), clock)
    await reform(clock)
    pack = await active_pack(pack_id)

    on = clock.now().date()
    present = {a.code: a for a in pack.areas if a.valid_to is None or a.valid_to >= on}
    assert not [a.code for a in present.values() if a.level == "district"]
    assert not [a.code for a in present.values() if a.parent and a.parent not in present]
    assert root_on(pack, on) in present
    assert not await reform(clock)
