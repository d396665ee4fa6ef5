"""The two packs that come along: what Ia H'Drai's plan says, and nothing that it does not."""

from decimal import ROUND_HALF_UP, Decimal

import pytest

from backend.plans.load import load_pack, pack_ids
from backend.plans.schema import Number, Pack
from backend.plans.store import content_of


@pytest.fixture(scope="module")
def plan() -> Pack:
    return load_pack("ia-hdrai-2022")


@pytest.fixture(scope="module")
def sample() -> Pack:
    return load_pack("vi-du")


def target(pack, name):
    return next(t for t in pack.targets if t.id == name)


def indicator(pack, code):
    return next(i for s in pack.criteria_sets for i in s.indicators if i.code == code)


def villages(pack):
    return [a for a in pack.areas if a.level == "village"]


def test_both_packs_are_in_order_and_survive_being_kept():
    assert set(pack_ids()) >= {"ia-hdrai-2022", "vi-du"}
    for name in pack_ids():
        pack = load_pack(name)
        content, _ = content_of(pack)
        assert Pack.model_validate_json(content) == pack


def test_twelve_of_the_seventeen_villages_are_named_eight_for_2021_and_four_for_2022(plan):
    named = villages(plan)
    assert len(named) == 12
    by_year = {y: [a.name for a in named if a.target_year == y] for y in (2021, 2022)}
    assert len(by_year[2021]) == 8
    assert sorted(by_year[2022]) == ["Thôn 1", "Thôn 2", "Thôn 7", "Thôn 9"]
    whole = target(plan, "villages")
    added = target(plan, "villages-added")
    assert whole.at_least.value == whole.estimate.value + added.at_least.value == 17
    assert set(added.areas) == {a.code for a in named if a.target_year == 2022}
    unnamed = whole.estimate.value - len(by_year[2021])
    assert unnamed == 5  # Ia Dom's, which the text does not name
    assert not [a for a in named if a.parent == "ia-dom"]


def test_the_average_number_of_criteria_is_the_communes_own(plan):
    communes = [target(plan, f"criteria-{c}") for c in ("ia-dom", "ia-dal", "ia-toi")]
    average = target(plan, "criteria-per-commune")
    baseline = sum(c.baseline.value for c in communes) / 3
    assert baseline.quantize(Decimal("0.1"), ROUND_HALF_UP) == average.baseline.value
    assert sum(c.estimate.value for c in communes) / 3 == average.estimate.value == 17
    assert average.at_least.value == 18


def test_water_is_of_persons_before_and_of_households_after_and_waste_has_no_target(plan):
    persons, households = target(plan, "water-persons"), target(plan, "water-households")
    assert (persons.baseline.value, persons.estimate.value) == (Decimal("87.5"), 95)
    assert persons.at_least.value is None
    assert households.at_least.value == 95
    assert households.baseline.value is None
    waste = target(plan, "waste")
    assert (waste.baseline.value, waste.estimate.value) == (Decimal("67.5"), 70)
    assert waste.at_least.value is None
    assert waste.at_most.value is None


def test_the_poverty_target_is_kept_as_printed_with_a_remark(plan):
    poverty = target(plan, "poverty")
    assert poverty.at_most.value == Decimal("37.5") > poverty.estimate.value == Decimal("25.36")
    assert "xác nhận" in poverty.note


def test_only_hygienic_water_has_a_threshold_and_nobody_owns_an_indicator(plan):
    stated = {
        i.code: i.threshold.value
        for s in plan.criteria_sets
        for i in s.indicators
        if i.threshold.value is not None
    }
    assert stated == {"17.1-hvs": 95}
    assert not [i for s in plan.criteria_sets for i in s.indicators if i.owners]
    assert all(a.households.value is None for a in plan.areas)


def test_the_report_is_quarterly_without_a_day(plan):
    (report,) = plan.obligations
    assert (report.cadence, report.before_day, report.before) == ("quarterly", None, None)
    assert "Phòng Nông nghiệp" in report.via
    assert plan.reminding.village_lead_days is None
    assert plan.historical
    assert not plan.sample


def test_every_number_of_the_plan_names_a_line_and_its_words(plan):
    def numbers(value):
        if isinstance(value, Number):
            yield value
        elif isinstance(value, list):
            for inner in value:
                yield from numbers(inner)
        elif hasattr(value, "model_fields_set"):
            for name in type(value).model_fields:
                yield from numbers(getattr(value, name))

    stated = [n for n in numbers(plan) if n.value is not None]
    assert len(stated) > 30
    for number in stated:
        assert number.source is not None
        assert number.source.line
        assert number.source.quote


def test_the_workflow_goes_from_registration_to_recognition(plan):
    assert [s.id for s in plan.stages] == [
        "registration",
        "village-plan",
        "self-assessment",
        "dossier",
        "commune-verification",
        "village-recognition",
    ]
    assert all(s.source and s.source.quote for s in plan.stages)


def test_the_sample_says_that_it_is_one_and_keeps_the_villages(plan, sample):
    assert sample.sample
    assert not sample.historical
    assert "DỮ LIỆU MẪU" in sample.name
    assert sample.year == 2026
    assert [a.code for a in sample.areas] == [a.code for a in plan.areas]
    assert all(a.households.value for a in villages(sample))
    assert {o.id: o.before_day for o in sample.obligations} == {"quarterly": 13, "monthly": 13}
    assert indicator(sample, "9.1").threshold.value == 0
    assert indicator(sample, "9.1").numerator == ["temp"]  # laid over, not replaced


def test_no_made_up_number_of_the_sample_quotes_the_plan(sample):
    assert indicator(sample, "17.8").threshold.source is None
    assert target(sample, "water-households").at_least.source is None
    assert target(sample, "villages").baseline.value is None
