"""The arithmetic of đạt and chưa đạt."""

import math
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.plans.schema import Compare, Indicator, Number
from backend.status.model import Count, Proof, Status
from backend.status.status import Photos, combined, in_force, indicator_result, rolled_up

DAY = date(2026, 12, 31)
WATER = Indicator(
    code="w",
    name="Nước",
    criterion="17",
    questionnaire="nuoc",
    numerator=["hyg"],
    denominator=["households"],
    threshold=Number(value=Decimal(95)),
    photo=["photo_source"],
)
TEMP = Indicator(
    code="9.1",
    name="Nhà tạm",
    criterion="9",
    questionnaire="nha-o",
    numerator=["temp"],
    compare=Compare.AT_MOST,
    threshold=Number(value=Decimal(0)),
)


def counts(**numbers):
    return {k: Count(None if v is None else Decimal(v)) for k, v in numbers.items()}


def water(hyg, households, indicator=WATER, **more):
    return indicator_result("s", indicator, counts(hyg=hyg, households=households), on=DAY, **more)


def with_threshold(value, indicator=WATER):
    return indicator.model_copy(update={"threshold": Number(value=value)})


def test_a_rate_just_below_is_not_met_though_it_would_be_shown_rounded_as_met():
    result = water(1900, 2001)  # 94.95…
    assert result.status is Status.NOT_MET
    assert result.missing == 1
    assert water(1901, 2001).status is Status.MET


def test_twelve_more_households_to_reach_the_threshold():
    result = water(83, 100)
    assert (result.status, result.missing, result.rate) == (Status.NOT_MET, 12, 83)


def test_what_is_unknown_is_not_enough_and_never_not_met():
    for hyg, households in ((None, 100), (0, None), (None, None)):
        assert water(hyg, households).status is Status.INSUFFICIENT_DATA
    missing = indicator_result("s", WATER, {}, on=DAY)
    assert (missing.status, missing.reported) == (Status.INSUFFICIENT_DATA, 1)
    unsent = indicator_result("s", WATER, None, on=DAY)
    assert (unsent.status, unsent.reported) == (Status.INSUFFICIENT_DATA, 0)


def test_nothing_to_count_is_not_applicable_even_if_the_part_is_unknown():
    assert water(0, 0).status is Status.NOT_APPLICABLE
    assert water(None, 0).status is Status.NOT_APPLICABLE
    assert water(0, 0).rate is None


def test_without_a_threshold_nothing_is_said_but_the_value():
    result = water(83, 100, with_threshold(None))
    assert (result.status, result.rate, result.missing) == (Status.NO_THRESHOLD, 83, None)
    assert water(None, 100, with_threshold(None)).status is Status.INSUFFICIENT_DATA


def test_a_threshold_holds_only_between_its_days():
    number = Number(value=Decimal(95), valid_from=date(2026, 2, 15), valid_to=date(2026, 12, 31))
    assert in_force(number, date(2026, 2, 14)) is None
    assert in_force(number, date(2026, 2, 15)) == 95
    assert in_force(number, date(2026, 12, 31)) == 95
    assert in_force(number, date(2027, 1, 1)) is None


def test_a_count_is_met_at_none_and_says_how_many_are_too_many():
    none = indicator_result("s", TEMP, counts(temp=0), on=DAY)
    assert (none.status, none.missing, none.rate) == (Status.MET, None, None)
    three = indicator_result("s", TEMP, counts(temp=3), on=DAY)
    assert (three.status, three.missing) == (Status.NOT_MET, 3)


def test_equals_is_met_exactly():
    both = TEMP.model_copy(update={"compare": Compare.EQUALS})
    assert indicator_result("s", both, counts(temp=0), on=DAY).status is Status.MET
    other = indicator_result("s", both, counts(temp=1), on=DAY)
    assert (other.status, other.missing) == (Status.NOT_MET, None)


def test_two_parts_are_summed_and_one_unknown_part_makes_all_unknown():
    waste = WATER.model_copy(update={"numerator": ["collected", "self_treated"]})
    given_counts = counts(collected=60, self_treated=35, households=100)
    assert indicator_result("s", waste, given_counts, on=DAY).status is Status.MET
    half = counts(collected=60, self_treated=None, households=100)
    assert indicator_result("s", waste, half, on=DAY).status is Status.INSUFFICIENT_DATA


def test_an_estimate_and_a_missing_photo_are_flags_beside_the_status():
    answers = {"hyg": Count(Decimal(96), estimate=True), "households": Count(Decimal(100))}
    result = indicator_result("s", WATER, answers, on=DAY, photos=Photos({"photo_source"}))
    assert (result.status, result.estimate, result.photo_missing) == (Status.MET, True, True)


def test_a_whole_is_met_only_if_all_its_parts_are():
    met, not_met = Status.MET, Status.NOT_MET
    assert combined([met, met]) is met
    assert combined([met, not_met, Status.INSUFFICIENT_DATA]) is not_met
    assert (
        combined([met, Status.INSUFFICIENT_DATA, Status.NO_THRESHOLD]) is Status.INSUFFICIENT_DATA
    )
    assert combined([met, Status.NO_THRESHOLD]) is Status.NO_THRESHOLD
    assert combined([met, Status.NOT_APPLICABLE]) is met
    assert combined([]) is Status.NOT_APPLICABLE


def test_a_roll_up_sums_and_never_averages():
    whole = rolled_up(WATER, [water(10, 10), water(80, 90)])  # rates 100 and 88.9, mean 94.4
    assert (whole.numerator, whole.denominator, whole.rate) == (90, 100, 90)
    assert (whole.status, whole.missing) == (Status.NOT_MET, 5)


def test_a_roll_up_is_open_until_all_have_reported_and_says_how_many_did():
    unsent = indicator_result("s", WATER, None, on=DAY)
    whole = rolled_up(WATER, [water(10, 10), unsent, water(None, 10)])
    assert (whole.reported, whole.expected, whole.rate) == (1, 3, 100)
    assert (whole.status, whole.missing) == (Status.INSUFFICIENT_DATA, None)


def test_a_village_without_anybody_to_count_has_reported():
    whole = rolled_up(WATER, [water(96, 100), water(0, 0)])
    assert (whole.status, whole.reported) == (Status.MET, 2)
    assert rolled_up(WATER, [water(0, 0), water(0, 0)]).status is Status.NOT_APPLICABLE


def test_a_count_over_villages_is_met_when_each_village_meets_it():
    at_most_two = with_threshold(Decimal(2), TEMP)
    each = [indicator_result("s", at_most_two, counts(temp=n), on=DAY) for n in (2, 1, 2)]
    whole = rolled_up(at_most_two, each)
    assert (whole.status, whole.numerator, whole.missing) == (Status.MET, 5, None)
    worse = rolled_up(
        at_most_two, [*each, indicator_result("s", at_most_two, counts(temp=6), on=DAY)]
    )
    assert (worse.status, worse.missing) == (Status.NOT_MET, 4)


def test_nothing_cannot_be_rolled_up():
    with pytest.raises(ValueError, match="nothing"):
        rolled_up(WATER, [])


PEOPLE = st.integers(0, 5000)
PERCENT = st.decimals(0, 100, places=2)


@given(num=PEOPLE, den=PEOPLE, percent=PERCENT)
def test_met_is_what_exact_fractions_say(num, den, percent):
    result = water(num, den, with_threshold(percent))
    if den == 0:
        assert result.status is Status.NOT_APPLICABLE
        return
    met = Fraction(num, den) >= Fraction(percent) / 100
    assert result.status is (Status.MET if met else Status.NOT_MET)


@given(num=PEOPLE, den=st.integers(1, 5000), percent=PERCENT)
def test_what_is_missing_is_the_least_that_is_enough(num, den, percent):
    indicator = with_threshold(percent)
    result = water(num, den, indicator)
    if result.missing is None:
        assert result.status is Status.MET
        return
    assert result.missing >= 1
    assert water(num + result.missing, den, indicator).status is Status.MET
    assert water(num + result.missing - 1, den, indicator).status is Status.NOT_MET


@given(st.lists(st.tuples(PEOPLE, PEOPLE), min_size=1, max_size=8), PERCENT)
def test_a_roll_up_of_all_is_the_one_village_that_they_would_be_together(villages, percent):
    indicator = with_threshold(percent)
    whole = rolled_up(indicator, [water(n, d, indicator) for n, d in villages])
    together = water(sum(n for n, _ in villages), sum(d for _, d in villages), indicator)
    assert (whole.status, whole.rate, whole.missing) == (
        together.status,
        together.rate,
        together.missing,
    )
    assert whole.reported == whole.expected == len(villages)


@given(st.lists(st.sampled_from(list(Status)), max_size=8))
def test_the_order_of_parts_does_not_matter(parts):
    assert combined(parts) is combined(sorted(parts)) is combined(reversed(parts))
    if parts and all(p is Status.MET for p in parts):
        assert combined(parts) is Status.MET
    if combined(parts) is Status.NOT_MET:
        assert Status.NOT_MET in parts


@given(st.integers(0, 300), st.integers(0, 300))
def test_too_many_are_counted_down_to_the_bound(number, bound):
    indicator = with_threshold(Decimal(bound), TEMP)
    result = indicator_result("s", indicator, counts(temp=number), on=DAY)
    assert (result.missing or 0) == max(number - bound, 0)
    assert math.isclose(float(result.numerator or 0), number)


def seen(*proofs, count_before=None, missing=()):
    """The water of a village that reported 96 of 100, with photos of which this is known."""
    photos = Photos(set(missing), {"photo_source": proofs}, count_before)
    return indicator_result("s", WATER, counts(hyg=96, households=100), on=DAY, photos=photos)


def test_the_weakest_photo_stands_beside_the_value():
    assert seen().proof is Proof.NONE
    assert seen(Proof.APPROVED, Proof.APPROVED).proof is Proof.APPROVED
    assert seen(Proof.APPROVED, Proof.WAITING).proof is Proof.WAITING
    assert seen(Proof.WAITING, Proof.REJECTED).proof is Proof.REJECTED
    bare = WATER.model_copy(update={"photo": []})
    assert indicator_result("s", bare, None, on=DAY).proof is None


def test_photos_change_no_status_while_the_plan_says_nothing_of_them():
    for proof in Proof:
        for says in (None, True):
            result = seen(proof, count_before=says)
            assert (result.status, result.held) == (Status.MET, False)


def test_a_plan_may_count_what_is_met_only_once_its_photos_are_approved():
    waiting = seen(Proof.WAITING, count_before=False)
    assert (waiting.status, waiting.held) == (Status.INSUFFICIENT_DATA, True)
    assert seen(Proof.REJECTED, count_before=False).held
    assert seen(missing=("photo_source",), count_before=False).held
    assert seen(Proof.APPROVED, count_before=False).status is Status.MET
    # Where the answers ask for no photo there is nothing to approve.
    assert seen(count_before=False).status is Status.MET


def test_a_further_photo_takes_nothing_away_while_it_waits():
    added = seen(Proof.APPROVED, Proof.WAITING, count_before=False)
    assert (added.status, added.held, added.proof) == (Status.MET, False, Proof.WAITING)
    # Handed back, the office has asked for it anew.
    assert seen(Proof.APPROVED, Proof.WAITING, Proof.REJECTED, count_before=False).held
    # Each question needs one of its own, also where a repeat asks several of one name.
    twice = {
        "/d/tank[1]/photo_source": [Proof.APPROVED],
        "/d/tank[2]/photo_source": [Proof.WAITING],
    }
    photos = Photos((), twice, count_before=False)
    answers = counts(hyg=96, households=100)
    assert indicator_result("s", WATER, answers, on=DAY, photos=photos).held


def test_what_is_not_met_stays_so_whatever_the_photos_are():
    photos = Photos((), {"photo_source": [Proof.WAITING]}, count_before=False)
    few = counts(hyg=10, households=100)
    result = indicator_result("s", WATER, few, on=DAY, photos=photos)
    assert (result.status, result.held, result.missing) == (Status.NOT_MET, False, 85)


def test_a_roll_up_waits_for_the_photos_of_every_village():
    both = [seen(Proof.APPROVED, count_before=False), seen(Proof.WAITING, count_before=False)]
    whole = rolled_up(WATER, both)
    assert (whole.status, whole.held, whole.proof) == (
        Status.INSUFFICIENT_DATA,
        True,
        Proof.WAITING,
    )
    assert rolled_up(WATER, [both[0], both[0]]).status is Status.MET
