"""What goes out: texts, pictures, files, buttons, and what each of Zalo's errors leads to."""

from __future__ import annotations

import io
import logging
from random import Random
from typing import Any

import pytest
from PIL import Image

from bot.messages import Button, Outgoing, Wants
from bot.turn.shapes import MediaGoneError, MediaTooLargeError
from bot.zalo_oa.api import Answer
from bot.zalo_oa.zns import Addressee
from tests.bot.zalo_oa.conftest import Account, said
from tests.fakes.zalo_oa import APP_SECRET, SECRET_KEY, FakeUser, FakeZaloOA

YES_NO = ((Button("Có", "3:1.yes"), Button("Không", "3:1.no")),)


async def test_the_first_message_gets_its_token_by_itself(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    delivery = await said(channel, lan, "Câu 1/3. Bao nhiêu hộ?")
    assert delivery.message_id == fake.sent_to(lan)[0].message_id
    assert fake.shown == {"refresh-0": 1}
    assert fake.sent_to(lan)[0].body == {"text": "Câu 1/3. Bao nhiêu hộ?"}


async def test_a_long_text_is_cut_at_sentences_and_counted_as_it_was_sent(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    text = "Thôn đã có đường bê tông. " * 200
    delivery = await said(channel, lan, text)
    pieces = [s.text for s in fake.sent_to(lan)]
    assert delivery.messages == len(pieces) == 3
    assert all(len(p) <= 2_000 and p.endswith(".") for p in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


async def test_what_was_sent_of_a_long_text_is_not_sent_again(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    message = Outgoing("".join(f"Câu số {n} của bài. " for n in range(200)))
    fake.fails("cs", -999, skip=1)
    assert (await channel.send(lan.id, message, "")).transient
    assert len(fake.sent_to(lan)) == 1
    assert (await channel.send(lan.id, message, "")).message_id
    everything = " ".join(s.text for s in fake.sent_to(lan))
    assert everything.split() == message.text.split()


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (-213, "blocked"),
        (-217, "blocked"),
        (-230, "window"),
        (-232, "window"),
        (-211, "quota"),
        (-218, "enough"),
        (-311, "enough"),
        (-227, "gone"),
        (-201, "refused"),
        (-244, "refused"),
    ],
)
async def test_an_error_that_stays_is_told_by_its_reason(
    account: Account, lan: FakeUser, fake: FakeZaloOA, code: int, failure: str
) -> None:
    channel = await account.opened()
    fake.fails("cs", code)
    delivery = await said(channel, lan, "Chào bác")
    assert (delivery.failure, delivery.transient) == (failure, False)


@pytest.mark.parametrize(
    ("code", "whole_bot"), [(-32, True), (-219, True), (-224, True), (-321, True), (-999, False)]
)
async def test_an_error_that_passes_keeps_the_message(
    account: Account, lan: FakeUser, fake: FakeZaloOA, code: int, *, whole_bot: bool
) -> None:
    channel = await account.opened()
    fake.fails("cs", code)
    delivery = await said(channel, lan, "Chào bác")
    assert (delivery.transient, delivery.whole_bot, delivery.failure) == (True, whole_bot, "")
    mended_by_the_office = code in {-219, -224, -321}
    assert delivery.ours is mended_by_the_office
    assert account.trouble == ([code] if mended_by_the_office else [])


async def test_a_picture_and_its_words_are_two_messages_and_each_counts_when_it_went_out(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    assert channel.capabilities.pictures_apart
    account.attachments["p"] = b"\x89PNG\r\n\x1a\n"
    both = await said(channel, lan, "Tiến độ", picture="p")
    assert both.messages == 2
    sent = 0

    async def words_fail(path: str, body: Any, token: str) -> Any:
        nonlocal sent
        sent += 1
        return Answer(-244, {}) if sent == 2 else await call(path, body, token)

    call, channel.api.call = channel.api.call, words_fail  # type: ignore[method-assign]  # a trap
    half = await said(channel, lan, "Tuần này", picture="p")
    assert (half.failure, half.partly) == ("refused", 1)
    rest = await said(channel, lan, "Tuần này", picture="p")
    assert (bool(rest.message_id), rest.messages) == (True, 1), "the picture is there already"


async def test_without_a_token_everything_waits_for_the_office(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    fake.drops("access_token", after=True)
    delivery = await said(channel, lan, "Chào bác")
    assert (delivery.transient, delivery.ours, delivery.whole_bot) == (True, True, True)


async def test_what_is_refused_at_night_waits_for_vietnams_morning(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    await channel.tokens.access_token()
    fake.fails("cs", -234)
    account.clock.advance(hours=14.5)  # 22:30
    delivery = await said(channel, lan, "Nhắc bác")
    assert (delivery.transient, delivery.retry_after) == (True, 7.5 * 3_600)


async def test_gateways_pages_and_broken_lines_are_tried_again(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    fake.breaks("cs", 502)
    fake.breaks("cs", 429)
    fake.drops("cs")
    assert (await said(channel, lan, "a")).transient
    slow = await said(channel, lan, "a")
    assert (slow.transient, slow.whole_bot, slow.retry_after) == (True, True, 60.0)
    assert (await said(channel, lan, "a")).transient
    assert (await said(channel, lan, "a")).message_id


async def test_a_picture_is_uploaded_once_and_again_when_its_id_has_ended(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    account.attachments["p"] = _noise(300, "PNG")
    assert (await said(channel, lan, "Bảng tiến độ", picture="p")).messages == 2
    await said(channel, lan, "", picture="p")
    assert fake.calls["upload/image"] == 1
    fake.forgets_uploads()
    assert (await said(channel, lan, "", picture="p")).message_id
    assert fake.calls["upload/image"] == 2
    assert [bool(s.picture) for s in fake.sent_to(lan)] == [True, False, True, True]


async def test_a_villages_photo_is_asked_for_each_time_and_gone_its_words_go_alone(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    account.attachments["photo|1|2"] = _noise(100, "PNG")
    for _ in range(2):
        assert (await said(channel, lan, "Duyệt ảnh", picture="photo|1|2")).messages == 2
    del account.attachments["photo|1|2"]  # it is no longer the officer's
    assert (await said(channel, lan, "Duyệt ảnh", picture="photo|1|2")).messages == 1
    assert [bool(s.picture) for s in fake.sent_to(lan)] == [True, False, True, False, False]


async def test_an_id_that_ends_at_once_is_not_uploaded_for_ever(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    account.attachments["p"] = _noise(100, "PNG")
    fake.fails("cs", -100, times=9)
    assert (await said(channel, lan, "", picture="p")).failure == "refused"
    assert fake.calls["upload/image"] == 1


async def test_a_picture_of_several_megabytes_becomes_one_that_zalo_takes(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    account.attachments["big"] = _noise(1_800, "PNG")
    assert len(account.attachments["big"]) > 5_000_000
    assert (await said(channel, lan, "", picture="big")).message_id
    sent = fake.sent_to(lan)[0].picture
    assert len(sent) <= 1_000_000
    with Image.open(io.BytesIO(sent)) as image:
        assert image.format == "JPEG"
        assert image.width >= 640


async def test_what_is_no_picture_is_refused_and_does_not_hold_up_the_chat(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    account.attachments["p"] = b"GIF89a nothing"
    assert (await said(channel, lan, "", picture="p")).failure == "refused"


async def test_the_words_arrive_even_if_what_goes_with_them_is_refused(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened(PHONE="proof")
    account.attachments["p"] = b"GIF89a nothing"
    delivery = await said(channel, lan, "Bảng tiến độ", picture="p")
    assert (bool(delivery.message_id), delivery.messages) == (True, 1)
    fake.fails("cs", -201, skip=1)  # the form that asks for the number
    assert (await said(channel, lan, "Mã mời?", wants=Wants.PHONE)).message_id
    assert [s.text for s in fake.sent_to(lan)] == ["Bảng tiến độ", "Mã mời?"]
    fake.fails("cs", -213)
    assert (await said(channel, lan, "Chào bác", picture="p")).failure == "blocked"


async def test_a_file_is_uploaded_and_a_kind_that_zalo_does_not_take_becomes_a_link(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    account.attachments["f"] = b"a workbook"
    await said(channel, lan, "Tuần này", document="f", document_name="tien-do.xlsx")
    assert [s.file for s in fake.sent_to(lan)] == [b"a workbook", b""]
    fake.takes_files = False
    refused = await said(channel, lan, "", document="f", document_name="tien-do.xlsx")
    assert refused.failure == "refused"  # without a public https address there is no link
    channel._pictures = Links()  # type: ignore[assignment]  # only what is asked of it
    await said(channel, lan, "", document="f", document_name="tien-do.xlsx")
    assert "https://office.example/f" in fake.sent_to(lan)[-1].text


class Links:
    def document_link(self, key: str, name: str) -> str:
        return f"https://office.example/{key}"


async def test_without_a_form_of_buttons_the_words_to_type_are_there(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    await said(channel, lan, "Đúng chưa?", buttons=YES_NO, unpressed="Gửi: CÓ hoặc KHÔNG")
    assert fake.sent_to(lan)[0].body == {"text": "Đúng chưa?\n\nGửi: CÓ hoặc KHÔNG"}
    assert channel.capabilities.buttons is False


@pytest.mark.parametrize("form", ["plain", "template"])
async def test_buttons_carry_the_number_of_their_question(
    account: Account, lan: FakeUser, fake: FakeZaloOA, form: str
) -> None:
    channel = await account.opened(BUTTONS=form)
    await said(channel, lan, "Đúng chưa?", buttons=YES_NO, unpressed="Gửi: CÓ hoặc KHÔNG")
    sent = fake.sent_to(lan)[0]
    assert sent.text == "Đúng chưa?"
    assert [b["payload"] for b in sent.buttons] == ["TM#3:1.yes", "TM#3:1.no"]


async def test_more_buttons_than_the_account_has_are_words(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened(BUTTONS="plain", MOST_BUTTONS="1")
    await said(channel, lan, "Đúng chưa?", buttons=YES_NO, unpressed="Gửi: CÓ hoặc KHÔNG")
    assert fake.sent_to(lan)[0].body == {"text": "Đúng chưa?\n\nGửi: CÓ hoặc KHÔNG"}


async def test_a_form_that_zalo_refuses_is_given_up_and_the_question_still_arrives(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened(BUTTONS="list")
    fake.takes_buttons = False
    for _ in range(2):
        sent = await said(channel, lan, "Đúng chưa?", buttons=YES_NO, unpressed="CÓ hoặc KHÔNG")
        assert sent.message_id
    assert [s.text for s in fake.sent_to(lan)] == ["Đúng chưa?\n\nCÓ hoặc KHÔNG"] * 2
    assert fake.calls["cs"] == 3


async def test_a_person_who_is_refused_for_another_reason_costs_nobody_the_buttons(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened(BUTTONS="plain")
    fake.fails("cs", -201, times=2)
    assert (await said(channel, lan, "Đúng chưa?", buttons=YES_NO)).failure == "refused"
    await said(channel, lan, "Đúng chưa?", buttons=YES_NO)
    assert len(fake.sent_to(lan)[0].buttons) == 2


@pytest.mark.parametrize("code", [-210, -244])
async def test_one_message_without_its_buttons_costs_the_others_none(
    account: Account, lan: FakeUser, fake: FakeZaloOA, code: int
) -> None:
    channel = await account.opened(BUTTONS="plain")
    fake.fails("cs", code)
    assert (await said(channel, lan, "Đúng chưa?", buttons=YES_NO)).message_id
    await said(channel, lan, "Đúng chưa?", buttons=YES_NO)
    assert [len(s.buttons) for s in fake.sent_to(lan)] == [0, 2]


async def test_the_phone_number_is_asked_for_only_where_it_proves_something(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    await said(channel, lan, "Mã mời?", wants=Wants.PHONE)
    assert len(fake.sent_to(lan)) == 1
    channel = await account.opened(PHONE="proof")
    await said(channel, lan, "Mã mời?", wants=Wants.PHONE)
    payload = fake.sent_to(lan)[-1].body["attachment"]["payload"]
    assert payload["template_type"] == "request_user_info"


async def test_a_reminder_outside_of_the_window_goes_by_template_and_nothing_else_does(
    account: Account, lan: FakeUser, fake: FakeZaloOA, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    values = {"ZNS_TEMPLATE": "77", "ZNS_FIELDS": '{"ten": "{name}", "noi_dung": "{text}"}'}
    channel = await account.opened(**values, ZNS_URL=fake.url)
    assert channel.capabilities.allowance.reply_seconds is None
    account.clock.advance(days=8)
    assert (await said(channel, lan, "Nhắc bác", purpose="reminder")).failure == "window"
    account.phones[lan.id] = Addressee("Lan", "+84901234567")
    assert (await said(channel, lan, "Bảng tuần", purpose="summary")).failure == "window"
    reminder = await said(channel, lan, "Nhắc bác:\nphiếu Nước", purpose="reminder", once="k")
    assert reminder.message_id.startswith("zns:")
    assert reminder.counts_as == "zns", "it is none of the account's own messages"
    (paid,) = fake.templated
    assert (paid.phone, paid.data) == (
        "84901234567",
        {"ten": "Lan", "noi_dung": "Nhắc bác: phiếu Nước"},
    )
    assert "a paid template message was sent" in caplog.text
    fake.fails("template", -118)
    assert (await said(channel, lan, "Nhắc bác", purpose="reminder")).failure == "window"
    fake.fails("template", -144)
    assert (await said(channel, lan, "Nhắc bác", purpose="reminder")).failure == "zns"
    assert "0901" not in caplog.text
    assert "8490" not in caplog.text


async def test_a_photo_is_fetched_from_zalo_but_not_from_our_own_network(
    account: Account, lan: FakeUser, fake: FakeZaloOA
) -> None:
    channel = await account.opened()
    address = fake.keep_photo(b"x" * 1_000)
    assert await channel.fetch(address, 2_000) == b"x" * 1_000
    with pytest.raises(MediaTooLargeError):
        await channel.fetch(address, 999)
    with pytest.raises(MediaGoneError):
        await channel.fetch("http://127.0.0.1:1/latest/meta-data", 2_000)
    fake.forgets_photos()
    with pytest.raises(MediaGoneError):
        await channel.fetch(address, 2_000)


async def test_no_key_no_token_and_no_chat_id_is_ever_logged(
    account: Account, lan: FakeUser, fake: FakeZaloOA, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = await account.opened()
    for code in (-213, -216, -32, -219, -999, -201):
        fake.fails("cs", code)
        await said(channel, lan, "Chào bác")
    fake.drops("cs")
    await said(channel, lan, "Chào bác")
    fake.expires_tokens()
    account.clock.advance(hours=1)
    fake.drops("access_token", after=True)
    await said(channel, lan, "Chào bác")
    told = caplog.text + repr(channel) + repr(await channel.tokens._pairs.load())
    for secret in (APP_SECRET, SECRET_KEY, "access-", "refresh-", lan.id):
        assert secret not in told


def _noise(side: int, kind: str) -> bytes:
    random = Random(side)  # noqa: S311  (a picture, not a secret)
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.randbytes(side * side * 3)).save(out, kind)
    return out.getvalue()
