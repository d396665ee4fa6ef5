"""What comes in: signed, bounded, kept before it is acknowledged, and in time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from backend.models import Chat
from bot.messages import Kind
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.options import Options
from bot.zalo_oa.webhook import PATH, ZaloOAWebhook
from tests.clock import HandClock
from tests.fakes.notebook import Notebook
from tests.fakes.zalo_oa import APP_ID, SECRET_KEY, FakeUser, FakeZaloOA
from tests.fakes.zalo_oa_people import OA_ID


class Listener:
    """The program's side of the webhook."""

    def __init__(self, fake: FakeZaloOA, clock: HandClock) -> None:
        self.fake = fake
        self.clock = clock
        self.notebook = Notebook()
        self.runners: list[web.AppRunner] = []

    async def listens(self, options: Options | None = None, seconds: float = 20.0) -> ZaloOAWebhook:
        hook = ZaloOAWebhook(
            self.notebook,
            self.clock,
            app_id=APP_ID,
            secret_key=SECRET_KEY,
            options=options or Options(),
            answer_seconds=seconds,
        )
        app = web.Application()
        app.add_routes(hook.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.runners.append(runner)
        self.fake.use_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}")
        return hook

    @property
    def texts(self) -> list[str]:
        return [i.text for i in self.notebook.kept]


@pytest.fixture
async def listener(fake: FakeZaloOA, clock: HandClock) -> AsyncIterator[Listener]:
    made = Listener(fake, clock)
    yield made
    for runner in made.runners:
        await runner.cleanup()


@pytest.fixture
def lan(fake: FakeZaloOA) -> FakeUser:
    return fake.user("Lan")


async def test_a_signed_event_is_kept_and_then_acknowledged(
    listener: Listener, fake: FakeZaloOA, lan: FakeUser
) -> None:
    await listener.listens()
    lan.says("95 hộ, đủ dấu")
    lan.follows()
    await fake.delivered()
    assert fake.attempts == [("user_send_text", 200), ("follow", 200)]
    assert [(i.kind, i.text) for i in listener.notebook.kept] == [
        (Kind.TEXT, "95 hộ, đủ dấu"),
        (Kind.START, ""),
    ]


async def test_an_event_that_comes_twice_is_one_whatever_its_timestamp(
    listener: Listener, fake: FakeZaloOA, lan: FakeUser
) -> None:
    await listener.listens()
    fake.twice = True
    first = lan.says("a")
    await fake.delivered()
    listener.clock.advance(days=30)
    later = {**first, "timestamp": "1"}
    body = json.dumps(later).encode()
    assert await fake.post(body, fake.signed(later, body)) == 200
    assert (listener.notebook.given, listener.texts) == (3, ["a"])


@pytest.mark.parametrize("spoil", ["mac", "body", "nothing", "empty", "case", "timestamp"])
async def test_only_zalo_is_believed(
    listener: Listener, fake: FakeZaloOA, lan: FakeUser, spoil: str
) -> None:
    await listener.listens()
    event = _text(lan, "a")
    body = json.dumps(event).encode()
    headers = fake.signed(event, body)
    mac = headers["X-ZEvent-Signature"]
    match spoil:
        case "mac":
            headers["X-ZEvent-Signature"] = mac[:-1] + ("0" if mac[-1] != "0" else "1")
        case "body":
            body = body.replace(b'"a"', b'"b"')
        case "nothing":
            del headers["X-ZEvent-Signature"]
        case "empty":
            headers["X-ZEvent-Signature"] = "mac="
        case "timestamp":
            body = body.replace(b"1751100041636", b"1751100041637")
    wanted = 200 if spoil == "case" else 403
    if spoil == "case":
        headers["X-ZEvent-Signature"] = mac.upper()
    assert await fake.post(body, headers) == wanted
    assert len(listener.texts) == (wanted == 200)


def _text(lan: FakeUser, text: str, **more: Any) -> dict[str, Any]:
    return {
        "app_id": APP_ID,
        "event_name": "user_send_text",
        "sender": {"id": lan.id},
        "recipient": {"id": OA_ID},
        "message": {"text": text, "msg_id": f"m-{text}"},
        "timestamp": "1751100041636",
        **more,
    }


async def test_a_timestamp_may_be_a_number_or_stand_in_a_header(
    listener: Listener, fake: FakeZaloOA, lan: FakeUser
) -> None:
    await listener.listens()
    number = _text(lan, "a", timestamp=1751100041636)
    body = json.dumps(number, indent=1).encode()
    assert await fake.post(body, fake.signed(number, body)) == 200
    bare = _text(lan, "b")
    del bare["timestamp"]
    body = json.dumps(bare).encode()
    headers = fake.signed({**bare, "timestamp": "77"}, body) | {"X-ZEvent-Timestamp": "77"}
    assert await fake.post(body, headers) == 200
    assert listener.texts == ["a", "b"]


@pytest.mark.parametrize("way", ["oa-id", "hmac", "hmac-body"])
async def test_a_webhook_signed_another_way_says_what_to_set_and_is_not_let_in(
    listener: Listener,
    fake: FakeZaloOA,
    lan: FakeUser,
    way: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await listener.listens()
    fake.signature = way
    lan.says("a")
    await fake.delivered()
    assert {status for _, status in fake.attempts} == {403}
    assert listener.texts == []
    assert f"set ZALO_OA_SIGNATURE={way}" in caplog.text
    assert SECRET_KEY not in caplog.text
    await listener.listens(Options(signature=way))
    await fake.delivered()
    assert listener.texts == ["a"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 50_000, b'{"timestamp":' + b"9" * 9_999]
)
async def test_what_is_no_event_is_refused(
    listener: Listener, fake: FakeZaloOA, body: bytes
) -> None:
    await listener.listens()
    assert await fake.post(body, {"X-ZEvent-Signature": "mac=0"}) == 400


async def test_a_body_without_end_is_not_read(listener: Listener, fake: FakeZaloOA) -> None:
    await listener.listens()
    assert await fake.post(b"x" * 1_000_001, {}) == 413


async def test_what_the_database_does_not_take_is_repeated_until_it_does(
    listener: Listener, fake: FakeZaloOA, lan: FakeUser
) -> None:
    await listener.listens()
    listener.notebook.failures = 3
    lan.says("a")
    await fake.delivered()
    assert [status for _, status in fake.attempts] == [503, 503, 503, 200]
    assert listener.texts == ["a"]


async def test_what_takes_too_long_is_asked_for_again_and_kept_once(
    listener: Listener, fake: FakeZaloOA, lan: FakeUser
) -> None:
    await listener.listens(seconds=0.2)
    listener.notebook.gate.clear()
    event = _text(lan, "a")
    body = json.dumps(event).encode()
    assert await fake.post(body, fake.signed(event, body)) == 503
    listener.notebook.gate.set()
    assert await fake.post(body, fake.signed(event, body)) == 200
    assert listener.texts == ["a"]
    assert listener.notebook.given == 2


async def test_an_event_of_another_account_of_the_same_app_is_passed_over(
    listener: Listener, fake: FakeZaloOA, lan: FakeUser
) -> None:
    await listener.listens(Options(account="99"))
    lan.says("a")
    await fake.delivered()
    assert (fake.attempts, listener.texts) == ([("user_send_text", 200)], [])


async def test_photos_sent_together_are_one_album(
    listener: Listener, fake: FakeZaloOA, lan: FakeUser
) -> None:
    await listener.listens()
    lan.sends_album([b"1", b"2"])
    listener.clock.advance(60)
    lan.sends_photo(b"3")
    await fake.delivered()
    albums = [i.media.album for i in listener.notebook.kept if i.media]
    assert albums[0] == albums[1] != albums[2]


async def test_zalo_may_look_whether_somebody_listens(listener: Listener, fake: FakeZaloOA) -> None:
    await listener.listens()
    async with fake._client.get(fake.webhook) as answer:
        assert answer.status == 200


async def test_who_left_is_not_written_to_until_they_come_back(
    listener: Listener, fake: FakeZaloOA, lan: FakeUser, clock: HandClock, database: str
) -> None:
    await listener.listens()
    chat = await Chat.create(
        channel=CHANNEL, external_id=lan.id, created_at=clock.now(), last_in_at=clock.now()
    )
    clock.advance(60)
    gone = lan.leaves()
    await fake.delivered()
    await chat.refresh_from_db()
    assert chat.blocked_at == clock.now()
    # They came back and wrote (the turn does this); then the old event comes once more.
    clock.advance(60)
    chat.blocked_at, chat.last_in_at = None, clock.now()
    await chat.save()
    body = json.dumps(gone).encode()
    assert await fake.post(body, fake.signed(gone, body)) == 200
    await chat.refresh_from_db()
    assert chat.blocked_at is None
    # A clock that runs ahead does not reach into the future.
    clock.advance(60)
    fake._clock = HandClock(clock.now() + timedelta(days=400))
    lan.leaves()
    await fake.delivered()
    await chat.refresh_from_db()
    assert chat.blocked_at == clock.now()
