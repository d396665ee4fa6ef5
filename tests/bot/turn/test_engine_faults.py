"""Faults that are no turn's: nothing is lost by them and nobody is blamed for them."""

from __future__ import annotations

import pytest

from backend.models import Chat, Inbox, Outbox
from bot.messages import Outgoing
from bot.turn import engine, sql
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.outbox import Mark, Marks
from bot.turn.sender import Sender
from tests.bot.turn.receptions import Echo, running, text
from tests.clock import HandClock
from tests.fakes.channel import FakeChannel


async def test_a_chat_whose_name_another_process_changed_is_a_new_chat(
    database: str, clock: HandClock
) -> None:
    echo = Echo()
    turns = await running(echo, clock)
    journal = TurnJournal(turns)
    await journal.record([text("1", "before")])
    await turns.settled()
    await Chat.filter(external_id="1").update(external_id="erased:1")
    await journal.record([text("1", "after"), text("2", "beside")])
    await turns.settled()
    await turns.stop()
    assert echo.heard == {"1": ["before", "after"], "2": ["beside"]}
    assert await Inbox.filter(status=2).count() == 3
    assert await Chat.filter(external_id="1").count() == 1


async def _sent_once(clock: HandClock, marks: Marks) -> Outbox:
    chat = await Chat.create(channel="test", external_id="9", created_at=clock.now())
    row = await Outbox.create(
        chat_id=chat.id, payload=Outgoing("hi").to_json(), created_at=clock.now()
    )
    marks.add(Mark(row.id, chat.id, sql.SENT, 1, "m1"))
    return row


async def test_a_turn_takes_the_senders_marks_along(database: str, clock: HandClock) -> None:
    marks = Marks()
    turns = await running(Echo(), clock, marks=marks)
    await turns.settled()
    row = await _sent_once(clock, marks)
    await TurnJournal(turns).record([text("1", "x")])
    await turns.settled()
    await turns.stop()
    await row.refresh_from_db()
    assert (row.status, row.message_id, marks.any()) == (sql.SENT, "m1", False)
    assert marks.written == {row.id}


async def test_marks_that_cannot_be_written_are_no_turns_fault(
    database: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise ValueError("refused")

    marks, echo = Marks(), Echo()
    turns = await running(echo, clock, marks=marks)
    await turns.settled()
    row = await _sent_once(clock, marks)
    monkeypatch.setattr(engine, "write_marks", refused)
    journal = TurnJournal(turns)
    await journal.record([text("1", "a"), text("2", "b")])
    await journal.record([text("1", "c")])
    await turns.settled()
    assert echo.heard == {"1": ["a", "c"], "2": ["b"]}
    assert {i.attempts for i in await Inbox.all()} == {0}
    assert marks.any(), "they are left to the sender"
    sender = Sender([FakeChannel()], clock, marks=marks)
    await sender.open()
    await sender.delivered()
    await sender.stop()
    await turns.stop()
    await row.refresh_from_db()
    assert row.status == sql.SENT
    assert not marks.troubled


async def test_what_fails_before_a_turn_is_in_hand_blames_none_and_goes_on(
    database: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = Echo()
    turns = Turns(echo, clock)
    failures = 5
    claim = sql.Statements.claim

    async def trouble(self: sql.Statements, *given: object) -> object:
        nonlocal failures
        if failures:
            failures -= 1
            raise ValueError("no plan for this")
        return await claim(self, *given)

    async def at_once(_: float) -> None:
        """The pause between two attempts."""

    monkeypatch.setattr(sql.Statements, "claim", trouble)
    monkeypatch.setattr(engine, "_pause", at_once)
    await turns.start()
    await TurnJournal(turns).record([text("1", "kept all the same")])
    await turns.settled()
    await turns.stop()
    assert failures == 0
    assert echo.heard == {"1": ["kept all the same"]}
    assert (await Inbox.get()).attempts == 0
