"""Four more real plans: what each says, in numbers that agree with one another, and no more."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from backend.plans.consolidation import owners_of
from backend.plans.goals import share_of
from backend.plans.load import PACKS, load_pack
from backend.plans.schema import Cadence, Number, Pack, Source, TargetKind

REAL = ("dak-song-2023", "dak-lak-2021", "kon-plong-2024", "ninh-thuan-2022", "ia-hdrai-2022")


@pytest.fixture(scope="module")
def dak_song() -> Pack:
    return load_pack("dak-song-2023")


@pytest.fixture(scope="module")
def dak_lak() -> Pack:
    return load_pack("dak-lak-2021")


@pytest.fixture(scope="module")
def kon_plong() -> Pack:
    return load_pack("kon-plong-2024")


@pytest.fixture(scope="module")
def ninh_thuan() -> Pack:
    return load_pack("ninh-thuan-2022")


def target(pack, name):
    return next(t for t in pack.targets if t.id == name)


def criteria_set(pack, name):
    return next(s for s in pack.criteria_sets if s.id == name)


def indicator(pack, set_id, code):
    return next(i for i in criteria_set(pack, set_id).indicators if i.code == code)


def area(pack, code):
    return next(a for a in pack.areas if a.code == code)


def models(value):
    yield value
    if isinstance(value, list):
        for inner in value:
            yield from models(inner)
    elif hasattr(value, "model_fields_set"):
        for name in type(value).model_fields:
            yield from models(getattr(value, name))


def hundredths(number):
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("name", REAL)
def test_every_number_and_every_source_of_the_text_has_a_line_and_its_words(name):
    pack = load_pack(name)
    text = (PACKS / name / "source.txt").read_text(encoding="utf-8").split("\n")
    numbers = [m for m in models(pack) if isinstance(m, Number) and m.value is not None]
    carried = {doc for doc, document in pack.documents.items() if document.file}
    sources = [m for m in models(pack) if isinstance(m, Source) and m.doc in carried]
    assert len(sources) >= 35
    assert all(number.source is not None for number in numbers)
    for source in sources:
        assert source.quote
        assert source.line
        lines = text[source.line - 1 : source.to_line or source.line]
        assert " ".join(source.quote.split()) in " ".join(" ".join(lines).split())


@pytest.mark.parametrize("name", REAL)
def test_a_real_plan_is_an_example_of_the_past_and_sets_no_village_its_day(name):
    pack = load_pack(name)
    assert pack.historical
    assert not pack.sample
    assert pack.reminding.village_lead_days is None
    assert all(a.households.value is None for a in pack.areas)


@pytest.mark.parametrize("name", ["dak-song-2023", "dak-lak-2021", "kon-plong-2024"])
def test_no_threshold_is_stated_in_the_other_plans(name):
    pack = load_pack(name)
    assert not [
        i for s in pack.criteria_sets for i in s.indicators if i.threshold.value is not None
    ]


# Đắk Song


def test_five_cadences_before_the_13th_one_without_a_day_and_one_plan(dak_song):
    by_cadence = {o.cadence: (o.before_day, o.before) for o in dak_song.obligations}
    assert by_cadence == {
        Cadence.MONTHLY: (13, None),
        Cadence.QUARTERLY: (13, None),
        Cadence.SIX_MONTH: (13, None),
        Cadence.NINE_MONTH: (13, None),
        Cadence.ANNUAL: (13, None),
        Cadence.AD_HOC: (None, None),
        Cadence.ONE_OFF: (None, date(2023, 3, 30)),
    }
    mailed = {o.email for o in dak_song.obligations if o.cadence is not Cadence.ONE_OFF}
    assert mailed == {"phongnndaksong@gmail.com"}


def test_every_criterion_and_every_part_of_17_has_an_owner(dak_song):
    communes = criteria_set(dak_song, "xa-2021-2025")
    assert [c.code for c in communes.criteria] == [str(n) for n in range(1, 20)]
    assert len(communes.criteria) == communes.criteria_stated.value
    codes = [i.code for i in communes.indicators if i.criterion == "17"]
    assert codes == [f"17.{n}" for n in range(1, 13)]
    for criterion in communes.criteria:
        parts = [i for i in communes.indicators if i.criterion == criterion.code]
        assert bool(criterion.owners) != bool(parts)
        assert all(part.owners for part in parts)


def test_one_indicator_may_have_two_owners_and_another_three_each_with_a_part(dak_song):
    livestock = indicator(dak_song, "xa-2021-2025", "17.9").owners
    food = indicator(dak_song, "xa-2021-2025", "17.10").owners
    assert {(o.name, o.scope) for o in livestock} == {
        ("Phòng Nông nghiệp và Phát triển nông thôn", "vệ sinh thú y, chăn nuôi"),
        ("Phòng Tài nguyên và Môi trường", "bảo vệ môi trường"),
    }
    assert len({o.name for o in food}) == len({o.scope for o in food}) == 3
    (women,) = indicator(dak_song, "xa-2021-2025", "17.8").owners
    assert women.name == "Hội Liên hiệp Phụ nữ huyện"


def test_a_commune_is_recognised_under_the_set_before_and_not_under_this_one(dak_song):
    kept = target(dak_song, "kept-communes")
    assert len(kept.areas) == kept.of.value == 5
    recognised = [a for a in dak_song.areas if a.recognised]
    assert {a.code for a in recognised} == set(kept.areas)
    assert {r.criteria_set for a in recognised for r in a.recognised} == {"xa-2016-2021"}
    assert kept.criteria_set == "xa-2021-2025"
    assert criteria_set(dak_song, "xa-2021-2025").replaces == "xa-2016-2021"


def test_the_eight_communes_carry_their_official_names_and_the_misprints(dak_song):
    communes = [a for a in dak_song.areas if a.level == "commune"]
    assert len(communes) == area(dak_song, "dak-song").communes_stated.value == 8
    assert {n for a in communes for n in a.names} == {"Xã Đắk Môt", "Xã Năm N'Jang"}
    assert target(dak_song, "nam-binh-advanced").at_least.value == 2


# Đắk Lắk


def test_two_papers_two_numbers_for_one_year(dak_lak):
    assigned, striven = target(dak_lak, "communes-assigned"), target(dak_lak, "communes")
    assert (assigned.at_least.value, striven.at_least.value) == (69, 71)
    assert (assigned.standing, striven.standing) == ("assigned", "striven")
    assert (assigned.beside, striven.beside) == ("communes", "communes-assigned")
    assert assigned.at_least.source.line != striven.at_least.source.line
    assert hundredths(share_of(striven)) == Decimal("46.71")
    assert share_of(striven) >= target(dak_lak, "communes-share").at_least.value
    assert hundredths(share_of(assigned)) == Decimal("45.39")
    assert share_of(target(dak_lak, "communes-2025")) > 65
    assert target(dak_lak, "communes-2025-share").more_than


def test_the_floor_is_a_rule_for_each_commune(dak_lak):
    floor = target(dak_lak, "criteria-floor")
    assert (floor.kind, floor.each, floor.at_least.value) == (TargetKind.FLOOR, "commune", 7)


def test_owners_report_to_the_lead_of_the_criterion(dak_lak):
    (owner,) = indicator(dak_lak, "xa-2016-2020", "17.8").owners
    assert owner.name == "Sở Y tế"
    assert owner.reports_to == ["Sở Tài nguyên và Môi trường", "Ban Chỉ đạo tỉnh"]
    leads = {
        c.code: c.consolidation.lead
        for c in criteria_set(dak_lak, "xa-2016-2020").criteria
        if c.consolidation
    }
    assert leads == {
        "14": "Sở Giáo dục và Đào tạo",
        "17": "Sở Tài nguyên và Môi trường",
        "18": "Sở Nội vụ",
        "19": "Công an tỉnh",
    }


def test_one_code_in_two_sets_is_two_indicators_with_two_owners(dak_lak, dak_song):
    old = indicator(dak_lak, "xa-2016-2020", "17.8").owners
    new = indicator(dak_song, "xa-2021-2025", "17.8").owners
    assert [o.name for o in old] == ["Sở Y tế"]
    assert [o.name for o in new] == ["Hội Liên hiệp Phụ nữ huyện"]
    # The same question of the questionnaire belongs to another code in either.
    for pack, code, official in ((dak_lak, "17.6", "17.6"), (dak_song, "17.8", "17.8")):
        toilets = indicator(pack, "thon-khao-sat", code)
        assert toilets.numerator == ["all4"]
        assert toilets.official.code == official
    waste = indicator(dak_song, "thon-khao-sat", "17.6")
    assert waste.numerator == ["collected"]
    assert [o.name for o in owners_of(dak_song, "thon-khao-sat", waste)] == [
        "Phòng Tài nguyên và Môi trường"
    ]


# Kon Plông


def test_half_of_the_villages_of_which_one_is_named(kon_plong):
    villages = target(kon_plong, "villages")
    assert (villages.at_least.value, villages.of.value, villages.year) == (33, 66, 2025)
    assert share_of(villages) == target(kon_plong, "villages-share").at_least.value == 50
    assert area(kon_plong, "kon-plong").villages_stated.value == 66
    assert [a.name for a in kon_plong.areas if a.level == "village"] == ["Thôn Vi Ô Lắc"]


def test_six_communes_of_which_four_are_recognised(kon_plong):
    communes = target(kon_plong, "communes")
    assert len(communes.areas) == communes.at_least.value == 6
    recognised = {a.code for a in kon_plong.areas if a.recognised}
    to_come = {c for name in ("mang-but", "hieu") for c in target(kon_plong, name).areas}
    assert recognised | to_come == set(communes.areas)
    assert len(recognised) == 4
    assert recognised == set(target(kon_plong, "kept").areas)
    assert len([a for a in kon_plong.areas if a.level == "commune"]) == 8


def test_the_village_set_has_ten_criteria_that_nobody_printed(kon_plong):
    villages = criteria_set(kon_plong, "thon-dtts-147")
    assert (villages.criteria_stated.value, villages.criteria) == (10, [])
    decisions = criteria_set(kon_plong, "xa-2021-2025").decisions
    assert [(d.number, d.amends) for d in decisions] == [
        ("416/QĐ-UBND", False),
        ("226/QĐ-UBND", True),
    ]


def test_cleaning_is_monthly_and_the_rest_has_no_frequency(kon_plong):
    activities = {a.id: a for a in kon_plong.activities}
    cleaning = activities.pop("communal-cleaning")
    assert (cleaning.every, cleaning.at_least.value) == (Cadence.MONTHLY, 1)
    assert (cleaning.question, cleaning.photo) == ("cleanups", "photo_waste")
    assert {a.every for a in activities.values()} == {None}
    assert {a.question for a in activities.values()} >= {"mini_inc", "pen_ok", "temp_poor"}
    assert activities["poor-temporary-houses"].until == date(2024, 12, 31)
    (tasks,) = kon_plong.task_plans
    assert (tasks.periods, tasks.tasks) == (["monthly", "quarterly"], None)


def test_the_report_is_regular_without_a_day_and_the_stages_without_a_limit(kon_plong):
    (report,) = kon_plong.obligations
    assert (report.cadence, report.before_day, report.before) == (Cadence.UNSTATED, None, None)
    assert [s.id for s in kon_plong.stages] == [
        "review",
        "consultation",
        "dossier",
        "appraisal",
        "recognition",
    ]
    assert {s.days_at_most.value for s in kon_plong.stages} == {None}


# Ninh Thuận


def test_twenty_five_villages_are_less_than_ten_percent(ninh_thuan):
    count, share = target(ninh_thuan, "villages"), target(ninh_thuan, "villages-share")
    assert (count.at_least.value, count.of.value, share.at_least.value) == (25, 254, 10)
    assert hundredths(share_of(count)) == Decimal("9.84")
    assert share_of(count) < share.at_least.value
    assert (count.beside, share.beside) == (share.id, count.id)
    province = area(ninh_thuan, "ninh-thuan")
    assert (province.villages_stated.value, province.communes_stated.value) == (254, 47)


def test_ranges_and_lists_that_disagree_are_both_kept(ninh_thuan):
    ranges = {
        t.id: (t.at_least.value, t.at_most.value)
        for t in ninh_thuan.targets
        if t.kind is TargetKind.RANGE
    }
    assert ranges == {"communes": (2, 3), "communes-share": (66, 68), "advanced": (4, 5)}
    for listed, count in (("communes-listed", 3), ("advanced-listed", 7)):
        assert len(target(ninh_thuan, listed).areas) == count
        assert target(ninh_thuan, listed).at_least.value == count


def test_each_of_the_ten_communes_has_its_sponsor(ninh_thuan):
    sponsored = {s.area: s.by[0].name for s in ninh_thuan.sponsors}
    listed = {
        code
        for name in ("communes-listed", "advanced-listed")
        for code in target(ninh_thuan, name).areas
    }
    assert set(sponsored) == listed
    assert sponsored["ninh-son-quang-son"] == "Sở Tư pháp"
    assert sponsored["ninh-son-luong-son"] == "Sở Tài nguyên và Môi trường"
    assert len(set(sponsored.values())) == 10


def test_the_inspection_calendar(ninh_thuan):
    rows = {i.id: i for i in ninh_thuan.inspections}
    assert len(rows["ntm"].areas) == 3
    assert len(rows["advanced"].areas) == 7
    assert len(rows["zone-3"].areas) == 6
    assert (rows["ntm"].begin, rows["ntm"].end) == (date(2022, 7, 1), date(2022, 12, 31))
    assert rows["advanced-democracy"].begin == date(2022, 10, 1)
    assert rows["ntm-democracy"].lead == "Uỷ ban MTTQ các huyện"
    assert "2020" in rows["zone-3"].note


def test_the_report_is_due_before_the_25th(ninh_thuan):
    (report,) = ninh_thuan.obligations
    assert (report.cadence, report.before_day) == (Cadence.QUARTERLY, 25)
