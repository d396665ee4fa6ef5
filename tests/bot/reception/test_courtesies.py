"""What people say besides answers: yes to consent in their own words, greetings, thanks."""

from __future__ import annotations

import pytest

from backend.models import Consent
from backend.people import Role
from tests.bot.reception.talk import Office
from tests.clock import HandClock, local


@pytest.mark.parametrize(
    "word", ["Dạ vâng ạ", "vâng", "có", "dạ tôi đồng ý ạ", "dong y nhe", "ok đồng ý luôn", "1"]
)
async def test_yes_to_the_question_is_consent(office: Office, word: str) -> None:
    talk = await office.chat()
    await talk.send(await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3"))
    assert "Các phiếu của Thôn 3" in await talk.send(word)
    assert await Consent.all().count() == 1


@pytest.mark.parametrize(
    "word", ["dạ", "ừm", "xin chào", "???", "không đồng ý đâu", "chưa đồng ý", "đồng ý cái gì"]
)
async def test_what_may_mean_something_else_is_asked_again_in_short(
    office: Office, word: str
) -> None:
    talk = await office.chat()
    await talk.send(await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3"))
    asked = await talk.send(word)
    assert asked.startswith("Bác có đồng ý không?")
    assert await Consent.all().count() == 0


async def test_a_yes_without_the_question_is_no_consent(office: Office) -> None:
    talk = await office.chat()
    await talk.send(await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3"))
    await talk.send("không")
    assert "Trước khi bắt đầu" in await talk.send("vâng")
    assert await Consent.all().count() == 0


@pytest.mark.parametrize("word", ["Cảm ơn cháu nhé", "dạ cảm ơn", "ok", "Dạ vâng", "cam on nhieu!"])
async def test_thanks_are_answered_without_the_whole_list(office: Office, word: str) -> None:
    talk = await office.head()
    assert await talk.send(word) == "Cảm ơn bác. Khi cần, bác nhắn MENU."


async def test_a_greeting_is_answered_and_a_wrong_number_named(office: Office) -> None:
    talk = await office.head()
    assert (await talk.send("xin chào cháu")).startswith("Chào bác.")
    assert (await talk.send("7")).startswith("Bác nhắn một số từ 1 đến 4 giúp.")
    assert (await talk.send("gì đó")).startswith("Xin bác chọn phiếu trước.")


async def test_officers_are_greeted_too_in_one_message(office: Office) -> None:
    talk = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    for word, first in (
        ("chào em", "Chào bác."),
        ("gì đó", "Chưa hiểu ý bác."),
        ("/x", "Không có"),
    ):
        said = await talk.send(word)
        assert said.startswith(first)
        assert "TIẾN ĐỘ" in said
        assert len(talk.last) == 1
    assert (await talk.send("cảm ơn")).startswith("Cảm ơn bác.")


async def test_a_village_head_asks_what_is_due_and_gets_their_own(office: Office) -> None:
    talk = await office.head()
    said = await talk.send("hạn chót")
    assert said.startswith("Thôn 3 còn phải gửi:\n• Nhà ở: hạn 07/12/2026")
    assert "Phòng" not in said
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    assert "Các thôn gửi phiếu chậm nhất 07/12/2026." in await officer.send("hạn chót")


async def test_after_the_end_of_a_questionnaire_one_message_says_all(office: Office) -> None:
    talk = await office.head()
    await talk.send("1")
    await talk.send("hủy")
    said = await talk.send("hủy")
    assert said.startswith("Đã hủy phiếu này.")
    assert "1. Nhà ở: chưa làm" in said
    assert len(talk.last) == 1
    await talk.send("1")
    sent = await talk.answer("giữ", "128", "0", "0", "gửi")
    assert sent.startswith("Đã gửi xong.")
    assert "Theo số của thôn mình" in sent
    assert "Các phiếu của Thôn 3" in sent
    assert len(talk.last) == 1


async def test_what_was_begun_before_the_quarter_ended_is_told_of_that_quarter(
    office: Office, clock: HandClock
) -> None:
    clock.set(local(12, 31, 23, 58))
    talk = await office.head()
    await talk.send("1")
    await talk.answer("giữ", "128", "0", "0")
    clock.advance(minutes=4)
    sent = await talk.send("gửi")
    assert "chưa đủ số liệu" not in sent.partition("Các phiếu")[0]
    assert "đạt" in sent.partition("Theo số của thôn mình")[2].partition("Các phiếu")[0]
    assert "1. Nhà ở: chưa làm" in sent, "of the new quarter nothing was told yet"
