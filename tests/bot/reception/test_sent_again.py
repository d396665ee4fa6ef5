"""Photos asked for again in the chat they came from, and sent again there."""

from __future__ import annotations

from datetime import timedelta

from backend.consent import withdraw
from backend.models import (
    AuditEntry,
    Evidence,
    Interview,
    Outbox,
    Submission,
)
from backend.people import Role
from bot.messages import Kind
from tests.bot.reception.judging import handed_back, looks, person_of, sent_water
from tests.bot.reception.talk import Office
from tests.bot.reception.test_story import water_to_the_photo


async def test_a_photo_comes_again_while_another_questionnaire_runs(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    old = await handed_back(office, minh)
    await head.answer("menu", "1")
    assert "Câu 2/" in await head.send("128")
    running = await Interview.get(running_for__isnull=False)

    said = await head.take(Kind.PRESS, text=f"r.{old.id}")
    assert "Ảnh tối quá" in said
    assert "gửi ảnh bây giờ" in said
    assert "Câu 2/" in said, "the question that waits is shown again"
    taken = await head.photo("a brighter tank")
    assert "Đã gửi ảnh mới cho phiếu Nước sinh hoạt (lần 2)" in taken
    assert "Câu 2/" in taken
    assert "Câu 3/" in await head.send("120"), "nothing of the other questionnaire is lost"
    assert (await Interview.get(running_for__isnull=False)).id == running.id

    first, second = await Submission.all().order_by("version")
    assert (first.current_key, second.version) == (None, 2)
    assert "deprecatedID" in second.xml
    photo = await Evidence.get(submission_id=second.id, dropped_at=None)
    assert (photo.review, photo.path, photo.late) == ("waiting", old.path, False)
    assert (await Evidence.get(id=old.id)).review == "rejected", "the old one stays as it was"
    assert "Gửi lại lần 2" in await minh.send("/duyet")
    await minh.send("1")
    assert (await Evidence.get(id=photo.id)).review == "approved"


async def test_the_words_do_what_the_button_does(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    assert "gửi ảnh bây giờ" in await head.send("gui lai")
    assert "lần 2" in await head.photo("new")
    assert "Không có gì cần gửi lại" in await head.send("GỬI LẠI")


async def test_a_photo_that_nobody_asked_for_is_offered_the_place(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    assert "Ảnh này cho phiếu nào?" in await head.photo("new")
    assert "lần 2" in await head.send("1")
    assert await Submission.all().count() == 2


async def test_a_photo_in_between_is_offered_too_and_kept_meanwhile(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    await head.answer("menu", "1")
    said = await head.photo("new")
    assert "GỬI LẠI" in said
    assert "Câu 1/" in said
    done = await head.send("gửi lại")
    assert "lần 2" in done
    assert "Câu 1/" in done
    assert await Submission.filter(questionnaire="nuoc").count() == 2


async def test_whoever_goes_on_answering_sends_the_photo_that_is_asked_for_there(
    office: Office,
) -> None:
    """GỬI LẠI was pressed and forgotten; days later the other questionnaire asks for its photo."""
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    old = await handed_back(office, minh)
    await head.answer("menu", "1", "128")
    await head.take(Kind.PRESS, text=f"r.{old.id}")
    asked = await head.answer("120", "8", "4", "hai", "2")
    assert "gửi ảnh nhà tạm" in asked
    taken = await head.photo("a house")
    assert "lần 2" not in taken
    assert await Submission.filter(questionnaire="nuoc").count() == 1
    house = await Evidence.filter(dropped_at=None, submission_id=None).get()
    assert house.questionnaire == "nha-o"

    # Asked for while that question stands: it is not repeated below, so there is no mistaking it.
    said = await head.send("gửi lại")
    assert "gửi ảnh bây giờ" in said
    assert "Câu 7/" not in said
    taken = await head.photo("a brighter tank")
    assert "Đã gửi ảnh mới cho phiếu Nước sinh hoạt (lần 2)" in taken
    assert await Evidence.filter(dropped_at=None, submission_id=None).count() == 1


async def test_who_has_no_photo_yet_hears_what_to_send_once_there_is_one(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    assert "Xin bác chọn phiếu trước" in await head.send("tôi chưa chụp được, tuần sau")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    said = await head.send("tôi chưa chụp được, tuần sau")
    assert said == "Dạ, khi nào có ảnh bác nhắn GỬI LẠI ạ."
    assert "gửi ảnh bây giờ" in await head.send("gửi lại")
    assert "Dạ, khi nào có ảnh" in await head.send("để mai nhé")
    assert "lần 2" in await head.photo("at last"), "it is still waited for"


async def test_the_same_file_is_not_taken_twice(office: Office) -> None:
    head = await office.head()
    await sent_water(head, "dark one")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    await head.send("gửi lại")
    assert "vẫn là ảnh đã gửi lần trước" in await head.photo("dark one")
    assert "lần 2" in await head.photo("bright one")


async def test_an_album_fills_the_place_of_one(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    await head.send("gửi lại")
    assert "lần 2" in await head.photo("one", album="a")
    assert await head.photo("two", album="a") == ""
    current = await Submission.get(version=2)
    assert await Evidence.filter(submission_id=current.id, dropped_at=None).count() == 2


async def test_a_correction_that_runs_gets_the_new_photo_too(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    old = await handed_back(office, minh)
    await head.answer("menu", "3", "1")
    await head.take(Kind.PRESS, text=f"r.{old.id}")
    await head.photo("bright")
    await head.answer("2", "128")
    await head.send("gửi")
    current = await Submission.get(version=3)
    [kept] = await Evidence.filter(submission_id=current.id, dropped_at=None).prefetch_related(
        "file"
    )
    assert kept.review == "waiting"
    assert kept.file_id != (await Evidence.get(id=old.id)).file_id


async def test_a_correction_at_the_photo_says_why_and_the_new_one_takes_its_place(
    office: Office,
) -> None:
    head = await office.head()
    await sent_water(head, "one", "two")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    old = await handed_back(office, minh)
    await minh.answer("/duyet", "1")
    await head.answer("menu", "3", "1")
    asked = await head.send("7")
    assert "nhờ bác chụp lại" in asked
    assert "tối quá" in asked
    taken = await head.photo("bright")
    assert "Đã nhận 2 ảnh" in taken, "the approved one and the new one"
    assert "nhờ bác chụp lại" not in taken
    await head.answer("xong", "gửi")

    current = await Submission.get(version=2)
    photos = Evidence.filter(submission_id=current.id, dropped_at=None).order_by("id")
    kept, new = await photos
    assert (kept.review, new.review, new.instead_of) == ("approved", "waiting", old.id)
    assert "cần chụp lại" not in await head.send("ảnh của tôi thế nào")
    assert "Gửi lại lần 2" in await minh.send("/duyet")


async def test_a_photo_begun_anew_in_a_correction_came_back_too(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    old = await handed_back(office, minh)
    await head.answer("menu", "3", "1", "7", "làm lại")
    await head.photo("bright")
    await head.answer("xong", "gửi")
    new = await Evidence.get(submission__version=2, dropped_at=None)
    assert new.instead_of == old.id
    assert "Gửi lại lần 2" in await minh.send("/duyet")


async def test_one_of_two_is_replaced_and_the_other_keeps_its_approval(office: Office) -> None:
    head = await office.head()
    await sent_water(head, "one", "two")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    await minh.answer("/duyet", "1")
    await head.send("gửi lại")
    await head.photo("three")
    current = await Submission.get(version=2)
    states = await Evidence.filter(submission_id=current.id, dropped_at=None).values_list(
        "review", flat=True
    )
    assert sorted(states) == ["approved", "waiting"]


async def test_a_village_head_asks_how_the_photos_stand(office: Office) -> None:
    head = await office.head()
    assert "chưa gửi ảnh nào" in await head.send("/anh")
    await sent_water(head)
    assert "1 đang chờ xem" in await head.send("Ảnh của tôi thế nào?")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    said = await head.send("anh cua toi")
    assert "1 cần chụp lại" in said
    assert "Ảnh tối quá" in said
    assert "GỬI LẠI" in said
    assert "mấy ngày" not in said
    office.clock.advance(timedelta(days=3).total_seconds())
    assert "mấy ngày" in await head.send("/anh")
    await head.answer("menu", "1")
    assert "Câu 1/" in await head.send("ảnh của tôi"), "also while a question waits"


async def test_photos_that_wait_for_the_questionnaire_to_be_sent_are_told_of(
    office: Office,
) -> None:
    """Before SEND they are received, and the person reads what they wait for."""
    head = await office.head()
    await water_to_the_photo(head)
    await head.photo("the tank")
    said = await head.send("ảnh của tôi thế nào")
    assert "chưa gửi ảnh nào" not in said
    assert "Nước sinh hoạt (Thôn 3, quý 4 năm 2026): đã nhận 1 ảnh, phiếu chưa gửi" in said
    assert "nhắn GỬI" in said
    await head.send("nghỉ")
    said = await head.send("/anh")
    assert "đã nhận 1 ảnh, phiếu chưa gửi" in said
    assert "TIẾP: làm nốt" in said
    await head.answer("tiếp", "xong", "gửi")
    said = await head.send("/anh")
    assert "1 đang chờ xem" in said
    assert "phiếu chưa gửi" not in said
    # A correction's copies are no new photos, one that is begun with a new one is.
    await head.answer("menu", "3", "1")
    assert "phiếu chưa gửi" not in await head.send("/anh")


async def test_a_late_photo_is_in_the_version_that_an_older_correction_makes(
    office: Office,
) -> None:
    head, deputy = await office.head(), await office.head()
    await water_to_the_photo(head)
    await head.answer("bỏ qua", "gửi")
    first = await Submission.get()
    await deputy.answer("menu", "3", "1")
    await head.photo("the tank")
    assert "Đã thêm ảnh" in await head.send("1")
    late = await Evidence.get(submission_id=first.id)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await minh.answer("/duyet", "1")
    await deputy.send("gửi")
    current = await Submission.get(current_key__isnull=False)
    assert current.version == 2
    kept = await Evidence.get(submission_id=current.id)
    assert (kept.late, kept.copied_from, kept.file_id) == (True, late.id, late.file_id)
    assert kept.review == "approved", "it was judged meanwhile"
    assert "1 đã duyệt" in await head.send("/anh")


async def test_the_same_view_taken_again_is_as_it_should_be(office: Office) -> None:
    """A new try resembles what was handed back; a photo of another period it may not resemble."""
    head = await office.head()
    await sent_water(head, "the tank at night")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    old = await handed_back(office, minh)
    await looks("the tank at night", 0)

    await looks("the tank by day", 0b1)
    await head.send("gửi lại")
    said = await head.photo("the tank by day", advice="again")
    assert said == "Đã gửi ảnh mới cho phiếu Nước sinh hoạt (lần 2). Cảm ơn bác."

    await handed_back(office, minh)
    await looks("the tank in the evening", 0b11, brightness=10.0)
    await head.send("gửi lại")
    said = await head.photo("the tank in the evening", advice="again")
    assert "Ảnh hơi tối" in said
    assert "đã gửi trước đây" not in said
    await head.send("giữ")

    await handed_back(office, minh)
    await Evidence.filter(id=old.id).update(period="2026-Q3")
    await looks("the tank of last time", 0b11)
    await head.send("gửi lại")
    assert "đã gửi trước đây" in await head.photo("the tank of last time", advice="again")


async def test_the_officer_sees_what_has_not_come_again_and_looks_are_noted(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await minh.answer("/duyet", "2", "1")
    by = await person_of(minh)
    photo = await Evidence.get()
    actions = await AuditEntry.filter(by=by, subject=f"photo:{photo.id}").order_by("number")
    assert [a.action for a in actions] == ["photo.seen", "review.rejected"]
    said = await minh.send("/duyet")
    assert "Có 1 ảnh đã trả lại" in said
    assert "quá" not in said
    office.clock.advance(days=3)
    assert "Đã quá 2 ngày: Thôn 3" in await minh.send("/duyet")
    assert "cần chụp lại ảnh" in await head.send("menu")


async def test_the_button_of_a_second_photo_still_finds_it_after_the_first_has_come(
    office: Office,
) -> None:
    head = await office.head()
    await sent_water(head, "the tank", "the stream")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    first, second = await handed_back(office, minh), await handed_back(office, minh)
    await head.take(Kind.PRESS, text=f"r.{first.id}")
    assert "lần 2" in await head.photo("a new tank")
    assert "gửi ảnh bây giờ" in await head.take(Kind.PRESS, text=f"r.{second.id}")
    assert "lần 2" in await head.photo("a new stream")
    photos = await Evidence.filter(submission__current_key__isnull=False, dropped_at=None)
    assert [p.review for p in photos] == ["waiting", "waiting"]
    again = await handed_back(office, minh)
    await head.take(Kind.PRESS, text=f"r.{again.id}")
    assert "lần 3" in await head.photo("the newest")


async def test_whoever_took_their_consent_back_is_not_written_to(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await withdraw(await person_of(head), office.clock.now())
    await handed_back(office, minh)
    assert await Outbox.filter(chat_id=head.chat_id).count() == 0
