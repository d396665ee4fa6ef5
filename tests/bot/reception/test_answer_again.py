"""One answer asked again: in the same chat, exactly that question, whatever else is running."""

from __future__ import annotations

from backend.models import Answer, AnswerReview, AuditEntry, Interview, Outbox, Submission
from backend.people import Role
from backend.review.answers import AnswerDecided, decide_answer
from backend.review.answers_back import AnswerDecision
from bot.messages import Kind, Outgoing
from tests.bot.reception.judging import handed_back, person_of, sent_water
from tests.bot.reception.talk import Office, Talk

HYG = "/data/hyg"


async def path_of(name: str) -> str:
    return str((await Answer.filter(name=name).order_by("-id").first()).path)


async def asked_back(office: Office, by: Talk, name: str = "hyg", reason: str = "no_fit") -> int:
    """The commune hands one answer back; return the decision's id."""
    path = await path_of(name)
    last = await AnswerReview.filter(path=path).order_by("-number").first()
    found = await decide_answer(
        await person_of(by),
        (await Submission.get(current_key__isnull=False, questionnaire="nuoc")).id,
        path,
        AnswerDecision.REJECTED,
        expected=last.number if last else 0,
        reason=reason,
        now=office.clock.now(),
    )
    assert isinstance(found, AnswerDecided)
    return int(found.row.id)


async def value(name: str, version: int) -> str:
    row = await Answer.get(submission__version=version, submission__questionnaire="nuoc", name=name)
    return str(row.value)


async def test_the_question_is_asked_while_another_questionnaire_runs(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await head.answer("menu", "1")
    assert "Câu 2/" in await head.send("128")
    running = await Interview.get(running_for__isnull=False)
    number = await asked_back(office, minh)
    told = Outgoing.from_json((await Outbox.get(chat_id=head.chat_id)).payload)
    assert "Nhờ bác trả lời lại giúp" in told.text
    assert "Bác đã trả lời: 120" in told.text
    assert "chưa khớp với các câu khác" in told.text
    assert told.buttons[0][0].data == f"0:q.{number}"

    asked = await head.take(Kind.PRESS, text=f"q.{number}")
    assert "chưa khớp" in asked
    assert "nước hợp vệ sinh" in asked
    assert "Câu 2/" in asked, "of the water questionnaire, and nothing else"
    assert (await Interview.get(running_for__isnull=False)).questionnaire == "nuoc"
    done = await head.send("125")
    assert "Đã gửi câu trả lời mới của phiếu Nước sinh hoạt: 125" in done
    assert "Câu 2/" in done, "the other questionnaire goes on where it stood"
    assert (await Interview.get(running_for__isnull=False)).id == running.id
    assert "Câu 3/" in await head.send("120"), "nothing of it is lost"

    assert (await value("hyg", 1), await value("hyg", 2)) == ("120", "125")
    assert await value("clean", 2) == await value("clean", 1)
    assert (await Submission.get(version=1)).current_key is None, "the old one is kept"
    rows = await AnswerReview.all().order_by("number")
    assert [(r.decision, r.open) for r in rows] == [("rejected", False), ("answered", False)]
    assert "không cần trả lời lại" in await head.take(Kind.PRESS, text=f"q.{number}")


async def test_the_same_answer_said_again_is_an_answer_and_a_doubt_is_asked(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await asked_back(office, minh, reason="changed")
    assert "cơ quan hỏi lại một câu" in await head.send("menu")
    assert "Câu 2/" in await head.send("gửi lại")
    assert "nhỏ hơn" in await head.send("129") or "128" in head.last[0].text, "checked as always"
    done = await head.send("120")
    assert "Đã gửi câu trả lời mới" in done
    assert "Các phiếu" in done
    assert await AnswerReview.filter(open=True).count() == 0
    assert await value("hyg", 2) == "120"


async def test_photos_and_answers_stand_in_one_list_and_a_photo_leaves_the_question_open(
    office: Office,
) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    await asked_back(office, minh)
    told = Outgoing.from_json((await Outbox.get(chat_id=head.chat_id)).payload)
    assert [b.label for row in told.buttons for b in row] == ["Gửi lại ảnh", "Trả lời lại"]
    listed = await head.send("gửi lại")
    assert "1. Nước" in listed
    assert "2. Nước" in listed
    await head.send("gửi lại 1")
    assert "lần 2" in await head.photo("bright")
    assert (await Submission.get(current_key__isnull=False)).version == 2
    assert await AnswerReview.filter(open=True).count() == 1, "the photo has answered nothing"
    await head.send("gửi lại")
    assert "Đã gửi câu trả lời mới" in await head.send("121")
    assert await value("hyg", 3) == "121"


async def test_paused_cancelled_and_pressed_again_nothing_is_lost(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await head.answer("menu", "1", "128")
    house = await Interview.get(running_for__isnull=False)
    number = await asked_back(office, minh)
    await head.take(Kind.PRESS, text=f"q.{number}")
    again = await head.take(Kind.PRESS, text=f"q.{number}")
    assert "Câu 2/" in again, "pressed twice: the same question"
    await head.answer("nghỉ")
    assert "Câu 2/" in await head.take(Kind.PRESS, text=f"q.{number}")
    after = await head.answer("hủy", "có")
    assert "Câu 2/" in after, "the other questionnaire"
    assert (await Interview.get(running_for__isnull=False)).id == house.id
    assert await AnswerReview.filter(open=True).count() == 1
    assert (
        await Interview.filter(questionnaire="nuoc", status__in=("running", "paused")).count() == 0
    )


async def lifted(office: Office, by: Talk) -> None:
    """The commune takes back that the answer is asked again."""
    path = await path_of("hyg")
    last = await AnswerReview.filter(path=path).order_by("-number").first()
    submission = await Submission.get(current_key__isnull=False, questionnaire="nuoc")
    found = await decide_answer(
        await person_of(by),
        submission.id,
        path,
        AnswerDecision.UNDONE,
        expected=last.number,
        now=office.clock.now(),
    )
    assert isinstance(found, AnswerDecided)


async def test_taken_back_while_it_is_being_answered_nothing_more_is_asked(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await head.answer("menu", "1", "128")
    running = await Interview.get(running_for__isnull=False)
    number = await asked_back(office, minh)
    await head.take(Kind.PRESS, text=f"q.{number}")
    await lifted(office, minh)
    said = await head.send("60")
    assert "không cần trả lời lại" in said
    assert "Câu 2/" in said, "what was interrupted is asked again, and 60 was no answer to it"
    assert (await Interview.get(running_for__isnull=False)).id == running.id
    assert await Submission.filter(questionnaire="nuoc").count() == 1
    assert await value("hyg", 1) == "120"
    assert "Câu 3/" in await head.send("120")

    # What rests is not in the list as begun; asked anew for another reason it is the same question.
    number = await asked_back(office, minh)
    await head.take(Kind.PRESS, text=f"q.{number}")
    await head.send("nghỉ")
    await lifted(office, minh)
    assert not await Interview.filter(
        questionnaire="nuoc", status__in=("running", "paused")
    ).exists()
    number = await asked_back(office, minh)
    await head.take(Kind.PRESS, text=f"q.{number}")
    await asked_back(office, minh, reason="changed")
    assert "Đã gửi câu trả lời mới" in await head.send("125")
    assert await AnswerReview.filter(open=True).count() == 0


async def test_a_correction_that_was_begun_gets_the_new_answer_too(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await head.answer("menu", "3", "1")
    number = await asked_back(office, minh)
    await head.take(Kind.PRESS, text=f"q.{number}")
    await head.send("125")
    await head.answer("gửi")
    assert await value("hyg", 3) == "125"


async def test_an_officer_asks_from_beside_the_photo_and_takes_it_back(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    hoa = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    assert "5. Hỏi lại một câu trả lời" in await minh.send("/duyet")
    listed = await minh.send("5")
    assert "2. " in listed
    assert "120" in listed
    why = await minh.send("2")
    assert "1. Câu này chưa khớp" in why
    assert "nhắn số" in (await minh.send("hm")).lower()
    done = await minh.answer("Số hộ này có cả hộ tạm vắng không ạ?", "1")
    assert "Đã hỏi lại" in done
    assert "1. Duyệt" in done, "the photo still waits"
    row = await AnswerReview.get()
    assert (row.words, row.by_id) == ("Số hộ này có cả hộ tạm vắng không ạ?", await person_of(minh))
    assert "tạm vắng" in (await Outbox.get(chat_id=head.chat_id)).payload
    looked = (
        await AuditEntry.filter(by=row.by_id)
        .exclude(action="role.granted")
        .order_by("number")
        .values_list("action", flat=True)
    )
    assert list(looked) == ["photo.seen", "submission.seen", "answer.rejected"]

    await hoa.send("/duyet")
    assert "đang hỏi lại" in await hoa.send("5")
    await minh.answer("5")
    assert "Đã thôi hỏi lại" in await minh.send("2")
    assert await Outbox.filter(chat_id=head.chat_id).count() == 0, "taken back before it went out"
    late = await hoa.send("2")
    assert "không được ghi" in late
    assert "đã thôi hỏi lại" in late
    await hoa.answer("5", "2", "2")
    assert (await AnswerReview.filter(open=True).get()).reason == "changed"


async def test_a_press_under_the_photo_is_no_choice_of_an_answer(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await minh.answer("/duyet", "5")
    assert "Không còn ảnh" in await minh.press("Duyệt")
    assert await AnswerReview.all().count() == 0
    elsewhere = await office.officer(Role.COMMUNE_OFFICER, "ia-toi")
    submission = await Submission.get(current_key__isnull=False)
    theirs = await decide_answer(
        await person_of(elsewhere),
        submission.id,
        await path_of("hyg"),
        AnswerDecision.REJECTED,
        expected=0,
        reason="no_fit",
        now=office.clock.now(),
    )
    assert theirs is None
