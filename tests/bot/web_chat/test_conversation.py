"""What the page reads: both sides in order, each message once, nothing of anybody else."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.messages import Button, Outgoing, Wants
from tests.bot.web_chat.house import PICTURE, House, water_interview
from tests.clock import PATIENCE


async def _read(client: TestClient, token: str, after: str = "") -> dict[str, Any]:
    answer = await client.get(f"/c/{token}/messages", params={"after": after})
    assert answer.status == 200
    return await answer.json()


async def _write(client: TestClient, token: str, number: int, **body: Any) -> None:
    body = {"id": f"message-{number:04}", "kind": "text", **body}
    assert (await client.post(f"/c/{token}/messages", json=body)).status == 200


async def test_the_whole_conversation_comes_back_in_order(house: House, client: TestClient) -> None:
    house.script = water_interview
    _, token = await house.chat()
    await _write(client, token, 1, text="xin chào")
    await _write(client, token, 2, kind="press", text="1:9.yes")
    await _write(client, token, 3, text="118")
    part = await _read(client, token)
    told = [(m["from"], m["text"].splitlines()[0]) for m in part["messages"] if "closes" not in m]
    assert told == [
        ("me", "xin chào"),
        ("office", "Chào bác trưởng thôn Thôn 1. Bác đồng ý trả lời chứ?"),
        ("me", "Có"),
        ("office", "Câu 1/4. Sổ của xã ghi thôn mình có 120 hộ. Có đúng không ạ?"),
        ("me", "118"),
        ("office", "Đã ghi: 118"),
    ]
    assert [m["closes"] for m in part["messages"] if "closes" in m] == [1]
    assert part["messages"][0]["key"] == "message-0001"
    asked, pressed = part["messages"][1:3]
    assert pressed["pressed"] == asked["key"]


async def test_a_press_is_told_by_the_question_it_was_made_on_though_numbers_begin_anew(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    for label in ("Đã đồng ý", "Nước máy"):
        await house.say(chat, Outgoing("?", ((Button(label, "1:9.a"),),), prompt=1))
        await _write(client, token, len(label), kind="press", text="1:9.a")
    await house.say(chat, Outgoing("?", ((Button("Later", "1:9.a"),),), prompt=1))
    part = await _read(client, token)
    assert [m["text"] for m in part["messages"] if m["from"] == "me"] == ["Đã đồng ý", "Nước máy"]


async def test_a_press_on_a_message_that_is_no_numbered_question_is_shown_too(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("Bác đồng ý không?", ((Button("ĐỒNG Ý", "0:c.yes"),),)))
    await _write(client, token, 1, kind="press", text="0:c.yes")
    part = await _read(client, token)
    assert [m["text"] for m in part["messages"] if m["from"] == "me"] == ["ĐỒNG Ý"]


async def test_a_press_on_no_button_of_ours_is_not_shown(house: House, client: TestClient) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("?", ((Button("Có", "1:9.a"),),), prompt=1))
    await _write(client, token, 1, kind="press", text="1:9.b")
    assert [m["from"] for m in (await _read(client, token))["messages"]] == ["office"]


async def test_after_a_cursor_only_the_news_come(house: House, client: TestClient) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("first"))
    cursor = (await _read(client, token))["cursor"]
    house.clock.advance(60)
    assert (await _read(client, token, cursor))["messages"] == []
    await house.say(chat, Outgoing("second"))
    assert [m["text"] for m in (await _read(client, token, cursor))["messages"]] == ["second"]


async def test_a_row_committed_late_under_a_lower_number_is_not_missed(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    late = await house.say(chat, Outgoing("late"), status=2)
    await house.say(chat, Outgoing("early"))
    cursor = (await _read(client, token))["cursor"]
    late.status = 1
    await late.save()
    house.clock.advance(2)
    assert "late" in [m["text"] for m in (await _read(client, token, cursor))["messages"]]


async def test_a_message_that_waits_for_its_moment_is_shown_then_and_not_before(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    moment = house.clock.now() + timedelta(seconds=30)
    await house.say(chat, Outgoing("after the album"), status=0, not_before=moment)
    await house.say(chat, Outgoing("at once"), status=0)
    part = await _read(client, token)
    assert [m["text"] for m in part["messages"]] == ["at once"]
    house.clock.advance(31)
    later = await _read(client, token, part["cursor"])
    assert "after the album" in [m["text"] for m in later["messages"]]


async def test_stale_and_undeliverable_messages_are_left_out(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("stale", prompt=1), status=2)
    await house.say(chat, Outgoing("undeliverable"), status=3)
    await house.say(chat, Outgoing("shown", prompt=2))
    assert [m["text"] for m in (await _read(client, token))["messages"]] == ["shown"]


async def test_a_long_conversation_begins_with_its_newest_and_goes_on_in_parts(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    for n in range(205):
        await house.say(chat, Outgoing(f"number {n}"))
    first = await _read(client, token)
    assert len(first["messages"]) == 200
    assert first["messages"][-1]["text"] == "number 204"
    house.clock.advance(60)
    for n in range(205, 410):
        await house.say(chat, Outgoing(f"number {n}"))
    house.clock.advance(60)
    texts, cursor, more = [], first["cursor"], True
    while more:
        part = await _read(client, token, cursor)
        texts += [m["text"] for m in part["messages"]]
        cursor, more = part["cursor"], part["more"]
    assert texts == [f"number {n}" for n in range(205, 410)]


async def test_nothing_of_another_chat_is_read(house: House, client: TestClient) -> None:
    mine, token = await house.chat()
    other, other_token = await house.chat()
    await house.say(mine, Outgoing("mine"))
    table = await house.figures(other, "picture-1")
    secret = await house.say(other, Outgoing("a table", picture=table))
    passed_on = await house.say(mine, Outgoing("mine too", picture=table))
    assert [m["text"] for m in (await _read(client, token))["messages"]] == ["mine", "mine too"]
    assert (await client.get(f"/c/{token}/files/{secret.id}")).status == 404
    assert (await client.get(f"/c/{token}/files/{passed_on.id}")).status == 404
    assert (await client.get(f"/c/{other_token}/files/{secret.id}")).status == 200


async def test_choices_wishes_pictures_and_documents_are_told(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    house.attachments["sheet"] = b"PK rows"
    await house.say(
        chat,
        Outgoing(
            "Bảng",
            ((Button("Có", "yes"),),),
            prompt=3,
            wants=Wants.PHOTO,
            picture=await house.figures(chat, "picture-1"),
            document=await house.figures(chat, "sheet"),
            document_name="tiến độ.xlsx",
        ),
    )
    (message,) = (await _read(client, token))["messages"]
    assert message["buttons"] == [[{"label": "Có", "data": "yes"}]]
    assert (message["prompt"], message["wants"]) == (3, "photo")
    picture = await client.get(f"/c/{token}/{message['picture']}")
    assert (await picture.read(), picture.content_type) == (PICTURE, "image/png")
    sheet = await client.get(f"/c/{token}/{message['document']}")
    assert await sheet.read() == b"PK rows"
    assert sheet.content_disposition
    assert sheet.content_disposition.type == "attachment"
    assert sheet.content_disposition.filename == "tiến độ.xlsx"


async def test_a_picture_that_is_gone_from_the_store_is_not_found(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    row = await house.say(chat, Outgoing("Bảng", picture=await house.figures(chat, "never kept")))
    assert (await client.get(f"/c/{token}/files/{row.id}")).status == 404


@pytest.mark.parametrize("cursor", ["x", "1", "-1--1", "9" * 40, "1-2-3", "1' OR 1=1"])
async def test_a_cursor_of_nonsense_begins_at_the_beginning(
    house: House, client: TestClient, cursor: str
) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("all of it"))
    assert len((await _read(client, token, cursor))["messages"]) == 1


async def _event(stream) -> dict[str, Any]:
    while True:
        line = await asyncio.wait_for(stream.content.readline(), PATIENCE)
        if line.startswith(b"data: "):
            return json.loads(line[6:])


async def test_an_open_stream_tells_each_message_once_and_goes_on_where_it_broke_off(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("before"))
    async with client.get(f"/c/{token}/events") as stream:
        assert stream.content_type == "text/event-stream"
        assert [m["text"] for m in (await _event(stream))["messages"]] == ["before"]
        await house.say(chat, Outgoing("one"))
        event = await _event(stream)
        assert [m["text"] for m in event["messages"]] == ["one"]
        await house.say(chat, Outgoing("two"))
        assert [m["text"] for m in (await _event(stream))["messages"]] == ["two"]
    house.clock.advance(60)
    headers = {"Last-Event-ID": event["cursor"]}
    async with client.get(f"/c/{token}/events", headers=headers) as stream:
        assert [m["text"] for m in (await _event(stream))["messages"]] == ["two"]


async def test_a_message_from_another_process_is_found_without_a_wake(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, token = await house.chat()
    async with client.get(f"/c/{token}/events") as stream:
        monkeypatch.setattr(house.wakes, "wake", lambda _chat: None)
        await house.say(chat, Outgoing("from elsewhere"))
        assert [m["text"] for m in (await _event(stream))["messages"]] == ["from elsewhere"]


async def test_one_chat_holds_only_so_many_streams(house: House, client: TestClient) -> None:
    _, token = await house.chat()
    streams = [await client.get(f"/c/{token}/events") for _ in range(4)]
    assert (await client.get(f"/c/{token}/events")).status == 503
    for stream in streams:
        stream.close()


async def test_strangers_leave_room_for_those_who_answer(
    house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web_chat.stream.WEB_STREAMS_STRANGERS", 3)
    monkeypatch.setattr("bot.web_chat.stream.WEB_STREAMS", 4)
    _, known = await house.chat()
    strangers = [(await house.stranger())[1] for _ in range(4)]
    streams = [await client.get(f"/c/{token}/events") for token in (*strangers, known, known)]
    assert [s.status for s in streams] == [200, 200, 200, 503, 200, 503]
    assert (await client.get(f"/c/{strangers[3]}/messages")).status == 200
    for stream in streams:
        stream.close()


async def test_streams_end_when_the_server_stops(house: House) -> None:
    _, token = await house.chat()
    client = TestClient(TestServer(house.app()))
    await client.start_server()
    stream = await client.get(f"/c/{token}/events")
    await asyncio.wait_for(client.server.close(), PATIENCE)
    assert house.wakes.closing
    stream.close()
    await client.close()
