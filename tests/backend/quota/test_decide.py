"""What a month's messages are spent on, in every situation that can be thought of."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.quota.decide import (
    Heard,
    Spent,
    Verdict,
    cost_of,
    decide,
    kept_for_links,
    lasts_until,
    month_turns,
    reserve,
)
from backend.quota.rules import Allowance
from tests.clock import OFFICE_ZONE

PURPOSES = ("answer", "reminder", "notice", "summary", "warning")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001  (the zone is put on)
    lambda t: t.replace(tzinfo=OFFICE_ZONE)
)
allowances = st.builds(
    Allowance,
    per_month=st.none() | st.integers(0, 5_000),
    people=st.none(),
    reply_seconds=st.none() | st.floats(60, 700_000),
    free_replies=st.none() | st.integers(0, 10),
    night=st.none() | st.tuples(st.integers(0, 23), st.integers(0, 23)),
)
spents = st.tuples(st.integers(0, 5_000), st.floats(0, 1)).map(
    lambda t: Spent(t[0], int(t[0] * t[1]))
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Allowance, Spent, Heard, datetime]:
    now = draw(moments)
    ago = draw(st.none() | st.integers(0, 1_000_000))
    heard = None if ago is None else now - timedelta(seconds=ago)
    return (
        draw(allowances),
        draw(spents),
        Heard(heard, draw(st.integers(0, 12))),
        now,
    )


def verdict(
    purpose: str, situation: tuple[Allowance, Spent, Heard, datetime], messages: int = 1
) -> Verdict:
    allowance, spent, heard, now = situation
    return decide(purpose, messages, allowance, spent=spent, heard=heard, now=now)


def sent(v: Verdict) -> bool:
    return not v.refused and v.until is None


@given(situations())
def test_what_matters_more_is_never_refused_before_what_matters_less(
    situation: tuple[Allowance, Spent, Heard, datetime],
) -> None:
    refused = {p: bool(verdict(p, situation).refused) for p in PURPOSES}
    if not refused["summary"]:
        assert not refused["reminder"]
    if not refused["reminder"]:
        assert not refused["answer"]
        assert not refused["warning"]
    assert refused["notice"] == refused["reminder"]


@given(situations(), st.sampled_from(PURPOSES), st.integers(1, 5))
def test_the_window_the_month_and_the_night_hold(
    situation: tuple[Allowance, Spent, Heard, datetime], purpose: str, messages: int
) -> None:
    allowance, spent, heard, now = situation
    v = verdict(purpose, situation, messages)
    if sent(v):
        if allowance.reply_seconds is not None:
            assert heard.last_in_at is not None
            assert now - heard.last_in_at <= timedelta(seconds=allowance.reply_seconds)
        assert v.paid <= messages
        if allowance.per_month is not None and v.paid:
            assert spent.sent + v.paid <= allowance.per_month
    if v.until is not None and purpose == "answer":
        assert v.until == month_turns(now) > now, "no night holds it, only a spent month"
        later = (allowance, Spent(), heard, v.until.astimezone(OFFICE_ZONE))
        assert verdict(purpose, later, messages).refused != "window"
    elif v.until is not None:
        assert now < v.until <= now + timedelta(days=1)
        later = (allowance, spent, heard, v.until.astimezone(OFFICE_ZONE))
        assert verdict(purpose, later, messages).until is None, "it is held once, not again"
        assert verdict(purpose, later, messages).refused != "window"


@given(
    st.integers(1, 400),
    moments,
    st.lists(st.tuples(st.sampled_from(PURPOSES), st.integers(1, 3)), max_size=400),
)
def test_a_month_is_never_overspent_and_answers_end_last(
    per_month: int, now: datetime, asked: list[tuple[str, int]]
) -> None:
    rules = Allowance(per_month=per_month)
    total = answers = 0
    for purpose, messages in asked:
        v = decide(purpose, messages, rules, spent=Spent(total, answers), heard=Heard(now), now=now)
        if not sent(v):
            assert purpose not in {"answer", "warning"} or total + messages > per_month
            continue
        total += messages
        answers += messages if purpose in {"answer", "warning"} else 0
    assert total <= per_month


@given(spents, moments.map(datetime.date), st.integers(0, 5_000))
def test_the_reserve_melts_to_next_to_nothing_and_is_never_more_than_the_share(
    spent: Spent, today: date, per_month: int
) -> None:
    kept = reserve(per_month, spent, today)
    assert 0 <= kept <= per_month * 0.2 + 1
    last = today.replace(day=calendar.monthrange(today.year, today.month)[1])
    assert reserve(per_month, Spent(spent.sent, 0), last) <= per_month * 0.1 / 28 + 1
    assert reserve(per_month, Spent(0, 0), today.replace(day=1)) <= per_month * 0.1 + 1


@given(situations())
def test_no_rules_no_refusal(situation: tuple[Allowance, Spent, Heard, datetime]) -> None:
    _, spent, heard, now = situation
    for purpose in PURPOSES:
        assert verdict(purpose, (Allowance(), spent, heard, now)) == Verdict()


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=OFFICE_ZONE)


def test_a_month_of_three_thousand_as_the_guide_for_admins_tells_it() -> None:
    rules = Allowance(per_month=3_000)

    def says(purpose: str, spent: Spent, day: int) -> str:
        return decide(purpose, 1, rules, spent=spent, heard=Heard(), now=at(day)).refused

    assert reserve(3_000, Spent(), date(2026, 11, 1)) == 300, "half a fifth on the first day"
    busy = Spent(1_600, 1_500)  # 100 answers a day, 16 days left
    assert reserve(3_000, busy, date(2026, 11, 15)) == 600, "never more than a fifth"
    assert says("reminder", busy, 15) == ""
    assert says("reminder", Spent(2_400, 1_500), 15) == "quota"
    assert says("answer", Spent(2_400, 1_500), 15) == ""
    calm = Spent(1_600, 300)  # 20 answers a day
    assert reserve(3_000, calm, date(2026, 11, 15)) == 320
    assert says("reminder", calm, 15) == says("summary", calm, 15) == ""
    tight = Spent(2_600, 300)
    assert says("reminder", tight, 15) == "", "400 left, 320 kept"
    assert says("summary", tight, 15) == "quota", "summaries leave 480"
    assert says("reminder", Spent(2_990, 300), 30) == "quota"
    assert says("answer", Spent(2_999, 300), 30) == ""
    spent_up = Spent(3_000, 300)
    v = decide("answer", 1, rules, spent=spent_up, heard=Heard(at(30)), now=at(30))
    assert v.until == datetime(2026, 12, 1, 7, tzinfo=OFFICE_ZONE), "it waits for the next month"


def test_the_last_messages_show_each_person_the_way_to_the_web_chat_once() -> None:
    rules = Allowance(per_month=3_000, people=50)
    assert kept_for_links(rules) == 60
    assert kept_for_links(Allowance(per_month=1_000, people=50)) == 50
    assert kept_for_links(Allowance(per_month=100, people=50)) == 10

    def waits(left: int, *, told: bool) -> bool:
        spent = Spent(3_000 - left, 300)
        v = decide("answer", 1, rules, spent=spent, heard=Heard(at(9)), now=at(9), told=told)
        return v.until is not None

    assert [waits(left, told=True) for left in (61, 60, 1)] == [False, True, True]
    assert [waits(left, told=False) for left in (60, 1, 0)] == [False, False, True]


def test_an_answer_that_could_not_be_said_next_month_is_refused_now() -> None:
    rules = Allowance(per_month=1, reply_seconds=7 * 86_400)
    early, late = (
        decide("answer", 1, rules, spent=Spent(1), heard=Heard(at(day)), now=at(day))
        for day in (10, 28)
    )
    assert (early.refused, early.until) == ("quota", None)
    assert late.until == datetime(2026, 12, 1, 7, tzinfo=OFFICE_ZONE)
    december = datetime(2026, 12, 31, 23, 30, tzinfo=OFFICE_ZONE)
    assert month_turns(december) == datetime(2027, 1, 1, 7, tzinfo=OFFICE_ZONE)


def test_the_free_replies_to_a_message_cost_nothing() -> None:
    rules = Allowance(per_month=0, free_replies=8, reply_seconds=172_800)
    for replies, refused in ((0, ""), (7, ""), (8, "quota")):
        v = decide("answer", 1, rules, spent=Spent(), heard=Heard(at(1), replies), now=at(2))
        assert (v.refused, v.paid) == (refused, 0)
    some = Allowance(per_month=100, free_replies=8)
    for messages, replies, paid in ((3, 6, 1), (3, 8, 3), (3, 9, 3), (3, 0, 0)):
        heard = Heard(at(1), replies)
        v = decide("answer", messages, some, spent=Spent(), heard=heard, now=at(2))
        assert v.paid == paid, "of a long answer only what is beyond the free ones costs"
    v = decide("reminder", 1, rules, spent=Spent(), heard=Heard(at(1), 0), now=at(4))
    assert v.refused == "window"


def test_what_would_wait_until_its_window_is_over_is_refused_at_once() -> None:
    rules = Allowance(reply_seconds=48 * 3600, night=(22, 6))
    held = decide("reminder", 1, rules, spent=Spent(), heard=Heard(at(9, 8)), now=at(10, 23))
    assert held.until == at(11, 6)
    v = decide("reminder", 1, rules, spent=Spent(), heard=Heard(at(9, 5)), now=at(10, 23))
    assert v.refused == "window"
    answer = decide("answer", 1, rules, spent=Spent(), heard=Heard(at(10, 23)), now=at(10, 23))
    assert answer == Verdict()


def test_the_forecast_names_the_day_on_which_it_ends() -> None:
    assert lasts_until(3_000, Spent(0, 0), date(2026, 11, 3)) is None
    assert lasts_until(3_000, Spent(1_500, 0), date(2026, 11, 20)) is None, "75 a day, 20 days"
    assert lasts_until(3_000, Spent(2_000, 0), date(2026, 11, 10)) == date(2026, 11, 15)
    assert lasts_until(3_000, Spent(3_000, 0), date(2026, 11, 10)) == date(2026, 11, 10)


def test_a_long_text_costs_its_parts() -> None:
    assert [cost_of(n, 2_000) for n in (0, 1, 2_000, 2_001, 6_000)] == [1, 1, 1, 2, 3]


def test_strangers_get_a_tenth_and_never_what_is_kept_for_answers() -> None:
    def says(spent: Spent, purpose: str = "stranger") -> str:
        now = datetime(2026, 11, 15, 23, tzinfo=OFFICE_ZONE)
        rules = Allowance(per_month=3_000, night=(22, 6))
        return decide(purpose, 1, rules, spent=spent, heard=Heard(now), now=now).refused

    assert says(Spent(299, 0, 299)) == ""
    assert says(Spent(300, 0, 300)) == "quota"
    assert says(Spent(300, 0, 300), "answer") == "", "whoever belongs here is answered"
    assert says(Spent(2_900, 300, 0)) == "quota"
    assert says(Spent(2_900, 300, 0), "answer") == ""


def test_a_stranger_is_answered_at_night_too() -> None:
    now = datetime(2026, 11, 15, 23, tzinfo=OFFICE_ZONE)
    rules = Allowance(per_month=3_000, night=(22, 6))
    assert decide("stranger", 1, rules, spent=Spent(), heard=Heard(now), now=now) == Verdict(paid=1)
