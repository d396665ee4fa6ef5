"""A command in the middle of an interview: what it asks takes the next number, no question does."""

from __future__ import annotations

from datetime import datetime

from backend.models import Area, Chat, Interview, RoleGrant
from backend.people import Role
from bot.reception.commands import Command
from tests.bot.reception.talk import Office, Talk
from tests.clock import OFFICE_ZONE, HandClock

ASKS = {
    Command.PROGRESS,
    Command.INVITE,
    Command.FOLLOW_UP,
    Command.ENTER,
    Command.STAGES,
    Command.AD_HOC,
    Command.SETTINGS,
}
"""What an officer with two communes, a village that is late and no photo to decide is asked by."""
THE_INTERVIEW_S = {Command.START, Command.HELP, Command.RESUME, Command.PHOTO, Command.WITHDRAW}
"""Those that mean the interview itself while one runs, and the one that ends everything."""


async def an_officer_of_all(office: Office, clock: HandClock) -> Talk:
    talk = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    person = (await Chat.get(id=talk.chat_id)).person_id
    for role, code in ((Role.COMMUNE_OFFICER, "ia-toi"), (Role.ADMIN, "ia-hdrai")):
        area = await Area.get(code=code)
        await RoleGrant.create(person_id=person, role=role, area_id=area.id, granted_at=clock.now())
    return talk


async def test_a_number_after_an_officers_command_is_never_an_answer_of_the_interview(
    office: Office, clock: HandClock
) -> None:
    await office.head("ia-dal-thon-3")
    officer = await an_officer_of_all(office, clock)
    clock.set(datetime(2026, 12, 9, 9, tzinfo=OFFICE_ZONE))
    asked = set()
    for command in (c for c in Command if c not in THE_INTERVIEW_S | {Command.OTHER}):
        await officer.send("/nhapho thôn 3 ia đal")
        assert "Câu 1/" in await officer.send("1"), command
        before = await Interview.get(status="running")

        said = await officer.send(f"/{command}")
        running = await Interview.filter(status="running").exists()
        if running:
            assert "Câu 1/" in said, f"{command}: the question stands again"
            assert not (await Chat.get(id=officer.chat_id)).stage, command
            continue
        asked.add(command)
        await officer.send("1")
        after = await Interview.get(id=before.id)
        assert (after.status, after.state) == ("paused", before.state), command
        # What it began is left; the questionnaire is there as it was.
        await officer.send("hủy")
        await Interview.filter(status="running").exclude(id=before.id).delete()
        await Chat.filter(id=officer.chat_id).update(stage="", stage_data={})
    assert asked >= ASKS


async def test_it_says_that_the_questionnaire_is_kept_and_how_to_go_on(
    office: Office, clock: HandClock
) -> None:
    await office.head("ia-dal-thon-3")
    officer = await an_officer_of_all(office, clock)
    clock.set(datetime(2026, 12, 9, 9, tzinfo=OFFICE_ZONE))
    await officer.send("/nhapho thôn 3 ia đal")
    await officer.send("1")
    said = await officer.send("/nhacnho")
    assert "TIẾP" in said
    assert "Đang gửi 1 tin nhắn" in await officer.send("1")
    assert "Câu 1/" in await officer.send("tiếp")
