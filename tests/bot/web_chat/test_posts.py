"""What a person sends: kept once before it is answered, refused when it cannot be one of ours."""

from __future__ import annotations

import asyncio
import io
import unicodedata
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from backend.models import Inbox
from bot.limits import MAX_PHOTO_BYTES
from bot.messages import Incoming, Kind
from bot.turn.shapes import MediaGoneError, MediaTooLargeError
from tests.bot.web_chat.house import House

ID = "0123456789abcdef"


async def test_a_message_is_in_the_journal_when_the_answer_comes(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    answer = await client.post(
        f"/c/{token}/messages", json={"id": ID, "kind": "text", "text": "95 hộ"}
    )
    assert await answer.json() == {"ok": True}
    row = await Inbox.get()
    kept = Incoming.from_json(row.payload)
    assert (kept.text, kept.kind, kept.chat) == ("95 hộ", Kind.TEXT, chat.external_id)
    assert row.external_id == f"{chat.external_id}:{ID}"


async def test_the_same_id_twice_is_one_message_however_it_comes(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    body = {"id": ID, "kind": "text", "text": "95"}
    answers = await asyncio.gather(
        *(client.post(f"/c/{token}/messages", json=body) for _ in range(8))
    )
    assert {a.status for a in answers} == {200}
    assert await Inbox.all().count() == 1


async def test_two_people_may_use_the_same_id(house: House, client: TestClient) -> None:
    for _ in range(2):
        _, token = await house.chat()
        body = {"id": ID, "kind": "text", "text": "95"}
        await client.post(f"/c/{token}/messages", json=body)
    assert await Inbox.all().count() == 2


async def test_a_press_and_a_position_say_what_they_are(house: House, client: TestClient) -> None:
    _, token = await house.chat()
    press = {"id": ID, "kind": "press", "text": "7:3.yes"}
    place = {
        "id": "f" * 16,
        "kind": "location",
        "latitude": 14.05,
        "longitude": 107.4,
        "accuracy": 12,
    }
    for body in (press, place):
        assert (await client.post(f"/c/{token}/messages", json=body)).status == 200
    pressed, located = house.received
    assert (pressed.kind, pressed.text, pressed.prompt) == (Kind.PRESS, "3.yes", 7)
    assert (located.latitude, located.longitude, located.accuracy) == (14.05, 107.4, 12)


async def test_text_is_composed_cut_and_free_of_nul(house: House, client: TestClient) -> None:
    _, token = await house.chat()
    text = unicodedata.normalize("NFD", "Nhà tiêu hợp vệ sinh") + "\0" + "x" * 5_000
    body = {"id": ID, "kind": "text", "text": text}
    assert (await client.post(f"/c/{token}/messages", json=body)).status == 200
    kept = house.received[0].text
    assert kept.startswith("Nhà tiêu hợp vệ sinhx")
    assert len(kept) <= 4_096


@pytest.mark.parametrize(
    ("hours", "doubt"), [(-30, ""), (0, ""), (1, "ahead"), (-24 * 61, "too old")]
)
async def test_the_phones_clock_is_believed_within_reason(
    house: House, client: TestClient, hours: int, doubt: str
) -> None:
    _, token = await house.chat()
    at = house.clock.now().timestamp() + hours * 3600
    body = {"id": ID, "kind": "text", "text": "1", "at": at * 1000}
    await client.post(f"/c/{token}/messages", json=body)
    assert house.received[0].sent_at == (0.0 if doubt else pytest.approx(at))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'"text"',
        b"[" * 30_000,
        b"\xff\xfe",
        b'{"id":"0123456789","kind":"text","text":"\\ud800"}',
        b'{"id":"0123456789","kind":"text","text":"   "}',
        b'{"id":"0123456789","kind":"text","text":5}',
        b'{"id":"short","kind":"text","text":"a"}',
        b'{"id":"0123456789:other","kind":"text","text":"a"}',
        b'{"kind":"text","text":"a"}',
        b'{"id":"0123456789","kind":"contact","text":"+84901234567"}',
        b'{"id":"0123456789","kind":"photo"}',
        b'{"id":"0123456789","kind":"press","text":["1:yes"]}',
        b'{"id":"0123456789","kind":"press","text":"1:' + b"y" * 70 + b'"}',
        b'{"id":"0123456789","kind":"location","latitude":91,"longitude":0}',
        b'{"id":"0123456789","kind":"location","latitude":NaN,"longitude":0}',
        b'{"id":"0123456789","kind":"location","latitude":"14","longitude":0}',
        b'{"id":"0123456789","kind":"location","latitude":1' + b"0" * 4_000 + b',"longitude":0}',
    ],
)
async def test_what_the_page_never_sends_is_refused_and_not_kept(
    house: House, client: TestClient, body: bytes
) -> None:
    _, token = await house.chat()
    answer = await client.post(f"/c/{token}/messages", data=body)
    assert answer.status == 400
    assert await Inbox.all().count() == 0


@pytest.mark.parametrize("at", ["1" + "0" * 4_000, "-1" + "0" * 4_000, "NaN", "1e308", "Infinity"])
async def test_a_time_that_cannot_be_is_no_time(house: House, client: TestClient, at: str) -> None:
    _, token = await house.chat()
    body = f'{{"id":"{ID}","kind":"text","text":"95","at":{at}}}'
    assert (await client.post(f"/c/{token}/messages", data=body)).status == 200
    photo = await client.post(f"/c/{token}/photos?id={ID}-p&at={at}", data=b"picture")
    assert photo.status == 200
    assert [m.sent_at for m in house.received] == [0, 0]


async def test_a_body_too_large_is_not_read_to_its_end(house: House, client: TestClient) -> None:
    _, token = await house.chat()
    read = 0

    async def endless():
        nonlocal read
        for _ in range(10_000):
            read += 16_384
            yield b" " * 16_384

    answer = await client.post(f"/c/{token}/messages", data=endless())
    assert answer.status == 413
    assert read < 50_000_000


async def test_a_chat_that_writes_without_end_is_asked_to_wait(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    statuses = []
    for n in range(92):
        body = {"id": f"message-{n:04}", "kind": "text", "text": str(n)}
        statuses.append((await client.post(f"/c/{token}/messages", json=body)).status)
        if statuses[-1] == 429:
            break
    assert statuses[-1] == 429
    house.clock.advance(61)
    body = {"id": "message-last", "kind": "text", "text": "1"}
    assert (await client.post(f"/c/{token}/messages", json=body)).status == 200


async def test_a_photo_waits_in_the_spool_under_its_content(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    photo = b"\xff\xd8\xff" + bytes(range(256)) * 9_000
    for n in range(2):
        answer = await client.post(
            f"/c/{token}/photos?id=photo-000{n}&album=album-0001",
            data=io.BytesIO(photo),
            headers={"Content-Type": "image/jpeg"},
        )
        assert await answer.json() == {"ok": True}
    one, two = house.received
    assert one.kind is Kind.PHOTO
    assert one.media
    assert two.media
    assert one.media.source == two.media.source
    assert (one.media.size, one.media.album) == (len(photo), "album-0001")
    assert await house.channel.fetch(one.media.source, MAX_PHOTO_BYTES) == photo
    with pytest.raises(MediaTooLargeError):
        await house.channel.fetch(one.media.source, len(photo) - 1)


async def test_a_photo_sent_again_after_a_lost_answer_is_one_message(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    for _ in range(3):
        await client.post(f"/c/{token}/photos?id={ID}", data=b"\xff\xd8\xff picture")
    assert len(house.received) == 1


async def test_a_strangers_photo_is_not_kept(
    house: House, client: TestClient, tmp_path: Path
) -> None:
    _, token = await house.stranger()
    answer = await client.post(f"/c/{token}/photos?id={ID}", data=b"\xff\xd8\xff picture")
    assert await answer.json() == {"ok": True}
    (message,) = house.received
    assert message.media
    assert (message.kind, message.media.source, message.media.refusal) == (Kind.PHOTO, "", "gone")
    assert not (tmp_path / "spool").exists()


async def test_a_photo_too_large_leaves_nothing_behind(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setattr("bot.web_chat.uploads.MAX_PHOTO_BYTES", 2_000_000)
    _, token = await house.chat()

    async def slowly():
        for _ in range(40):
            yield b"x" * 100_000

    answer = await client.post(f"/c/{token}/photos?id={ID}", data=slowly())
    assert answer.status == 413
    assert list((tmp_path / "spool").iterdir()) == []
    assert house.received == []


async def test_an_empty_photo_or_one_without_an_id_is_refused(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    assert (await client.post(f"/c/{token}/photos?id={ID}", data=b"")).status == 400
    assert (await client.post(f"/c/{token}/photos", data=b"picture")).status == 400


async def test_uploads_that_nobody_looked_at_go_after_two_weeks(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    await client.post(f"/c/{token}/photos?id=photo-0001", data=b"the first")
    house.clock.advance(days=15)
    await client.post(f"/c/{token}/photos?id=photo-0002", data=b"the second")
    first, second = (m.media.source for m in house.received if m.media)
    with pytest.raises(MediaGoneError):
        await house.channel.fetch(first, 100)
    assert await house.channel.fetch(second, 100) == b"the second"


@pytest.mark.parametrize("source", ["", "../../etc/passwd", "a" * 64, "A" * 64])
async def test_nothing_but_the_spool_can_be_fetched(house: House, source: str) -> None:
    with pytest.raises(MediaGoneError):
        await house.channel.fetch(source, 100)
