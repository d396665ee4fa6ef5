"""The product's reception on one questionnaire without end, and people for it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from backend.clock import Clock
from backend.models import Area, Chat, FormVersion, Interview, Person
from bench.load import PEOPLE
from bench.story import ANSWERS, INTERVIEW, MOMENT, first
from bot.messages import Incoming, Outgoing
from bot.reception.desk import Desk
from bot.reception.effects import outgoing_of
from bot.reception.house import House
from bot.turn.shapes import Reply, Turn
from conversations.forms.load import load
from conversations.interview.events import Typed
from conversations.interview.state import State
from conversations.interview.step import begin, step
from locales import catalog


class Filled:
    """Takes answers of the water questionnaire, and begins it anew when it is sent."""

    def __init__(self, xml: str) -> None:
        self.form = load(xml)
        self.vi = catalog("vi")

    def answer(self, state: str | None, incoming: Incoming) -> tuple[str, list[Outgoing]]:
        """Return the new state and what to say."""
        before = State.from_json(state) if state else first(self.form)
        after, effects = step(self.form, before, Typed(incoming.text), MOMENT)
        if after.phase.name == "SUBMITTED":
            after, effects = begin(self.form, lang="vi", now=MOMENT, instance_id="uuid:bench")
        return after.to_json(), outgoing_of(effects, self.vi, INTERVIEW)[-1:]


class Round(Desk):
    """The product's reception; only what follows GỬI is left out, so that the round goes on."""

    def __init__(self, xml: str) -> None:
        super().__init__(House(nothing, nothing, ZoneInfo("UTC"), "", nothing))
        self.filled = Filled(xml)

    async def receive(self, turn: Turn) -> Reply:
        """Take one answer."""
        assert turn.interview is not None
        if turn.incoming.text == ANSWERS[-1]:
            state, out = self.filled.answer(turn.interview.state, turn.incoming)
            return Reply(out, state)
        return await super().receive(turn)


async def nothing(*_: object) -> Any:
    """Stand in for what no answer of this questionnaire needs."""
    raise NotImplementedError


async def reception(task: dict[str, Any], clock: Clock) -> Round:
    """Put the people into the empty database, each with a running interview."""
    desk = Round(task["xml"])
    now, state = clock.now(), first(desk.filled.form).to_json()
    area = await Area.create(code="v", level="village", name="V", folded="v")
    form = await FormVersion.create(
        form_id="nuoc", version="1", title="", xml=task["xml"], sha256="bench", published_at=now
    )
    for n in range(1, PEOPLE + 1):
        person = await Person.create(name=str(n), created_at=now)
        await Chat.create(channel="telegram", external_id=str(n), person=person, created_at=now)
        await Interview.create(
            person=person, running_for=person.id, form_version=form, questionnaire="nuoc",
            area=area, period="2026", status="running", state=state, started_at=now,
            changed_at=now,
        )  # fmt: skip
    return desk
