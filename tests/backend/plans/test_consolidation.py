"""A criterion is complete when all its owners have reported, and not before."""

import pytest

from backend.plans.consolidation import consolidation
from backend.plans.load import load_pack

OLD, NEW = "xa-2016-2020", "xa-2021-2025"


def criterion(pack, code, reported=()):
    return next(c for c in consolidation(pack, reported) if c.code == code)


@pytest.fixture(scope="module")
def dak_lak():
    return load_pack("dak-lak-2021")


@pytest.fixture(scope="module")
def dak_song():
    return load_pack("dak-song-2023")


def everybody(pack, code):
    return {
        (c.set_id, part.code, part.owner, part.scope)
        for c in consolidation(pack, ())
        if c.code == code
        for part in c.missing
    }


def test_the_lead_waits_for_the_four_departments_of_17(dak_lak):
    before = criterion(dak_lak, "17")
    assert not before.complete
    assert (before.lead, before.to) == ("Sở Tài nguyên và Môi trường", "Ban Chỉ đạo tỉnh")
    assert before.expected == 8
    assert len({part.owner for part in before.missing}) == 4

    reported = everybody(dak_lak, "17") - {(OLD, "17.8", "Sở Y tế", "")}
    nearly = criterion(dak_lak, "17", reported)
    assert not nearly.complete
    assert [(p.code, p.owner) for p in nearly.missing] == [("17.8", "Sở Y tế")]

    assert criterion(dak_lak, "17", everybody(dak_lak, "17")).complete


def test_one_criterion_being_complete_says_nothing_of_another(dak_lak):
    done = [c.code for c in consolidation(dak_lak, everybody(dak_lak, "19")) if c.complete]
    assert done == ["19"]


def test_a_criterion_owned_whole_is_reported_whole_by_its_owner(dak_lak):
    housing = criterion(dak_lak, "9")
    assert (housing.lead, housing.to, housing.expected) == ("Sở Xây dựng", "Ban Chỉ đạo tỉnh", 1)
    assert criterion(dak_lak, "9", {(OLD, "9", "Sở Xây dựng", "")}).complete


def test_each_part_of_an_indicator_counts_and_only_from_its_own_owner(dak_song):
    food = [p for p in criterion(dak_song, "17").missing if p.code == "17.10"]
    assert len(food) == 3
    health = next(p for p in food if p.owner == "Phòng Y tế")
    reported = {(NEW, "17.10", health.owner, health.scope)}
    left = [p for p in criterion(dak_song, "17", reported).missing if p.code == "17.10"]
    assert health not in left
    assert len(left) == 2
    stranger = {(NEW, "17.10", "Phòng Nội vụ", health.scope)}
    assert criterion(dak_song, "17", stranger).missing == criterion(dak_song, "17").missing


def test_a_report_under_the_other_set_does_not_count(dak_song):
    other = {(OLD, *rest) for _, *rest in everybody(dak_song, "18")}
    assert not criterion(dak_song, "18", other).complete


def test_what_nobody_owns_is_never_complete():
    pack = load_pack("ia-hdrai-2022")
    found = consolidation(pack, {("huyen", "7", "", "")})
    assert found
    assert not any(c.complete for c in found)
    assert {part.owner for c in found for part in c.missing} == {""}
    assert "thon-khao-sat" not in {c.set_id for c in found}
