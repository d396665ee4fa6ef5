"""A small house behind the door: it journals into the real tables and answers by a script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import web
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from backend.models import Area, Chat, Inbox, Outbox
from backend.people import Grant, Role, add_person, grant, join_chat
from bot.messages import Button, Incoming, Kind, Outgoing, Wants
from bot.sent_figures import figures_key, kept_in
from bot.web_chat.channel import WebChannel
from bot.web_chat.links import begin_chat
from bot.web_chat.routes import WebChat, web_chat_routes
from bot.web_chat.spool import Spool
from bot.web_chat.wakes import Wakes
from tests.clock import HandClock

Script = Callable[[int, Incoming], Sequence[Outgoing]]
PICTURE = b"\x89PNG\r\n\x1a\nnot much of a picture"


def water_interview(number: int, message: Incoming) -> Sequence[Outgoing]:
    """Answer like a very short interview: consent, two numbers, a choice, a photo, a position."""
    yes_no = ((Button("Có", f"{number}:9.yes"), Button("Không", f"{number}:9.no")),)
    sources = (
        (Button("1. Nước máy hoặc công trình cấp nước tập trung", f"{number}:9.piped"),),
        (Button("2. Giếng khoan", f"{number}:9.drilled"),),
        (Button("3. Nước tự chảy", f"{number}:9.spring"),),
    )
    said = f"Đã ghi: {message.text}\n\n" if message.kind is Kind.TEXT else ""
    asked = [
        Outgoing("Chào bác trưởng thôn Thôn 1. Bác đồng ý trả lời chứ?", yes_no, prompt=number),
        Outgoing("Câu 1/4. Sổ của xã ghi thôn mình có 120 hộ. Có đúng không ạ?", prompt=number),
        Outgoing(said + "Câu 2/4. Nguồn nước chính của thôn?", sources, prompt=number),
        Outgoing(said + "Câu 3/4. Xin bác gửi ảnh nguồn nước.", prompt=number, wants=Wants.PHOTO),
        Outgoing(said + "Câu 4/4. Xin bác gửi vị trí.", prompt=number, wants=Wants.LOCATION),
        Outgoing(said + "Cảm ơn bác. Đúng thì nhắn GỬI.", prompt=number),
    ]
    closing = []
    if message.kind is Kind.PRESS:
        closing = [Outgoing(message.text, closes=message.prompt)]
    return [*closing, asked[min(number, len(asked)) - 1]]


class House:
    """Keeps, answers and wakes as the real one does, one message after the other."""

    def __init__(self, clock: HandClock, folder: Path) -> None:
        self.clock = clock
        self.wakes = Wakes()
        self.spool = Spool(folder)
        self.channel = WebChannel(self.wakes, self.spool)
        self.script: Script | None = None
        self.received: list[Incoming] = []
        self.attachments = {"picture-1": PICTURE}
        self._turns = asyncio.Lock()

    async def get(self, key: str) -> bytes:
        return self.attachments[kept_in(key)]

    async def record(self, incoming: Sequence[Incoming]) -> None:
        for message in incoming:
            async with self._turns:
                await self._one(message)

    async def _one(self, message: Incoming) -> None:
        chat = await Chat.get(channel="web", external_id=message.chat)
        try:
            async with in_transaction():
                await Inbox.create(
                    channel="web",
                    external_id=message.external_id,
                    chat_id=chat.id,
                    payload=message.to_json(),
                    status=2,
                    received_at=self.clock.now(),
                )
        except IntegrityError:
            return
        self.received.append(message)
        if message.kind is Kind.START:
            await self.let_in(chat)
        self.clock.advance(0.01)
        if self.script:
            for answer in self.script(len(self.received), message):
                await self.say(chat, answer)
        self.clock.advance(0.01)

    async def say(self, chat: Chat, message: Outgoing, **columns: object) -> Outbox:
        row = await Outbox.create(
            chat_id=chat.id,
            payload=message.to_json(),
            prompt=message.prompt,
            created_at=self.clock.now(),
            **{"status": 1, **columns},
        )
        await self.channel.send(chat.external_id, message, "")
        return row

    async def stranger(self) -> tuple[Chat, str]:
        """A chat of somebody who has given no code yet."""
        return await begin_chat(self.clock.now(), "vi")

    async def chat(self) -> tuple[Chat, str]:
        """A village head's chat."""
        chat, token = await self.stranger()
        await self.let_in(chat)
        return chat, token

    async def let_in(self, chat: Chat) -> None:
        """Make a chat a village head's."""
        now = self.clock.now()
        area, _ = await Area.get_or_create(
            code="thon-1", defaults={"level": "village", "name": "Thôn 1", "folded": "thon 1"}
        )
        person = await add_person("A Nhà", now)
        await grant(person.id, Grant(Role.VILLAGE_HEAD, area.id), now)
        await join_chat(chat.id, person.id)

    async def figures(self, chat: Chat, what: str) -> str:
        """Return the key of a picture or workbook for this chat's person, an officer from now on."""
        commune, _ = await Area.get_or_create(
            code="xa-1", defaults={"level": "commune", "name": "Xã 1", "folded": "xa 1"}
        )
        person = (await Chat.get(id=chat.id).prefetch_related("person")).person
        assert person is not None
        now = self.clock.now()
        await grant(person.id, Grant(Role.COMMUNE_OFFICER, commune.id), now)
        return figures_key(commune.code, person.id, what)

    def app(self) -> web.Application:
        app = web.Application()
        parts = WebChat(
            journal=self,
            clock=self.clock,
            wakes=self.wakes,
            spool=self.spool,
            attachments=self,
            look_seconds=0.05,
        )
        web_chat_routes(app, parts)
        return app
