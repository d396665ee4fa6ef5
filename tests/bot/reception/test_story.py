"""A village head's whole way: invitation, consent, list, questionnaire, correction, late photo."""

from __future__ import annotations

from backend.database import close_database
from backend.models import Answer, Chat, Consent, Evidence, Interview, Submission
from backend.people import Role
from bot.messages import Incoming, Kind
from bot.turn.shapes import ChatRow, InterviewRow, Turn
from tests.bot.reception.talk import Office, Talk

WATER = ("128", "120", "100", "ko rõ", "400 380", "0")


async def water_to_the_photo(talk: Talk) -> str:
    await talk.send("menu")
    await talk.send("nước sinh hoạt")
    return await talk.answer(*WATER)


async def test_from_the_invitation_to_the_submission(office: Office) -> None:
    talk = await office.chat()
    code = await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3", name="A Nhà")
    welcome = await talk.send(f"{code[:4]}-{code[4:]}".lower())
    assert "A Nhà" in welcome
    assert "trưởng thôn, phụ trách Thôn 3" in welcome
    assert len(talk.last) == 1, "the welcome and the question of consent are one message"
    assert "ĐỒNG Ý" in welcome
    menu = await talk.press("ĐỒNG Ý")
    assert menu.count("chưa làm") == 4
    assert "Đây là số liệu mẫu" in menu
    consent = await Consent.get()
    assert (consent.version, consent.channel) == ("1", "telegram")

    first = await talk.send("3")
    assert "Sổ của xã ghi: 128 hộ" in first
    assert "ảnh nguồn nước" in await talk.answer(*WATER)
    assert "Đã nhận 1 ảnh" in await talk.photo("the tank")
    assert talk.last[0].hold > 0
    summary = await talk.send("xong")
    assert "7. " in summary
    done = await talk.send("GỬI")
    assert "93,8%, chưa đạt, còn 2 hộ nữa đủ 95%" in done
    assert "chưa có ngưỡng" not in done
    assert "chưa đủ số liệu" in done
    assert "Nước sinh hoạt: đã gửi" in done

    submission = await Submission.get().prefetch_related("answers", "area")
    assert submission.area.code == "ia-dal-thon-3"
    assert (submission.version, submission.period, submission.plan) == (1, "2026-Q4", "vi-du")
    numbers = {a.name: a.number for a in submission.answers}
    assert numbers["hyg"] == 120
    clean = next(a for a in submission.answers if a.name == "clean")
    assert clean.unknown
    assert clean.number is None
    photo = await Evidence.get()
    assert (photo.submission_id, photo.late, photo.purpose) == (
        submission.id,
        False,
        "water_source",
    )
    assert (await Interview.get()).running_for is None


async def test_a_correction_is_a_new_version(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.photo("the tank")
    await talk.answer("xong", "gửi")
    asked = await talk.send("3")
    assert "đã gửi ngày 22/11/2026" in asked
    assert "Đúng thì nhắn GỬI" in await talk.send("1")
    again = await talk.send("2")
    assert "nước trong" in again
    await talk.send("128")
    done = await talk.send("gửi")
    assert "100,0%, đạt" in done

    first, second = await Submission.all().order_by("version")
    assert (first.current_key, second.version) == (None, 2)
    assert second.current_key == "vi-du|nuoc|ia-dal-thon-3|2026-Q4"
    assert first.instance_id in second.xml
    assert "deprecatedID" in second.xml
    assert (await Answer.get(submission_id=first.id, name="hyg")).number == 120
    assert (await Answer.get(submission_id=second.id, name="hyg")).number == 128
    # The photo answers both versions.
    assert await Evidence.filter(submission_id=first.id).count() == 1
    assert await Evidence.filter(submission_id=second.id, dropped_at=None).count() == 1


async def test_a_photo_comes_days_later(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    done = await talk.answer("bỏ qua", "gửi")
    assert "còn thiếu ảnh" in done
    office.clock.advance(days=5)
    asked = await talk.photo("the tank")
    assert "Ảnh này cho phiếu nào?" in asked
    assert "1. Nước sinh hoạt" in asked
    assert "Đã thêm ảnh vào phiếu Nước sinh hoạt" in await talk.send("1")
    late = await Evidence.get()
    assert late.late
    assert late.submission_id is not None
    assert "Nước sinh hoạt: đã gửi\n" in await talk.send("menu")
    # A correction after that keeps the late photo.
    await talk.answer("3", "1", "gửi")
    current = await Submission.get(version=2)
    assert await Evidence.filter(submission_id=current.id, dropped_at=None).count() == 1


async def test_an_album_of_late_photos_is_acknowledged_once(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.answer("bỏ qua", "gửi")
    assert await talk.photo("one", album="a") != ""
    assert await talk.photo("two", album="a") == ""
    await talk.send("1")
    assert await Evidence.filter(late=True).count() == 2
    # The question takes two; a third is refused politely.
    assert "đủ rồi" in await talk.photo("three")


async def test_an_album_that_is_too_large_is_told_of_once(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.answer("bỏ qua", "gửi")
    # Sent first, and then said for what.
    await talk.photo("one", album="a")
    for more in ("two", "three", "four"):
        assert await talk.photo(more, album="a") == ""
    assert "Đã thêm 2 ảnh vào phiếu Nước sinh hoạt. Câu này chỉ nhận 2 ảnh" in await talk.send("1")
    assert await talk.photo("five", album="a") == ""
    assert await Evidence.filter(late=True).count() == 2
    # What comes long after that is for something else.
    office.clock.advance(hours=2)
    assert "đủ rồi" not in await talk.photo("six")


async def test_an_album_too_large_for_a_question_that_waits_is_told_of_once(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.answer("bỏ qua", "gửi", "thêm ảnh")
    assert "Đã thêm ảnh" in await talk.photo("one", album="a")
    first = talk.last[0]
    assert await talk.photo("two", album="a") == ""
    assert "Đã thêm 2 ảnh vào phiếu Nước sinh hoạt. Câu này chỉ nhận 2" in await talk.photo(
        "three", album="a"
    )
    for said in (first, talk.last[0]):
        assert said.prompt, "what was not sent yet gives way to what is said of the next"
        assert said.hold > 0
    assert await talk.photo("four", album="a") == ""
    office.clock.advance(60)
    assert "đủ rồi" in await talk.photo("five", album="b")
    assert await talk.photo("six", album="b") == ""
    assert await Evidence.filter(late=True).count() == 2


async def test_an_album_that_several_processes_read_is_one_to_the_person(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.answer("bỏ qua", "gửi", "thêm ảnh")
    # Each process names it after the first photo that it saw: what is said last takes the others' place.
    assert "Đã thêm ảnh" in await talk.photo("one", album="a")
    assert "Đã thêm 2 ảnh" in await talk.photo("two", album="b")
    assert "Đã thêm 2 ảnh vào phiếu Nước sinh hoạt. Câu này chỉ nhận 2" in await talk.photo(
        "three", album="c"
    )
    assert all(said.prompt and said.hold for said in talk.everything[-3:])


async def test_a_photo_can_be_added_by_command(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.answer("bỏ qua", "gửi")
    assert "gửi ảnh bây giờ" in await talk.send("Thêm ảnh")
    assert "Đã thêm ảnh" in await talk.photo("the tank")
    assert "Ảnh này không mở được" in await talk.photo("x", refusal="broken")
    assert await Evidence.all().count() == 1


async def test_choosing_another_pauses_the_first(office: Office) -> None:
    talk = await office.head()
    await talk.send("3")
    await talk.send("128")
    menu = await talk.send("MENU")
    assert "Nước sinh hoạt: đang làm" in menu
    await talk.send("1")
    states = dict(await Interview.all().values_list("questionnaire", "status"))
    assert states == {"nuoc": "paused", "nha-o": "running"}
    await talk.send("menu")
    assert "Câu 2/8" in await talk.send("3")
    running = await Interview.filter(running_for__isnull=False).values_list("questionnaire")
    assert running == [("nuoc",)]


async def test_nghi_waits_for_weeks(office: Office) -> None:
    talk = await office.head()
    await talk.answer("3", "128", "nghỉ")
    office.clock.advance(days=20)
    assert "Câu 2/8" in await talk.send("alo")
    assert "Câu 3/8" in await talk.send("120")


async def test_last_period_is_offered_and_compared(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.answer("bỏ qua", "gửi")
    office.clock.advance(days=60)
    menu = await talk.send("menu")
    assert menu.count("chưa làm") == 4
    await talk.answer("3", "giữ")
    assert "Kỳ trước là 120 hộ, nay là 20 hộ" in await talk.send("20")


async def test_a_press_under_an_older_interview_changes_nothing(office: Office) -> None:
    talk = await office.head()
    await talk.send("3")
    old = talk.last[0].buttons[0][0].data
    await talk.send("menu")
    await talk.send("1")
    before = (await Interview.get(questionnaire="nha-o")).state
    prompt, _, value = old.partition(":")
    said = await talk.take(Kind.PRESS, prompt=int(prompt), text=value)
    assert "Câu 1/" in said
    assert '"answers"' not in before
    assert '"answers"' not in (await Interview.get(questionnaire="nha-o")).state


async def test_a_pressed_question_is_closed_with_its_choice(office: Office) -> None:
    talk = await office.head()
    await talk.send("3")
    await talk.press("Giữ")
    closing = next(m for m in talk.last if m.closes)
    assert (closing.closes, closing.text) == (1, "✓ Giữ")


async def test_commands_in_between_lose_nothing(office: Office) -> None:
    talk = await office.head()
    await talk.answer("3", "128")
    for command in ("/tiendo", "tiến độ", "/hanchot", "/web", "TRỢ GIÚP", "/trogiup", "/gì thế"):
        assert "Câu 2/8" in await talk.send(command), command
    assert "Câu 3/8" in await talk.send("120")


async def test_a_plain_answer_asks_the_database_nothing(office: Office, database: str) -> None:
    talk = await office.head()
    await talk.answer("3", "128")
    interview = await Interview.get()
    chat = await Chat.get(id=talk.chat_id)
    turn = Turn(
        1,
        ChatRow(chat.id, "telegram", "", chat.external_id, True, chat.person_id, "vi"),
        incoming_of(talk, "120"),
        InterviewRow(
            interview.id,
            interview.form_version_id,
            interview.questionnaire,
            interview.area_id,
            interview.period,
            interview.state,
        ),
        office.clock.now(),
    )
    await close_database()
    reply = await office.desk.receive(turn)
    assert "Câu 3/8" in reply.outgoing[0].text
    assert reply.state is not None


def incoming_of(talk: Talk, text: str) -> Incoming:
    return Incoming("telegram", "x", talk.external_id, talk.external_id, Kind.TEXT, text=text)


async def test_a_photo_wakes_the_interview_that_waited_for_it(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.send("nghỉ")
    office.clock.advance(days=3)
    assert "Đã nhận 1 ảnh" in await talk.photo("the tank")
    assert await Evidence.all().count() == 1
    assert "Đúng thì nhắn GỬI" in await talk.send("xong")
