"""What Zalo's events mean: every kind, the real payloads' oddities, and whatever is no event at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Incoming, Kind
from bot.zalo_oa.incoming import account_of, read_event, timestamp_of

LOCATION = json.loads(
    '{"event_name":"user_send_location","app_id":"1","sender":{"id":"8309393969855402319"},'
    '"recipient":{"id":"1423847451268726170"},"message":{"attachments":[{"payload":{"coordinates":'
    '{"latitude":"10.7923119","longitude":"106.7820651"}},"type":"location"}],'
    '"text":"Cơm Coffee New Sky","msg_id":"b8de7d84fa1b3043690c"},"timestamp":"1751100041636",'
    '"user_id_by_app":"7300442764876318465"}'
)
"""As one live account got it."""


def event(name: str, message: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An event of Lan's."""
    return {
        "event_name": name,
        "sender": {"id": "8309"},
        "recipient": {"id": "1423"},
        "message": {"msg_id": "m1", **(message or {})},
        "timestamp": "1751100041636",
        **more,
    }


def only(raw: dict[str, Any], **options: Any) -> Incoming:
    (one,) = read_event(raw, **options).incoming
    return one


def test_a_position_comes_as_texts() -> None:
    one = only(LOCATION, bot="xa")
    assert (one.kind, one.latitude, one.longitude) == (Kind.LOCATION, 10.7923119, 106.7820651)
    assert (one.external_id, one.chat, one.bot) == (
        "b8de7d84fa1b3043690c",
        "8309393969855402319",
        "xa",
    )
    assert one.sent_at == 1751100041.636


@pytest.mark.parametrize("latitude", ["91", "nan", "inf", "", "mười", None, True, "1e999", {}])
def test_a_position_that_is_none_is_answered_and_not_believed(latitude: object) -> None:
    where = {"payload": {"coordinates": {"latitude": latitude, "longitude": "106.7"}}}
    one = only(event("user_send_location", {"attachments": [where]}))
    assert (one.kind, one.text) == (Kind.UNSUPPORTED, "unreadable")


def test_words_presses_and_codes() -> None:
    def read(text: str) -> tuple[Kind, int, str]:
        one = only(event("user_send_text", {"text": text}))
        return one.kind, one.prompt, one.text

    assert read("95 hộ") == (Kind.TEXT, 0, "95 hộ")
    assert read("TM#12:5.yes") == (Kind.PRESS, 12, "5.yes")
    assert read("7:30 sáng") == (Kind.TEXT, 0, "7:30 sáng")
    assert read("12:5") == (Kind.TEXT, 0, "12:5")
    assert read("/start ABCD-2345") == (Kind.START, 0, "ABCD-2345")
    assert read("/start") == (Kind.START, 0, "")
    assert read("/tiendo") == (Kind.TEXT, 0, "/tiendo")


def test_a_photo_is_its_address_and_several_are_an_album() -> None:
    def image(url: object) -> dict[str, Any]:
        return {"type": "image", "payload": {"url": url, "thumbnail": "https://x/t.jpg"}}

    one = only(
        event("user_send_image", {"attachments": [image("https://x/a.jpg")], "text": "nhà chị Hoa"})
    )
    assert one.media is not None
    assert (one.kind, one.media.source, one.text) == (Kind.PHOTO, "https://x/a.jpg", "nhà chị Hoa")
    three = [image(f"https://x/{n}.jpg") for n in range(3)]
    told = read_event(event("user_send_image", {"attachments": three}))
    assert [i.external_id for i in told.incoming] == ["m1", "m1:1", "m1:2"]
    assert {i.media.album for i in told.incoming if i.media} == {"m1"}
    for wrong in (
        "ftp://x/a",
        "javascript:alert(1)",
        5,
        None,
        "https://x/a b",
        "https://" + "a" * 3_000,
    ):
        one = only(event("user_send_image", {"attachments": [image(wrong)]}))
        assert (one.kind, one.text) == (Kind.UNSUPPORTED, "unreadable")


def test_a_picture_sent_as_a_file_is_a_photo_and_other_files_are_not() -> None:
    def sent(name: str) -> Incoming:
        payload = {"url": "https://x/f", "name": name, "size": "1234"}
        return only(event("user_send_file", {"attachments": [{"payload": payload}]}))

    photo = sent("IMG_1.HEIC")
    assert photo.media is not None
    assert (photo.kind, photo.media.as_file, photo.media.size) == (Kind.PHOTO, True, 1_234)
    assert (sent("bao cao.docx").kind, sent("bao cao.docx").text) == (Kind.UNSUPPORTED, "document")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("user_send_sticker", "sticker"),
        ("user_send_audio", "voice"),
        ("user_send_video", "video"),
        ("user_send_gif", "animation"),
        ("user_send_business_card", "foreign_contact"),
        ("user_send_hologram", "unknown"),
    ],
)
def test_what_cannot_be_used_is_still_answered(name: str, kind: str) -> None:
    one = only(event(name))
    assert (one.kind, one.text) == (Kind.UNSUPPORTED, kind)


@pytest.mark.parametrize(
    "name",
    [
        "oa_send_text",
        "oa_send_image",
        "oa_send_list",
        "user_received_message",
        "user_seen_message",
        "anonymous_send_text",
        "add_user_to_tag",
        "",
    ],
)
def test_echoes_receipts_and_what_no_person_did_are_nothing(name: str) -> None:
    assert read_event(event(name, {"text": "Câu 1"})).incoming == ()


def test_following_begins_and_leaving_is_told_apart() -> None:
    follow = {
        "app_id": "1",
        "follower": {"id": "8309"},
        "oa_id": "1423",
        "event_name": "follow",
        "timestamp": "1751100041636",
    }
    one = only(follow)
    assert (one.kind, one.text, one.chat) == (Kind.START, "", "8309")
    assert one.external_id == only(dict(follow)).external_id
    assert one.external_id != only({**follow, "timestamp": "1751100041637"}).external_id
    told = read_event({**follow, "event_name": "unfollow"})
    assert (told.incoming, told.left, told.at) == ((), "8309", 1751100041.636)


def test_a_submitted_number_proves_nothing_unless_the_office_says_so() -> None:
    raw = event("user_submit_info", info={"name": "Lan", "phone": "84901234567"})
    claimed = only(raw)
    assert (claimed.kind, claimed.phone, claimed.text) == (Kind.UNSUPPORTED, "", "claimed_phone")
    proved = only(raw, phone_is_proof=True)
    assert (proved.kind, proved.phone) == (Kind.CONTACT, "+84901234567")
    number = event("user_submit_info", info={"phone": 84901234567})
    assert only(number, phone_is_proof=True).phone == "+84901234567"
    for wrong in ({"phone": "không"}, {"phone": []}, {}, "x", None):
        one = only(event("user_submit_info", info=wrong), phone_is_proof=True)
        assert (one.kind, one.phone) == (Kind.UNSUPPORTED, "")


def test_the_timestamp_is_signed_as_it_was_written() -> None:
    assert timestamp_of({"timestamp": "0175"}) == "0175"
    assert timestamp_of({"timestamp": 1751100041636}) == "1751100041636"
    for wrong in (None, True, 1.5, [], "9" * 500):
        assert timestamp_of({"timestamp": wrong}) == ""
    assert account_of({"oa_id": "7", "recipient": {"id": "8"}}) == "7"
    assert account_of({"recipient": {"id": "8"}}) == "8"


_KEYS = st.sampled_from(
    ["id", "url", "text", "msg_id", "payload", "attachments", "coordinates", "latitude",
     "longitude", "phone", "name", "size"]
)  # fmt: skip
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_NAMES = st.sampled_from(
    ["user_send_text", "user_send_image", "user_send_file", "user_send_location", "follow",
     "unfollow", "user_submit_info", "user_send_link", "user_click_button", "user_send_new", ""]
)  # fmt: skip


@given(_NAMES, _JUNK, _JUNK, _JUNK, _JUNK)
def test_nothing_that_comes_makes_it_raise(
    name: str, sender: Any, message: Any, info: Any, stamp: Any
) -> None:
    raw = {"event_name": name, "sender": sender, "message": message, "info": info}
    raw |= {"timestamp": stamp, "follower": sender}
    for one in read_event(raw, phone_is_proof=True).incoming:
        assert one.chat
        assert 0 < len(one.external_id) <= 190
        assert Incoming.from_json(one.to_json()).external_id == one.external_id
