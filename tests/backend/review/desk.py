"""A reviewer's browser without scripts: signs in, reads pages, posts their forms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from aiohttp.test_utils import TestClient

from backend.office.session import office_link
from tests.backend.review.scene import Scene

TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass
class Desk:
    client: TestClient
    scene: Scene

    async def enter(self, nick: str) -> None:
        """Sign in as one of the scene's people; whoever was signed in is not."""
        self.client.session.cookie_jar.clear()
        token = await office_link(self.scene.people[nick], self.scene.now)
        page = await self.client.get(f"/login/{token}")
        found = TOKEN.search(await page.text())
        await self.client.post(f"/login/{token}", data={"token": found[1] if found else ""})

    async def page(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path, allow_redirects=False)
        assert answer.status == status, path
        return unescape(await answer.text())

    async def post(
        self, path: str, fields: dict[str, object], *, seen: str = "/review", script: bool = False
    ) -> tuple[int, str, object]:
        """Post a form with the token of the page `seen`: status, Location, JSON of an answer."""
        found = TOKEN.search(await self.page(seen))
        assert found is not None
        answer = await self.client.post(
            path,
            data={"token": found[1], **fields},
            headers={"Accept": "application/json"} if script else {},
            allow_redirects=False,
        )
        told = await answer.json() if script and answer.status == 200 else await answer.text()
        return answer.status, answer.headers.get("Location", ""), told
