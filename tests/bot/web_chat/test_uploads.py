"""A photo that comes in pieces: it goes on where the line was cut, and is one message."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from backend.models import Inbox
from bot.limits import MAX_PHOTO_BYTES, WEB_UPLOADS_PER_CHAT
from bot.messages import Kind
from bot.turn.shapes import MediaGoneError
from bot.web_chat.halves import Halves, SpoolFullError
from tests.bot.web_chat.house import House
from tests.clock import PATIENCE

ID = "0123456789abcdef"
PHOTO = b"\xff\xd8\xff" + b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(12_500))
SUM = hashlib.sha256(PHOTO).hexdigest()


async def _piece(
    client: TestClient, token: str, offset: int, data: bytes, *, upload: str = ID, **query: object
):
    return await client.patch(
        f"/c/{token}/photos/{upload}",
        params={"length": str(len(PHOTO)), "sha256": SUM, **{k: str(v) for k, v in query.items()}},
        data=data,
        headers={"Upload-Offset": str(offset)},
    )


async def _arrived(client: TestClient, token: str, upload: str = ID) -> int:
    answer = await client.head(f"/c/{token}/photos/{upload}")
    assert answer.status == 200
    return int(answer.headers["Upload-Offset"])


async def test_pieces_make_one_photo_and_one_message(house: House, client: TestClient) -> None:
    _, token = await house.chat()
    offset = 0
    while offset < len(PHOTO):
        answer = await _piece(
            client, token, offset, PHOTO[offset : offset + 150_000], type="image/jpeg"
        )
        if answer.status == 200:
            break
        assert answer.status == 204
        assert house.received == []
        offset = int(answer.headers["Upload-Offset"])
    assert await answer.json() == {"ok": True}
    (message,) = house.received
    assert message.kind is Kind.PHOTO
    assert message.media
    assert (message.media.size, message.media.media_type) == (len(PHOTO), "image/jpeg")
    assert await house.channel.fetch(message.media.source, MAX_PHOTO_BYTES) == PHOTO


async def test_a_line_cut_in_the_middle_of_every_piece_costs_almost_nothing_twice(
    house: House, client: TestClient
) -> None:
    """The cut is a real one: the connection dies while the body is on its way."""
    _, token = await house.chat()
    sent, cuts = 0, 0
    while True:
        offset = await _arrived(client, token) if cuts else 0
        rest = PHOTO[offset:]
        if len(rest) <= 60_000:
            break
        _, writer = await asyncio.open_connection(client.host, client.port)
        head = (
            f"PATCH /c/{token}/photos/{ID}?length={len(PHOTO)}&sha256={SUM} HTTP/1.1\r\n"
            f"Host: x\r\nUpload-Offset: {offset}\r\nContent-Length: {len(rest)}\r\n\r\n"
        )
        writer.write(head.encode() + rest[:70_000])
        await writer.drain()
        sent += 70_000
        cuts += 1
        while await _arrived(client, token) < offset + 64_000:
            pass  # until what was on its way is there
        writer.transport.abort()
    assert cuts >= 5
    answer = await _piece(client, token, offset, PHOTO[offset:])
    assert answer.status == 200
    assert sent + len(PHOTO) - offset < 1.2 * len(PHOTO)
    (message,) = house.received
    assert message.media
    assert message.media.source == SUM


async def test_a_piece_that_begins_elsewhere_is_told_where_to_begin(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    await _piece(client, token, 0, PHOTO[:1000])
    for offset in (0, 500, 2000):
        answer = await _piece(client, token, offset, PHOTO[offset : offset + 10])
        assert (answer.status, answer.headers["Upload-Offset"]) == (409, "1000")
    assert await _arrived(client, token) == 1000


async def test_after_a_lost_receipt_the_photo_is_known_to_be_there(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    assert (await _piece(client, token, 0, PHOTO)).status == 200
    head = await client.head(f"/c/{token}/photos/{ID}")
    assert head.headers["Upload-Complete"] == "1"
    assert await (await _piece(client, token, 0, b"")).json() == {"ok": True}
    assert len(house.received) == 1


async def test_a_photo_that_arrived_whole_before_a_crash_is_journalled_by_an_empty_piece(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()

    async def whole():
        yield PHOTO

    now = house.clock.now()
    await house.spool.halves.append(chat.external_id, ID, 0, whole(), now)
    assert await _arrived(client, token) == len(PHOTO)
    assert (await _piece(client, token, len(PHOTO), b"")).status == 200
    assert len(house.received) == 1


async def test_spoilt_bytes_are_no_photo_and_may_be_sent_again(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    spoilt = bytearray(PHOTO)
    spoilt[200_000] ^= 1
    assert (await _piece(client, token, 0, bytes(spoilt))).status == 422
    assert house.received == []
    assert await _arrived(client, token) == 0
    assert (await _piece(client, token, 0, PHOTO)).status == 200


async def test_a_strangers_pieces_are_not_kept_but_answered(
    house: House, client: TestClient, tmp_path: Path
) -> None:
    _, token = await house.stranger()
    assert (await _piece(client, token, 0, PHOTO[:1000])).status == 200
    (message,) = house.received
    assert message.media
    assert (message.media.source, message.media.refusal) == ("", "gone")
    assert not (tmp_path / "spool").exists()


async def test_nobody_goes_on_with_anothers_photo(house: House, client: TestClient) -> None:
    _, mine = await house.chat()
    _, other = await house.chat()
    await _piece(client, mine, 0, PHOTO[:1000])
    assert await _arrived(client, other) == 0


@pytest.mark.parametrize(
    ("query", "offset", "status"),
    [
        ({"length": "0"}, "0", 400),
        ({"length": "-5"}, "0", 400),
        ({"length": ""}, "0", 400),
        ({"length": "20000001"}, "0", 413),
        ({"length": "10"}, "11", 400),
        ({"length": "10"}, "", 400),
        ({"length": "10", "sha256": "../x"}, "0", 400),
        ({"length": "10"}, "0", 413),
    ],
)
async def test_what_the_page_never_sends_keeps_nothing(
    house: House, client: TestClient, query: dict[str, str], offset: str, status: int
) -> None:
    _, token = await house.chat()
    answer = await client.patch(
        f"/c/{token}/photos/{ID}", params=query, data=b"x" * 11, headers={"Upload-Offset": offset}
    )
    assert answer.status == status
    assert await Inbox.all().count() == 0
    assert await _arrived(client, token) <= 10


async def test_one_chat_holds_so_many_halves_and_loses_its_own_oldest(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    for n in range(22):
        house.clock.advance(1)
        assert (await _piece(client, token, 0, b"half", upload=f"photo-{n:04}")).status == 204
    assert await _arrived(client, token, "photo-0000") == 0
    assert await _arrived(client, token, "photo-0021") == 4


async def test_halves_have_a_bound_all_together(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web_chat.halves.WEB_HALF_BYTES", 1_000)
    halves = Halves(tmp_path / "halves")

    async def data():
        yield b"x" * 600

    now = house.clock.now()
    await halves.append("a", ID, 0, data(), now)
    await halves.append("b", ID, 0, data(), now)
    with pytest.raises(SpoolFullError):
        await halves.append("c", ID, 0, data(), now)


async def test_halves_that_nobody_goes_on_with_are_swept(
    house: House, client: TestClient, tmp_path: Path
) -> None:
    _, token = await house.chat()
    await _piece(client, token, 0, b"half", upload="photo-0001")
    house.clock.advance(days=8)
    await _piece(client, token, 0, b"half", upload="photo-0002")
    assert [p.name for p in (tmp_path / "spool/halves").glob("*/*")] == ["photo-0002.half"]


async def test_pieces_without_end_are_asked_to_wait(house: House, client: TestClient) -> None:
    _, token = await house.chat()
    statuses = [(await client.head(f"/c/{token}/photos/{ID}")).status for _ in range(601)]
    assert statuses == [200] * 600 + [429]


@pytest.mark.parametrize(
    ("hours", "origin", "kept"),
    [
        (-2, "exif", "exif"),
        (-24 * 700, "file", "file"),
        (-2, "", ""),
        (-2, "hearsay", ""),
        (1, "exif", ""),
        (-24 * 365 * 40, "exif", ""),
    ],
)
async def test_when_a_photo_was_taken_is_kept_within_reason_with_its_origin(
    house: House, client: TestClient, hours: int, origin: str, kept: str
) -> None:
    _, token = await house.chat()
    at = house.clock.now().timestamp() + hours * 3600
    query = {"taken": int(at * 1000), "from": origin}
    assert (await _piece(client, token, 0, PHOTO, **query)).status == 200
    media = house.received[0].media
    assert media
    expected = (pytest.approx(at, abs=1), origin) if kept else (0.0, "")
    assert (media.taken_at, media.taken_from) == expected


async def test_whoever_sends_very_slowly_takes_no_place_from_the_others(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, slow = await house.chat()
    _, other = await house.chat()
    never = asyncio.Event()

    async def drops(first: bytes):
        yield first
        await never.wait()

    placed: asyncio.Queue[None] = asyncio.Queue()
    put = house.spool.put

    async def slowly(*args):
        placed.put_nowait(None)
        return await put(*args)

    monkeypatch.setattr(house.spool, "put", slowly)
    held = [
        asyncio.create_task(
            client.post(f"/c/{slow}/photos", params={"id": f"photo-{n:04}"}, data=drops(b"\xff"))
        )
        for n in range(WEB_UPLOADS_PER_CHAT)
    ]
    try:
        async with asyncio.timeout(PATIENCE):
            for _ in held:  # a piece asked for before could take the place of one of them
                await placed.get()
        assert (await _piece(client, slow, 0, b"")).status == 503
        assert (await _piece(client, other, 0, PHOTO)).status == 200
        # Somebody unknown is answered though the body never ends.
        _, stranger = await house.stranger()
        async with asyncio.timeout(PATIENCE):
            answer = await client.post(
                f"/c/{stranger}/photos", params={"id": ID}, data=drops(b"\xff")
            )
        assert answer.status == 200
    finally:
        never.set()
        await asyncio.gather(*held, return_exceptions=True)
    assert (await _piece(client, slow, 4, PHOTO[4:], upload="photo-9999")).status == 409


@pytest.mark.parametrize("way", ["whole", "pieces"])
async def test_a_nearly_full_disk_takes_no_photo_and_is_asked_again_later(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr("bot.web_chat.halves.WEB_LEAST_FREE_BYTES", 10**18)
    _, token = await house.chat()
    if way == "pieces":
        answer = await _piece(client, token, 0, PHOTO)
    else:
        answer = await client.post(f"/c/{token}/photos", params={"id": ID}, data=PHOTO)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert house.received == []


async def test_a_photo_whose_bytes_changed_after_it_was_kept_is_gone(
    house: House, client: TestClient, tmp_path: Path
) -> None:
    _, token = await house.chat()
    assert (await _piece(client, token, 0, PHOTO)).status == 200
    (tmp_path / "spool" / SUM).write_bytes(PHOTO[:-1] + b"?")
    with pytest.raises(MediaGoneError):
        await house.spool.get(SUM, MAX_PHOTO_BYTES)
