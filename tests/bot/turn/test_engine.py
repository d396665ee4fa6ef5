"""Messages in, turns taken: each once, in order, whatever goes wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest

from backend.models import Area, Chat, FormVersion, Inbox, Interview, Outbox, Person, RoleGrant
from bot.messages import Incoming, Kind, Media, Outgoing
from bot.turn import sql
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.media import MediaWorker
from bot.turn.outbox import Marks
from bot.turn.sender import Sender
from bot.turn.shapes import Reply, Turn
from tests.clock import PATIENCE, HandClock
from tests.fakes.channel import FakeChannel


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


class Breaks(Echo):
    """Raises for some words, as often as told."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.raised = 0

    async def receive(self, turn: Turn) -> Reply:
        if turn.incoming.text == "bad" and self.raised < self.times:
            self.raised += 1
            await Chat.filter(id=turn.chat.id).update(stage="half done")
            raise ValueError("the person's own words: bad")
        return await super().receive(turn)


async def running(reception: Echo, clock: HandClock, **options: object) -> Turns:
    turns = Turns(reception, clock, **options)
    await turns.start()
    return turns


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
    assert row.error.startswith("ValueError at test_engine.py:")
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


class Album(Echo):
    """Acknowledges each photo a moment later, and sends one thing once ever."""

    async def receive(self, turn: Turn) -> Reply:
        self.heard[turn.chat.external_id].append(turn.incoming.media.refusal or "kept")
        n = len(self.heard[turn.chat.external_id])
        return Reply(
            [
                Outgoing(f"{n} photos", prompt=n, hold=1.5),
                Outgoing("welcome", once="welcome"),
            ]
        )


async def test_an_album_gets_one_acknowledgement(database: str, clock: HandClock) -> None:
    marks, channel = Marks(), FakeChannel()
    sender = Sender([channel], clock, marks=marks, sleep=clock.sleep)
    await sender.open()
    turns = await running(Album(), clock, marks=marks, on_queued=sender.offer)
    album = [
        Incoming("test", str(n), "1", "1", Kind.PHOTO, media=Media(str(n), album="x", sha256="a"))
        for n in range(4)
    ]
    await TurnJournal(turns).record(album)
    await turns.settled()
    clock.advance(2)
    await sender.sweep()
    await sender.delivered()
    assert channel.sent["1"] == ["welcome", "4 photos"]
    await turns.stop()
    await sender.stop()


async def test_a_photo_is_fetched_before_its_turn_and_others_do_not_wait(
    database: str, clock: HandClock
) -> None:
    channel = FakeChannel()
    channel.photos = {
        "good": b"jpeg",
        "late": OSError("proxy"),
        "huge": b"x" * 30_000_000,
    }
    echo = Breaks(times=0)
    worker: list[MediaWorker] = []
    kept: list[bytes] = []

    async def keep(data: bytes, media: Media) -> Media:
        kept.append(data)
        return dataclasses.replace(media, sha256="f" * 64)

    async def sleep(seconds: float) -> None:
        if channel.fetched.count("late") > 2:
            channel.photos["late"] = b"at last"

    turns = await running(echo, clock)
    media = MediaWorker([channel], keep, turns.wake, sleep=sleep)
    worker.append(media)
    journal = TurnJournal(turns)

    def photo(chat: str, source: str) -> Incoming:
        return Incoming(
            "test", f"p-{source}", chat, chat, Kind.PHOTO, text=source, media=Media(source)
        )

    await journal.record([photo("1", "good"), text("1", "after"), text("2", "other")])
    await journal.record([photo("3", "late"), photo("4", "huge"), photo("5", "never was")])
    await turns.settled()
    assert dict(echo.heard) == {"2": ["other"]}, "the chat waits for its photo, others do not"
    await media.start()
    await media.idle()
    await turns.settled()
    await media.stop()
    await turns.stop()
    assert echo.heard["1"] == ["good", "after"]
    assert sorted(kept) == [b"at last", b"jpeg"]
    refusals = {}
    for row in await Inbox.filter(external_id__startswith="p-"):
        refusals[row.external_id] = Incoming.from_json(row.payload).media.refusal
    assert refusals == {
        "p-good": "", "p-late": "", "p-huge": "too_large", "p-never was": "gone",
    }  # fmt: skip


async def test_a_photo_that_stays_out_of_reach_is_refused(database: str, clock: HandClock) -> None:
    channel = FakeChannel()
    channel.photos = {"x": OSError(), "y": b"odd"}

    async def keep(data: bytes, media: Media) -> Media:
        raise KeyError("a bug")

    turns = await running(Album(), clock)
    media = MediaWorker([channel], keep, turns.wake, sleep=clock.sleep)
    await media.start()
    await TurnJournal(turns).record(
        [Incoming("test", s, s, s, Kind.PHOTO, media=Media(s)) for s in "xy"]
    )
    await media.idle()
    await turns.settled()
    await media.stop()
    await turns.stop()
    refusals = [
        Incoming.from_json(r.payload).media.refusal for r in await Inbox.all().order_by("id")
    ]
    assert refusals == ["unreachable", "broken"]


class Counts:
    """Counts in the person's interview, as a real questionnaire keeps its state."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    async def receive(self, turn: Turn) -> Reply:
        assert turn.interview is not None
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        state = [*json.loads(turn.interview.state), turn.incoming.text]
        return Reply(
            [Outgoing(str(len(state)), prompt=len(state))],
            json.dumps(state),
            "submitted" if turn.incoming.text == "end" else "running",
        )


async def interview(clock: HandClock, *chats: str) -> int:
    """Make one person with these chats and a running interview; return its id."""
    person = await Person.create(name="A", created_at=clock.now())
    for chat in chats:
        await Chat.create(channel="test", external_id=chat, person=person, created_at=clock.now())
    area, _ = await Area.get_or_create(
        code="v", defaults={"level": "village", "name": "V", "folded": "v"}
    )
    form, _ = await FormVersion.get_or_create(
        form_id="f", version="1",
        defaults={"title": "F", "xml": "", "sha256": "", "published_at": clock.now()},
    )  # fmt: skip
    row = await Interview.create(
        person=person, running_for=person.id, form_version=form, questionnaire="f", area=area,
        period="2026", status="running", state="[]", started_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    return row.id


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
    kind = type(sql.database())
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


async def test_a_strangers_photo_is_not_fetched_and_the_code_before_it_counts(
    database: str, clock: HandClock
) -> None:
    channel = FakeChannel()
    channel.photos = {"mine": b"jpeg", "yours": b"jpeg"}
    area = await Area.create(code="v", level="village", name="V", folded="v")

    class Door(Echo):
        async def receive(self, turn: Turn) -> Reply:
            if turn.incoming.text == "code":
                person = await Person.create(name="", created_at=turn.now)
                await RoleGrant.create(
                    person_id=person.id, role="village_head", area_id=area.id, granted_at=turn.now
                )
                await Chat.filter(id=turn.chat.id).update(person_id=person.id)
            return await super().receive(turn)

    async def keep(data: bytes, media: Media) -> Media:
        return dataclasses.replace(media, sha256="f" * 64)

    turns = Turns(Door(), clock)
    media = MediaWorker([channel], keep, turns.wake, sleep=clock.sleep, known_only=True)
    await turns.start()
    await TurnJournal(turns).record(
        [
            text("1", "code"),
            Incoming("test", "p-1", "1", "1", Kind.PHOTO, media=Media("mine")),
            Incoming("test", "p-2", "2", "2", Kind.PHOTO, media=Media("yours")),
        ]
    )
    for _ in range(2):
        await media.idle()
        await turns.settled()
    await turns.stop()
    assert channel.fetched == ["mine"]
    refusals = {
        r.external_id: Incoming.from_json(r.payload).media.refusal
        for r in await Inbox.filter(external_id__startswith="p-", status=2)
    }
    assert refusals == {"p-1": "", "p-2": "gone"}
