"""Receptions that tests of the engine put behind it, and what people write to them."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict

from backend.models import Area, Chat, FormVersion, Interview, Person
from bot.messages import Incoming, Kind, Outgoing
from bot.turn.engine import Turns
from bot.turn.shapes import Reply, Turn
from tests.clock import HandClock


class Echo:
    """Says back what it heard and remembers the order per chat."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = defaultdict(list)

    async def receive(self, turn: Turn) -> Reply:
        self.heard[turn.chat.external_id].append(turn.incoming.text)
        return Reply([Outgoing(f"echo {turn.incoming.text}", prompt=turn.inbox_id)])


def text(chat: str, words: str, external_id: str | None = None, **more: object) -> Incoming:
    return Incoming(
        "test", external_id or f"{chat}-{words}", chat, chat, Kind.TEXT, text=words, **more
    )


class Breaks(Echo):
    """Raises for some words, as often as told."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.raised = 0

    async def receive(self, turn: Turn) -> Reply:
        if turn.incoming.text == "bad" and self.raised < self.times:
            self.raised += 1
            await Chat.filter(id=turn.chat.id).update(stage="half done")
            raise ValueError("the person's own words: bad")
        return await super().receive(turn)


async def running(reception: Echo, clock: HandClock, **options: object) -> Turns:
    turns = Turns(reception, clock, **options)
    await turns.start()
    return turns


class Album(Echo):
    """Acknowledges each photo a moment later, and sends one thing once ever."""

    async def receive(self, turn: Turn) -> Reply:
        self.heard[turn.chat.external_id].append(turn.incoming.media.refusal or "kept")
        n = len(self.heard[turn.chat.external_id])
        return Reply(
            [
                Outgoing(f"{n} photos", prompt=n, hold=1.5),
                Outgoing("welcome", once="welcome"),
            ]
        )


class Counts:
    """Counts in the person's interview, as a real questionnaire keeps its state."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    async def receive(self, turn: Turn) -> Reply:
        assert turn.interview is not None
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        state = [*json.loads(turn.interview.state), turn.incoming.text]
        return Reply(
            [Outgoing(str(len(state)), prompt=len(state))],
            json.dumps(state),
            "submitted" if turn.incoming.text == "end" else "running",
        )


async def interview(clock: HandClock, *chats: str) -> int:
    """Make one person with these chats and a running interview; return its id."""
    person = await Person.create(name="A", created_at=clock.now())
    for chat in chats:
        await Chat.create(channel="test", external_id=chat, person=person, created_at=clock.now())
    area, _ = await Area.get_or_create(
        code="v", defaults={"level": "village", "name": "V", "folded": "v"}
    )
    form, _ = await FormVersion.get_or_create(
        form_id="f", version="1",
        defaults={"title": "F", "xml": "", "sha256": "", "published_at": clock.now()},
    )  # fmt: skip
    row = await Interview.create(
        person=person, running_for=person.id, form_version=form, questionnaire="f", area=area,
        period="2026", status="running", state="[]", started_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    return row.id
