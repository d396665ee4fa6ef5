"""A press under an older message, outside of an interview: it changes nothing and is told so."""

from __future__ import annotations

from backend.models import AdHocReport, Chat, Consent, Evidence, Interview, Invite
from backend.people import Role
from backend.review.decide import Decided, Decision, decide
from bot.messages import Kind
from tests.bot.reception.judging import handed_back, person_of, sent_water
from tests.bot.reception.talk import Office, Talk
from tests.bot.reception.test_story import water_to_the_photo

OLD = "Nút này của tin cũ"


async def waits_for(talk: Talk) -> tuple[str, object]:
    chat = await Chat.get(id=talk.chat_id)
    return chat.stage, chat.stage_data


async def test_a_photo_lands_nowhere_by_a_button_of_another_photo_s_list(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.answer("bỏ qua", "gửi")
    await talk.photo("one")
    old = talk.buttons()
    assert "Chưa thêm" in await talk.press_data(old[1]), "none of these"
    await talk.photo("two")
    before = await waits_for(talk)
    assert OLD in await talk.press_data(old[0])
    assert await waits_for(talk) == before
    assert await Evidence.all().count() == 0
    # The buttons of this photo's list stay good when more photos come, under each of its lists.
    asked = talk.everything[-2]
    assert "Ảnh này" in asked.text
    await talk.photo("three")
    assert "Đã thêm 2 ảnh" in await talk.press_data(asked.buttons[0][0].data)


async def test_a_number_keeps_its_place_when_another_one_goes(office: Office) -> None:
    talk = await office.head()
    await water_to_the_photo(talk)
    await talk.answer("bỏ qua", "gửi", "menu", "nhà ở")
    said = await talk.answer("96", "90", "6", "4")
    while "BỎ QUA" not in said:
        said = await talk.send("đúng" if "ĐÚNG" in said else "2")
    await talk.answer("bỏ qua", "gửi")
    listed = await talk.photo("one")
    assert "1. Nhà ở" in listed
    assert "2. Nước sinh hoạt" in listed
    # In another chat the first of them gets all its photos meanwhile.
    other = await office.chat()
    person = await Chat.get(id=talk.chat_id).values_list("person_id", flat=True)
    await Chat.filter(id=other.chat_id).update(person_id=person)
    await other.answer("thêm ảnh", "1")
    for n in range(3):
        await other.photo(f"house {n}")
    assert "Nhà ở: đã gửi\n" in await other.send("menu")
    # There it is told so, and the second one is still the second.
    again = await talk.send("1")
    assert "đã đủ ảnh" in again
    assert "2. Nước sinh hoạt" in again
    assert "1. " not in again
    assert "Đã thêm ảnh vào phiếu Nước sinh hoạt" in await talk.send("2")


async def test_a_typed_number_means_the_list_that_was_shown(office: Office) -> None:
    talk = await office.head()
    await sent_water(talk, "one", "two")
    minh = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    first = await handed_back(office, minh)
    second = await handed_back(office, minh)
    # No list was shown yet: a number that nobody has seen chooses nothing.
    listed = await talk.send("gửi lại 2")
    assert "bấm" not in listed, "some channels have no buttons"
    assert "2. Nước sinh hoạt" in listed
    found = await decide(
        await person_of(minh), first.id, Decision.UNDONE, expected=1, now=office.clock.now()
    )
    assert isinstance(found, Decided)
    assert "không cần chụp lại" in await talk.send("gửi lại 1")
    assert "gửi ảnh bây giờ" in await talk.send("gửi lại 2")
    assert "lần 2" in await talk.photo("brighter")
    kept = await Evidence.filter(dropped_at=None, submission__current_key__isnull=False)
    assert first.file_id in {e.file_id for e in kept}
    assert second.file_id not in {e.file_id for e in kept}


async def test_a_yes_opens_only_what_was_shown_with_it(office: Office) -> None:
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    before = ("/dotxuat mới", "Mưa lũ", "Bao nhiêu nhà tốc mái?", "1", "thôn 3 ia đal")
    await officer.answer(*before, "28/11/2026")
    old = officer.buttons()
    await officer.send("thôi")
    await officer.answer("/dotxuat mới")
    waiting = await waits_for(officer)
    assert OLD in await officer.press_data(old[0])
    # A press is no name of a report, whatever it stood under.
    for data in ("7:12.yes", "0:d.5.0.1"):
        assert OLD in await officer.press_data(data)
    assert await waits_for(officer) == waiting
    await officer.answer("Gió lốc", "Bao nhiêu nhà tốc mái?", "1", "tất cả", "29/11/2026")
    assert OLD in await officer.press_data(old[0])
    assert await AdHocReport.all().count() == 0
    assert "Gió lốc" in await officer.press("ĐÚNG")
    assert await AdHocReport.all().count() == 1
    # A second press of the same yes.
    assert OLD in await officer.press("ĐÚNG")
    assert await AdHocReport.all().count() == 1


async def test_a_number_chooses_only_from_the_list_it_stood_under(office: Office) -> None:
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await officer.answer("/moi")
    roles = officer.buttons()
    await officer.answer("hủy", "/nhapho thôn 3")
    listed = officer.buttons()
    invited = await Invite.all().count()
    assert OLD in await officer.press_data(roles[0])
    await officer.send("/nhapho thôn 4")
    assert OLD in await officer.press_data(listed[2])
    await officer.send("/giaidoan thôn 3")
    stages = officer.last[-1].buttons
    await officer.send("/giaidoan thôn 4")
    if stages:
        assert OLD in await officer.press_data(stages[0][0].data)
    assert await Interview.all().count() == 0
    assert await Invite.all().count() == invited
    # With nothing to answer, it hears what can be sent.
    await Chat.filter(id=officer.chat_id).update(stage="", stage_data={})
    assert "/nhapho" in await officer.press_data(listed[2])


async def test_an_old_agree_agrees_to_nothing(office: Office) -> None:
    talk = await office.chat()
    await talk.send(await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3"))
    old = talk.buttons()
    await talk.press_data(old[0])
    await talk.answer("rút lại", "1")
    asked = await talk.press_data(old[0])
    assert OLD in asked
    assert "ĐỒNG Ý" in asked
    assert await Consent.filter(withdrawn_at=None).count() == 0
    assert "hiểu" not in await talk.send("gì cơ")
    assert "Nước sinh hoạt" in await talk.press("ĐỒNG Ý"), "asked once more, the newest one counts"
    # What was pressed twice finds the list, and loses nothing.
    assert "Nước sinh hoạt" in await talk.take(Kind.PRESS, prompt=1, text="c.yes")
