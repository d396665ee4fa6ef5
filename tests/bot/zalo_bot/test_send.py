"""What Zalo can carry is carried; what it refuses is told apart; the token is never seen."""

from __future__ import annotations

import asyncio
import logging
import traceback

import pytest

from bot.messages import Allowance, Button, Delivery, Outgoing, Wants
from bot.public_pictures import PublicPictures
from bot.turn.shapes import MediaGoneError, MediaTooLargeError
from bot.zalo_bot.channel import FORBIDDEN_WAITS, ZaloBotChannel
from bot.zalo_bot.client import ZaloBotClient, ZaloBotError
from locales import Catalog
from tests.clock import HandClock
from tests.fakes.zalo_bot import FakeZaloBot

SECRET_PART = "FakeTokenThatMustNeverBeSeenInALog"


async def test_choices_are_read_and_typed_as_numbers(
    fake: FakeZaloBot, channel: ZaloBotChannel
) -> None:
    lan = fake.user("lan")
    buttons = ((Button("1. Có", "1:y"), Button("2. Không", "1:n")),)
    words = "Chưa rõ thì nhắn KHÔNG RÕ."
    message = Outgoing("Có nước không?\n\n1. Có\n2. Không", buttons, prompt=1, unpressed=words)
    delivery = await channel.send("lan", message, "")
    (sent,) = fake.sent_to(lan)
    assert sent.text == f"Có nước không?\n\n1. Có\n2. Không\n\n{words}"
    assert delivery == Delivery(message_id=sent.message_id, messages=1)


async def test_what_the_question_says_itself_is_not_said_twice(
    fake: FakeZaloBot, channel: ZaloBotChannel
) -> None:
    words = "Chưa rõ thì nhắn KHÔNG RÕ."
    await channel.send("lan", Outgoing(f"Chào bác. {words} Câu 1/7.", unpressed=words), "")
    assert fake.sent_to("lan")[0].text.count(words) == 1


async def test_nothing_is_sent_where_something_would_be_edited(
    fake: FakeZaloBot, channel: ZaloBotChannel
) -> None:
    assert await channel.send("lan", Outgoing("✓ Có", closes=1), "") == Delivery()
    assert fake.calls["sendMessage"] == 0


async def test_a_position_is_asked_for_in_words(fake: FakeZaloBot, channel: ZaloBotChannel) -> None:
    await channel.send("lan", Outgoing("Vị trí bể nước?", wants=Wants.LOCATION), "")
    assert "14.35, 107.60" in fake.sent_to("lan")[0].text


async def test_long_texts_are_cut_at_sentences_and_counted(
    fake: FakeZaloBot, channel: ZaloBotChannel
) -> None:
    text = " ".join(f"Thôn {n} còn {n} hộ chưa có nhà tiêu hợp vệ sinh 🏡." for n in range(150))
    delivery = await channel.send("lan", Outgoing(text), "")
    sent = fake.sent_to("lan")
    assert len(sent) == delivery.messages > 3
    assert " ".join(s.text for s in sent) == text
    assert all(s.text.endswith(".") for s in sent)


async def test_a_repeat_goes_on_with_the_part_that_failed(
    fake: FakeZaloBot, channel: ZaloBotChannel
) -> None:
    message = Outgoing("\n".join("x" * 1_500 for _ in range(3)))
    fake.fails("sendMessage", 502, chat="other")
    assert (await channel.send("other", message, "")).transient

    sends = 0

    async def second_fails(method: str, *args: object, **more: object) -> object:
        nonlocal sends
        sends += 1
        if sends == 2:
            raise ZaloBotError(502)
        return await call(method, *args, **more)

    call = channel.client.call
    channel.client.call = second_fails  # type: ignore[assignment]  # a trap
    half = await channel.send("lan", message, "")
    assert (half.transient, half.partly) == (True, 1)
    rest = await channel.send("lan", message, "")
    assert (bool(rest.message_id), rest.messages) == (True, 2), "each attempt tells its own"
    assert len(fake.sent_to("lan")) == 3


# ---- pictures and documents ----


async def test_a_picture_is_fetched_by_zalo_as_often_as_it_likes(
    fake: FakeZaloBot,
    channel: ZaloBotChannel,
    pictures: PublicPictures,
    attachments: dict[str, bytes],
) -> None:
    from aiohttp import web  # noqa: PLC0415  (only here)

    attachments["progress|vi|x|2026-11|1|now"] = png = b"\x89PNG\r\n\x1a\n a picture"
    application = web.Application()
    application.add_routes(pictures.routes())
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.reaches["https://thonmoi.example"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    fake.fetches = 4
    message = Outgoing("Xã Ia Đal", picture="progress|vi|x|2026-11|1|now")
    await channel.send("lan", message, "")
    await runner.cleanup()
    (sent,) = fake.sent_to("lan")
    assert (sent.method, sent.text, sent.fetched) == ("sendPhoto", "Xã Ia Đal", (png,) * 4)


async def test_where_a_picture_cannot_be_shown_its_words_go_alone(
    fake: FakeZaloBot, channel: ZaloBotChannel, attachments: dict[str, bytes]
) -> None:
    fake.reaches["https://thonmoi.example"] = "http://127.0.0.1:1"  # nobody is there
    gone = await channel.send("lan", Outgoing("Một", picture="nothing"), "")
    attachments["p"] = b"\x89PNG\r\n\x1a\n"
    unreachable = await channel.send("lan", Outgoing("Hai", picture="p"), "")
    assert gone.message_id
    assert unreachable.message_id
    assert [(s.method, s.text) for s in fake.sent_to("lan")] == [
        ("sendMessage", "Một"),
        ("sendMessage", "Hai"),
    ]


async def test_without_a_public_address_no_picture_is_promised(
    fake: FakeZaloBot, clock: HandClock, catalog_vi: Catalog
) -> None:
    async def read(key: str) -> bytes:
        raise AssertionError("nobody can fetch it")

    at_home = PublicPictures("a secret key of the office", "http://127.0.0.1:8080", clock, read)
    channel = ZaloBotChannel(
        fake.token, api_url=fake.url, clock=clock, catalog=catalog_vi, pictures=at_home
    )
    await channel.start()
    await channel.send("lan", Outgoing("Ba", picture="p", document="d"), "")
    await channel.stop()
    assert not channel.capabilities.photos_out
    assert [(s.method, s.text) for s in fake.sent_to("lan")] == [("sendMessage", "Ba")]


async def test_a_document_becomes_a_link(fake: FakeZaloBot, channel: ZaloBotChannel) -> None:
    await channel.send("lan", Outgoing("Bảng", document="d", document_name="tien-do.xlsx"), "")
    (sent,) = fake.sent_to("lan")
    assert sent.text.startswith("Bảng\n\n")
    assert "https://thonmoi.example/p/" in sent.text


async def test_a_picture_whose_long_words_are_refused_has_cost_one_message(
    fake: FakeZaloBot, channel: ZaloBotChannel, attachments: dict[str, bytes]
) -> None:
    attachments["p"] = b"\x89PNG\r\n\x1a\n"
    fake.fetches = 0  # where it is shown is another test's matter
    fake.fails("sendMessage", 400)
    refused = await channel.send("lan", Outgoing("x " * 1_500, picture="p"), "")
    assert (refused.failure, refused.partly) == ("refused", 1)
    both = await channel.send("lan", Outgoing("y " * 1_500, picture="p"), "")
    assert both.messages == 3


# ---- refusals ----


@pytest.mark.parametrize(
    ("status", "page", "failure"),
    [
        (404, False, "gone"),
        (400, False, "refused"),
        (408, False, ""),
        (500, False, ""),
        (502, True, ""),
        (404, True, ""),
        (403, True, ""),
    ],
)
async def test_each_refusal_means_what_it_says(
    fake: FakeZaloBot, channel: ZaloBotChannel, status: int, failure: str, *, page: bool
) -> None:
    fake.fails("sendMessage", status, page=page)
    delivery = await channel.send("lan", Outgoing("95"), "")
    assert (delivery.failure, delivery.transient) == (failure, not failure)
    assert not delivery.whole_bot


async def test_403_is_believed_only_when_it_stays(
    fake: FakeZaloBot, channel: ZaloBotChannel
) -> None:
    fake.fails("sendMessage", 403, times=len(FORBIDDEN_WAITS))
    waits = [(await channel.send("lan", Outgoing("1"), "")).retry_after for _ in FORBIDDEN_WAITS]
    assert waits == [*FORBIDDEN_WAITS]
    assert (await channel.send("lan", Outgoing("1"), "")).message_id
    fake.user("lan").blocks()
    outcomes = [(await channel.send("lan", Outgoing("2"), "")).failure for _ in range(3)]
    assert outcomes == ["", "", "blocked"]
    assert (await channel.send("nhi", Outgoing("3"), "")).message_id, "one chat is not all"


async def test_when_nobody_gets_anything_it_is_zalo_and_not_the_chats(
    fake: FakeZaloBot, channel: ZaloBotChannel
) -> None:
    fake.fails("sendMessage", 403, times=12)
    everybody = ("lan", "nhi", "minh")
    last = Delivery()
    for _ in range(4):
        for chat in everybody:
            last = await channel.send(chat, Outgoing("1"), "")
            assert not last.failure
    assert last.whole_bot
    for chat in everybody:
        assert (await channel.send(chat, Outgoing("1"), "")).message_id


async def test_429_stops_the_whole_bot_longer_each_time(
    fake: FakeZaloBot, channel: ZaloBotChannel, clock: HandClock
) -> None:
    fake.fails("sendMessage", 429, times=5)
    waits = []
    both = await asyncio.gather(*(channel.send(c, Outgoing("1"), "") for c in ("lan", "nhi")))
    assert {(d.whole_bot, d.retry_after) for d in both} == {(True, 30.0)}, "one flood, not two"
    for _ in range(3):
        clock.advance(waits[-1] if waits else 30)
        delivery = await channel.send("lan", Outgoing("1"), "")
        assert delivery.retry_after is not None
        waits.append(delivery.retry_after)
    assert waits == [60, 120, 240]
    clock.advance(240)
    assert (await channel.send("lan", Outgoing("1"), "")).message_id
    fake.fails("sendMessage", 429)
    assert (await channel.send("lan", Outgoing("2"), "")).retry_after == 30


async def test_a_refused_token_stops_the_bot_and_is_told_once(
    fake: FakeZaloBot, clock: HandClock, catalog_vi: Catalog
) -> None:
    told: list[str] = []

    async def tell() -> None:
        told.append("refused")

    channel = ZaloBotChannel(
        "1:wrong", api_url=fake.url, clock=clock, catalog=catalog_vi, on_refused=tell
    )
    await channel.start()
    deliveries = [await channel.send(c, Outgoing("1"), "") for c in ("lan", "nhi", "lan")]
    await channel.stop()
    assert told == ["refused"]
    assert channel.refused
    assert all(d.transient and d.whole_bot and not d.failure for d in deliveries), "rows are kept"
    assert all(d.ours for d in deliveries), "and it is nobody's fault but the office's"


async def test_a_lost_answer_is_tried_again(fake: FakeZaloBot, channel: ZaloBotChannel) -> None:
    fake.drops("sendMessage")
    assert (await channel.send("lan", Outgoing("1"), "")).transient
    assert (await channel.send("lan", Outgoing("1"), "")).message_id


def test_what_the_plan_allows_is_declared(channel: ZaloBotChannel) -> None:
    able = channel.capabilities
    assert able.allowance == Allowance(per_month=3_000, people=50)
    assert (able.buttons, able.edits, able.documents_out, able.max_text) == (False,) * 3 + (2_000,)


# ---- photos ----


async def test_a_photo_is_fetched_from_where_zalo_says(
    fake: FakeZaloBot, channel: ZaloBotChannel
) -> None:
    source = fake.keep_photo(b"jpeg" * 100)
    assert await channel.fetch(source, 400) == b"jpeg" * 100
    with pytest.raises(MediaTooLargeError):
        await channel.fetch(source, 399)
    fake.drops("photo", times=2)  # a connection that had served before is tried anew by itself
    with pytest.raises(OSError, match="could not be read"):
        await channel.fetch(source, 400)
    fake.fails("photo", 503)
    with pytest.raises(OSError, match="503"):
        await channel.fetch(source, 400)
    fake.expire_photos()
    with pytest.raises(MediaGoneError):
        await channel.fetch(source, 400)
    with pytest.raises(MediaGoneError):
        await channel.fetch(f"http://127.0.0.1:{fake.port + 1}/photos/1.jpg", 400)


# ---- the token ----


async def test_the_token_is_in_no_log_exception_or_name(
    fake: FakeZaloBot,
    channel: ZaloBotChannel,
    clock: HandClock,
    catalog_vi: Catalog,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = [repr(channel), repr(channel.client), str(channel.client)]
    fake.fails("getMe", 500)
    fake.fails("getMe", 502, page=True)
    fake.drops("getMe")
    nowhere = ZaloBotClient(fake.token, "http://127.0.0.1:1")
    odd = ZaloBotClient(fake.token, "http://127.0.0.1:99999")
    stopped = ZaloBotClient(fake.token, fake.url)
    for client in (nowhere, odd):
        await client.start()
    with fake.holds("getMe"):
        every = (channel.client, channel.client, channel.client, nowhere, odd, stopped)
        seen += [await failing(client, 5.0) for client in every]
        seen.append(await failing(channel.client, 0.01))
    for client in (nowhere, odd):
        await client.stop()
    fake.user("lan").blocks()
    for _ in range(3):
        delivery = await channel.send("lan", Outgoing("1"), "")
        seen += [repr(delivery)]
    seen.append(caplog.text)
    assert len(seen) == 14
    for text in seen:
        assert SECRET_PART not in text
        assert "bot1459" not in text


async def failing(client: ZaloBotClient, seconds: float) -> str:
    """Return all that could be printed of a failed call, its hidden context too."""
    with pytest.raises(ZaloBotError) as caught:
        await client.call("getMe", seconds=seconds)
    error: BaseException | None = caught.value
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    while error is not None:
        assert error is caught.value, "no other exception is hidden behind it"
        error = error.__cause__ or error.__context__
    return told
