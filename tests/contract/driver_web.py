"""The web chat at the contract's door: what the page sends and reads, without the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from typing import Any, Self

from aiohttp import ClientSession

from bot.program import Program
from tests.clock import HandClock
from tests.contract.door import Seen

LINK = re.compile(r"/c/([A-Za-z0-9_-]{43})")


class WebPerson:
    """See `tests.contract.door.Person`. `look` reads the conversation; `seen` is what was read."""

    def __init__(self, door: Web) -> None:
        self.chat = ""
        self._door = door
        self._address = ""
        self._ids = count(1)
        self._shown: list[dict[str, Any]] = []
        self._pictures: dict[str, bytes] = {}

    async def enters(self, code: str) -> None:
        url = f"{self._door.url}/c/"
        answer = await self._door.session.post(
            url, data={"code": code or "XINCHAO"}, allow_redirects=False
        )
        link = LINK.search(answer.headers["Location"])
        assert link
        self._address = f"{self._door.url}/c/{link[1]}"

    async def says(self, text: str) -> None:
        await self._post({"kind": "text", "text": text})

    async def presses(self, number: int) -> None:
        await self.look()
        buttons = [b for row in self._shown[-1].get("buttons", []) for b in row]
        await self._post({"kind": "press", "text": buttons[number - 1]["data"]})

    async def presses_stale(self) -> None:
        await self.look()
        oldest = next(m for m in self._shown if m.get("buttons"))
        await self._post({"kind": "press", "text": oldest["buttons"][0][0]["data"]})

    async def sends_photos(self, *photos: bytes) -> None:
        album = f"album-{next(self._ids):08}"
        for photo in photos:
            query = {"id": f"photo-{next(self._ids):08}", "album": album}
            for _ in range(self._door.times):
                answer = await self._door.session.post(
                    f"{self._address}/photos", params=query, data=photo
                )
                assert answer.status == 200, await answer.text()

    async def sends_unusable(self) -> None:
        await self.says("🙂")

    def seen(self) -> list[Seen]:
        return [
            Seen(
                m["text"],
                tuple(b["label"] for row in m.get("buttons", []) for b in row),
                self._pictures.get(m["key"], b""),
            )
            for m in self._shown
        ]

    async def look(self) -> None:
        """Read the conversation, as the open page does."""
        answer = await self._door.session.get(f"{self._address}/messages")
        messages = (await answer.json())["messages"]
        self._shown = [m for m in messages if m["from"] == "office" and not m.get("closes")]
        for message in self._shown:
            if "picture" in message and message["key"] not in self._pictures:
                got = await self._door.session.get(f"{self._address}/{message['picture']}")
                self._pictures[message["key"]] = await got.read()

    async def _post(self, body: dict[str, str]) -> None:
        body = {"id": f"said-{next(self._ids):08}", **body}
        for _ in range(self._door.times):
            answer = await self._door.session.post(f"{self._address}/messages", json=body)
            assert answer.status == 200, await answer.text()


class Web:
    """See `tests.contract.door.Door`."""

    name = "web"
    channel = "web"
    max_text = 100_000
    failures: Mapping[str, str] = {}

    def __init__(self, clock: HandClock) -> None:
        self.env: Mapping[str, str] = {}
        self.url = ""
        self.times = 1
        self._people: dict[str, WebPerson] = {}

    async def __aenter__(self) -> Self:
        self.session = ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def opened(self, program: Program) -> None:
        self.url = f"http://127.0.0.1:{program.settings.port}"

    def person(self, name: str) -> WebPerson:
        return self._people.setdefault(name, WebPerson(self))

    async def arrived(self) -> None:
        """A post is answered when it is kept."""

    async def looked(self) -> None:
        for person in self._people.values():
            if person._address:
                await person.look()

    def repeats(self) -> None:
        self.times = 2

    def fails(self, kind: str, person: Any) -> None:
        raise AssertionError("nothing can fail between the outbox and the page")

    def mends(self, person: Any) -> None:
        raise AssertionError("nothing was broken")
