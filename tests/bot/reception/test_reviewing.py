"""Photos judged in the chat, and asked for again in the chat they came from."""

from __future__ import annotations

from datetime import timedelta

from backend.access import photo_to_review
from backend.consent import withdraw
from backend.models import (
    AuditEntry,
    Chat,
    Evidence,
    Interview,
    Outbox,
    Person,
    Review,
    Submission,
)
from backend.people import Role
from backend.plans.store import active_pack
from backend.review.decide import Decided, Decision, decide
from bot.messages import Kind
from tests.bot.reception.talk import PLAN, Office, Talk
from tests.bot.reception.test_story import water_to_the_photo

THON = "ia-dal-thon-3"


async def sent_water(talk: Talk, *photos: str) -> None:
    await water_to_the_photo(talk)
    for photo in photos or ("the tank",):
        await talk.photo(photo)
    await talk.answer("xong", "gửi")


async def person_of(talk: Talk) -> int:
    person: int = (await Chat.get(id=talk.chat_id)).person_id
    return person


async def handed_back(office: Office, by: Talk, reason: str = "dark") -> Evidence:
    """The commune hands back the photo that came first of those that wait."""
    photo = await Evidence.filter(review="waiting", submission__current_key__isnull=False).first()
    found = await decide(
        await person_of(by),
        photo.id,
        Decision.REJECTED,
        expected=photo.review_number,
        reason=reason,
        now=office.clock.now(),
    )
    assert isinstance(found, Decided)
    return photo


# -- the officer --------------------------------------------------------------------------------


async def test_an_officer_approves_and_hands_back_by_numbers(office: Office) -> None:
    head = await office.head()
    await sent_water(head, "the tank", "the stream")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")

    card = await minh.send("/duyet")
    assert "Còn 2 ảnh chờ duyệt" in card
    assert "Thôn 3: Nước sinh hoạt, quý 4 năm 2026" in card
    assert "nguồn nước" in card
    assert "https://example.test/review/" in card, "for channels that show no pictures"
    assert minh.last[0].picture.startswith("photo|")
    assert "Còn 1 ảnh" in await minh.send("1")

    why = await minh.send("trả lại")
    assert "1. Ảnh tối quá" in why
    assert "0. Quay lại" in why
    done = await minh.send("1")
    assert "Đã trả lại" in done
    assert "Không còn ảnh nào" in done

    states = await Evidence.all().order_by("id").values_list("review", flat=True)
    assert list(states) == ["approved", "rejected"]
    row = await Review.get(decision="rejected")
    assert (row.reason, row.by_id) == ("dark", await person_of(minh))
    told = await Outbox.get(chat_id=head.chat_id)
    assert "Ảnh tối quá" in told.payload


async def test_words_of_one_s_own_and_buttons(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    await minh.send("/duyet")
    await minh.press("Trả lại")
    assert "Nhắn số" in await minh.send("ơ")
    await minh.send("Xin chụp cả nắp bể ạ")
    row = await Review.get()
    assert (row.reason, row.words) == ("", "Xin chụp cả nắp bể ạ")

    await minh.press("Hoàn tác")
    assert (await Evidence.get()).review == "waiting"
    assert await Outbox.filter(chat_id=head.chat_id).count() == 0, "taken back before it went out"
    await minh.press("Duyệt")
    assert (await Evidence.get()).review == "approved"


async def test_the_word_under_the_photo_approves_and_the_command_only_shows(office: Office) -> None:
    head = await office.head()
    await sent_water(head, "one", "two")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await minh.send("/duyet")
    assert "1. Duyệt" in await minh.send("/duyet")
    assert await Review.all().count() == 0
    await minh.send("duyệt")
    assert await Review.filter(decision="approved").count() == 1


async def test_a_reason_may_begin_like_a_command(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await minh.answer("/duyet", "2", "Tiến độ chưa khớp, chụp lại giúp")
    assert (await Review.get()).words == "Tiến độ chưa khớp, chụp lại giúp"


async def test_a_button_that_undoes_means_its_own_decision(office: Office) -> None:
    head = await office.head()
    await sent_water(head, "one", "two")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await minh.send("/duyet")
    await minh.send("1")
    undo_first = next(b for b in minh.buttons() if b.endswith(".u"))
    await minh.send("1")
    undo_second = next(b for b in minh.buttons() if b.endswith(".u"))

    said = await minh.press_data(undo_first)
    assert "Đã hoàn tác" in said
    assert "1. Duyệt" in said, "the first photo is shown again"
    first, second = await Evidence.all().order_by("id")
    assert (first.review, second.review) == ("waiting", "approved")

    # Judged anew, the old button says what holds, and changes nothing.
    await minh.answer("2", "1")
    said = await minh.press_data(undo_first)
    assert "trả lại lúc" in said
    assert [e.review for e in await Evidence.all().order_by("id")] == ["rejected", "approved"]
    assert "Đã hoàn tác" in await minh.press_data(undo_second)
    assert "Đã hoàn tác" in await minh.press_data(undo_second), "twice is once"
    assert [e.review for e in await Evidence.all().order_by("id")] == ["rejected", "waiting"]


async def test_a_press_under_an_older_photo_shows_the_present_one(office: Office) -> None:
    head = await office.head()
    await sent_water(head, "one", "two")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await minh.send("/duyet")
    old = minh.last[0].buttons[0][1].data.partition(":")[2]
    await minh.send("1")
    said = await minh.take(Kind.PRESS, text=old)
    assert "Nút đó là của ảnh trước" in said
    assert "1. Duyệt" in said
    assert await Review.all().count() == 1


async def test_the_second_sees_what_the_first_decided(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    hoa = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    await Person.filter(id=await person_of(minh)).update(name="Minh")
    await minh.send("/duyet")
    thuy = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    await hoa.answer("/duyet", "2")
    await thuy.send("/duyet")
    await minh.send("1")
    for said in (await hoa.send("1"), await thuy.send("2")):
        assert "không được ghi" in said
        assert "Minh đã duyệt" in said
    assert (await Evidence.get()).review == "approved"
    assert await Review.all().count() == 1


async def test_photos_put_off_come_again_with_the_command(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await minh.send("/duyet")
    assert "Có 1 ảnh để sau" in await minh.send("3")
    assert "Còn 1 ảnh" in await minh.send("/duyet")


async def test_nobody_else_reviews(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    assert "Chỉ cán bộ" in await head.send("/duyet")
    elsewhere = await office.officer(Role.COMMUNE_OFFICER, "ia-toi")
    assert "Không còn ảnh nào" in await elsewhere.send("/duyet")
    number = (await Evidence.get()).id
    assert "Không còn" in await elsewhere.take(Kind.PRESS, text=f"d.{number}.0.1")
    assert await Review.all().count() == 0


async def test_the_photo_s_buttons_stay_its_own_while_a_reason_is_asked(office: Office) -> None:
    head = await office.head()
    await sent_water(head, "one", "two")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await minh.send("/duyet")
    approve, back = (b.data for b in minh.last[0].buttons[0])
    assert "0. Quay lại" in await minh.press_data(back)
    assert "0. Quay lại" in await minh.press_data(back), "a second tap asks the same again"
    assert await Review.all().count() == 0
    await minh.press_data(approve)
    assert await Evidence.all().order_by("id").values_list("review", flat=True) == [
        "approved",
        "waiting",
    ]


async def test_an_officer_does_not_judge_what_they_keyed_in(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    other = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    await Submission.all().update(entered_by_id=await person_of(minh))
    assert "Không còn" in await minh.send("/duyet")
    photo = await Evidence.get()
    assert await photo_to_review(await person_of(minh), photo.id, await active_pack(PLAN)) is None
    assert "Còn 1 ảnh" in await other.send("/duyet")


# -- the village head ---------------------------------------------------------------------------


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
