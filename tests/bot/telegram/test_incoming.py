"""What Telegram sends becomes what the house understands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import Bot

from bot.messages import EDITED, Incoming, Kind
from bot.telegram.incoming import read_update, stand_in
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram

CLIENT = Bot("1:a", request=None)


@pytest.fixture
def telegram(clock: HandClock) -> FakeTelegram:
    """People only; no server is started."""
    made = FakeTelegram(clock)
    made.add_raw = made.updates.append
    return made


def read(update: Any, **more: str) -> Incoming | None:
    return read_update(update, CLIENT, **more)


def the(update: Any, **more: str) -> Incoming:
    got = read(update, **more)
    assert got is not None
    assert Incoming.from_json(got.to_json()) == got
    return got


def test_a_text_keeps_who_when_and_what(telegram: FakeTelegram, clock: HandClock) -> None:
    update = telegram.user(7).says("khoảng 50 hộ")
    got = the(update, bot="b")
    assert (got.kind, got.text) == (Kind.TEXT, "khoảng 50 hộ")
    assert (got.channel, got.bot, got.chat, got.user, got.private) == (
        "telegram",
        "b",
        "7",
        "7",
        True,
    )
    assert got.external_id == f"{update['update_id']}:7"
    assert got.sent_at == clock.now().timestamp()


def test_text_is_composed_and_without_nul_and_half_characters(telegram: FakeTelegram) -> None:
    got = the(telegram.user(7).says("Tie\u0302\u0301n\0 \ud83d"))
    assert got.text == "Tiến ?"


def test_a_deep_link_is_a_start_with_its_payload(telegram: FakeTelegram) -> None:
    lan = telegram.user(7)
    assert (the(lan.starts("abc-1")).kind, the(lan.starts("abc-1")).text) == (Kind.START, "abc-1")
    assert the(lan.starts()).text == ""
    assert the(lan.says("/startle")).kind is Kind.TEXT


def test_a_command_is_the_same_with_and_without_our_name(telegram: FakeTelegram) -> None:
    lan = telegram.user(7)
    assert (
        the(lan.says("/tiendo@thonmoi_bot ia-toi"), username="thonmoi_bot").text == "/tiendo ia-toi"
    )
    assert read(lan.says("/tiendo@other_bot"), username="thonmoi_bot") is None


def test_a_press_names_its_prompt_and_value(telegram: FakeTelegram) -> None:
    lan = telegram.user(7)
    got = the(lan.presses_data("12:co:x"))
    assert (got.kind, got.prompt, got.text, got.sent_at) == (Kind.PRESS, 12, "co:x", 0.0)
    strange = the(lan.presses_data("what?"))
    assert (strange.prompt, strange.text) == (0, "what?")


def test_a_photo_is_its_largest_size(telegram: FakeTelegram) -> None:
    update = telegram.user(7).sends_photo(b"x" * 50, caption="nhà mới")
    got = the(update)
    assert got.kind is Kind.PHOTO
    assert got.media is not None
    assert got.media.source == update["message"]["photo"][1]["file_id"]
    assert (got.media.size, got.media.as_file, got.text) == (50, False, "nhà mới")


def test_a_photo_sent_as_a_file_says_so(telegram: FakeTelegram) -> None:
    lan = telegram.user(7)
    got = the(
        lan.sends_photo(b"x", as_file=True, name="IMG_1.HEIC", mime="application/octet-stream")
    )
    assert got.media is not None
    assert (got.media.as_file, got.media.name) == (True, "IMG_1.HEIC")


def test_an_album_is_photos_that_share_a_name(telegram: FakeTelegram) -> None:
    got = [the(u) for u in telegram.user(7).sends_album([b"a", b"b", b"c"])]
    albums = {g.media.album for g in got if g.media}
    assert len(got) == 3
    assert len(albums) == 1
    assert albums != {""}


def test_only_the_own_card_is_a_contact(telegram: FakeTelegram) -> None:
    lan = telegram.user(7)
    for phone in ("84901234567", "+84901234567", "0901 234 567"):
        assert the(lan.shares_contact(phone)).phone == "+84901234567"
    stranger = the(lan.shares_contact(own=False))
    assert (stranger.kind, stranger.text, stranger.phone) == (
        Kind.UNSUPPORTED,
        "foreign_contact",
        "",
    )
    unknown = lan.sends_raw({"contact": {"phone_number": "84901234567", "first_name": "Lan"}})
    assert the(unknown).kind is Kind.UNSUPPORTED
    assert the(lan.shares_contact("call me")).text == "contact"


def test_a_position_has_its_accuracy(telegram: FakeTelegram) -> None:
    got = the(telegram.user(7).shares_location(14.1, 107.5, 12.0))
    assert (got.kind, got.latitude, got.longitude, got.accuracy) == (
        Kind.LOCATION,
        14.1,
        107.5,
        12.0,
    )


@pytest.mark.parametrize(
    "kind", ["sticker", "voice", "video", "video_note", "audio", "document", "animation"]
)
def test_what_cannot_be_taken_is_named(telegram: FakeTelegram, kind: str) -> None:
    got = the(telegram.user(7).sends(kind))
    assert (got.kind, got.text) == (Kind.UNSUPPORTED, kind)


def test_a_kind_of_message_that_does_not_exist_yet_still_gets_an_answer(
    telegram: FakeTelegram,
) -> None:
    got = the(telegram.user(7).sends_raw({"hologram": {"depth": 3}}))
    assert (got.kind, got.text) == (Kind.UNSUPPORTED, "unknown")


def test_an_edit_is_told_apart_and_its_words_are_not_kept(telegram: FakeTelegram) -> None:
    update = telegram.user(7).edits("29")
    got = the(update)
    assert (got.kind, got.text, got.chat, got.private) == (Kind.UNSUPPORTED, EDITED, "7", True)
    assert the(update).external_id == got.external_id, "delivered twice it is once"
    position = {"location": {"latitude": 14, "longitude": 107}}
    message = {k: v for k, v in update["edited_message"].items() if k != "text"} | position
    assert read({**update, "edited_message": message}) is None, "a live position moves on its own"
    group = update["edited_message"] | {"chat": {"id": -100, "type": "group", "title": "x"}}
    assert read({**update, "edited_message": group}) is None


def test_service_messages_are_nothing(telegram: FakeTelegram) -> None:
    lan = telegram.user(7)
    assert read(lan.sends_raw({"group_chat_created": True})) is None
    assert read(telegram.add({"my_chat_member": {}})) is None


def test_a_group_is_heard_only_when_it_commands(telegram: FakeTelegram) -> None:
    lan = telegram.user(7)
    got = the(lan.says("/tiendo", group=-100))
    assert (got.private, got.chat, got.user) == (False, "-100", "7")
    assert read(lan.says("chiều nay họp", group=-100)) is None
    assert read(lan.sends_raw({"sticker": {}}, group=-100)) is None


def test_an_update_that_cannot_be_read_still_says_whose_it_is(telegram: FakeTelegram) -> None:
    update = telegram.user(7).says("x")
    update["message"]["date"] = "yesterday"
    got = the(update)
    assert (got.kind, got.text, got.chat) == (Kind.UNSUPPORTED, "unreadable", "7")
    press = telegram.user(7).presses_data("1:a")
    assert stand_in(press) is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["message", "callback_query", "chat", "from", "id", "text", "photo", "date"]
            )
            | st.text(max_size=4),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(JSON)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_that_telegram_could_send_raises(raw: Any) -> None:
    read(raw)
    if isinstance(raw, dict):
        got = read({**raw, "update_id": 5})
        assert got is None or got.external_id == f"5:{got.chat}"
