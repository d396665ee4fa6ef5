"""One interview, several chats and several processes: shared, in order, and no answer lost."""

from __future__ import annotations

import asyncio
import importlib
import json

import pytest

from backend.models import Inbox, Interview
from bot.turn import sql
from bot.turn.journal import TurnJournal
from tests.bot.turn.receptions import Counts, interview, running, text
from tests.clock import PATIENCE, HandClock


async def test_a_person_with_two_chats_has_one_interview_and_no_answer_is_lost(
    database: str, clock: HandClock
) -> None:
    one = await interview(clock, "a", "b")
    turns = await running(Counts(), clock)
    journal = TurnJournal(turns)

    async def write(chat: str) -> None:
        for n in range(20):
            await journal.record([text(chat, f"{chat}{n}")])

    await asyncio.gather(write("a"), write("b"))
    await turns.settled()
    await turns.stop()
    state = json.loads((await Interview.get(id=one)).state)
    assert [s for s in state if s[0] == "a"] == [f"a{n}" for n in range(20)]
    assert [s for s in state if s[0] == "b"] == [f"b{n}" for n in range(20)]


async def test_a_submitted_interview_takes_no_more_answers(database: str, clock: HandClock) -> None:
    one = await interview(clock, "a")
    turns = await running(Counts(), clock)
    await TurnJournal(turns).record([text("a", "1"), text("a", "end")])
    await turns.settled()
    await turns.stop()
    row = await Interview.get(id=one)
    assert (row.status, row.running_for, row.state) == ("submitted", None, '["1", "end"]')


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_two_processes_share_the_work_and_keep_the_order(
    database: str, clock: HandClock
) -> None:
    """Two engines on one PostgreSQL, each with connections of its own, as two processes are."""
    ids = [await interview(clock, f"{p}a", f"{p}b") for p in range(12)]
    counts = [Counts(), Counts()]
    engines = [await running(c, clock, sweep_seconds=0.05) for c in counts]
    journals = [TurnJournal(e) for e in engines]

    async def write(chat: str, start: int) -> None:
        for n in range(15):
            await journals[(start + n) % 2].record([text(chat, f"{chat}{n}")])

    await asyncio.gather(*(write(f"{p}{c}", p) for p in range(12) for c in "ab"))
    async with asyncio.timeout(PATIENCE):
        while await Inbox.filter(status=0).exists():
            for e in engines:
                e.wake()
                await e.settled()
    for e in engines:
        await e.stop()
    assert sum(e.taken for e in engines) == 12 * 2 * 15
    assert all(e.taken for e in engines)
    for p, one in enumerate(ids):
        state = json.loads((await Interview.get(id=one)).state)
        for c in "ab":
            assert [s for s in state if s[1 if p < 10 else 2] == c] == [
                f"{p}{c}{n}" for n in range(15)
            ]


async def test_an_answer_costs_no_statement_of_its_own(
    database: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch of 40 answers takes as many statements as a batch of 2."""
    for p in range(40):
        await interview(clock, str(p))
    turns = await running(Counts(), clock)
    journal = TurnJournal(turns)
    await journal.record([text(str(p), "warm") for p in range(40)])
    await turns.settled()
    counted: list[str] = []
    kind = type(sql.database()).__base__  # Tortoise's own, of which ours is made
    wrapper = importlib.import_module(kind.__module__)
    transaction = getattr(wrapper, "SqliteTransactionWrapper", None) or wrapper.TransactionWrapper
    for name in ("execute_query", "execute_query_dict"):
        original = getattr(transaction, name)

        async def counting(self, query, values=None, original=original):
            counted.append(query)
            return await original(self, query, values)

        monkeypatch.setattr(transaction, name, counting)

    async def cost(people: int, words: str) -> int:
        counted.clear()
        await journal.record([text(str(p), words) for p in range(people)])
        await turns.settled()
        return len(counted)

    assert await cost(2, "x") == await cost(40, "y") <= 9
    await turns.stop()
