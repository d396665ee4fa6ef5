"""The short way of reading an update says what python-telegram-bot says, or says nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, Update

from bot.messages import Incoming
from bot.telegram.incoming import read_update, stand_in, to_incoming
from bot.telegram.plain import plain

CLIENT = Bot("1:a", request=None)

PERSON: dict[str, Any] = {"id": 7, "is_bot": False, "first_name": "Lan", "language_code": "vi"}
CHAT: dict[str, Any] = {"id": 7, "type": "private", "first_name": "Lan"}
BUTTONS = {"inline_keyboard": [[{"text": "Có", "callback_data": "3:9.yes"}]]}
SHOWN: dict[str, Any] = {
    "message_id": 4,
    "date": 1_795_000_000,
    "chat": CHAT,
    "from": {"id": 1, "is_bot": True, "first_name": "Bot", "username": "thonmoi_bot"},
    "text": "Có kiên cố không?",
    "reply_markup": BUTTONS,
}
TEXT: dict[str, Any] = {
    "update_id": 9,
    "message": {**SHOWN, "from": PERSON, "text": "khoảng 50 hộ"},
}
del TEXT["message"]["reply_markup"]
PRESS: dict[str, Any] = {
    "update_id": 10,
    "callback_query": {
        "id": "77",
        "from": PERSON,
        "chat_instance": "1",
        "message": SHOWN,
        "data": "3:9.yes",
    },
}


def the_long_way(raw: dict[str, Any]) -> Incoming | None:
    """What `read_update` does where the short way says nothing."""
    try:
        return to_incoming(Update.de_json(copy.deepcopy(raw), CLIENT), username="thonmoi_bot")
    except Exception:  # noqa: BLE001  (as read_update has it)
        return stand_in(raw)


@pytest.mark.parametrize("raw", [TEXT, PRESS])
def test_a_plain_update_takes_the_short_way_to_the_same_message(raw: dict[str, Any]) -> None:
    assert plain(raw) is not None
    assert read_update(raw, CLIENT) == the_long_way(raw) is not None


@pytest.mark.parametrize(
    "words", ["/start k7", "/tiendo", "/tiendo@thonmoi_bot", "/tiendo@other_bot", "", "a\0\ud83d"]
)
def test_commands_and_odd_words_mean_the_same_both_ways(words: str) -> None:
    raw = {**TEXT, "message": {**TEXT["message"], "text": words}}
    assert plain(raw) is not None
    assert read_update(raw, CLIENT, username="thonmoi_bot") == the_long_way(raw)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place inside some JSON, the whole first."""
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            found += places(inner, (*path, number))
    return found


WORDS = st.one_of(
    st.text(max_size=10),
    st.from_regex(r"/\w{1,6}(@thonmoi_bot)? ?", fullmatch=True),
    st.from_regex(r"\d{1,10}:[a-z.]{0,5}", fullmatch=True),
)
ALIKE: dict[type, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-(2**70), 2**70) | st.integers(-9, 2**37),
    str: WORDS,
}
VALUES = st.one_of(
    st.none(),
    *ALIKE.values(),
    st.sampled_from([0.5, "private", "group", [], {}, [[]], [[{}]], PERSON, CHAT, SHOWN, BUTTONS]),
)
NAMES = ["entities", "sender_chat", "photo", "edit_date", "username", "forward_origin", "via_bot",
         "is_premium", "message_thread_id", "game_short_name", "inline_message_id", "url", "new"]  # fmt: skip


@st.composite
def bent(draw: st.DrawFn) -> dict[str, Any]:
    """A plain update with up to three places changed, added to or taken away."""
    raw: dict[str, Any] = copy.deepcopy(draw(st.sampled_from([TEXT, PRESS])))
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from(places(raw)[1:]))
        holder: Any = raw
        for key in way:
            holder = holder[key]
        change = draw(st.sampled_from(["alike", "alike", "alike", "set", "take", "add"]))
        if change == "alike":
            old = holder[last]
            holder[last] = draw(ALIKE.get(type(old), st.just(old)))
        elif change == "set" or not isinstance(holder, dict):
            holder[last] = copy.deepcopy(draw(VALUES))
        elif change == "take" and len(raw) > 1:
            del holder[last]
        else:
            holder[draw(st.sampled_from(NAMES))] = copy.deepcopy(draw(VALUES))
    return raw


@pytest.mark.parametrize("raw", [TEXT, PRESS], ids=["a text", "a press"])
def test_what_nearly_all_people_send_goes_the_short_way(raw: dict[str, Any]) -> None:
    assert plain(raw) is not None
    assert read_update(raw, CLIENT, username="thonmoi_bot") == the_long_way(raw)


@given(bent())
def test_no_update_is_read_differently_the_short_way(raw: dict[str, Any]) -> None:
    if plain(raw) is not None:
        assert read_update(raw, CLIENT, username="thonmoi_bot") == the_long_way(raw)
