"""What every channel must do, whatever it cannot do. One story a test, for each door."""

from __future__ import annotations

import json
from dataclasses import replace

from backend.models import Answer, Chat, Evidence, EvidenceFile, Inbox, Interview, Outbox
from bot.messages import Outgoing
from conversations.interview.state import State
from tests.contract.conftest import Visit
from tests.contract.door import Person, Seen
from tests.journeys.house import photo

SET_ASIDE, UNDELIVERABLE = 3, 3
HOUSING = 1
"""Number of «Nhà ở» in the list; its first question asks how many households there are."""


async def begin(visit: Visit) -> tuple[Person, Seen]:
    """A village head at the first question."""
    lan, menu = await visit.head()
    assert "1. Nhà ở" in menu.text
    await lan.presses(HOUSING)
    found = await visit.new(lan)
    assert "Câu 1/" in found[-1].text
    return lan, found[-1]


async def state() -> State:
    """What the running interview knows, but the number of its prompt."""
    found = State.from_json((await Interview.get(running_for__not_isnull=True)).state)
    return replace(found, prompt=0)


async def at_the_photo(visit: Visit) -> Person:
    """A village head who is asked for a photo."""
    lan, seen = await begin(visit)
    for word in ("96", "90", "6", "4", "2", "2", "2", "2"):
        if "ảnh" in seen.text.casefold() and "BỎ QUA" in seen.text:
            return lan
        seen = await visit.answer(lan, word)
        while "ĐÚNG" in seen.text:
            seen = await visit.answer(lan, "đúng")
    assert "ảnh" in seen.text.casefold()
    return lan


# ---- receiving ----


async def test_what_is_delivered_twice_happens_once(visit: Visit) -> None:
    visit.door.repeats()
    lan, _ = await begin(visit)
    await visit.answer(lan, "96")
    texts = [s.text for s in lan.seen()]
    for once in ("Chào mừng", "Câu 1/", "Câu 2/"):
        assert len([t for t in texts if once in t]) == 1, once
    rows = await Inbox.all()
    assert len(rows) == len({r.external_id for r in rows}) == 4
    assert {r.channel for r in rows} == {visit.door.channel}


async def test_answers_are_taken_in_the_order_in_which_they_were_sent(visit: Visit) -> None:
    lan, _ = await begin(visit)
    for text in ("96", "90", "6"):
        await lan.says(text)
    await visit.settle()
    typed = [json.loads(row.payload).get("text") for row in await Inbox.all().order_by("id")]
    assert typed[-3:] == ["96", "90", "6"]
    assert [a.value for a in (await state()).answers.values()] == ["96", "90", "6"]


async def test_a_stranger_learns_nothing_and_leaves_nothing(visit: Visit) -> None:
    stranger = visit.door.person("Stranger")
    await stranger.enters("")
    await visit.settle()
    await stranger.says("3")
    await stranger.sends_photos(photo(1))
    await stranger.sends_unusable()
    for seen in await visit.new(stranger):
        assert "mã" in seen.text
        assert "Thôn 1" not in seen.text
        assert "Ia " not in seen.text
        assert not seen.picture
    assert stranger.seen()
    assert await EvidenceFile.all().count() == 0
    assert await Interview.all().count() == 0
    assert await Inbox.filter(status=SET_ASIDE).count() == 0


async def test_what_nobody_can_use_is_answered_and_the_question_stays(visit: Visit) -> None:
    lan, _ = await begin(visit)
    before = await state()
    await lan.sends_unusable()
    (seen,) = await visit.new(lan)
    assert "Câu 1/" in seen.text
    assert not seen.text.startswith("Câu 1/"), "it says what is wrong first"
    assert await state() == before


# ---- choosing ----


async def test_every_choice_can_be_made_by_its_number(visit: Visit) -> None:
    lan, menu = await visit.head()
    for number in range(1, 5):
        assert f"{number}. " in menu.text, "numbers stand in the text, not on buttons alone"
    assert "Câu 1/" in (await visit.answer(lan, "1")).text


async def test_one_message_asks_one_question(visit: Visit) -> None:
    lan, _ = await begin(visit)
    seen = await visit.answer(lan, "96")
    assert "Đã ghi" in seen.text
    assert "Câu 2/" in seen.text


async def test_a_late_press_changes_nothing_and_shows_the_present_question(visit: Visit) -> None:
    lan, _ = await visit.head()
    await lan.presses(HOUSING)
    await visit.settle()
    await visit.answer_any(lan, "96")
    before = await state()
    await lan.presses_stale()
    found = await visit.new(lan)
    assert len(found) == 1
    assert "Câu 2/" in found[0].text
    assert await state() == before


async def test_words_work_where_there_are_no_buttons(visit: Visit) -> None:
    lan, _ = await begin(visit)
    assert "SỬA" in (await visit.answer(lan, "trợ giúp")).text
    assert "làm tiếp" in (await visit.answer(lan, "nghỉ")).text
    assert "Câu 1/" in (await visit.answer(lan, "tiếp")).text


# ---- photos ----


async def test_a_photo_is_kept_and_answered(visit: Visit) -> None:
    lan = await at_the_photo(visit)
    await lan.sends_photos(photo(1))
    (seen,) = await visit.new(lan)
    assert "Đã nhận 1 ảnh" in seen.text
    assert await Evidence.filter(dropped_at=None).count() == 1
    assert await EvidenceFile.all().count() == 1


async def test_an_album_is_kept_whole_and_answered_once(visit: Visit) -> None:
    lan = await at_the_photo(visit)
    await lan.sends_photos(photo(1), photo(2), photo(3))
    found = await visit.new(lan)
    assert len(found) == 1, [s.text for s in found]
    assert await Evidence.filter(dropped_at=None).count() == 3


async def test_an_album_that_comes_later_is_answered_once(visit: Visit) -> None:
    lan = await at_the_photo(visit)
    await visit.answer(lan, "bỏ qua")
    await visit.answer_any(lan, "gửi")
    assert await Answer.all().count()
    await visit.answer_any(lan, "thêm ảnh")
    await lan.sends_photos(photo(1), photo(2))
    found = await visit.new(lan)
    assert len(found) == 1, [s.text for s in found]
    assert await Evidence.filter(dropped_at=None).count() == 2
    await lan.sends_photos(photo(3), photo(4), photo(5))
    found = await visit.new(lan)
    assert len(found) == 1, [s.text for s in found]
    assert "chỉ nhận 3 ảnh" in found[0].text
    assert await Evidence.filter(dropped_at=None).count() == 3


async def test_a_late_press_where_nothing_is_asked_changes_nothing_and_shows_the_list(
    visit: Visit,
) -> None:
    lan, _ = await visit.head()
    chat = await Chat.get(channel=visit.door.channel)
    await lan.presses_stale()
    (seen,) = await visit.new(lan)
    assert "1. Nhà ở" in seen.text
    assert not seen.text.startswith("Các phiếu"), "it says first that nothing was chosen"
    assert (await Chat.get(id=chat.id)).stage == chat.stage
    assert await Interview.all().count() == 0


async def test_what_is_no_photo_is_refused_kindly(visit: Visit) -> None:
    lan = await at_the_photo(visit)
    await lan.sends_photos(b"This is no picture at all.")
    (seen,) = await visit.new(lan)
    assert "Tệp này không phải ảnh" in seen.text
    assert await EvidenceFile.all().count() == 0


# ---- sending ----


async def queue(visit: Visit, *messages: Outgoing) -> None:
    """The office has something to say."""
    chat = await Chat.get(channel=visit.door.channel)
    for message in messages:
        await Outbox.create(
            chat_id=chat.id,
            payload=message.to_json(),
            prompt=message.prompt,
            purpose=message.purpose,
            created_at=visit.clock.now(),
        )


async def test_a_long_text_arrives_whole_in_order_and_cut_where_one_pauses(visit: Visit) -> None:
    lan, _ = await visit.head()
    text = "\n".join(f"Thôn {n}: còn {n} hộ chưa có nhà tiêu hợp vệ sinh. 🏡" for n in range(120))
    await queue(visit, Outgoing(text))
    found = await visit.new(lan)
    assert "\n".join(s.text for s in found).split() == text.split()
    for seen in found:
        assert len(seen.text.encode("utf-16-le")) // 2 <= visit.door.max_text
        assert seen.text.endswith("🏡")


async def test_a_failure_in_the_middle_does_not_repeat_what_went_out(visit: Visit) -> None:
    lan, _ = await visit.head()
    lines = [f"Dòng {n}: " + "a" * 60 for n in range(150)]
    await queue(visit, Outgoing("\n".join(lines)), Outgoing("Cuối cùng."))
    if "broken" in visit.door.failures:
        visit.door.fails("broken", lan)
    found = await visit.new(lan)
    assert "\n".join(s.text for s in found) == "\n".join([*lines, "Cuối cùng."])


async def test_what_fails_for_a_while_is_sent_once_and_in_order(visit: Visit) -> None:
    lan, _ = await visit.head()
    transient = [kind for kind, reason in visit.door.failures.items() if not reason]
    for kind in transient or [""]:
        if kind:
            visit.door.fails(kind, lan)
        await queue(visit, *(Outgoing(f"Tin {n}.") for n in range(3)))
        found = await visit.new(lan)
        assert [s.text for s in found] == ["Tin 0.", "Tin 1.", "Tin 2."], kind
    assert await Outbox.filter(status=UNDELIVERABLE).count() == 0


async def test_what_fails_for_good_is_written_down_and_stops_nobody(visit: Visit) -> None:
    lan, _ = await visit.head()
    lasting = {kind: reason for kind, reason in visit.door.failures.items() if reason}
    for kind, reason in lasting.items():
        visit.door.fails(kind, lan)
        # A notice: an answer for which the month has no message is not given up, but waits.
        await queue(visit, Outgoing("Tin không đến.", purpose="notice"))
        assert await visit.new(lan) == [], kind
        row = await Outbox.filter(status=UNDELIVERABLE).order_by("-id").first()
        assert row is not None
        assert row.reason == reason
        visit.door.mends(lan)
        assert "Các phiếu" in (await visit.answer(lan, "menu")).text
    assert await Outbox.filter(status=UNDELIVERABLE).count() == len(lasting)
