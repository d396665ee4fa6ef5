"""What the reception is given, and one visit to it outside a running interview."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from backend.access import Rights, rights_of
from backend.models import Chat
from backend.plans.schema import Pack
from backend.status.model import Progress
from bot.messages import Button, Kind, Outgoing, Wants
from bot.reception.effects import rows_of
from bot.turn.shapes import Turn
from conversations.answers.courtesy import without_courtesy
from conversations.text import Paragraph, Text, fold
from locales import Catalog, catalog

_LISTED: Final = "listed"
_MOST_NUMBERS: Final = 1_000_000_000
"""Every channel's button carries nine digits."""
_MAX_LABEL: Final = 60


@dataclass(frozen=True, slots=True)
class House:
    """Handed in by whoever composes the program.

    `pack` returns the plan in force. `progress` takes an area's code and a period (None: the
    present one). `links` returns the links that carry an invitation's code, by channel, for an
    area's id.
    """

    pack: Callable[[], Awaitable[Pack]]
    progress: Callable[[str, str | None], Awaitable[Progress]]
    zone: ZoneInfo
    public_url: str
    links: Callable[[str, int], Awaitable[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Visit:
    """One message of a known person that is no answer to a question of an interview."""

    turn: Turn
    house: House
    catalog: Catalog
    rights: Rights
    stage: str
    stage_data: dict[str, Any]
    listed: int = 0
    """The `number` of the visit whose buttons answer what the chat waits for."""

    @property
    def number(self) -> int:
        """What this visit's buttons carry; no other of the last thousand million has it."""
        return self.turn.inbox_id % _MOST_NUMBERS

    @property
    def asked_by(self) -> int:
        """Id of the message in answer to which was shown what the chat waits for."""
        return self.turn.inbox_id - (self.turn.inbox_id - self.listed) % _MOST_NUMBERS

    @property
    def kept(self) -> dict[str, Any]:
        """What `wait_for` takes to wait for the same as before, with the same buttons."""
        return {**self.stage_data, _LISTED: self.listed}

    @property
    def person_id(self) -> int:
        """Who is visiting."""
        return self.rights.person_id

    @property
    def now(self) -> datetime:
        """When the turn runs, in UTC."""
        return self.turn.now

    @property
    def today(self) -> date:
        """The office's day."""
        return self.turn.now.astimezone(self.house.zone).date()

    async def wait_for(self, stage: str, **data: object) -> None:
        """Remember what the next message of this chat is taken for, and whose buttons answer it.

        These are this visit's, unless `data` is made of `kept`.
        """
        data = {_LISTED: self.number, **data}
        await Chat.filter(id=self.turn.chat.id).update(stage=stage, stage_data=data)

    async def stop(self, words: Text) -> list[Outgoing]:
        """Wait for nothing any more and say so."""
        await self.wait_for("")
        return [self.say(words)]

    def said(self, mark: str = "") -> str:
        """Return the value of a pressed button without its `mark`, else the words, folded."""
        incoming = self.turn.incoming
        if incoming.kind is Kind.PRESS:
            return incoming.text.removeprefix(mark)
        return without_courtesy(fold(incoming.text).strip(" .!"))

    def button(self, label: Text | str, value: str, *, of: int = 0) -> Button:
        """Return a button that answers only while the chat waits for it (`bot.reception.stale`).

        `of` is the number of an earlier visit whose list this one shows again.
        """
        words = label if isinstance(label, str) else self.catalog.say(label)
        return Button(words[:_MAX_LABEL], f"{of or self.number}:{value}")

    def say(
        self,
        *paragraphs: Paragraph,
        buttons: list[Button] | None = None,
        wants: Wants = Wants.NOTHING,
    ) -> Outgoing:
        """Return one message of these paragraphs."""
        return Outgoing(self.catalog.join(paragraphs), buttons=rows_of(buttons or []), wants=wants)


async def visit_of(house: House, turn: Turn, person_id: int | None = None) -> Visit:
    """Return the visit of the turn's person, or of one who has just come in."""
    person = person_id or turn.chat.person_id
    assert person is not None, "a visit is somebody's"  # noqa: S101  (the door is for the others)
    row = await Chat.get(id=turn.chat.id).only("id", "stage", "stage_data")
    data: dict[str, Any] = dict(row.stage_data)
    listed = data.pop(_LISTED, 0)
    return Visit(
        turn=turn,
        house=house,
        catalog=catalog(turn.chat.lang),
        rights=await rights_of(person),
        stage=row.stage,
        stage_data=data,
        listed=listed if isinstance(listed, int) else 0,
    )


def sent_at(turn: Turn) -> datetime:
    """Return when the person sent the message: the channel's time, never after ours."""
    told = turn.incoming.sent_at
    return min(datetime.fromtimestamp(told, turn.now.tzinfo), turn.now) if told > 0 else turn.now
