"""Telegram's door: its channel, and the webhook or the long poll."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from backend.clock import Clock
from bot.admins import tell_admins
from bot.doors.door import Receiving, path_of
from bot.doors.settings import TelegramBot
from bot.telegram.channel import ReadAttachment, TelegramChannel
from bot.telegram.incoming import CHANNEL
from bot.telegram.intake import Intake
from bot.telegram.poller import Poller
from bot.telegram.webhook import PATH, TelegramWebhook, keep_webhook
from bot.turn.shapes import Journal
from conversations.text import Text
from locales import Catalog


class TelegramDoor:
    """A `bot.doors.door.Door`."""

    family = "telegram"

    def __init__(  # noqa: PLR0913  (the composition root names each)
        self,
        bot: TelegramBot,
        *,
        clock: Clock,
        catalog: Catalog,
        read_attachment: ReadAttachment,
        public_url: str,
        queued: Callable[[], None],
    ) -> None:
        """`queued` wakes the sender."""
        self.area = bot.area
        self.channel = TelegramChannel(
            bot.token,
            api_url=bot.api_url,
            clock=clock,
            catalog=catalog,
            read_attachment=read_attachment,
            bot=bot.name,
            on_refused=self._tell,
        )
        self._clock = clock
        self._queued = queued
        self._bot = bot
        self._public_url = public_url
        self._intake: Intake | None = None

    @property
    def works(self) -> bool:
        """See Door: Telegram takes the token."""
        return not self.channel.refused and self._bot.wrong_shape() is None

    async def start(self) -> None:
        """Open the connections."""
        await self.channel.start()

    async def stop(self) -> None:
        """Close them."""
        await self.channel.stop()

    def receive(self, journal: Journal) -> Receiving:
        """Poll or serve, as the bot's settings say."""
        intake = self._intake = Intake(self.channel, journal)
        if self._bot.wrong_shape() is not None:
            return Receiving()
        if self._bot.mode == "poll":
            return Receiving(poll=Poller(intake).run, always=[intake.learn_username])
        path = path_of(PATH, self._bot.name)
        hook = TelegramWebhook(intake, self._bot.secret)
        return Receiving(
            routes=hook.routes(path),
            serving=[lambda: keep_webhook(intake, self._public_url, self._bot.secret, path=path)],
            always=[intake.learn_username],
        )

    def link(self, code: str) -> str:
        """Return the deep link that carries the code, once the bot's name is known."""
        told = self._intake.username if self._intake else ""
        return replace(self._bot, username=self._bot.username or told).link(code)

    async def _tell(self) -> None:
        """Tell the admins, by another way, that Telegram refuses the token; once a day at most."""
        now = self._clock.now()
        words = [
            Text("Telegram does not take the bot's token."),
            Text(
                "Please ask @BotFather for the token and set {name}.", {"name": self._bot.variable}
            ),
            Text("Until then no message goes out through that bot."),
        ]
        token = hashlib.sha256(self._bot.token.encode()).hexdigest()[:16]
        once = f"{CHANNEL}|{self._bot.name}|{token}|{now.date()}"
        if await tell_admins(words, once, now, besides=(CHANNEL, self._bot.name)):
            self._queued()
