"""A photo outside of the questionnaire that is too dark: told at once, taken again or kept."""

from __future__ import annotations

import pytest

from backend.models import Evidence, Interview, Submission
from backend.people import Role
from backend.review.decide import Decision, decide
from bot.messages import Kind
from tests.bot.reception.judging import handed_back, person_of, sent_water
from tests.bot.reception.talk import Office, Talk
from tests.bot.reception.test_story import water_to_the_photo

DARK = "Ảnh hơi tối, bác chụp lại giúp ạ. Nếu không chụp lại được, nhắn GIỮ."


async def put_off(office: Office) -> Talk:
    """The water questionnaire is sent without its photos, of which it takes two."""
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.answer("bỏ qua", "gửi")
    return talk


async def here() -> list[str]:
    """What answers the submission in force, by the first letters of the hashes."""
    rows = Evidence.filter(dropped_at=None, submission__current_key__isnull=False)
    return [str(e.file.sha256)[:6] for e in await rows.order_by("id").prefetch_related("file")]


async def test_a_late_photo_chosen_from_the_list_is_told_to_be_dark(office: Office) -> None:
    talk = await put_off(office)
    await talk.photo("dark", advice="dark")
    said = await talk.send("1")
    assert said == f"Đã thêm ảnh vào phiếu Nước sinh hoạt. Cảm ơn bác.\n\n{DARK}"
    assert [b.label for row in talk.last[-1].buttons for b in row] == ["Giữ"]

    office.clock.advance(60)
    said = await talk.photo("good", advice="again")
    assert said == "Đã thay bằng ảnh mới trong phiếu Nước sinh hoạt. Cảm ơn bác."
    assert len(await here()) == 1, "the new one stands in the dark one's place"
    dark, good = await Evidence.all().order_by("id")
    assert (dark.dropped_at is not None, good.late, good.instead_of) == (True, True, None)


async def test_two_dark_late_photos_are_replaced_one_after_the_other(office: Office) -> None:
    talk = await put_off(office)
    await talk.photo("one", album="a", advice="dark")
    await talk.photo("two", album="a", advice="dark")
    assert f"2 ảnh nên chụp lại. {DARK}" in await talk.send("1")
    office.clock.advance(60)
    said = await talk.photo("three")
    assert said == f"Ảnh này được rồi ạ. Còn 1 ảnh trước nên chụp lại.\n\n{DARK}"
    office.clock.advance(60)
    assert "Đã thay bằng ảnh mới" in await talk.photo("four")
    assert await Evidence.filter(dropped_at=None).count() == 2
    office.clock.advance(60)
    assert "đủ rồi" in await talk.photo("five")


async def test_the_dark_one_of_a_late_album_is_told_of(office: Office) -> None:
    talk = await put_off(office)
    await talk.send("thêm ảnh")
    await talk.photo("one", album="a")
    said = await talk.photo("two", album="a", advice="dark")
    assert f"Đã thêm 2 ảnh vào phiếu Nước sinh hoạt. Cảm ơn bác.\n\n{DARK}" == said
    assert talk.last[0].prompt, "it takes the place of what was said of the first"


@pytest.mark.parametrize("words", ["giữ", "GIỮ.", "không chụp lại được"])
async def test_a_late_photo_is_kept_and_once_is_enough(office: Office, words: str) -> None:
    talk = await put_off(office)
    await talk.send("thêm ảnh")
    await talk.photo("dark", advice="dark")
    button = talk.buttons()[0]
    assert await talk.send(words) == "Đã giữ ảnh ạ. Cảm ơn bác."
    assert await talk.send("giữ") == "Những gì bác gửi đều được giữ rồi ạ. Cảm ơn bác."
    assert await talk.press_data(button) == "Ảnh này đã được giữ rồi ạ. Cảm ơn bác."
    office.clock.advance(60)
    assert "Đã thêm ảnh" in await talk.photo("another"), "it is beside the one that was kept"
    assert len(await here()) == 2


async def test_the_button_keeps_it_and_says_later_what_became_of_it(office: Office) -> None:
    talk = await put_off(office)
    await talk.send("thêm ảnh")
    await talk.photo("dark", advice="dark")
    first = talk.buttons()[0]
    office.clock.advance(60)
    assert DARK in await talk.photo("dark too", advice="dark")
    assert "đã được thay bằng ảnh mới" in await talk.press_data(first)
    assert await talk.press("Giữ") == "Đã giữ ảnh ạ. Cảm ơn bác."
    other = await office.head("ia-dal-thon-1")
    assert "được giữ rồi" in await other.press_data(first), "nothing is told of another's photo"


async def test_keep_after_all_was_sent_is_one_sentence(office: Office) -> None:
    talk = await office.head()
    await sent_water(talk)
    assert await talk.send("dạ giữ ạ") == "Những gì bác gửi đều được giữ rồi ạ. Cảm ơn bác."


async def test_a_photo_judged_meanwhile_is_not_replaced(office: Office) -> None:
    talk = await put_off(office)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await talk.send("thêm ảnh")
    await talk.photo("dark", advice="dark")
    photo = await Evidence.get()
    await decide(
        await person_of(minh), photo.id, Decision.APPROVED, expected=0, now=office.clock.now()
    )
    office.clock.advance(60)
    assert "Đã thêm ảnh" in await talk.photo("good")
    assert len(await here()) == 2


async def test_a_photo_sent_again_that_is_dark_is_replaced_or_kept(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    rejected = await handed_back(office, minh)
    await head.send("gửi lại")
    said = await head.photo("dark again", advice="dark")
    assert said == f"Đã gửi ảnh mới cho phiếu Nước sinh hoạt (lần 2). Cảm ơn bác.\n\n{DARK}"
    office.clock.advance(60)
    assert "Đã thay bằng ảnh mới" in await head.photo("good")
    now = await Evidence.get(dropped_at=None, submission__current_key__isnull=False)
    assert (await Submission.all().count(), now.review) == (3, "waiting")
    assert now.instead_of == rejected.id, "the dark one was never judged: this is the second try"
    assert "được giữ rồi" in await head.send("giữ")


async def test_it_asks_first_where_another_questionnaire_runs(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    await head.answer("menu", "1")
    running = await Interview.get(running_for__isnull=False)
    await head.send("gửi lại")
    said = await head.photo("dark again", advice="dark")
    assert said.endswith(DARK), "no other question stands below it"
    said = await head.send("giữ")
    assert said.startswith("Đã giữ ảnh ạ. Cảm ơn bác.")
    assert "Câu 1/" in said
    assert (await Interview.get(running_for__isnull=False)).id == running.id


async def test_a_better_one_goes_before_the_running_question(office: Office) -> None:
    head = await office.head()
    await sent_water(head)
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    await head.answer("menu", "1")
    await head.send("gửi lại")
    await head.photo("dark again", advice="dark")
    office.clock.advance(60)
    said = await head.photo("good")
    assert said.startswith("Đã thay bằng ảnh mới trong phiếu Nước sinh hoạt. Cảm ơn bác.")
    assert "Câu 1/" in said
    # An answer ends the doubt as well: then a photo is for what is asked.
    await handed_back(office, minh)
    await head.send("gửi lại")
    await head.photo("dark once more", advice="dark")
    assert "Câu 2/" in await head.send("128")
    count = await Submission.all().count()
    office.clock.advance(60)
    await head.photo("something")
    assert await Submission.all().count() == count


async def test_a_photo_offered_and_then_named_keeps_its_advice(office: Office) -> None:
    head = await office.head()
    await sent_water(head, "tank", "well")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await handed_back(office, minh)
    await head.answer("menu", "1")
    assert "GỬI LẠI" in await head.photo("dark", advice="dark")
    assert DARK in await head.send("gửi lại")
    assert await Evidence.filter(dropped_at=None, submission__version=2).count() == 2
    assert (await head.take(Kind.PRESS, text="k.999")).startswith("Ảnh này đã được giữ rồi")


async def test_a_file_that_is_no_photo_amid_an_album_is_told_of_in_its_acknowledgement(
    office: Office,
) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.photo("one", album="a")
    await talk.photo("", album="a", refusal="not_an_image")
    said = await talk.photo("two", album="a")
    assert said.startswith(
        "Đã nhận 2 ảnh.\n\n1 ảnh không nhận được. Tệp này không phải ảnh."
        " Xin bác chụp bằng điện thoại rồi gửi."
    ), "whatever is said of the last replaces what was held back of those before"
    assert talk.last[-1].prompt
    assert talk.last[-1].hold
