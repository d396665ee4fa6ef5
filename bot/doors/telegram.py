"""Telegram's door: its channel, and the webhook or the long poll."""

from __future__ import annotations

from dataclasses import replace

from backend.clock import Clock
from bot.doors.door import Receiving, path_of
from bot.doors.settings import TelegramBot
from bot.telegram.channel import ReadAttachment, TelegramChannel
from bot.telegram.intake import Intake
from bot.telegram.poller import Poller
from bot.telegram.webhook import PATH, TelegramWebhook, keep_webhook
from bot.turn.shapes import Journal
from locales import Catalog


class TelegramDoor:
    """A `bot.doors.door.Door`."""

    family = "telegram"

    def __init__(
        self,
        bot: TelegramBot,
        *,
        clock: Clock,
        catalog: Catalog,
        read_attachment: ReadAttachment,
        public_url: str,
    ) -> None:
        self.area = bot.area
        self.channel = TelegramChannel(
            bot.token,
            api_url=bot.api_url,
            clock=clock,
            catalog=catalog,
            read_attachment=read_attachment,
            bot=bot.name,
        )
        self._bot = bot
        self._public_url = public_url
        self._intake: Intake | None = None

    @property
    def works(self) -> bool:
        """See Door; nothing is known against it."""
        return True

    async def start(self) -> None:
        """Open the connections."""
        await self.channel.start()

    async def stop(self) -> None:
        """Close them."""
        await self.channel.stop()

    def receive(self, journal: Journal) -> Receiving:
        """Poll or serve, as the bot's settings say."""
        intake = self._intake = Intake(self.channel, journal)
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
