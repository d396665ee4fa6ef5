"""Photos become answers in one commit with their rows, or not at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

import pytest

from backend.models import EvidenceFile, Inbox
from bot.messages import Incoming, Kind, Media
from bot.turn import sql
from bot.turn.journal import TurnJournal
from bot.turn.media import Fetched, MediaWorker
from tests.bot.turn.receptions import Echo, running
from tests.clock import HandClock
from tests.fakes.channel import FakeChannel


class Books:
    """Writes a row for each photo; one of them cannot be written."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    async def store(self, data: bytes, media: Media) -> Fetched[str]:
        return Fetched(media, data.decode())

    async def write(self, fetched: Sequence[Fetched[str]]) -> list[Media]:
        for one in fetched:
            await EvidenceFile.create(
                sha256=one.stored, media_type="", size=1, width=1, height=1, preview="",
                stored_at=self.now,
            )  # fmt: skip
        if "odd" in {f.stored for f in fetched}:
            raise KeyError("a bug")
        return [dataclasses.replace(f.media, sha256=f.stored) for f in fetched]


def photos(*names: str) -> list[Incoming]:
    return [Incoming("test", n, n, n, Kind.PHOTO, media=Media(n)) for n in names]


async def media_of(name: str) -> Media:
    media = Incoming.from_json((await Inbox.get(external_id=name)).payload).media
    assert media is not None
    return media


@pytest.mark.usefixtures("database")
async def test_a_photo_that_cannot_be_written_down_is_refused_alone(clock: HandClock) -> None:
    channel, books = FakeChannel(), Books(clock.now())
    channel.photos = {"one": b"one", "odd": b"odd", "two": b"two"}
    turns = await running(Echo(), clock)
    media = MediaWorker([channel], books.store, turns.wake, write=books.write, sleep=clock.sleep)
    await TurnJournal(turns).record(photos("one", "odd", "two"))
    await media.start()
    await media.idle()
    await turns.settled()
    await media.stop()
    await turns.stop()
    assert (await media_of("one")).sha256 == "one"
    assert (await media_of("two")).sha256 == "two"
    assert (await media_of("odd")).refusal == "broken"
    assert set(await EvidenceFile.all().values_list("sha256", flat=True)) == {"one", "two"}


@pytest.mark.usefixtures("database")
async def test_a_photo_is_never_written_down_without_its_message_being_ready(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, books = FakeChannel(), Books(clock.now())
    channel.photos = {"one": b"one"}
    turns = await running(Echo(), clock)
    media = MediaWorker([channel], books.store, turns.wake, write=books.write, sleep=clock.sleep)
    await TurnJournal(turns).record(photos("one"))

    async def away(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(sql.Statements, "photos_kept", away)
        await media.idle()
    assert not await EvidenceFile.exists()
    assert (await media_of("one")).sha256 == "", "it waits for the next look"
    await media.idle()
    await turns.settled()
    await turns.stop()
    assert (await media_of("one")).sha256 == "one"
    assert await EvidenceFile.all().count() == 1
