"""The door of a Zalo bot: its channel, and the webhook or the long poll."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from backend.clock import Clock
from bot.admins import tell_admins
from bot.doors.door import Receiving, path_of
from bot.doors.settings import ZaloBot
from bot.messages import Allowance
from bot.public_pictures import PublicPictures
from bot.turn.shapes import Journal
from bot.zalo_bot.channel import BASIC_PLAN, PER_SECOND, ZaloBotChannel
from bot.zalo_bot.incoming import CHANNEL
from bot.zalo_bot.poller import ZaloBotPoller
from bot.zalo_bot.webhook import PATH, ZaloBotWebhook, keep_webhook
from conversations.text import Text
from locales import Catalog


class ZaloBotDoor:
    """A `bot.doors.door.Door`."""

    family = "zalo"

    def __init__(  # noqa: PLR0913  (the composition root names each)
        self,
        bot: ZaloBot,
        *,
        clock: Clock,
        catalog: Catalog,
        pictures: PublicPictures,
        public_url: str,
        data_dir: Path,
        pause: Callable[[float], Awaitable[None]],
        queued: Callable[[], None],
    ) -> None:
        """`pause` waits between tries (asyncio.sleep, or a test's); `queued` wakes the sender."""
        self.area = bot.area
        self.channel = ZaloBotChannel(
            bot.token,
            api_url=bot.api_url,
            clock=clock,
            catalog=catalog,
            pictures=pictures,
            bot=bot.name,
            allowance=Allowance(
                per_month=bot.per_month or BASIC_PLAN.per_month,
                people=bot.people or BASIC_PLAN.people,
            ),
            per_second=bot.per_second or PER_SECOND,
            on_refused=self._tell,
        )
        self._bot = bot
        self._public_url = public_url
        self._folder = data_dir / "unkept" / f"zalo-bot-{bot.name}"
        self._pause = pause
        self._clock = clock
        self._queued = queued

    @property
    def works(self) -> bool:
        """See Door: Zalo takes the token."""
        return not self.channel.refused

    async def start(self) -> None:
        """Open the connections."""
        await self.channel.start()

    async def stop(self) -> None:
        """Close them."""
        await self.channel.stop()

    def receive(self, journal: Journal) -> Receiving:
        """Poll or serve, as the bot's settings say."""
        if self._bot.mode == "poll":
            poller = ZaloBotPoller(self.channel, journal, self._folder, pause=self._pause)
            return Receiving(poll=poller.run)
        path = path_of(PATH, self._bot.name)
        hook = ZaloBotWebhook(self.channel, journal, self._bot.secret)
        secret, public = self._bot.secret, self._public_url
        return Receiving(
            routes=hook.routes(path),
            serving=[lambda: keep_webhook(self.channel, public, secret, self._pause, path=path)],
        )

    def link(self, code: str) -> str:
        """Return where the bot's chat is opened; the code is typed there."""
        return self._bot.link(code)

    async def _tell(self) -> None:
        """Tell the admins, by another way, that Zalo refuses the token; once a day at most."""
        now = self._clock.now()
        words = [
            Text("Zalo no longer takes the bot's token."),
            Text("Please make a new one in Zalo Bot Manager and set {name}.", {"name": self._name}),
            Text("Until then no message goes out through that bot."),
        ]
        token = hashlib.sha256(self._bot.token.encode()).hexdigest()[:16]
        once = f"{CHANNEL}|{self._bot.name}|{token}|{now.date()}"
        if await tell_admins(words, once, now, besides=(CHANNEL, self._bot.name)):
            self._queued()

    @property
    def _name(self) -> str:
        """The variable that holds the token."""
        return f"ZALO_BOT_TOKEN_{self._bot.name.upper()}".rstrip("_")
