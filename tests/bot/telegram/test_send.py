"""What goes out, as it looks in the chat, and what becomes of it when Telegram misbehaves."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.messages import Button, Delivery, Outgoing, Wants
from bot.pieces import split, units
from bot.telegram.channel import TelegramChannel
from bot.telegram.request import AiohttpRequest
from bot.turn.shapes import MediaGoneError, MediaTooLargeError
from locales import Catalog
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram

YES_NO = ((Button("Có", "3:yes"), Button("Không", "3:no")),)


async def test_a_question_has_its_buttons_and_says_under_which_id_it_stands(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    lan = fake.user(1)
    done = await channel.send("1", Outgoing("Nhà có kiên cố không?", YES_NO, prompt=3), "")
    sent = await fake.reply_to(lan)
    assert done == Delivery(message_id=str(sent.message_id))
    assert (sent.text, sent.buttons) == ("Nhà có kiên cố không?", ["Có", "Không"])
    assert sent.data_of("Không") == "3:no"


async def test_a_text_is_the_same_request_as_the_library_would_make(
    fake: FakeTelegram, channel: TelegramChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decision 0005: built without the library's objects, what they would have been."""
    fake.user(1)
    sent: list[tuple[str, str, object]] = []
    original = AiohttpRequest.send

    async def overhear(
        self: AiohttpRequest, method: str, url: str, body: Any, seconds: float
    ) -> tuple[int, bytes]:
        said = json.loads(body)
        said["reply_markup"] = json.loads(said.get("reply_markup", "null"))
        sent.append((method, url, said))
        return await original(self, method, url, body, seconds)

    monkeypatch.setattr(AiohttpRequest, "send", overhear)
    keys = [[InlineKeyboardButton(b.label, callback_data=b.data) for b in row] for row in YES_NO]
    for message, markup in (
        (Outgoing("Có «kiên cố» không? 😀", YES_NO), InlineKeyboardMarkup(keys)),
        (Outgoing("Cảm ơn bác."), None),
    ):
        await channel.send("1", message, "")
        await channel.client.send_message("1", message.text, reply_markup=markup)
        assert sent[-2] == sent[-1]


async def test_a_pressed_question_shows_the_choice_under_its_words_and_no_buttons(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    lan = fake.user(1)
    asked = await channel.send("1", Outgoing("Có kiên cố không?", YES_NO, prompt=3), "")
    channel.note_press(lan.presses("Có"))
    closing = Outgoing("✓ Có", closes=3)
    fake.fails("editMessageText", 429, retry_after=1)
    assert (await channel.send("1", closing, asked.message_id)).transient
    assert await channel.send("1", closing, asked.message_id) == Delivery(asked.message_id)
    [sent] = fake.sent_to(lan)
    assert (sent.text, sent.buttons) == ("Có kiên cố không?\n\n✓ Có", [])


async def test_a_question_closed_by_a_process_that_did_not_see_the_press_keeps_its_words(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    lan = fake.user(1)
    asked = await channel.send("1", Outgoing("Có kiên cố không?", YES_NO, prompt=3), "")
    for _ in range(2):
        done = await channel.send("1", Outgoing("✓ Có", closes=3), asked.message_id)
        assert done == Delivery(asked.message_id)
    [sent] = fake.sent_to(lan)
    assert (sent.text, sent.buttons) == ("Có kiên cố không?", ["✓ Có"])


@pytest.mark.parametrize("edits", ["", "424242"])
async def test_closing_what_is_no_longer_there_is_no_failure(
    fake: FakeTelegram, channel: TelegramChannel, edits: str
) -> None:
    fake.user(1)
    done = await channel.send("1", Outgoing("✓ Có", closes=3), edits)
    assert (done.failure, done.transient) == ("", False)
    assert fake.sent_to(1) == []


async def test_a_long_text_is_cut_at_paragraphs_and_the_buttons_come_last(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    lan = fake.user(1)
    paragraphs = [f"Thôn {i}: " + "đã nộp đủ. " * 60 for i in range(12)]
    text = "\n\n".join(p.strip() for p in paragraphs)
    done = await channel.send("1", Outgoing(text, YES_NO), "")
    sent = fake.sent_to(lan)
    assert "\n\n".join(s.text for s in sent) == text
    assert [bool(s.buttons) for s in sent] == [False] * (len(sent) - 1) + [True]
    assert done.message_id == str(sent[-1].message_id)


def test_splitting_counts_as_telegram_does_and_loses_nothing() -> None:
    text = "😀" * 5_000
    pieces = split(text, 4_096)
    assert all(units(p) <= 4_096 for p in pieces)
    assert "".join(pieces) == text
    assert split("", 10) == []
    assert split("một hai ba bốn", 8) == ["một hai", "ba bốn"]


async def test_the_phone_is_asked_by_one_press_and_the_keyboard_goes_away_afterwards(
    fake: FakeTelegram, channel: TelegramChannel, catalog_vi: Catalog
) -> None:
    lan = fake.user(1)
    await channel.send("1", Outgoing("Bác chia sẻ số điện thoại ạ.", wants=Wants.PHONE), "")
    asked = await fake.reply_to(lan)
    [[key]] = asked.markup["keyboard"]
    assert key["request_contact"] is True
    assert key["text"] == catalog_vi.get("Share my phone number")
    await channel.send("1", Outgoing("Cảm ơn bác."), "")
    assert (await fake.reply_to(lan)).markup == {"remove_keyboard": True}
    await channel.send("1", Outgoing("Câu 1"), "")
    assert (await fake.reply_to(lan)).markup == {}


async def test_a_message_with_buttons_also_takes_the_keyboard_away(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    lan = fake.user(1)
    await channel.send(
        "1", Outgoing("Vị trí?", ((Button("KHÔNG RÕ", "1:?"),),), wants=Wants.LOCATION), ""
    )
    asked = await fake.reply_to(lan)
    assert asked.markup["keyboard"][0][0]["request_location"] is True
    assert asked.keyboard[1:] == ["KHÔNG RÕ"]
    await channel.send("1", Outgoing("Đã nhận.\n\nCâu 2\n\nĐúng không?", YES_NO), "")
    first, second = await fake.reply_to(lan), await fake.reply_to(lan)
    assert (first.text, first.markup) == ("Đã nhận.", {"remove_keyboard": True})
    assert (second.text, second.buttons) == ("Câu 2\n\nĐúng không?", ["Có", "Không"])


async def test_a_picture_and_a_file_carry_the_text(
    fake: FakeTelegram, channel: TelegramChannel, attachments: dict[str, bytes]
) -> None:
    lan = fake.user(1)
    attachments.update(p=b"\x89PNG" + b"p" * 3_000_000, x=b"PK" * 9)
    message = Outgoing("Tiến độ", YES_NO, picture="p", document="x", document_name="tiến-độ.xlsx")
    await channel.send("1", message, "")
    picture, file = fake.sent_to(lan)
    assert (picture.method, picture.data, picture.text) == ("sendPhoto", attachments["p"], "")
    assert (file.method, file.data, file.text) == ("sendDocument", attachments["x"], "Tiến độ")
    assert (file.filename, file.buttons) == ("tiến-độ.xlsx", ["Có", "Không"])


async def test_a_text_too_long_for_a_caption_follows_the_picture(
    fake: FakeTelegram, channel: TelegramChannel, attachments: dict[str, bytes]
) -> None:
    attachments["p"] = b"png"
    fake.user(1)
    await channel.send("1", Outgoing("dài " * 400, YES_NO, picture="p"), "")
    picture, text = fake.sent_to(1)
    assert (picture.text, picture.buttons) == ("", [])
    assert (len(text.text), text.buttons) == (1_599, ["Có", "Không"])


async def test_words_do_not_wait_for_a_picture_that_is_not_kept_any_more(
    channel: TelegramChannel, fake: FakeTelegram
) -> None:
    """A photo's bytes go after some months; the officer's chat must not stand still for them."""
    fake.user(1)
    message = Outgoing("Duyệt ảnh này?", YES_NO, picture="gone")
    assert (await channel.send("1", message, "")).message_id
    assert (await channel.send("1", Outgoing("dài " * 400, picture="gone"), "")).message_id
    card, words = fake.sent_to(1)
    assert (card.method, card.text, card.buttons) == (
        "sendMessage",
        "Duyệt ảnh này?",
        ["Có", "Không"],
    )
    assert words.text.startswith("dài")
    assert (await channel.send("1", Outgoing("", picture="gone"), "")).failure == "refused"


async def test_a_picture_that_telegram_finds_too_long_goes_as_a_file(
    fake: FakeTelegram, channel: TelegramChannel, attachments: dict[str, bytes]
) -> None:
    attachments["p"] = b"png"
    fake.user(1)
    fake.fails("sendPhoto", 400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    assert (await channel.send("1", Outgoing("Bảng", picture="p"), "")).message_id
    [sent] = fake.sent_to(1)
    assert (sent.method, sent.data) == ("sendDocument", b"png")


async def test_a_repeat_goes_on_where_it_broke_off(
    fake: FakeTelegram, channel: TelegramChannel, attachments: dict[str, bytes]
) -> None:
    attachments["p"] = b"png"
    fake.user(1)
    message = Outgoing("dài " * 400, picture="p")
    fake.fails("sendMessage", 502)
    assert (await channel.send("1", message, "")).transient
    assert (await channel.send("1", message, "")).message_id
    assert [s.method for s in fake.sent_to(1)] == ["sendPhoto", "sendMessage"]
    assert (await channel.send("1", message, "")).message_id, "and a later one is whole again"
    assert len(fake.sent_to(1)) == 4


async def test_a_flood_in_one_chat_is_that_chats_and_in_several_the_whole_bots(
    fake: FakeTelegram, channel: TelegramChannel, clock: HandClock
) -> None:
    for i in (1, 2):
        fake.user(i)
    fake.fails("sendMessage", 429, retry_after=5, chat=1)
    assert await channel.send("1", Outgoing("a"), "") == Delivery(transient=True, retry_after=5)
    fake.fails("sendMessage", 429, retry_after=7, chat=2)
    both = await channel.send("2", Outgoing("a"), "")
    assert both == Delivery(transient=True, retry_after=7, whole_bot=True)
    clock.advance(8)
    fake.fails("sendMessage", 429, retry_after=3, chat=1)
    assert not (await channel.send("1", Outgoing("a"), "")).whole_bot


async def test_who_blocked_the_bot_and_who_is_gone_are_told_apart(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.user(1).blocks()
    assert (await channel.send("1", Outgoing("a"), "")).failure == "blocked"
    assert (await channel.send("99", Outgoing("a"), "")).failure == "gone"
    fake.user(2)
    fake.fails("sendMessage", 403, "Forbidden: user is deactivated")
    assert (await channel.send("2", Outgoing("a"), "")).failure == "gone"
    fake.fails("sendMessage", 400, "Bad Request: something is odd")
    assert (await channel.send("2", Outgoing("a"), "")).failure == "refused"
    assert (await channel.send("2", Outgoing(""), "")).failure == "refused"


async def test_a_withdrawn_token_and_a_proxys_404_stop_the_bot_for_a_while_and_not_for_good(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.user(1)
    for status in (401, 404):
        fake.fails("sendMessage", status)
        done = await channel.send("1", Outgoing("a"), "")
        assert done.transient
        assert done.whole_bot
        assert done.ours, "nobody is called unreachable for it"
        assert done.retry_after is not None
        assert done.retry_after >= 30
        assert channel.refused, "it is shown"
    assert (await channel.send("1", Outgoing("a"), "")).message_id
    assert not channel.refused


async def test_what_the_network_does_is_tried_again(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.user(1)
    again = Delivery(transient=True)
    for status in (500, 502, 504):
        fake.fails("sendMessage", status)
        assert await channel.send("1", Outgoing("a"), "") == again
    fake.drops("sendMessage")
    assert await channel.send("1", Outgoing("a"), "") == again
    assert await channel.send("1", Outgoing("b", picture="away"), "") == again


async def test_nothing_listens_is_tried_again_and_no_secret_is_told(
    clock: HandClock, catalog_vi: Catalog, caplog: pytest.LogCaptureFixture,
    unused_tcp_port: int, fake: FakeTelegram,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)

    async def read(key: str) -> bytes:
        return b""

    channel = TelegramChannel(
        fake.token,
        api_url=f"http://127.0.0.1:{unused_tcp_port}",
        clock=clock,
        catalog=catalog_vi,
        read_attachment=read,
    )
    await channel.start()
    assert (await channel.send("1", Outgoing("a"), "")).transient
    with pytest.raises(OSError, match="could not be asked for") as raised:
        await channel.fetch("AgAC1", 100)
    await channel.stop()
    assert fake.token not in caplog.text + repr(channel) + repr(raised.value)
    assert raised.value.__cause__ is None
    assert "AAFake" not in caplog.text


async def test_a_late_answer_does_not_hold_up_others(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.user(1)
    with fake.holds("sendMessage"):
        slow = [asyncio.create_task(channel.send("1", Outgoing(f"{i}"), "")) for i in range(150)]
        await fake.until(lambda: fake.calls["sendMessage"] == 150)
    assert all(done.message_id for done in await asyncio.gather(*slow))


async def test_a_photo_is_fetched_whole(fake: FakeTelegram, channel: TelegramChannel) -> None:
    data = bytes(range(256)) * 9_000
    update = fake.user(1).sends_photo(data)
    source = update["message"]["photo"][1]["file_id"]
    assert await channel.fetch(source, 20_000_000) == data
    fake.fails("download", 502)
    with pytest.raises(OSError, match="502"):
        await channel.fetch(source, 20_000_000)
    fake.drops("download")
    assert await channel.fetch(source, 20_000_000) == data, "aiohttp itself asks again once"
    fake.drops("download", times=3)
    with pytest.raises(OSError, match="could not be read"):
        await channel.fetch(source, 20_000_000)


async def test_a_photo_of_50_mb_is_refused_before_it_is_read(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    huge = fake.user(1).sends_photo(b"x", as_file=True, claims=50_000_000)
    with pytest.raises(MediaTooLargeError):
        await channel.fetch(huge["message"]["document"]["file_id"], 20_000_000)
    assert fake.calls["download"] == 0


async def test_a_file_that_lies_about_its_size_is_read_no_further_than_the_limit(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    liar = fake.user(1).sends_photo(b"x" * 400_000, as_file=True, claims=10)
    with pytest.raises(MediaTooLargeError):
        await channel.fetch(liar["message"]["document"]["file_id"], 100_000)


async def test_a_file_that_is_gone_is_gone(fake: FakeTelegram, channel: TelegramChannel) -> None:
    fake.fails("getFile", 400, "Bad Request: wrong file_id")
    with pytest.raises(MediaGoneError):
        await channel.fetch("AgAC1", 100)
    source = fake.user(1).sends_photo(b"x")["message"]["photo"][1]["file_id"]
    fake.fails("download", 404)
    with pytest.raises(MediaGoneError):
        await channel.fetch(source, 100)
