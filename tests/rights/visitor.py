"""A browser of one person at the office's pages."""

from __future__ import annotations

import re

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from backend.office.session import office_link
from tests.backend.office.house import House

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


class Visitor:
    """Asks without following redirects; a form carries the session's token unless told otherwise."""

    def __init__(self, server: TestServer, house: House) -> None:
        self.client = TestClient(server)
        self.house = house
        self.token = ""

    async def enter(self, person_id: int) -> int:
        link = await office_link(person_id, self.house.clock.now())
        answer = await self.client.post(f"/login/{link}", allow_redirects=False)
        await self.learn()
        return answer.status

    async def learn(self) -> None:
        found = TOKEN.search(await (await self.client.get("/")).text())
        self.token = found[1] if found else ""

    async def get(self, path: str) -> ClientResponse:
        return await self.client.get(path, allow_redirects=False)

    async def post(
        self, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> ClientResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = {"token": self.token} | (form or {})
        return await self.client.post(path, data=data, headers=named, allow_redirects=False)

    def cookies(self) -> str:
        jar = self.client.session.cookie_jar.filter_cookies(self.client.make_url("/"))
        return "; ".join(f"{m.key}={m.value}" for m in jar.values())
