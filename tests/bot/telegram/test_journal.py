"""Telegram, the real journal and the real turn: what comes twice is kept and answered once."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from backend.models import Inbox
from bot.messages import Incoming, Outgoing
from bot.telegram.channel import TelegramChannel
from bot.telegram.intake import Intake
from bot.telegram.poller import Poller
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.shapes import Reply, Turn
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram


class Echo:
    """A reception that says once what it understood."""

    async def receive(self, turn: Turn) -> Reply:
        return Reply([Outgoing(f"{turn.incoming.kind} {turn.incoming.text}")])


@pytest.mark.usefixtures("database")
async def test_every_kind_of_update_polled_twice_is_one_row(
    fake: FakeTelegram, channel: TelegramChannel, clock: HandClock
) -> None:
    fake.twice = True
    lan, ba = fake.user(1), fake.user(2, "Ba")
    said = [
        lan.starts("code"), ba.says("95 hộ"), lan.presses_data("3:1.yes"),
        *ba.sends_album([b"a", b"b"]), lan.sends_photo(b"h", as_file=True, name="a.heic"),
        ba.shares_contact(), lan.shares_location(14, 107), ba.sends("voice"), ba.says("/tiendo", -1),
    ]  # fmt: skip
    turns = Turns(Echo(), clock)
    await turns.start()
    poller = Poller(Intake(channel, TurnJournal(turns)), pause=clock.sleep)
    task = asyncio.create_task(poller.run())
    await fake.until(lambda: fake.confirmed > said[-1]["update_id"] and not fake.updates)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await turns.stop()
    rows = await Inbox.all().order_by("external_id")
    chats = [(u.get("callback_query") or u)["message"]["chat"]["id"] for u in said]
    assert [r.external_id for r in rows] == sorted(
        f"{u['update_id']}:{chat}" for u, chat in zip(said, chats, strict=True)
    )
    assert [Incoming.from_json(r.payload).external_id for r in rows] == [
        r.external_id for r in rows
    ]


@pytest.mark.usefixtures("database")
async def test_a_number_used_again_for_somebody_else_is_another_message(
    fake: FakeTelegram, channel: TelegramChannel, clock: HandClock
) -> None:
    first, second = fake.user(1).says("95 hộ"), fake.user(2, "Ba").says("110 hộ")
    turns = Turns(Echo(), clock)
    await turns.start()
    intake = Intake(channel, TurnJournal(turns))
    await intake.take([first])
    await intake.take([{**second, "update_id": first["update_id"]}, first])
    await turns.stop()
    texts = [Incoming.from_json(r.payload).text for r in await Inbox.all().order_by("id")]
    assert texts == ["95 hộ", "110 hộ"]
