"""The composition root: the one module that knows every room and puts them together.

    doors (Telegram, web chat) ─► journal ─► turns ─► outbox ─► sender ─► doors
                                               │
                              reception ── interview ── office (status, evidence, schedule)

`web` answers HTTP and takes turns; `worker` polls, fetches photos, sends and ticks; `run` does
both in one process. On SQLite only `run` is allowed: one file, one process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from zlib import crc32

from aiohttp import web
from tortoise.exceptions import OperationalError

from backend.clock import Clock
from backend.database import close_database, open_database
from backend.dossier.jobs import DOSSIERS, clear_old
from backend.evidence.keep import PhotoKeeper
from backend.evidence.mark import mark_first
from backend.evidence.store import EvidenceStore
from backend.office.access_log import RedactedAccessLogger
from backend.office.parts import Office
from backend.office.routes import office_routes
from backend.plans.schema import Pack
from backend.plans.store import NoPlanError, active_pack, bare_pack
from backend.quota.books import Bot, note_bots
from backend.retention import daily
from backend.review.still_told import tell_later
from backend.settings import Settings
from backend.status.model import Progress
from backend.status.recorded import progress_of
from bot.attachments import Attachments
from bot.background import as_task, background
from bot.doors.door import Door, Receiving
from bot.doors.links import Way, invite_links
from bot.doors.settings import read_bots
from bot.doors.telegram import TelegramDoor
from bot.doors.zalo_bot import ZaloBotDoor
from bot.doors.zalo_oa import ZaloOADoor
from bot.evidence_keeper import EvidenceKeeper
from bot.limits import MAX_PHOTO_BYTES
from bot.listening import IDLE_SECONDS, listen, room
from bot.photo_disk import look_for_photos
from bot.public_pictures import PublicPictures
from bot.quota_watch import watch
from bot.reception.desk import Desk
from bot.reception.house import House
from bot.schedule import Schedule, Ticker, tick
from bot.sent_photos import SentPhotos
from bot.server_log import server_log
from bot.still_wanted import still_wanted
from bot.telling import tell_person
from bot.tick_note import note_tick
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.leader import POLLER_LOCK, SCHEDULE_LOCK, SENDER_LOCK, Leader
from bot.turn.media import MediaWorker
from bot.turn.outbox import Marks
from bot.turn.quota import Quota
from bot.turn.sender import Sender
from bot.turn.shapes import Channel
from bot.way_on import ways_on
from bot.web_chat.channel import WebChannel
from bot.web_chat.routes import WebChat, web_chat_routes
from bot.web_chat.spool import Spool
from bot.web_chat.wakes import Wakes
from conversations.text import Paragraph
from locales import catalog

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Duties:
    """What this process does."""

    web: bool = True
    worker: bool = True


class Program:
    """Everything, wired. Opens the database itself; tests reach in through the attributes."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        duties: Duties | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Wire the parts; nothing is opened or started before `running`.

        `sleep` paces sending and backs off; a test hands in one that moves its clock.
        """
        self.settings = settings
        self.clock = clock
        self.duties = duties or Duties()
        self.photos = EvidenceStore(settings.evidence_url, marked=True)
        self.made = EvidenceStore(settings.evidence_url, "attachments", marked=True)
        self.attachments = Attachments(
            self.made, self.progress, settings.zone, SentPhotos(self.photos, clock), clock=clock
        )
        self.pictures = PublicPictures(
            settings.secret_key, settings.public_url, clock, self.attachments.get
        )
        self.wakes = Wakes()
        self.spool = Spool(settings.data_dir / "spool")
        self._sleep = sleep
        self.doors = self._doors()
        self.channels: list[Channel] = [WebChannel(self.wakes, self.spool)]
        self.channels += [door.channel for door in self.doors]
        self.house = House(
            pack=self.pack,
            progress=self.progress,
            zone=settings.zone,
            public_url=settings.public_url,
            links=self.links,
        )
        self.still_wanted = still_wanted(self.pack, clock, settings.zone)
        self.marks = Marks()
        self.keeper = PhotoKeeper(self.photos, clock, settings.zone)
        self.sender = Sender(
            self.channels,
            clock,
            marks=self.marks,
            quota=Quota(settings.zone, settings.quota_per_person),
            way_on=ways_on(settings.public_url, clock),
            still_wanted=self.still_wanted,
            sleep=sleep,
        )
        self.turns = Turns(
            Desk(self.house),
            clock,
            marks=self.marks,
            on_queued=self.sender.offer,
            on_photos=lambda: self.media.wake(),  # noqa: PLW0108  (media is made below)
            lang=settings.lang,
        )
        evidence = EvidenceKeeper(self.keeper, self._keep_position)
        self.media = MediaWorker(
            self.channels,
            evidence.store,
            self.turns.wake,
            write=evidence.write,
            sleep=sleep,
            known_only=True,
        )
        self.journal = TurnJournal(self.turns)
        self.schedule = Schedule(self.pack, settings.zone, self.attachments.put)
        self.ticker = Ticker(self.tick)
        self.receiving = [(door, door.receive(self.journal)) for door in self.doors]

    async def pack(self) -> Pack:
        """Return the plan in force, as the office has set it by today."""
        today = self.clock.now().astimezone(self.settings.zone).date()
        return await active_pack(self.settings.plan, today)

    async def progress(self, area_code: str, period: str | None) -> Progress:
        """Return what `/tiendo` is made of."""
        pack = await self.pack()
        return await progress_of(area_code, period, self.clock, pack, zone=self.settings.zone)

    async def links(self, code: str, area_id: int) -> dict[str, str]:
        """Return where somebody invited to an area may go with a code, by channel."""
        ways = [Way(door.family, door.area, door.link) for door in self.doors]
        return await invite_links(ways, self.settings.public_url, code, area_id)

    async def tell(self, person_id: int, words: Sequence[Paragraph], once: str) -> None:
        """Send words to a person in the chat they used last, if there is one."""
        if await tell_person(person_id, words, once, self.clock.now()):
            self.sender.wake()

    async def tick(self) -> int:
        """Queue what is due and let the sender know; without a plan nothing is due."""
        queued = 0
        try:
            queued += await tick(self.clock, self.schedule)
            queued += await watch(
                self.clock, self.settings.zone, await self.pack(), self.still_wanted
            )
        except NoPlanError:
            log.warning("no plan is loaded, so nobody is reminded: run `thonmoi plan load`")
        queued += await tell_later(self.clock.now(), self.settings.zone)
        queued += await look_for_photos(self.photos, self.clock.now(), self.settings.zone)
        if queued:
            self.sender.wake()
        await self._remove_old()
        note_tick(self.settings.data_dir, self.clock.now())
        return queued

    async def _remove_old(self) -> None:
        """Do a part of the day's removing; a store that is away is asked again at the next tick."""
        settings = self.settings
        try:
            await daily(settings, self.clock, self.photos, self.made)
            await asyncio.to_thread(clear_old, settings.data_dir / DOSSIERS, self.clock.now())
            await self.spool.sweep(self.clock.now())
        except OSError as error:
            log.warning("what is old enough is not removed yet: %s", type(error).__name__)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the database, start this process's duties, and end them in the reverse order."""
        async with AsyncExitStack() as stack:
            await open_database(self.settings.database_url)
            stack.push_async_callback(close_database)
            await self._note_bots()
            await self._look_for_photos()
            for door in self.doors:
                await door.start()
                stack.push_async_callback(door.stop)
            stack.callback(self.keeper.close)
            if self.duties.worker:
                await self._lead(stack, SENDER_LOCK, self.sender.start, self.sender.stop)
            await self.turns.start()
            stack.push_async_callback(self.turns.stop)
            if self.duties.worker:
                await self.media.start()
                stack.push_async_callback(self.media.stop)
                await self._lead(stack, SCHEDULE_LOCK, self.ticker.start, self.ticker.stop)
            if self.duties.web:
                await self._serve(stack)
            for door, receiving in self.receiving:
                self._receive(stack, door, receiving)
            yield

    async def _look_for_photos(self) -> None:
        """Mark the folder of the photos at the first start; without tables there is none yet."""
        try:
            await mark_first(self.photos, self.settings.data_dir)
        except (OSError, OperationalError) as error:
            log.warning("the folder of the photos is not marked: %s", type(error).__name__)

    async def _note_bots(self) -> None:
        """Let all processes know what the channels allow; without tables there is nobody to tell."""
        share = self.settings.quota_reserve
        able = [(c, c.capabilities) for c in self.channels]
        bots = [Bot(c.name, c.bot, a.allowance, rings=a.rings, share=share) for c, a in able]
        try:
            await note_bots(bots, self.clock.now())
        except OperationalError as error:
            log.warning("what the channels allow is not kept: %s", type(error).__name__)

    # -- one duty each ------------------------------------------------------------------------

    async def _lead(
        self,
        stack: AsyncExitStack,
        lock: int,
        start: Callable[[], Awaitable[None]],
        stop: Callable[[], Awaitable[None]],
    ) -> None:
        leader = Leader(self.settings.database_url, lock)
        background(stack, leader.lead(start, stop), f"leader {lock:x}")

    def application(self) -> web.Application:
        """Return everything that is served: the office, the web chat, pictures and webhooks."""
        app = web.Application(client_max_size=MAX_PHOTO_BYTES)
        office_routes(
            app,
            Office(
                self.settings,
                self.clock,
                self.photos,
                self.progress,
                self._open_doors,
                self.tell,
                self.photos.is_here,
            ),
        )
        web_chat_routes(
            app,
            WebChat(
                self.journal, self.clock, self.wakes, self.spool, self.attachments,
                lang=self.settings.lang,
            ),
        )  # fmt: skip
        app.add_routes(self.pictures.routes())
        for _, receiving in self.receiving:
            app.add_routes(receiving.routes)
        return app

    async def _serve(self, stack: AsyncExitStack) -> None:
        runner = web.AppRunner(
            self.application(),
            access_log_class=RedactedAccessLogger,
            logger=server_log(),
            keepalive_timeout=IDLE_SECONDS,
            shutdown_timeout=5.0,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        stack.push_async_callback(
            await listen(runner, self.settings.host, self.settings.port, room())
        )

    def _receive(self, stack: AsyncExitStack, door: Door, receiving: Receiving) -> None:
        channel = door.channel
        name = f"{channel.name} {channel.bot}".rstrip()
        for work in receiving.always + (receiving.serving if self.duties.web else []):
            background(stack, work(), name)
        if receiving.poll is not None and self.duties.worker:
            lock = POLLER_LOCK + crc32(name.encode())  # a token allows one poller
            leader = Leader(self.settings.database_url, lock)
            background(stack, leader.lead(*as_task(receiving.poll)), f"{name} poller")

    def _doors(self) -> list[Door]:
        bots = read_bots(self.settings.doors)
        words = catalog(self.settings.lang)
        telegram: list[Door] = [
            TelegramDoor(
                bot,
                clock=self.clock,
                catalog=words,
                read_attachment=self.attachments.get,
                public_url=self.settings.public_url,
                queued=lambda: self.sender.wake(),  # noqa: PLW0108  (the sender is made later)
            )
            for bot in bots.telegram
        ]
        zalo: list[Door] = [
            ZaloBotDoor(
                bot,
                clock=self.clock,
                catalog=words,
                pictures=self.pictures,
                public_url=self.settings.public_url,
                data_dir=self.settings.data_dir,
                pause=self._sleep,
                queued=lambda: self.sender.wake(),  # noqa: PLW0108  (the sender is made later)
            )
            for bot in bots.zalo_bots
        ]
        accounts: list[Door] = [
            ZaloOADoor(
                bot,
                clock=self.clock,
                zone=self.settings.zone,
                catalog=words,
                read_attachment=self.attachments.get,
                pictures=self.pictures,
                public_url=self.settings.public_url,
                secret_key=self.settings.secret_key,
                queued=lambda: self.sender.wake(),  # noqa: PLW0108  (the sender is made later)
            )
            for bot in bots.zalo_oas
        ]
        return [*telegram, *zalo, *accounts]

    def _open_doors(self) -> Mapping[str, bool]:
        """Say for /readyz which channels work; Telegram is named also when there is none."""
        known = {"telegram": False} | {c.name: True for c in self.channels[:1]}
        for door in self.doors:
            known[f"{door.channel.name} {door.channel.bot}".rstrip()] = door.works
        return known

    async def _keep_position(self) -> bool:
        return (await bare_pack(self.settings.plan)).keep_position  # no setting changes it
