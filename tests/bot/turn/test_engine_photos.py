"""Photos before their turns: fetched, refused, acknowledged once an album."""

from __future__ import annotations

import dataclasses

from backend.models import Area, Chat, Inbox, Person, RoleGrant
from bot.messages import Incoming, Kind, Media
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.media import MediaWorker
from bot.turn.outbox import Marks
from bot.turn.sender import Sender
from bot.turn.shapes import Reply, Turn
from tests.bot.turn.receptions import Album, Breaks, Echo, running, text
from tests.clock import HandClock
from tests.fakes.channel import FakeChannel


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
