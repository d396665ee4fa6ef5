"""Days against the plan's limit, and plans that name no stage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backend.plans.load import load_pack
from backend.plans.schema import Number, Pack
from backend.reports.stages import stage_line
from backend.stages.steps import Move, mover_roles, sets_of, standing, state_of, steps_of
from locales import catalog
from tests.clock import OFFICE_ZONE

START = datetime(2024, 5, 2, 3, tzinfo=UTC)


def limited(days: int | None) -> Pack:
    """Kon Plông, where the appraisal may take so many days."""
    pack = load_pack("kon-plong-2024")
    stages = [
        s.model_copy(update={"days_at_most": Number(value=days)}) if s.id == "appraisal" else s
        for s in pack.stages
    ]
    return pack.model_copy(update={"stages": stages})


def test_overdue_only_against_a_limit_that_the_plan_states() -> None:
    moves = [Move(1, "thon-dtts-147", "appraisal", START)]
    now = (START + timedelta(days=31)).astimezone(OFFICE_ZONE)
    late = state_of(limited(30), "thon-dtts-147", moves, now)
    assert late.now.overdue
    assert "kế hoạch cho 30 ngày" in stage_line(late, catalog("vi"))
    for pack in (limited(31), limited(None)):
        state = state_of(pack, "thon-dtts-147", moves, now)
        assert not state.now.overdue
        assert stage_line(state, catalog("vi")) == "Thẩm định, 31 ngày (từ 02/05/2024)"


def test_days_are_the_offices_days() -> None:
    evening = datetime(2024, 5, 2, 17, 30, tzinfo=UTC)  # half past midnight of the 3rd there
    state = state_of(
        limited(None), "", [Move(1, "", "dossier", evening)], evening.astimezone(OFFICE_ZONE)
    )
    assert state.now.since.isoformat() == "2024-05-03"
    assert state.now.days == 0


def test_an_undone_move_leaves_the_days_of_the_one_before() -> None:
    moves = [
        Move(1, "", "dossier", START),
        Move(2, "", "appraisal", START + timedelta(days=3)),
        Move(3, "", "dossier", START + timedelta(days=4), undoes=2),
        Move(4, "", "appraisal", START + timedelta(days=10)),
    ]
    assert [m.id for m in standing(moves)] == [1, 4]
    now = (START + timedelta(days=12)).astimezone(OFFICE_ZONE)
    state = state_of(limited(None), "", moves, now)
    assert [(s.stage, s.days) for s in state.spells] == [("dossier", 10), ("appraisal", 2)]


def test_who_moves_is_what_the_plan_names_and_null_is_only_an_admin() -> None:
    named = {s.id: mover_roles(s) for s in steps_of(load_pack("kon-plong-2024"), "village")}
    assert {str(r) for r in named["appraisal"]} == {"department_officer", "district_officer"}
    assert {str(r) for r in named["dossier"]} == {"commune_officer"}
    song = {s.id: mover_roles(s) for s in steps_of(load_pack("dak-song-2023"), "commune")}
    assert song["satisfaction"] == frozenset()


def test_a_plan_without_stages_has_the_four_standard_ones() -> None:
    pack = load_pack("ninh-thuan-2022")
    assert not pack.stages
    for level in ("district", "commune", "village"):
        ids = [s.id for s in steps_of(pack, level)]
        wanted = ["registration", "self-assessment", "appraisal", "recognition"]
        assert ids == (wanted if level in pack.judges else [])


def test_an_official_set_goes_before_the_products_own() -> None:
    day = START.date()
    assert [s.id for s in sets_of(load_pack("kon-plong-2024"), "village", day)] == ["thon-dtts-147"]
    communes = sets_of(load_pack("kon-plong-2024"), "commune", day)
    assert [s.id for s in communes] == ["xa-2021-2025", "xa-nang-cao-2021-2025"]
