"""A commune of fifty villages for a month, in one process: real desk, turns, tick and sender.

The channels are fakes that declare what the Zalo bot's free plan allows, and a web chat. Fifty
people fill one bot, so the village heads have it for themselves and the officers are on the web.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

from backend.forms import publish_form
from backend.invites import make_invite
from backend.models import Area, Chat, EvidenceFile, Outbox, SentMonth
from backend.people import Grant, Role
from backend.plans.load import load_pack
from backend.plans.schema import Pack
from backend.plans.store import active_pack, load_into_database
from backend.quota.books import Bot, note_bots
from backend.status.recorded import progress_of
from bot.messages import Allowance, Capabilities, Incoming, Kind, Media, Outgoing
from bot.quota_watch import watch
from bot.reception.desk import Desk
from bot.reception.house import House
from bot.schedule import Schedule, tick
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.outbox import Marks
from bot.turn.quota import Quota
from bot.turn.sender import Sender
from tests.bot.reception.talk import published
from tests.clock import OFFICE_ZONE, HandClock
from tests.fakes.channel import FakeChannel
from tests.journeys.village import QUESTIONNAIRES

VILLAGES = 50
FREE_PLAN = Allowance(per_month=3_000, people=50)
COMMUNE, DISTRICT = "xa-thu", "huyen-thu"
SHA = "5" * 64
MISTAKE = "???"
_numbers = count(1)


def plan() -> Pack:
    """The sample plan, with one commune of fifty villages in place of its areas."""
    raw = load_pack("vi-du").model_dump(mode="json", exclude_unset=True)
    areas = [
        {"code": DISTRICT, "level": "district", "name": "Huyện Thử"},
        {"code": COMMUNE, "level": "commune", "name": "Xã Thử", "parent": DISTRICT},
    ]
    areas += [
        {
            "code": f"thon-{n}",
            "level": "village",
            "name": f"Thôn {n}",
            "parent": COMMUNE,
            "households": {"value": 96},
        }
        for n in range(1, VILLAGES + 1)
    ]
    for gone in ("targets", "sponsors", "predecessors"):
        raw.pop(gone, None)
    return Pack.model_validate(raw | {"id": "thang-thu", "root": DISTRICT, "areas": areas})


@dataclass
class Head:
    """A village head: what they see last, and how clumsy they are."""

    name: str
    random: Random
    clumsy: float = 0.0
    costs: Counter[str] = field(default_factory=Counter)


class Month:
    """Everything, moved by hand."""

    def __init__(self, clock: HandClock, rules: Allowance = FREE_PLAN) -> None:
        self.clock = clock
        self.zalo = FakeChannel(
            Capabilities(
                buttons=False, edits=False, max_text=2_000, per_second=0.0, per_chat_seconds=0.0,
                allowance=rules,
            )
        )  # fmt: skip
        self.web = FakeChannel()
        self.zalo.name, self.web.name = "zalo_bot", "web"
        self.pack = plan()
        house = House(
            pack=self._pack,
            progress=self._progress,
            zone=OFFICE_ZONE,
            public_url="https://example.test",
            links=self._links,
        )
        marks = Marks()
        self.sender = Sender(
            [self.zalo, self.web], clock, marks=marks, quota=Quota(OFFICE_ZONE), sleep=clock.sleep
        )
        self.turns = Turns(Desk(house), clock, marks=marks, on_queued=self.sender.offer)
        self.journal = TurnJournal(self.turns)
        self.schedule = Schedule(self._pack, OFFICE_ZONE, self._attach)
        self.heads = [
            Head(f"zalo-{n}", Random(n), clumsy=0.08)  # noqa: S311  (clumsiness is no secret)
            for n in range(1, VILLAGES + 1)
        ]

    async def _pack(self) -> Pack:
        return await active_pack(self.pack.id)

    async def _progress(self, code: str, period: str | None):
        return await progress_of(code, period, self.clock, await self._pack(), zone=OFFICE_ZONE)

    async def _links(self, code: str, area_id: int) -> dict[str, str]:
        return {"web": f"https://example.test/c/?code={code}&area={area_id}"}

    async def _attach(self, data: bytes) -> str:
        return f"k{len(data)}"

    async def open(self) -> None:
        await load_into_database(self.pack, self.clock)
        for form in published():
            await publish_form(form, self.clock)
        able = self.zalo.capabilities.allowance
        bots = [Bot("zalo_bot", "", able), Bot("web", "", Allowance(), rings=False)]
        await note_bots(bots, self.clock.now())
        await EvidenceFile.create(
            sha256=SHA, media_type="image/jpeg", size=1, width=1, height=1, preview=SHA,
            stored_at=self.clock.now(),
        )  # fmt: skip
        await self.sender.open()
        await self.turns.start()

    async def close(self) -> None:
        await self.turns.stop()
        await self.sender.stop()

    # -- people -------------------------------------------------------------------------------

    async def invite(self, role: Role, area: str) -> str:
        found = await Area.get(code=area)
        _, code = await make_invite(Grant(role, found.id), self.clock.now())
        return code

    async def officers(self) -> None:
        for name, role, area in (
            ("web-xa", Role.COMMUNE_OFFICER, COMMUNE),
            ("web-huyen", Role.DISTRICT_OFFICER, DISTRICT),
            ("web-quan-tri", Role.ADMIN, DISTRICT),
        ):
            await self.say({name: await self.invite(role, area)}, channel="web")

    async def enrol(self, heads: list[Head]) -> None:
        codes = {h.name: await self.invite(Role.VILLAGE_HEAD, _village(h)) for h in heads}
        await self.say(codes)
        await self.say(dict.fromkeys(codes, "đồng ý"))

    async def say(
        self, said: dict[str, str], channel: str = "zalo_bot", *, photo: bool = False
    ) -> None:
        """Let each of these chats say something at the same time, and deliver the answers."""
        self.clock.advance(20)
        await self.journal.record(
            [
                Incoming(
                    channel, str(next(_numbers)), chat, chat,
                    Kind.PHOTO if photo else Kind.TEXT,
                    sent_at=self.clock.now().timestamp(),
                    text="" if photo else text,
                    media=Media("file", sha256=SHA) if photo else None,
                )
                for chat, text in said.items()
            ]
        )  # fmt: skip
        await self.deliver()

    async def deliver(self) -> None:
        await self.turns.settled()
        self.clock.advance(2)  # an album's answer waits so long
        await self.sender.sweep()
        await self.sender.delivered()

    def last(self, head: Head) -> str:
        return self.zalo.sent[head.name][-1]

    async def answer(self, heads: list[Head], word: str) -> None:
        """Answer a question; some mistype first; every doubt is confirmed."""
        clumsy = [h for h in heads if h.random.random() < h.clumsy]
        if clumsy:
            await self.say({h.name: MISTAKE for h in clumsy})
        await self.say({h.name: word for h in heads})
        while doubting := [h for h in heads if _doubts(self.last(h))]:
            await self.say({h.name: "đúng" for h in doubting})

    async def questionnaire(self, heads: list[Head], title: str, *, pause: bool = False) -> None:
        """Have one questionnaire answered by several heads, up to «đã gửi»."""
        before = {h.name: len(self.zalo.sent[h.name]) for h in heads}
        await self.say({h.name: title.partition(".")[0] for h in heads})
        assert all("Câu 1/" in self.last(h) for h in heads), self.last(heads[0])
        words = QUESTIONNAIRES[title]
        for number, word in enumerate(words):
            if pause and number == len(words) // 2:
                await self.say({h.name: "nghỉ" for h in heads})
                self.clock.advance(hours=5)
                await self.say({h.name: "tiếp" for h in heads})
            await self.answer(heads, word)
        await self.say({h.name: "" for h in heads}, photo=True)
        await self.say({h.name: "xong" for h in heads})
        await self.say({h.name: "gửi" for h in heads})
        assert all("Đã gửi xong" in "\n".join(self.zalo.sent[h.name][-2:]) for h in heads), (
            self.last(heads[0])
        )
        for h in heads:
            h.costs[title] = len(self.zalo.sent[h.name]) - before[h.name]

    # -- time ---------------------------------------------------------------------------------

    async def until(self, moment: datetime) -> None:
        """Go on to a moment, ticking in the morning and at noon of each day on the way."""
        while True:
            local = self.clock.now().astimezone(OFFICE_ZONE)
            today = [local.replace(hour=7, minute=31), local.replace(hour=13, minute=0)]
            tomorrow = today[0] + timedelta(days=1)
            next_look = min(at for at in (*today, tomorrow) if at > local)
            if next_look > moment:
                break
            self.clock.set(next_look)
            await self.look()
        self.clock.set(max(moment, self.clock.now()))

    async def look(self) -> None:
        await tick(self.clock, self.schedule)
        await self.deliver()
        if await watch(self.clock, OFFICE_ZONE, self.pack):
            await self.deliver()

    async def spent(self) -> dict[str, int]:
        rows = await SentMonth.filter(channel="zalo_bot")
        total: Counter[str] = Counter()
        for row in rows:
            total[row.purpose] += row.sent
        return dict(total)

    async def lost(self) -> list[tuple[str, str, str]]:
        """What was not delivered though nothing newer took its place: (chat, purpose, text)."""
        chats = dict(await Chat.all().values_list("id", "external_id"))
        return [
            (chats[row.chat_id], row.purpose, Outgoing.from_json(row.payload).text[:60])
            for row in await Outbox.exclude(status__in=(1, 2))
        ]


def _village(head: Head) -> str:
    return head.name.replace("zalo-", "thon-")


def _doubts(text: str) -> bool:
    return "1. Đúng" in text
