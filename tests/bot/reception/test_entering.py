"""/nhapho: an officer answers for a village that no message reaches."""

from __future__ import annotations

from backend.access import village_to_enter
from backend.models import Area, AuditEntry, Chat, Interview, Outbox, Submission
from backend.people import Role
from bot.messages import Outgoing
from tests.bot.reception.talk import Office
from tests.clock import HandClock

HOUSING = ["140", "130", "6", "4", "2", "2"]
WATER = ["giữ", "92", "40", "không rõ", "400, 380", "0"]


async def notices() -> list[Outgoing]:
    rows = await Outbox.filter(once__startswith="keyed|").order_by("id")
    return [Outgoing.from_json(row.payload) for row in rows]


async def keyed_in(officer, *, number: str = "3") -> str:
    """Water for the village whose list is shown, up to its submission."""
    first = await officer.send(number)
    assert "Câu 1/" in first, first
    for word in WATER:
        said = await officer.send(word)
        while "ĐÚNG" in said and "Câu" not in said.split("ĐÚNG")[0][-40:]:
            said = await officer.send("đúng")
            if "Câu" in said:
                break
    await officer.photo("a well")
    said = await officer.send("xong")
    assert "GỬI" in said, said
    return await officer.send("gửi")


async def test_an_officer_answers_for_a_village_and_its_head_hears_of_it_once(
    office: Office, clock: HandClock
) -> None:
    head = await office.head("ia-dal-thon-3")
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")

    asked = await officer.send("/nhapho")
    assert "thôn nào" in asked
    listed = await officer.send("thôn 3")
    assert "Thôn 3 (Xã Ia Đal)" in listed
    assert "3. Nước sinh hoạt" in listed
    done = await keyed_in(officer)
    assert "Thôn 3" in done, "the list of the village comes again"

    submission = await Submission.get(current_key__isnull=False).prefetch_related(
        "person", "entered_by"
    )
    village = await Area.get(code="ia-dal-thon-3")
    assert submission.questionnaire == "nuoc"
    assert submission.area_id == village.id
    assert submission.person_id != submission.entered_by_id, "the head's answers, not the officer's"
    (notice,) = await notices()
    assert "Thôn 3" in notice.text
    assert "MENU" in notice.text

    # A second questionnaire: the head is not told again.
    await officer.send("1")
    for word in ("giữ", "120", "6", "4", "2", "2"):
        said = await officer.send(word)
        if "Đúng thì" in said and "GỬI" not in said:
            await officer.send("đúng")
    assert len(await notices()) == 1

    # The progress says who keyed it in, and the head corrects it in the own name.
    shown = await officer.send("/tiendo thôn 3 ia đal")
    assert "nhập giúp" in shown.lower()
    await head.send("MENU")
    assert "đã gửi" in (await head.send("3")).lower()
    await head.send("1")
    await head.send("gửi")
    newest = await Submission.get(current_key__isnull=False, questionnaire="nuoc")
    assert (newest.version, newest.entered_by_id) == (2, None)
    assert await Submission.filter(questionnaire="nuoc").count() == 2

    # What the head has answered is shown to the officer who corrects it: that is a look.
    assert not await AuditEntry.filter(action="submission.seen").exists()
    await officer.send("/nhapho thôn 3 ia đal")
    assert "đã gửi" in (await officer.send("3")).lower()
    assert not await AuditEntry.filter(action="submission.seen").exists()
    assert "92" in await officer.send("1")
    seen = await AuditEntry.get(action="submission.seen")
    assert (seen.by, seen.subject) == (submission.entered_by_id, f"submission:{newest.id}")


async def test_last_period_s_answers_shown_to_who_keys_in_are_a_look(
    office: Office, clock: HandClock
) -> None:
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await officer.send("/nhapho thôn 8")
    await keyed_in(officer)
    last = await Submission.get()
    clock.advance(days=60)
    await officer.send("/nhapho thôn 8")
    assert "Câu 1/" in await officer.send("3")
    assert (await AuditEntry.get(action="submission.seen")).subject == f"submission:{last.id}"


async def test_what_the_head_is_answering_is_warned_of_and_kept(
    office: Office, clock: HandClock
) -> None:
    head = await office.head("ia-dal-thon-3")
    await head.send("3")
    await head.send("giữ")
    running = await Interview.get(status="running")

    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await officer.send("/nhapho thôn 3")
    warned = await officer.send("3")
    assert "đang trả lời" in warned
    assert await Interview.filter(status="running").count() == 1, "nothing has begun yet"
    assert "Thôn 3" in await officer.send("không"), "back to the list"
    await officer.send("3")
    assert "Câu 1/" in await officer.send("1")

    kept = await Interview.get(id=running.id)
    assert (kept.status, kept.state) == ("running", running.state)
    assert "Câu 3/" in await head.send("92"), "the head goes on where they were"


async def test_pausing_and_going_on(office: Office, clock: HandClock) -> None:
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    await officer.send("/nhapho ia dal thon 6")
    await officer.send("3")
    await officer.send("giữ")
    await officer.send("nghỉ")
    assert "Câu 2/" in await officer.send("tiếp")
    # Another command in between lets it rest, and nothing is lost.
    listed = await officer.send("/nhapho thon 4 ia dal")
    assert "Thôn 4" in listed
    assert await Interview.filter(status="paused").count() == 1
    await officer.send("hủy")
    assert "Câu 2/" in await officer.send("TIẾP")


async def test_a_village_of_another_commune_and_people_without_the_right(
    office: Office, clock: HandClock
) -> None:
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-toi")
    assert "không tìm thấy" in (await officer.send("/nhapho Thôn 3")).lower()
    village = await Area.get(code="ia-dal-thon-3")
    person = (await Interview.all().count(), officer.chat_id)
    assert person[0] == 0
    department = await office.officer(Role.DEPARTMENT_OFFICER, "ia-hdrai")
    assert "Chỉ cán bộ" in await department.send("/nhapho thôn 3")
    head = await office.head("ia-dal-thon-4")
    assert "Chỉ cán bộ" in await head.send("/nhapho thôn 3")
    for talk in (officer, department, head):
        chat = await Chat.get(id=talk.chat_id)
        assert await village_to_enter(chat.person_id, village.id) is None


async def test_without_a_head_the_answers_stand_under_the_officer_alone(
    office: Office, clock: HandClock
) -> None:
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    await officer.send("/nhapho thôn 8")
    await keyed_in(officer)
    submission = await Submission.get(current_key__isnull=False)
    assert submission.person_id == submission.entered_by_id
    assert await notices() == []
