"""Photos judged in the chat."""

from __future__ import annotations

from backend.access import photo_to_review
from backend.models import (
    Area,
    AuditEntry,
    Evidence,
    EvidenceFile,
    Outbox,
    Person,
    Review,
    Submission,
)
from backend.people import Role
from backend.plans.store import active_pack
from bot.messages import Kind
from bot.sent_photos import photo_key
from tests.bot.reception.judging import looks, person_of, sent_water
from tests.bot.reception.talk import PLAN, Office


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
    await minh.answer("Xin chụp cả nắp bể ạ", "1")
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
    await minh.answer("/duyet", "2", "Tiến độ chưa khớp, chụp lại giúp", "gửi")
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


async def test_nearly_the_same_photo_is_shown_above_the_one_to_be_judged(office: Office) -> None:
    """A photo of another village that the officer may see comes too; of others only words do."""
    head = await office.head()
    await sent_water(head, "the neighbours' tank", "the tank")
    there, elsewhere = [await Area.get(code=code) for code in ("ia-dal-thon-4", "ia-toi-thon-1")]
    first, second = await Evidence.all().order_by("id").prefetch_related("file")
    await Evidence.filter(id=first.id).update(area_id=there.id, review="approved")
    await looks("the neighbours' tank", 0)
    await looks("the tank", 0b111)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")

    await minh.send("/duyet")
    compared, card = minh.last
    assert compared.picture == photo_key(first.id, await person_of(minh))
    assert "Thôn 4, quý 4 năm 2026 (khác 3 trên 128 điểm)" in compared.text
    assert "Ảnh cần duyệt ở ngay dưới đây" in compared.text
    assert not compared.buttons
    assert card.picture == photo_key(second.id, await person_of(minh))
    assert "Thôn 4, quý 4 năm 2026" in card.text
    assert "1. Duyệt" in card.text
    seen = await AuditEntry.filter(by=await person_of(minh), action="photo.seen")
    assert {e.subject for e in seen} == {f"photo:{first.id}", f"photo:{second.id}"}

    # What the office no longer keeps is named and not shown; nor does a hidden place get a name.
    await EvidenceFile.filter(id=first.file.id).update(removed_at=office.clock.now())
    await minh.send("/duyet")
    assert ["Thôn 4, quý 4" in m.text for m in minh.last] == [True]
    await EvidenceFile.filter(id=first.file.id).update(removed_at=None)
    await Evidence.filter(id=first.id).update(area_id=elsewhere.id)
    await minh.send("ơ")
    [card] = minh.last
    assert "đã dùng ở nơi khác, quý 4 năm 2026" in card.text
    assert "Thôn 1" not in card.text
    assert "Không còn ảnh nào" in await minh.send("1")
    assert (await Evidence.get(id=second.id)).review == "approved", "the one that was to be judged"
