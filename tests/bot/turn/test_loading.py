"""A turn is the same whether its message was just written or is read again after a restart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot import limits
from bot.messages import Incoming, Kind, Media
from bot.turn.journal import cleaned
from bot.turn.loading import Loader

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def message(kind: Kind = Kind.TEXT, text: str = "", **more: Any) -> Incoming:
    return cleaned(Incoming("telegram", "7:45", "45", "45", kind, text=text, **more))


def row(payload: str) -> dict[str, Any]:
    return {
        "inbox_id": 1, "payload": payload, "attempts": 0, "chat_id": 3, "channel": "telegram",
        "bot": "", "external_id": "45", "private": 1, "person_id": 9, "lang": "vi", "stage": "",
        "interview_id": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        message(text="95 hộ", sent_at=1763800000.25),
        message(text="ho\u0302\u0323 \0 \ud800" + "x" * 5000),
        message(Kind.PRESS, "5.yes", prompt=4),
        message(Kind.PHOTO, "giếng", media=Media("f1", album="a", size=3)),
        message(Kind.LOCATION, latitude=14.35, longitude=107.6, accuracy=12.0),
        message(Kind.CONTACT, phone="+84912345678"),
        message(Kind.START, bot="b", private=False),
    ],
)
def test_what_was_just_written_is_what_a_restart_would_read(said: Incoming) -> None:
    before = Loader()
    before.remember([said.to_json()], [said])
    assert before.turn(row(said.to_json()), NOW) == Loader().turn(row(said.to_json()), NOW)


def test_a_photo_that_was_fetched_meanwhile_is_read_from_its_row() -> None:
    waits = message(Kind.PHOTO, media=Media("f1"))
    kept = message(Kind.PHOTO, media=Media("f1", sha256="a" * 64))
    loader = Loader()
    loader.remember([waits.to_json()], [waits])
    assert loader.turn(row(kept.to_json()), NOW).incoming == kept


def test_messages_whose_turn_never_comes_are_forgotten() -> None:
    loader = Loader()
    for n in range(limits.JOURNAL_BATCH + 2):
        one = message(text=str(n))
        loader.remember([one.to_json()], [one])
    # Only the newest is still known: it is handed on as it is, the first is read again.
    assert loader.turn(row(one.to_json()), NOW).incoming is one
    first = message(text="0")
    assert loader.turn(row(first.to_json()), NOW).incoming == first
