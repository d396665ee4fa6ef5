"""Messages in, turns taken: each once, in order, whatever goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from backend.models import Chat, Inbox, Outbox
from bot.messages import Incoming, Kind, Media, Outgoing
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from tests.bot.turn.receptions import Breaks, Echo, running, text
from tests.clock import HandClock


@pytest.fixture
async def engine(database: str, clock: HandClock) -> AsyncIterator[tuple[Turns, TurnJournal, Echo]]:
    echo = Echo()
    turns = Turns(echo, clock)
    await turns.start()
    yield turns, TurnJournal(turns), echo
    await turns.stop()


async def test_a_message_gets_its_reply(engine) -> None:
    turns, journal, echo = engine
    await journal.record([text("1", "xin chào")])
    await turns.settled()
    assert echo.heard == {"1": ["xin chào"]}
    row = await Outbox.get()
    assert Outgoing.from_json(row.payload).text == "echo xin chào"
    assert (await Inbox.get()).status == 2
    chat = await Chat.get()
    assert chat.last_in_at is not None


@pytest.mark.parametrize(
    "message",
    [
        text("1", "95"),
        Incoming("test", "p", "1", "1", Kind.PRESS, text="yes", prompt=3),
        Incoming("test", "c", "1", "1", Kind.CONTACT, phone="+84901234567"),
        Incoming("test", "l", "1", "1", Kind.LOCATION, latitude=14.1, longitude=107.9),
        Incoming("test", "s", "1", "1", Kind.START, text="abc"),
        Incoming("test", "u", "1", "1", Kind.UNSUPPORTED, text="sticker"),
        Incoming("test", "f", "1", "1", Kind.PHOTO, media=Media("x", sha256="a" * 64)),
    ],
    ids=lambda m: m.kind.value,
)
async def test_delivered_twice_is_one_message(engine, message: Incoming) -> None:
    turns, journal, _ = engine
    await asyncio.gather(journal.record([message]), journal.record([message, message]))
    await turns.settled()
    await journal.record([message])
    await turns.settled()
    assert await Inbox.all().count() == 1
    assert await Outbox.all().count() == 1


async def test_each_chat_is_heard_in_order_while_many_write(engine) -> None:
    turns, journal, echo = engine

    async def person(chat: str) -> None:
        for n in range(12):
            await journal.record([text(chat, str(n))])

    await asyncio.gather(*(person(str(c)) for c in range(30)))
    await turns.settled()
    assert set(echo.heard) == {str(c) for c in range(30)}
    assert all(words == [str(n) for n in range(12)] for words in echo.heard.values())
    assert turns.taken == 360
    assert turns.commits < 200, "turns that wait share a commit"


async def test_a_turn_that_always_raises_is_set_aside_and_the_chat_goes_on(
    database: str, clock: HandClock
) -> None:
    reception = Breaks(times=99)
    turns = await running(reception, clock)
    journal = TurnJournal(turns)
    await asyncio.gather(
        journal.record([text("1", "bad"), text("1", "good")]),
        *(journal.record([text(str(c), "hi")]) for c in range(2, 20)),
    )
    await turns.settled()
    await turns.stop()
    assert reception.raised >= 3
    assert {c: words[-1] for c, words in reception.heard.items()} == {
        "1": "good",
        **{str(c): "hi" for c in range(2, 20)},
    }
    row = await Inbox.get(status=3)
    assert row.attempts == 3
    assert row.error is not None
    assert row.error.startswith("ValueError at receptions.py:")
    assert "words" not in row.error
    assert (await Chat.get(external_id="1")).stage == "", "what the failed turn wrote is gone"
    replies = [
        Outgoing.from_json(o.payload).text for o in await Outbox.filter(chat__external_id="1")
    ]
    assert len(replies) == 2
    assert replies[1] == "echo good"
    assert await Inbox.filter(status=2).count() == 19
    assert await Outbox.all().count() == 20


async def test_a_turn_that_raises_once_is_taken_again(database: str, clock: HandClock) -> None:
    reception = Breaks(times=1)
    turns = await running(reception, clock)
    await TurnJournal(turns).record([text("1", "bad"), text("2", "fine"), text("3", "fine")])
    await turns.settled()
    await turns.stop()
    assert await Inbox.filter(status=2).count() == 3
    assert await Outbox.all().count() == 3


async def test_what_comes_in_beside_a_failing_turn_is_kept(database: str, clock: HandClock) -> None:
    turns = await running(Breaks(times=99), clock)
    journal = TurnJournal(turns)
    await journal.record([text("1", "bad")])
    await asyncio.gather(*(journal.record([text("2", str(n))]) for n in range(10)))
    assert await Inbox.filter(chat__external_id="2").count() == 10
    await turns.settled()
    await turns.stop()


async def test_a_message_that_the_database_refuses_is_not_acknowledged(
    engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, journal, _ = engine
    impossible = text("2" * 100, "x")
    monkeypatch.setattr(
        Incoming, "to_json", lambda m: 1 / 0 if m.chat.startswith("22") else '{"kind": "text"}'
    )
    good, bad = await asyncio.gather(
        journal.record([text("1", "x")]), journal.record([impossible]), return_exceptions=True
    )
    assert good is None
    assert isinstance(bad, ZeroDivisionError)
    assert await Inbox.all().count() == 1
    monkeypatch.undo()


async def test_text_is_cleaned_and_bounded_when_it_is_kept(engine) -> None:
    turns, journal, echo = engine
    await journal.record(
        [
            text("1", "A\u0301\0" + "x" * 9000, "a"),
            text("2", "nha\u0300 \ud800", "b"),
        ]
    )
    await turns.settled()
    assert echo.heard["1"][0].startswith("Áx")
    assert len(echo.heard["1"][0]) == 4096
    assert echo.heard["2"] == ["nhà ?"]


async def test_a_newer_question_makes_the_unsent_one_stale(engine) -> None:
    turns, journal, _ = engine
    for n in range(3):
        await journal.record([text("1", str(n))])
    await turns.settled()
    assert [o.status for o in await Outbox.all().order_by("id")] == [2, 2, 0]


async def test_what_an_earlier_run_kept_is_taken_at_the_next_start(
    database: str, clock: HandClock
) -> None:
    first = await running(Breaks(times=0), clock)
    await first.stop()
    chat = await Chat.create(channel="test", external_id="1", created_at=clock.now())
    for n in range(100):
        await Inbox.create(
            channel="test", external_id=str(n), chat=chat, payload=text("1", str(n)).to_json(),
            received_at=clock.now(),
        )  # fmt: skip
    echo = Echo()
    turns = await running(echo, clock)
    await turns.settled()
    await turns.stop()
    assert echo.heard["1"] == [str(n) for n in range(100)]


async def test_after_the_end_nothing_is_acknowledged(database: str, clock: HandClock) -> None:
    turns = await running(Echo(), clock)
    await turns.stop()
    with pytest.raises(ConnectionError):
        await TurnJournal(turns).record([text("1", "x")])
