"""Whatever shape an event has, it is read for what it says, or told to be unreadable; never raised."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import WITHHELD, Kind
from bot.zalo_bot.albums import Albums
from bot.zalo_bot.incoming import read_event

OFFICIAL = json.loads(
    '{"ok":true,"result":{"message":{"from":{"id":"6ede9afa66b88fe6d6a9","display_name":"Ted",'
    '"is_bot":false},"chat":{"id":"6ede9afa66b88fe6d6a9","chat_type":"PRIVATE"},"text":"Xin chào",'
    '"message_id":"2d758cb5e222177a4e35","date":1750316131602},'
    '"event_name":"message.text.received"}}'
)


def event(kind: str = "text", chat: Any = None, **message: Any) -> dict[str, Any]:
    base = {
        "from": {"id": "u1", "display_name": "Lan", "is_bot": False},
        "chat": chat or {"id": "u1", "chat_type": "PRIVATE"},
        "message_id": "m1",
        "date": 1_750_316_131_602,
    }
    return {"event_name": f"message.{kind}.received", "message": base | message}


def test_the_official_sample_wrapped_and_bare() -> None:
    wrapped, bare = read_event(OFFICIAL), read_event(OFFICIAL["result"])
    assert wrapped == bare
    assert wrapped is not None
    assert (wrapped.text, wrapped.kind, wrapped.private) == ("Xin chào", Kind.TEXT, True)
    assert wrapped.chat == wrapped.user == "6ede9afa66b88fe6d6a9"
    assert wrapped.sent_at == 1_750_316_131.602
    assert wrapped.external_id.startswith("2d758cb5e222177a4e35")


@pytest.mark.parametrize(
    "fields",
    [
        {"photo": "https://cdn.example/a.jpg"},
        {"photo_url": "https://cdn.example/a.jpg"},
        {"photo_url": ["https://cdn.example/small.jpg", "https://cdn.example/a.jpg"]},
        {"photo": {"url": "https://cdn.example/a.jpg"}},
    ],
)
def test_a_photo_under_either_name(fields: dict[str, Any]) -> None:
    found = read_event(event("image", caption="Bể nước", **fields))
    assert found is not None
    assert found.media is not None
    assert (found.kind, found.text) == (Kind.PHOTO, "Bể nước")
    assert found.media.source == "https://cdn.example/a.jpg"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (event("sticker", sticker="x", url="https://s.example/x"), "sticker"),
        (event("voice", voice_url="https://v.example/x.aac"), "voice"),
        (event("unsupported"), WITHHELD),
        (event("something_new", whatever=1), "something_new"),
        (event("image"), "image"),
        (event("text"), "unreadable"),
        (event("Ba Na Na"), "unreadable"),
    ],
)
def test_what_cannot_be_used_is_named(raw: dict[str, Any], text: str) -> None:
    found = read_event(raw)
    assert found is not None
    assert (found.kind, found.text) == (Kind.UNSUPPORTED, text)


def test_start_with_a_code_is_a_start() -> None:
    found = read_event(event(text="/start ABCD2345"))
    assert found is not None
    assert (found.kind, found.text) == (Kind.START, "ABCD2345")
    other = read_event(event(text="/startle"))
    assert other is not None
    assert other.kind is Kind.TEXT


def test_in_a_group_only_commands_are_ours() -> None:
    group = {"id": "g1", "chat_type": "GROUP"}
    assert read_event(event(chat=group, text="@Bot Thôn Mới hôm nay họp")) is None
    assert read_event(event("image", chat=group, photo_url="https://x.example/a.jpg")) is None
    found = read_event(event(chat=group, text="@Bot Thôn Mới /tiendo ia dal"))
    assert found is not None
    assert (found.private, found.chat, found.user) == (False, "g1", "u1")
    assert found.text == "/tiendo ia dal"


def test_ids_are_opaque_and_one_message_has_one_id() -> None:
    first = read_event(event(text="95"))
    again = read_event(event(text="95"))
    other = read_event(event(text="95", message_id="m2"))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.external_id == again.external_id != other.external_id
    nameless = [read_event(event(text=t, message_id=None)) for t in ("1", "1", "2")]
    ids = [n.external_id for n in nameless if n is not None]
    assert ids[0] == ids[1] != ids[2]
    long = [read_event(event(text="1", message_id="m" * 300 + end)) for end in "ab"]
    assert len({n.external_id for n in long if n is not None}) == 2
    assert all(len(n.external_id) < 100 for n in long if n is not None)


@pytest.mark.parametrize("date", [None, "soon", -1, 10**30, True, [], float("nan")])
def test_a_date_that_is_none_is_zero(date: Any) -> None:
    found = read_event(event(text="95", date=date))
    assert found is not None
    assert found.sent_at == 0.0


def test_its_own_messages_are_no_news() -> None:
    own = {"id": "u1", "is_bot": True}
    assert read_event(event(text="95") | {"message": {"from": own, "text": "x"}}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["message", "result", "from", "chat", "id", "text", "photo", "date", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_nothing_makes_it_raise(raw: Any) -> None:
    found = read_event(raw)
    assert found is None or found.external_id


def test_photos_sent_together_are_one_album() -> None:
    albums = Albums()

    def named(number: int, second: float, chat: str = "u1") -> str:
        raw = event(
            "image",
            {"id": chat, "chat_type": "PRIVATE"},
            photo_url="https://x.example/a.jpg",
            message_id=f"m{number}",
            date=int(1_750_316_131_000 + second * 1_000),
        )
        found = read_event(raw)
        assert found is not None
        media = albums.joined(found).media
        assert media is not None
        return media.album

    first = named(1, 0)
    assert named(2, 0.4) == first
    assert named(3, 0.5, chat="u2") != first
    assert named(4, 2.9) == first
    assert named(5, 20) != first
