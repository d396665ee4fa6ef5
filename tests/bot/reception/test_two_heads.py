"""Two heads of one village answer the same questionnaire: each knows whose numbers hold."""

from __future__ import annotations

from backend.models import Answer, Chat, Outbox, Person, Submission
from backend.people import Role
from bot.messages import Outgoing
from tests.bot.reception.talk import Office, Talk
from tests.clock import HandClock

NO_MAKESHIFT = ("giữ", "128", "0", "0")
SIX_MAKESHIFT = ("giữ", "122", "6", "0", "0", "0", "bỏ qua")


async def named(talk: Talk, name: str) -> Talk:
    chat = await Chat.get(id=talk.chat_id)
    await Person.filter(id=chat.person_id).update(name=name)
    return talk


async def notices(talk: Talk) -> list[str]:
    rows = await Outbox.filter(chat_id=talk.chat_id, once__startswith="replaced|").order_by("id")
    return [Outgoing.from_json(row.payload).text for row in rows]


async def makeshift() -> str:
    """The number of makeshift houses that is in force."""
    submission = await Submission.get(current_key__isnull=False)
    return (await Answer.get(submission_id=submission.id, name="temp")).value


async def test_the_second_is_asked_and_the_first_hears_of_it(
    office: Office, clock: HandClock
) -> None:
    lan = await named(await office.head(), "Lan")
    ba = await named(await office.head(), "Ba")
    for talk, answers in ((lan, SIX_MAKESHIFT), (ba, NO_MAKESHIFT)):
        await talk.send("1")
        await talk.answer(*answers)
    assert "Đã gửi xong" in await lan.send("gửi")

    asked = await ba.send("gửi")
    assert asked.startswith("Lan đã gửi phiếu này lúc 08:00 22/11/2026")
    assert "GỬI" in asked
    assert "HỦY" in asked
    assert await makeshift() == "6", "nothing is replaced before Ba says so"
    assert await notices(lan) == []

    assert "Đã gửi xong" in await ba.press("Gửi")
    assert await makeshift() == "0"
    (notice,) = await notices(lan)
    assert "Ba đã gửi lại phiếu Nhà ở của Thôn 3, quý 4 năm 2026." in notice
    assert await notices(ba) == []


async def test_cancelling_leaves_the_first_numbers(office: Office, clock: HandClock) -> None:
    lan, ba = await office.head(), await office.head()
    for talk in (lan, ba):
        await talk.send("1")
    await ba.answer(*NO_MAKESHIFT)
    await lan.answer(*SIX_MAKESHIFT, "gửi")
    (summary,) = ba.buttons()
    assert (await ba.press_data(summary)).startswith("Một người đã gửi phiếu này")
    assert ba.buttons() != [summary]
    assert "câu trước" in await ba.press_data(summary), "pressed twice is not said twice"
    assert await makeshift() == "6"
    await ba.answer("hủy", "có")
    assert await makeshift() == "6"
    assert await notices(lan) == []


async def test_one_s_own_correction_and_the_office_s_entry_are_told_once(
    office: Office, clock: HandClock
) -> None:
    lan = await office.head()
    await lan.send("1")
    await lan.answer(*NO_MAKESHIFT, "gửi")
    await lan.answer("1", "1", "gửi")
    assert await Submission.all().count() == 2
    officer = await named(await office.officer(Role.COMMUNE_OFFICER, "ia-dal"), "Hoa")
    await officer.send("/nhapho thôn 3")
    await officer.send("1")
    await officer.send("1")
    await officer.send("gửi")
    assert await Submission.all().count() == 3
    assert await notices(lan) == [], "the office's own notice says it"
    assert await Outbox.filter(once__startswith="keyed|").count() == 1
