"""The reception behind the real turns: many people at once, every message twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import pytest

from backend.models import Chat, Inbox, Interview, Outbox, Submission
from backend.people import Role
from bot.messages import Incoming, Kind, Outgoing
from bot.telling import tell_person
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from tests.bot.reception.talk import Office

VILLAGES = ("ia-dal-thon-1", "ia-dal-thon-3", "ia-dal-thon-4", "ia-toi-thon-1", "ia-toi-thon-7")
SAID = ("đồng ý", "3", "60", "đúng", "50", "40", "ko rõ", "200 180", "0", "bỏ qua", "gửi")
_ids = count(1)


@pytest.fixture
async def turns(office: Office) -> AsyncIterator[Turns]:
    engine = Turns(office.desk, office.clock)
    await engine.start()
    yield engine
    await engine.stop()


async def test_five_villages_at_once(office: Office, turns: Turns) -> None:
    journal = TurnJournal(turns)
    codes = {v: await office.invite(Role.VILLAGE_HEAD, v) for v in VILLAGES}
    for step in range(len(SAID) + 1):
        office.clock.advance(seconds=2)
        batch = [
            Incoming(
                "telegram",
                f"{village}-{step}",
                village,
                village,
                Kind.TEXT,
                text=SAID[step - 1] if step else codes[village],
            )
            for village in VILLAGES
        ]
        await journal.record([*batch, *batch])
        await turns.settled()
    assert await Inbox.exclude(status=2).count() == 0
    submissions = await Submission.all().prefetch_related("area")
    assert sorted(s.area.code for s in submissions) == sorted(VILLAGES)
    assert await Interview.filter(status="submitted", running_for=None).count() == len(VILLAGES)
    for village in VILLAGES:
        chat = await Chat.get(external_id=village)
        sent = [Outgoing.from_json(r.payload) for r in await Outbox.filter(chat_id=chat.id)]
        assert sum("Đã gửi xong" in m.text for m in sent) == 1
        assert not any("Something" in m.text for m in sent)


async def test_a_number_after_a_notice_is_answered_with_the_question(
    office: Office, turns: Turns
) -> None:
    """The engine's own journal and outbox say what this chat was sent since."""
    journal = TurnJournal(turns)
    said = count(1)

    async def reply(text: str) -> str:
        office.clock.advance(seconds=2)
        number = str(next(said))
        await journal.record([Incoming("telegram", number, "minh", "minh", Kind.TEXT, text=text)])
        await turns.settled()
        chat = await Chat.get(external_id="minh")
        row = await Outbox.filter(chat_id=chat.id, purpose="answer").order_by("-id").first()
        return Outgoing.from_json(row.payload).text

    await reply(await office.invite(Role.DISTRICT_OFFICER, "ia-hdrai"))
    asked = await reply("/moi")
    assert "Vừa có tin khác" not in asked
    person = (await Chat.get(external_id="minh")).person_id
    await tell_person(person, ["Tin của cơ quan"], "one", office.clock.advance(seconds=2))
    again = await reply("1")
    assert "Vừa có tin khác xen vào" in again
    assert asked in again
    assert "Mời cho nơi nào" in await reply("1"), "now it stands last"
