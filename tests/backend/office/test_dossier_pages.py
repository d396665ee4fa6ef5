"""The dossier by one press, and the report of accesses: each to whoever may, and to nobody else."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import openpyxl
import pytest
from aiohttp.test_utils import TestClient, TestServer

from backend.audit import verify
from backend.models import AuditEntry
from backend.office.session import office_link
from backend.people import revoke
from tests.backend.dossier.conftest import VILLAGE, Village, village
from tests.backend.office.house import House, photo_path
from tests.clock import PATIENCE, HandClock

__all__ = ["village"]


class Desk:
    """One browser and the office behind it."""

    def __init__(self, client: TestClient, house: House, village: Village) -> None:
        self.client = client
        self.house = house
        self.village = village

    async def enter(self, nick: str) -> int:
        self.client.session.cookie_jar.clear()
        person = self.village.scene.people[nick]
        token = await office_link(person, self.house.clock.now())
        assert (await self.client.post(f"/login/{token}", allow_redirects=False)).status == 303
        return person

    async def get(self, path: str) -> tuple[int, bytes]:
        answer = await self.client.get(path, allow_redirects=False)
        return answer.status, await answer.read()

    async def press(self, area: str, period: str = "") -> int:
        _, page = await self.get(f"/dossiers?area={VILLAGE}")
        found = re.search(rb'name="token" value="([^"]+)"', page)
        answer = await self.client.post(
            "/dossiers",
            data={"token": found[1].decode() if found else "", "area": area, "period": period},
            allow_redirects=False,
        )
        return answer.status

    async def link(self) -> str:
        """Look until the file is there, as the page does by itself."""
        async with asyncio.timeout(PATIENCE):
            while True:
                _, page = await self.get(f"/dossiers?area={VILLAGE}")
                if found := re.search(rb'href="(/dossiers/[^"]+\.zip)"', page):
                    return found[1].decode()
                assert b'http-equiv="refresh"' in page


@pytest.fixture
async def desk(
    village: Village, clock: HandClock, tmp_path: Path, database: str
) -> AsyncIterator[Desk]:
    await village.sent("nha-o", 1)
    house = House(clock, tmp_path / "data", database)
    house.store = village.store  # type: ignore[assignment]  # a store in memory
    async with TestClient(TestServer(house.app())) as client:
        yield Desk(client, house, village)


async def test_one_press_builds_it_and_the_link_is_its_owner_s_alone(desk: Desk) -> None:
    officer = await desk.enter("commune")
    assert await desk.press(VILLAGE) == 303
    link = await desk.link()
    status, body = await desk.get(link)
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(body)) as made:
        assert {"ho-so.docx", "manifest.json"} <= set(made.namelist())
    actions = (
        await AuditEntry.filter(subject=f"area:{VILLAGE}")
        .order_by("number")
        .values_list("action", "by")
    )
    assert ("dossier.built", officer) in actions
    assert ("dossier.fetched", officer) in actions
    assert (await verify()).broken == 0
    await desk.enter("district")  # may see the village, and yet it is another one's file
    assert (await desk.get(link))[0] == 404
    await desk.enter("commune")
    await revoke(officer, desk.house.clock.now())
    assert (await desk.get(link))[0] == 303  # signed out, the address alone is nothing


async def test_what_is_not_theirs_is_not_there(desk: Desk) -> None:
    await desk.enter("other_commune")
    assert (await desk.get(f"/dossiers?area={VILLAGE}"))[0] == 404
    assert (await desk.get("/accesses?area=ia-toi"))[0] == 404  # no admin
    assert (await desk.get(f"/dossiers/{'x' * 32}.zip"))[0] == 404
    assert (await desk.get("/dossiers/..%2f..%2fsecret_key.zip"))[0] == 404


async def test_a_period_that_is_none_is_said_so(desk: Desk) -> None:
    await desk.enter("commune")
    assert await desk.press(VILLAGE, "hôm qua") == 422


async def test_an_admin_sees_who_looked_at_what_as_page_and_workbook(desk: Desk) -> None:
    await desk.enter("commune")
    photo = 1
    for path in ("?ahead=1", "", "", ""):
        assert (await desk.get(f"{photo_path(photo)}{path}"))[0] == 200
    assert await AuditEntry.filter(action="photo.seen").count() == 1
    await desk.enter("district")
    assert (await desk.get(f"{photo_path(photo)}?ahead=1"))[0] == 200
    await desk.enter("admin")
    status, page = await desk.get("/accesses?area=ia-hdrai")
    assert status == 200
    text = page.decode()
    assert "Minh commune" in text
    assert "Thôn 1" in text
    status, body = await desk.get("/accesses.xlsx?area=ia-hdrai")
    assert status == 200
    book = openpyxl.load_workbook(io.BytesIO(body))
    rows = [[c.value for c in row] for row in book.worksheets[0].iter_rows()]
    assert ["Minh commune", 1, 0, 0, 0, 0, 0] in rows, "what was shown is no longer only ahead"
    assert ["Minh district", 0, 1, 0, 0, 0, 0] in rows, "whatever the page has told or not"
    places = [[c.value for c in row] for row in book.worksheets[1].iter_rows()]
    assert [row[1:3] for row in places[1:]] == [[1, 1]]
    assert (await desk.get("/accesses?area=ia-hdrai&from=2020-01-01&to=2026-01-01"))[0] == 404
