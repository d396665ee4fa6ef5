"""An old message is changed: the number stays, and the person hears how to change it."""

from __future__ import annotations

from backend.models import Interview
from bot.messages import EDITED, Kind
from conversations.interview.state import State
from tests.bot.reception.talk import Office


async def test_a_changed_message_changes_nothing_and_says_how_to(office: Office) -> None:
    talk = await office.head()
    assert "tin mới" in await talk.take(Kind.UNSUPPORTED, text=EDITED)
    await talk.send("3")
    await talk.answer("giữ", "92")
    said = await talk.take(Kind.UNSUPPORTED, text=EDITED)
    assert "SỬA 3" in said
    assert "Câu 3/" in said, "the question that is asked stays asked"
    assert len(talk.last) == 1
    interview = await Interview.get(status="running")
    assert "92" in {e.value for e in State.from_json(interview.state).answers.values()}
    await talk.send("nghỉ")
    await talk.take(Kind.UNSUPPORTED, text=EDITED)
    assert (await Interview.get(id=interview.id)).status == "paused", "it wakes nothing"


async def test_a_stranger_is_shown_the_door_as_ever(office: Office) -> None:
    talk = await office.chat()
    assert "tin mới" not in await talk.take(Kind.UNSUPPORTED, text=EDITED)
