"""Messages in, turns taken: each once, in order, whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest
from tortoise.transactions import in_transaction

from backend.models import Chat, Inbox, Outbox
from bot.messages import Incoming, Kind, Media, Outgoing
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.shapes import Reply, Turn
from tests.clock import HandClock


class Echo:
    """Says back what it heard and remembers the order per chat."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = defaultdict(list)

    async def receive(self, turn: Turn) -> Reply:
        self.heard[turn.chat.external_id].append(turn.incoming.text)
        return Reply([Outgoing(f"echo {turn.incoming.text}", prompt=turn.inbox_id)])


def text(chat: str, words: str, external_id: str | None = None, **more: object) -> Incoming:
    return Incoming(
        "test", external_id or f"{chat}-{words}", chat, chat, Kind.TEXT, text=words, **more
    )


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
