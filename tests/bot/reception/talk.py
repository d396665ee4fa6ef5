"""A chat with the real reception, taken turn by turn in a transaction as the engine does it."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tortoise.transactions import in_transaction

from backend.evidence.store import EvidenceStore
from backend.forms import publish_form
from backend.invites import make_invite
from backend.models import Area, Chat, EvidenceFile, Inbox, Interview
from backend.people import Grant, Role
from backend.plans.load import load_pack
from backend.plans.store import active_pack, load_into_database
from backend.status.recorded import progress_of
from bot.attachments import Attachments
from bot.messages import Incoming, Kind, Media, Outgoing
from bot.reception.desk import Desk
from bot.reception.house import House
from bot.turn.shapes import ChatRow, InterviewRow, Turn
from bot.turn.sql import DONE
from conversations.forms.publish import Published, publish
from tests.clock import OFFICE_ZONE, HandClock

PLAN = "vi-du"
FORMS = Path("conversations/questionnaires")
_numbers = count(1)


@functools.cache
def published() -> tuple[Published, ...]:
    """The four questionnaires, converted once for the whole session."""
    return tuple(publish(p.read_bytes(), p.name) for p in sorted(FORMS.rglob("*.md")))


@dataclass
class Office:
    """A desk with the sample plan and the four questionnaires behind it."""

    clock: HandClock
    desk: Desk
    pictures: Attachments

    @classmethod
    async def open(cls, clock: HandClock) -> Office:
        await load_into_database(load_pack(PLAN), clock)
        for form in published():
            await publish_form(form, clock)

        async def progress(code: str, period: str | None):
            return await progress_of(code, period, clock, await active_pack(PLAN), zone=OFFICE_ZONE)

        async def links(code: str, _area_id: int) -> dict[str, str]:
            return {
                "telegram": f"https://t.me/thonmoi_bot?start={code}",
                "web": f"https://example.test/c/?code={code}",
            }

        house = House(
            pack=lambda: active_pack(PLAN),
            progress=progress,
            zone=OFFICE_ZONE,
            public_url="https://example.test",
            links=links,
        )
        store = EvidenceStore("memory:///", "attachments")
        return cls(clock, Desk(house), Attachments(store, progress, OFFICE_ZONE, clock=clock))

    async def invite(self, role: Role, area: str, **kwargs: object) -> str:
        found = await Area.get(code=area)
        _, code = await make_invite(Grant(role, found.id), self.clock.now(), **kwargs)
        return code

    async def chat(self, external_id: str = "", *, private: bool = True) -> Talk:
        row = await Chat.create(
            channel="telegram",
            external_id=external_id or f"chat{next(_numbers)}",
            private=private,
            created_at=self.clock.now(),
        )
        return Talk(self, row.id, row.external_id, private=private)

    async def head(self, area: str = "ia-dal-thon-3") -> Talk:
        """A village head who has agreed."""
        talk = await self.chat()
        await talk.send(await self.invite(Role.VILLAGE_HEAD, area))
        await talk.send("đồng ý")
        return talk

    async def officer(self, role: Role, area: str) -> Talk:
        talk = await self.chat()
        await talk.send(await self.invite(role, area))
        return talk


@dataclass
class Talk:
    """One chat. Every sending returns what was answered, as one text."""

    office: Office
    chat_id: int
    external_id: str
    private: bool = True
    last: list[Outgoing] = field(default_factory=list)
    everything: list[Outgoing] = field(default_factory=list)

    async def send(self, text: str, user: str = "") -> str:
        return await self.take(Kind.TEXT, text=text, user=user)

    async def press(self, label: str) -> str:
        """Press the newest button with this label."""
        for message in reversed(self.everything):
            for row in message.buttons:
                for button in row:
                    if button.label == label:
                        return await self.press_data(button.data)
        raise AssertionError(f"no button {label!r}")

    async def press_data(self, data: str) -> str:
        """Press a button that was shown some time."""
        prompt, _, value = data.partition(":")
        return await self.take(Kind.PRESS, prompt=int(prompt), text=value)

    def buttons(self) -> list[str]:
        """Return the data of the newest message's buttons."""
        return [b.data for row in self.last[-1].buttons for b in row]

    async def photo(
        self, content: str, *, album: str = "", refusal: str = "", advice: str = ""
    ) -> str:
        sha = hashlib.sha256(content.encode()).hexdigest()
        if not refusal:
            await EvidenceFile.get_or_create(
                sha256=sha,
                defaults={
                    "media_type": "image/jpeg",
                    "size": 1,
                    "width": 1,
                    "height": 1,
                    "preview": sha,
                    "stored_at": self.office.clock.now(),
                },
            )
        media = Media(
            "file", album=album, sha256="" if refusal else sha, refusal=refusal, advice=advice
        )
        return await self.take(Kind.PHOTO, media=media)

    async def take(self, kind: Kind, **fields: object) -> str:
        """Have one turn as `bot.turn.engine` has it."""
        now = self.office.clock.advance(seconds=1)
        incoming = Incoming(
            "telegram",
            str(next(_numbers)),
            self.external_id,
            str(fields.pop("user", "") or self.external_id),
            kind,
            private=self.private,
            **fields,
        )
        # What a channel hands over survives its trip through the journal.
        incoming = Incoming.from_json(incoming.to_json())
        async with in_transaction():
            chat = await Chat.get(id=self.chat_id)
            running = (
                await Interview.get_or_none(running_for=chat.person_id) if chat.person_id else None
            )
            row = running and InterviewRow(
                running.id,
                running.form_version_id,
                running.questionnaire,
                running.area_id,
                running.period,
                running.state,
            )
            chat_row = ChatRow(
                chat.id, "telegram", "", chat.external_id, chat.private, chat.person_id, chat.lang,
                chat.stage,
            )  # fmt: skip
            kept = await Inbox.create(
                channel="telegram",
                external_id=incoming.external_id,
                chat_id=chat.id,
                payload=incoming.to_json(),
                status=DONE,
                received_at=now,
                done_at=now,
            )
            reply = await self.office.desk.receive(Turn(kept.id, chat_row, incoming, row, now))
            if running and (reply.state is not None or reply.status != "running"):
                await Interview.filter(id=running.id).update(
                    state=reply.state or running.state,
                    status=reply.status,
                    running_for=chat.person_id if reply.status == "running" else None,
                    changed_at=now,
                )
        self.last = [Outgoing.from_json(m.to_json()) for m in reply.outgoing]
        self.everything += self.last
        for message in self.last:
            for buttons in message.buttons:
                assert all(len(b.data.encode()) <= 64 for b in buttons)
        return "\n\n".join(m.text for m in self.last if not m.closes)

    async def answer(self, *words: str) -> str:
        """Send several answers one after the other; return the reply to the last."""
        said = ""
        for word in words:
            said = await self.send(word)
        return said
