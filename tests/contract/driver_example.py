"""The channel of docs/add-a-channel.md at the contract's door: what the page teaches, works."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import pytest
from aiohttp import ClientSession, web

from bot.program import Program
from tests.clock import HandClock
from tests.contract.door import Seen

PAGE = Path(__file__).parents[2] / "docs" / "add-a-channel.md"
BLOCK = re.compile(r"^```python file=(\w+)\.py\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PACKAGE = "bot_example"
SECRET = "only-the-gateway-knows"


def code_of_the_page() -> dict[str, str]:
    """The page's modules by name, in its order."""
    return dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))


def load() -> dict[str, ModuleType]:
    """Make modules of the page's code, once."""
    if PACKAGE not in sys.modules:
        package = sys.modules[PACKAGE] = ModuleType(PACKAGE)
        package.__path__ = []
        for name, code in code_of_the_page().items():
            module = ModuleType(f"{PACKAGE}.{name}")
            sys.modules[module.__name__] = module
            exec(compile(code, f"{PAGE.name}:{name}.py", "exec"), module.__dict__)  # noqa: S102  (our own page)
    return {name: sys.modules[f"{PACKAGE}.{name}"] for name in code_of_the_page()}


class ExamplePerson:
    """See `tests.contract.door.Person`."""

    def __init__(self, door: Example, chat: str) -> None:
        self.chat = chat
        self._door = door

    async def enters(self, code: str) -> None:
        await self.says(code or "Chào")

    async def says(self, text: str) -> None:
        await self._door.post({"from": self.chat, "text": text})

    async def presses(self, number: int) -> None:
        await self.says(str(number))

    async def presses_stale(self) -> None:
        await self.says("99")

    async def sends_photos(self, *photos: bytes) -> None:
        album = f"a{next(self._door.numbers)}"
        for data in photos:
            photo = self._door.keep(data)
            await self._door.post({"from": self.chat, "photo": photo, "album": album})

    async def sends_unusable(self) -> None:
        await self._door.post({"from": self.chat, "ringtone": "x"})

    def seen(self) -> list[Seen]:
        return [Seen(text) for text in self._door.sent[self.chat]]


class Example:
    """See `tests.contract.door.Door`; the gateway is here too."""

    name = "example"
    channel = "sms"
    max_text = 600
    failures: Mapping[str, str] = {"slow down": "", "broken": "", "gone": "gone"}

    def __init__(self, clock: HandClock) -> None:
        self.env: Mapping[str, str] = {}
        self.sent: dict[str, list[str]] = defaultdict(list)
        self.numbers = count(1)
        self._times = 1
        self._trouble: dict[str, int] = {}
        self._gone: set[str] = set()
        self._photos: dict[str, bytes] = {}
        self._people: dict[str, ExamplePerson] = {}
        self._order: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._patch = pytest.MonkeyPatch()
        self._hook = ""

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/send", self._send)
        application.router.add_get("/photos/{name}", self._photo)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = ClientSession()
        code = load()
        door = code["door"].SmsDoor(code["channel"].SmsChannel("token", self._url), SECRET)
        self._patch.setattr(Program, "_doors", lambda _: [door])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._patch.undo()
        await self._session.close()
        await self._runner.cleanup()

    async def opened(self, program: Program) -> None:
        self._hook = f"http://127.0.0.1:{program.settings.port}/webhooks/sms"

    def person(self, name: str) -> ExamplePerson:
        chat = f"+8490000000{len(self._people)}"
        return self._people.setdefault(name, ExamplePerson(self, chat))

    async def arrived(self) -> None:
        """A post is answered when it is kept."""

    async def looked(self) -> None:
        """The phone was told already."""

    def repeats(self) -> None:
        self._times = 2

    def fails(self, kind: str, person: Any) -> None:
        if kind == "gone":
            self._gone.add(person.chat)
        else:
            self._trouble[person.chat] = {"slow down": 429, "broken": 502}[kind]

    def mends(self, person: Any) -> None:
        self._gone.discard(person.chat)

    def keep(self, data: bytes) -> str:
        """Keep a photo and return its address."""
        name = f"{next(self.numbers)}.jpg"
        self._photos[name] = data
        return f"{self._url}/photos/{name}"

    async def post(self, message: dict[str, str]) -> None:
        """Deliver a message to the webhook, perhaps more than once."""
        body = {"id": f"m{next(self.numbers)}", **message}
        for _ in range(self._times):
            answer = await self._session.post(self._hook, json=body, headers={"X-Secret": SECRET})
            assert answer.status == 200

    async def _send(self, request: web.Request) -> web.Response:
        given = await request.json()
        chat = given["to"]
        if status := self._trouble.pop(chat, 410 if chat in self._gone else 0):
            return web.Response(status=status)
        if len(given["text"].encode("utf-16-le")) // 2 > self.max_text:
            return web.Response(status=400)
        self.sent[chat].append(given["text"])
        return web.Response()

    async def _photo(self, request: web.Request) -> web.Response:
        return web.Response(body=self._photos[request.match_info["name"]])
