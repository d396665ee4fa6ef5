"""A month of fifty villages on a plan of 3,000 messages: what it costs, and that nothing is lost."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest

from backend.models import Outbox, Submission
from backend.quota.month import months
from bot.messages import Allowance, Outgoing
from tests.clock import OFFICE_ZONE, HandClock
from tests.journeys.month import FREE_PLAN, VILLAGES, Month
from tests.journeys.village import QUESTIONNAIRES

pytestmark = pytest.mark.long
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def december(day: int, hour: int = 7, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=OFFICE_ZONE)


async def the_busiest_month(month: Month) -> None:
    """Everybody is enrolled, asked, reminded and summed up in the month of the deadline (7/12).

    Twenty answer at once, twenty after the first reminder, seven stop half-way and go on on the
    last day, three never answer. One answer in twelve is mistyped.
    """
    await month.officers()
    await month.enrol(month.heads)
    early, middle, last = month.heads[:20], month.heads[20:40], month.heads[40:47]
    for title in QUESTIONNAIRES:
        await month.questionnaire(early, title)
    await month.until(december(4, 9))
    for title in list(QUESTIONNAIRES)[:2]:
        await month.questionnaire(middle, title)
    await month.until(december(6, 9))
    for title in list(QUESTIONNAIRES)[2:]:
        await month.questionnaire(middle, title)
    await month.until(december(7, 9))
    for title in QUESTIONNAIRES:
        await month.questionnaire(last, title, pause=True)
    await month.until(december(31, 20))


@ON_SQLITE
async def test_three_thousand_messages_are_enough_and_nothing_that_matters_is_dropped(
    database: str, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.set(december(1))
    month = Month(clock)
    await month.open()
    try:
        await the_busiest_month(month)
        spent, lost = await month.spent(), await month.lost()
        (left,) = await months(clock.now(), OFFICE_ZONE)
        submitted = await Submission.filter(current_key__isnull=False).count()
        reminded = Counter(
            await Outbox.filter(purpose="reminder", status=1).values_list("chat_id", flat=True)
        )
        stale = await Outbox.filter(status=2).count()
    finally:
        await month.close()
    cost = {
        title: min(h.costs[title] for h in month.heads if h.costs[title])
        for title in QUESTIONNAIRES
    }
    with capsys.disabled():
        print(  # noqa: T201  (the number is what this is for)
            f"\n50 villages, one month: {spent}, {left.left} of 3,000 left; a questionnaire: {cost}"
        )
    assert submitted == 47 * len(QUESTIONNAIRES)
    assert lost == [], "every prompt, every answer and every reminder arrived"
    assert stale == 0, "nobody was so fast that a question went unasked"
    assert sum(spent.values()) == sum(len(s) for s in month.zalo.sent.values()) <= 3_000
    assert set(spent) <= {"answer", "reminder"}, "officers are on the web, which is not counted"
    assert left.people == VILLAGES == FREE_PLAN.people
    # 30 had something missing on the 4th and the 6th, 10 on the day itself, and each heard of it.
    assert Counter(reminded.values()) == {2: 20, 3: 10}
    assert max(cost.values()) <= 13


@ON_SQLITE
async def test_half_the_messages_reminders_stop_and_answers_go_on(
    database: str, clock: HandClock
) -> None:
    clock.set(december(1))
    month = Month(clock, Allowance(per_month=1_250, people=VILLAGES))
    await month.open()
    try:
        await month.officers()
        await month.enrol(month.heads)
        for title in QUESTIONNAIRES:
            await month.questionnaire(month.heads[:20], title)
        await month.until(december(6, 9))
        assert await Outbox.filter(purpose="reminder").count() == 0, "they wait, and stay due"
        assert await month.lost() == [], "answers are still served"
        assert (await month.spent())["answer"] > 900
        warnings = [
            Outgoing.from_json(row.payload).text for row in await Outbox.filter(purpose="warning")
        ]
        low, full = sorted(warnings, key=lambda text: "đã đủ người" in text)
        assert "Zalo\nTháng này còn 2" in low
        assert "Số người: 50/50." in full
        assert {low, full} <= set(month.web.sent["web-quan-tri"]), "by a channel that delivers"
        await month.until(december(8, 9))
        calls = [text for text in month.web.sent["web-xa"] if "CẦN GỌI (30)" in text]
        assert len(calls) == 1
        assert "Zalo: đã hết số tin của tháng" in calls[0]
    finally:
        await month.close()
