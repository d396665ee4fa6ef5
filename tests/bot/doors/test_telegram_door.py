"""Telegram refuses the bot's token: it is shown, and the admins hear of it by another way."""

from __future__ import annotations

import asyncio

import pytest

from backend.models import Area, Chat, Outbox, RoleGrant
from backend.people import add_person
from bot.doors.settings import read_bots
from bot.doors.telegram import TelegramDoor
from bot.messages import Outgoing
from locales import Catalog
from tests.clock import PATIENCE, HandClock
from tests.fakes.notebook import Notebook
from tests.fakes.telegram import FakeTelegram


async def unread(_: str) -> bytes:
    raise OSError


def a_door(
    token: str, url: str, clock: HandClock, words: Catalog, queued: asyncio.Event
) -> TelegramDoor:
    [bot] = read_bots({"TELEGRAM_TOKEN_XA": token, "TELEGRAM_API_URL": url}).telegram
    return TelegramDoor(
        bot, clock=clock, catalog=words, read_attachment=unread, public_url="", queued=queued.set
    )


@pytest.mark.usefixtures("database")
async def test_a_refused_token_is_told_by_another_way_once_and_forgiven(
    clock: HandClock, catalog_vi: Catalog
) -> None:
    person = await add_person("Hà", clock.now())
    area = await Area.create(code="xa", level="commune", name="Xã", folded="xa")
    await RoleGrant.create(person=person, role="admin", area=area, granted_at=clock.now())
    web = await Chat.create(
        channel="web", external_id="1", person=person, created_at=clock.now(), private=True
    )
    async with FakeTelegram(clock) as fake:
        fake.user(1)
        queued = asyncio.Event()
        door = a_door(fake.token, fake.url, clock, catalog_vi, queued)
        await door.start()
        try:
            assert door.works
            fake.fails("sendMessage", 404)
            await door.channel.send("1", Outgoing("a"), "")
            assert not door.works
            assert not await Outbox.exists(), (
                "a proxy answers 404, too: nobody is told a wrong thing"
            )
            for _ in range(2):
                fake.fails("sendMessage", 401)
                await door.channel.send("1", Outgoing("a"), "")
            async with asyncio.timeout(PATIENCE):
                await queued.wait()
            [told] = await Outbox.all()
            assert told.chat_id == web.id
            assert "Telegram không nhận mã của bot." in told.payload
            assert "TELEGRAM_TOKEN_XA" in told.payload
            assert fake.token not in told.payload
            await door.channel.send("1", Outgoing("a"), "")
            assert door.works
        finally:
            await door.stop()


def test_what_can_be_no_token_is_said_and_telegram_stays_off(
    clock: HandClock, catalog_vi: Catalog
) -> None:
    door = a_door("abc", "http://127.0.0.1:1", clock, catalog_vi, asyncio.Event())
    assert not door.works
    assert door.receive(Notebook()).poll is None
    [bot] = read_bots({"TELEGRAM_TOKEN": "abc"}).telegram
    told = bot.wrong_shape()
    assert told is not None
    assert catalog_vi.say(told).startswith("TELEGRAM_TOKEN: đây không phải mã")
    [bot] = read_bots({"TELEGRAM_TOKEN": "123456:ABC-DEF_1"}).telegram
    assert bot.wrong_shape() is None
