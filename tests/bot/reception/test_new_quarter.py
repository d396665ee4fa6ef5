"""A village's stage when quarters change: what has not come yet takes nothing away."""

from __future__ import annotations

from backend.models import Area, StageMove
from backend.plans.store import active_pack
from backend.stages.following import decides
from backend.stages.moves import Unit, follow_status
from backend.status.model import Status
from tests.bot.reception.talk import PLAN, Office
from tests.clock import HandClock, local

VILLAGE = "ia-dal-thon-3"
SET = "thon-ntm"
SIX_MAKESHIFT = ("giữ", "122", "6", "0", "0", "0", "bỏ qua")
"""The answers about housing that do not meet the plan's threshold, up to the summary."""


async def reached(clock: HandClock) -> Unit:
    """Return Thôn 3 as its figures of the last quarter left it: at its self-assessment."""
    unit = Unit(await active_pack(PLAN), await Area.get(code=VILLAGE), SET)
    assert await follow_status(unit, met=True, now=clock.now())
    return unit


async def test_the_first_questionnaire_of_a_new_quarter_takes_no_stage_away(
    office: Office, clock: HandClock
) -> None:
    clock.set(local(12, 20))
    await reached(clock)
    clock.set(local(1, 10, year=2027))
    talk = await office.head()
    await talk.send("1")
    sent = await talk.answer("giữ", "128", "0", "0", "gửi")
    assert "Theo số của thôn mình" in sent
    assert await StageMove.all().count() == 1, "three questionnaires are still to come"


async def test_a_figure_of_the_new_quarter_that_falls_short_does(
    office: Office, clock: HandClock
) -> None:
    clock.set(local(12, 20))
    unit = await reached(clock)
    clock.set(local(1, 10, year=2027))
    talk = await office.head()
    await talk.send("1")
    await talk.answer(*SIX_MAKESHIFT, "gửi")
    assert await unit.held() == []


async def test_what_is_sent_late_takes_back_what_its_own_quarter_gave(
    office: Office, clock: HandClock
) -> None:
    clock.set(local(12, 31, 23, 50))
    unit = await reached(clock)
    talk = await office.head()
    await talk.send("1")
    await talk.answer(*SIX_MAKESHIFT)
    clock.set(local(1, 2, year=2027))
    sent = await talk.send("gửi")
    assert "Phiếu này tính cho quý 4 năm 2026" in sent
    assert await unit.held() == []


async def test_whoever_goes_on_after_the_quarter_is_told_for_which_it_counts(
    office: Office, clock: HandClock
) -> None:
    clock.set(local(12, 20))
    talk = await office.head()
    await talk.send("1")
    assert "quý 4" not in await talk.answer("giữ", "nghỉ")
    clock.set(local(1, 20, year=2027))
    assert (await talk.send("dạ")).startswith("Phiếu này tính cho quý 4 năm 2026")
    assert "quý 4" not in await talk.answer("122", "6", "0", "0", "0"), "once is enough"
    summary = await talk.send("bỏ qua")
    assert summary.startswith("Phiếu này tính cho quý 4 năm 2026")
    assert "Gửi" in summary or "GỬI" in summary


def test_only_what_is_met_or_not_met_decides() -> None:
    assert {s for s in Status if decides(s)} == {Status.MET, Status.NOT_MET}
