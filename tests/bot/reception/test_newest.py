"""A typed «1» decides only about what the chat was shown last; of an interview it always is an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.consent import consented
from backend.models import (
    AdHocReport,
    AnswerReview,
    Chat,
    Evidence,
    Invite,
    OfficeSetting,
    Outbox,
    Review,
    StageMove,
)
from backend.people import Role
from bot.messages import Outgoing
from bot.turn.sql import SENT
from tests.bot.reception.judging import person_of, sent_water
from tests.bot.reception.talk import Office, Talk
from tests.clock import HandClock, local

BETWEEN = "Vừa có tin khác xen vào"


async def notified(talk: Talk, *, held: bool = False) -> None:
    """Two days later this chat is sent the weekly summary; `held`: it was made long before."""
    made = talk.office.clock.now() - timedelta(days=9)
    now = talk.office.clock.advance(days=2)
    summary = Outgoing("Tin tuần", purpose="summary")
    await Outbox.create(
        chat_id=talk.chat_id,
        payload=summary.to_json(),
        purpose=summary.purpose,
        status=SENT,
        created_at=made if held else now,
        done_at=now,
    )


@pytest.fixture
async def minh(office: Office) -> Talk:
    """An officer, with two photos of one questionnaire to judge."""
    head = await office.head()
    await sent_water(head, "the tank", "the stream")
    return await office.officer(Role.COMMUNE_OFFICER, "ia-dal")


async def test_an_ok_to_the_weekly_summary_approves_no_photo(minh: Talk) -> None:
    await minh.send("/duyet")
    for held in (False, True):
        await notified(minh, held=held)
        said = await minh.send("Ok")
        assert BETWEEN in said
        assert "1. Duyệt" in said
        assert "Còn 2 ảnh" not in said, "it is the same photo"
        assert await Review.all().count() == 0
    await notified(minh)
    await minh.send("thôi")
    assert (await Chat.get(id=minh.chat_id)).stage == "", "stopping needs no second look"
    await minh.send("/duyet")
    await notified(minh)
    await minh.press("Duyệt")
    assert await Review.filter(decision="approved").count() == 1, "a button names its photo"
    await minh.send("ok")
    assert await Review.filter(decision="approved").count() == 2, "the card stood last"


@pytest.mark.parametrize("between", ["/hanchot", "/help", "/web", "xin chào ạ"])
async def test_nor_does_a_number_after_something_else_was_answered(
    minh: Talk, between: str
) -> None:
    await minh.send("/duyet")
    await minh.send(between)
    first = await minh.send("1")
    assert "1. Duyệt" in first
    if between.startswith("/"):
        assert BETWEEN in first
        assert await Review.all().count() == 0
        await minh.send("1")
    assert await Review.filter(decision="approved").count() == 1


async def test_a_question_of_next_day_is_no_reason_for_a_village_head(minh: Talk) -> None:
    await minh.answer("/duyet", "2")
    await notified(minh)
    assert "1. Duyệt" in await minh.send("chào anh, em hỏi chút ạ")
    # Also where nothing came in between, the words are read once more before they go.
    await minh.send("2")
    read = await minh.send("chào anh, em hỏi chút ạ")
    assert "Thôn 3: Nước sinh hoạt, quý 4 năm 2026" in read
    assert "Trưởng thôn sẽ đọc: «chào anh, em hỏi chút ạ»" in read
    assert "1. Gửi\n0. Quay lại" in read
    assert "Vì sao trả lại?" in await minh.send("0")
    assert await Review.all().count() == 0
    await minh.send("Xin chụp cả nắp bể")
    await notified(minh)
    again = await minh.send("1")
    assert BETWEEN in again
    assert "«Xin chụp cả nắp bể»" in again
    assert "«Xin chụp cả nắp bể ạ»" in await minh.send("Xin chụp cả nắp bể ạ"), "mended"
    older = minh.buttons()[0]
    assert "ảnh chờ duyệt" in await minh.send("gửi")
    assert (await Review.get()).words == "Xin chụp cả nắp bể ạ"
    assert "Nút này của tin cũ" in await minh.press_data(older)
    assert await Review.all().count() == 1


async def test_words_about_an_answer_are_read_once_more_too(minh: Talk) -> None:
    await minh.answer("/duyet", "5", "2")
    read = await minh.send("Có cả hộ tạm vắng không ạ?")
    assert "120" in read, "the answer that it is about"
    assert "Trưởng thôn sẽ đọc: «Có cả hộ tạm vắng không ạ?»" in read
    assert "Vì sao hỏi lại?" in await minh.press("0. Quay lại")
    await minh.send("Có cả hộ tạm vắng không ạ?")
    await notified(minh)
    assert "«Có cả hộ tạm vắng không ạ?»" in await minh.send("ok")
    assert await AnswerReview.all().count() == 0
    assert "Đã hỏi lại" in await minh.press("Gửi")
    assert (await AnswerReview.get()).words == "Có cả hộ tạm vắng không ạ?"
    # Which answer, and why: the photo is shown again, from which both begin.
    await minh.answer("5")
    await notified(minh)
    assert "1. Duyệt" in await minh.send("2")
    assert await AnswerReview.filter(open=True).count() == 1, "nothing was taken back"


async def test_a_yes_to_a_preview_of_long_ago_sends_sets_and_moves_nothing(
    office: Office, clock: HandClock
) -> None:
    await office.head("ia-dal-thon-3")
    clock.set(local(12, 7))
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    admin = await office.officer(Role.ADMIN, "ia-hdrai")

    clock.set(local(12, 9))
    await officer.send("/nhacnho")
    await notified(officer)
    again = await officer.send("1")
    assert BETWEEN in again
    assert "Sẽ gửi 1 tin nhắn" in again
    assert not await Outbox.filter(once__startswith="follow|").exists()
    assert "Đang gửi 1 tin nhắn" in await officer.send("1")

    await officer.answer("/giaidoan thôn 3", "1")
    await officer.send("/help")
    again = await officer.send("cảm ơn nhé")
    assert "Thôn 3: Thôn đăng ký" in again, "which move it is for"
    assert not await StageMove.exists()
    await officer.send("Đơn số 12")
    assert (await StageMove.get()).note == "Đơn số 12"

    await admin.send("/caidat 4 80%; nguồn: QĐ 12/QĐ-UBND")
    await notified(admin)
    assert "Mới: 80%" in await admin.send("1")
    assert not await OfficeSetting.exists()
    await admin.send("1")
    assert await OfficeSetting.exists()

    await admin.send("/moi")
    await notified(admin)
    known = await Invite.all().count()
    assert "Bác muốn mời ai?" in await admin.send("1")
    assert await Invite.all().count() == known


async def test_a_report_asked_for_once_is_opened_and_cancelled_by_what_was_just_shown(
    office: Office, clock: HandClock
) -> None:
    clock.set(local(11, 23))
    await office.head("ia-dal-thon-3")
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    await officer.answer("/dotxuat mới", "Thiệt hại", "Có bao nhiêu nhà tốc mái?", "1", "tất cả")
    preview = await officer.send("28/11/2026")
    assert "Người nhận sẽ đọc: «Có bao nhiêu nhà tốc mái?»" in preview
    await notified(officer)
    again = await officer.send("ĐÚNG")
    assert BETWEEN in again
    assert "trước ngày 28/11/2026" in again
    assert not await AdHocReport.exists()
    await officer.send("ĐÚNG")
    await officer.answer("/dotxuat", "1", "bỏ")
    await notified(officer)
    assert "hủy «Thiệt hại»" in await officer.send("chào anh, em hỏi chút ạ")
    assert not await AdHocReport.exclude(cancelled_at=None).exists()
    await officer.send("hỏi nhầm")
    assert await AdHocReport.exclude(cancelled_at=None).exists()


async def test_consent_is_an_answer_to_its_question_and_to_nothing_else(office: Office) -> None:
    head = await office.chat()
    await head.send(await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3"))
    await notified(head)
    assert "1. ĐỒNG Ý" in await head.send("vâng ạ")
    assert not await consented(await person_of(head))
    await notified(head)
    await head.send("tôi đồng ý")
    assert await consented(await person_of(head)), "said in full it is nothing else"
    await head.send("rút lại đồng ý")
    await notified(head)
    assert "1. RÚT LẠI" in await head.send("1")
    assert await consented(await person_of(head))
    await head.send("1")
    assert not await consented(await person_of(head))


async def test_an_answer_stays_an_answer_whatever_came_after_the_question(office: Office) -> None:
    head = await office.head()
    await head.answer("menu", "1")
    await notified(head)
    assert "Câu 2/" in await head.send("128")
    await notified(head)
    await head.send("ảnh của tôi thế nào")
    assert "Câu 3/" in await head.send("120")
    await head.send("menu")
    await notified(head)
    assert "Câu 3/" in await head.send("1"), "nor does a list lose its numbers"
    assert not await Evidence.exists()
