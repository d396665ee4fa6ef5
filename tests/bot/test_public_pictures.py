"""A picture can be seen by whoever has its address, for a while, and nobody finds an address."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request
from PIL import Image

from backend.office.access_log import redacted
from bot.public_pictures import PublicPictures
from tests.clock import HandClock
from tests.journeys.house import photo

KEY = "a secret key of the office"
PUBLIC = "https://thonmoi.example"
PNG = b"\x89PNG\r\n\x1a\n a picture"


class Kept(dict[str, bytes]):
    """What the attachments hold."""

    async def read(self, key: str) -> bytes:
        return self[key]


@pytest.fixture
def kept() -> Kept:
    return Kept({"progress|vi|ia-dal|2026-11|1|now": PNG, "book": b"PK a workbook"})


@pytest.fixture
def pictures(kept: Kept, clock: HandClock) -> PublicPictures:
    return PublicPictures(KEY, PUBLIC, clock, kept.read)


@pytest.fixture
async def client(pictures: PublicPictures) -> AsyncIterator[TestClient[Request, Application]]:
    application = Application()
    application.add_routes(pictures.routes())
    async with TestClient(TestServer(application)) as made:
        yield made


def path_of(link: str) -> str:
    assert link.startswith(f"{PUBLIC}/p/")
    return urlsplit(link).path


async def test_a_picture_is_given_again_and_again_and_kept_by_nobody(
    pictures: PublicPictures, client: TestClient[Request, Application], clock: HandClock
) -> None:
    path = path_of(pictures.picture_link("progress|vi|ia-dal|2026-11|1|now"))
    for _ in range(3):
        answer = await client.get(path)
        assert (answer.status, await answer.read()) == (200, PNG)
        assert answer.content_type == "image/png"
        assert answer.headers["Cache-Control"] == "no-store"
    assert (await client.head(path)).status == 200
    clock.advance(hours=1, seconds=1)
    assert (await client.get(path)).status == 404


async def test_a_document_is_saved_under_its_name(
    pictures: PublicPictures, client: TestClient[Request, Application], clock: HandClock
) -> None:
    path = path_of(pictures.document_link("book", 'tiến "độ".xlsx'))
    clock.advance(hours=23)
    answer = await client.get(path)
    assert await answer.read() == b"PK a workbook"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''ti%E1")
    clock.advance(hours=2)
    assert (await client.get(path)).status == 404


async def test_an_address_changed_by_one_bit_is_nothing(
    pictures: PublicPictures, client: TestClient[Request, Application]
) -> None:
    path = path_of(pictures.picture_link("book"))
    text = path.removeprefix("/p/")
    signed = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    for place in range(0, len(signed), 5):
        changed = bytearray(signed)
        changed[place] ^= 1
        address = base64.urlsafe_b64encode(bytes(changed)).rstrip(b"=").decode()
        assert (await client.get(f"/p/{address}")).status == 404
    for nonsense in ("x", "=", "%00", "a" * 5_000, "..%2f..%2fetc", "é"):
        assert (await client.get(f"/p/{nonsense}")).status in {400, 404}


async def test_another_offices_key_opens_nothing(
    kept: Kept, clock: HandClock, client: TestClient[Request, Application]
) -> None:
    other = PublicPictures("another key of another office", PUBLIC, clock, kept.read)
    assert (await client.get(path_of(other.picture_link("book")))).status == 404


async def test_a_key_that_holds_nothing_is_404(
    pictures: PublicPictures, client: TestClient[Request, Application]
) -> None:
    assert (await client.get(path_of(pictures.picture_link("nothing")))).status == 404


async def test_no_position_leaves_with_a_picture(
    pictures: PublicPictures, kept: Kept, client: TestClient[Request, Application]
) -> None:
    kept["photo"] = photo(1)
    with Image.open(io.BytesIO(kept["photo"])) as before:
        assert before.getexif()
    body = await (await client.get(path_of(pictures.picture_link("photo")))).read()
    with Image.open(io.BytesIO(body)) as after:
        assert not after.getexif()
        assert after.format == "JPEG"


def test_no_log_shows_an_address(pictures: PublicPictures) -> None:
    path = path_of(pictures.picture_link("book"))
    assert redacted(path) == "/p/…"
    assert KEY not in repr(pictures)
