"""Counts, shares, ranges, floors and exists-rules, against numbers that come in."""

from decimal import Decimal

import pytest

from backend.plans.goals import below_floor, reached, without_any
from backend.plans.load import load_pack
from backend.plans.schema import AreaSpec


def target(pack_id, name):
    return next(t for t in load_pack(pack_id).targets if t.id == name)


@pytest.mark.parametrize(
    ("pack", "name", "number", "answer"),
    [
        ("kon-plong-2024", "villages", 32, False),
        ("kon-plong-2024", "villages", 33, True),
        ("ninh-thuan-2022", "villages-share", "9.99", False),
        ("ninh-thuan-2022", "communes", 1, False),
        ("ninh-thuan-2022", "communes", 2, True),
        ("ninh-thuan-2022", "communes", 4, True),
        ("ninh-thuan-2022", "poverty", "1.5", True),
        ("ninh-thuan-2022", "poverty-minorities", 3, False),
        ("ninh-thuan-2022", "poverty-minorities", "3.01", True),
        ("dak-lak-2021", "communes-2025-share", 65, False),
        ("ia-hdrai-2022", "poverty", "37.5", True),
        ("ia-hdrai-2022", "poverty", "37.51", False),
        ("ia-hdrai-2022", "waste", 70, None),
        ("dak-lak-2021", "communes", None, None),
        ("dak-song-2023", "dak-ndrung", 1, None),
    ],
)
def test_whether_a_number_reaches_the_target(pack, name, number, answer):
    given = None if number is None else Decimal(number)
    assert reached(target(pack, name), given) is answer


def test_25_villages_reach_the_count_and_not_the_share():
    share = Decimal(2500) / 254
    assert reached(target("ninh-thuan-2022", "villages"), Decimal(25))
    assert not reached(target("ninh-thuan-2022", "villages-share"), share)


def test_the_floor_names_the_communes_below_it_and_not_the_unknown():
    floor = target("dak-lak-2021", "criteria-floor")
    counts = {"a": Decimal(7), "b": Decimal(6), "c": None, "d": Decimal(19)}
    assert below_floor(floor, counts) == ("b",)


def test_a_floor_for_named_communes_is_theirs_alone():
    floor = target("kon-plong-2024", "remaining-criteria")
    counts = dict.fromkeys(["kon-plong-dak-ring", "kon-plong-hieu"], Decimal(14))
    assert below_floor(floor, counts) == ("kon-plong-dak-ring",)


def test_every_recognised_commune_needs_a_recognised_village_of_its_own():
    pack = load_pack("ninh-thuan-2022")
    rule = next(t for t in pack.targets if t.id == "village-in-each-commune")
    villages = [
        AreaSpec(code=code, level="village", name="Thôn 1", parent=parent)
        for code, parent in (("v1", "ninh-phuoc-an-hai"), ("v2", "ninh-son-ma-noi"))
    ]
    pack = pack.model_copy(update={"areas": [*pack.areas, *villages]})
    communes = {"ninh-phuoc-an-hai", "ninh-hai-ho-hai"}

    assert without_any(pack, rule, communes) == ("ninh-phuoc-an-hai", "ninh-hai-ho-hai")
    assert without_any(pack, rule, {*communes, "v1", "v2"}) == ("ninh-hai-ho-hai",)
    assert without_any(pack, rule, {"v1"}) == ()
