"""The door of a Zalo Official Account: its channel, its webhook, its tokens, and how they are renewed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from backend.clock import Clock
from bot.doors.door import Receiving, path_of
from bot.doors.settings import ZaloOA
from bot.public_pictures import PublicPictures
from bot.turn.shapes import Journal
from bot.zalo_oa.authorise import Authorising
from bot.zalo_oa.channel import ReadAttachment, ZaloOAChannel
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.notice import account_trouble, admins_told
from bot.zalo_oa.oauth import ZaloOAuth
from bot.zalo_oa.options import read_options
from bot.zalo_oa.pairs import Pairs
from bot.zalo_oa.tokens import State, TokenKeeper
from bot.zalo_oa.webhook import PATH, ZaloOAWebhook
from bot.zalo_oa.zns import Templates, office_list
from locales import Catalog


class ZaloOADoor:
    """A `bot.doors.door.Door`. `tokens.status()` says whether a person must give permission."""

    family = "zalo"

    def __init__(  # noqa: PLR0913  (the composition root names each)
        self,
        bot: ZaloOA,
        *,
        clock: Clock,
        zone: tzinfo,
        catalog: Catalog,
        read_attachment: ReadAttachment,
        pictures: PublicPictures | None,
        public_url: str,
        secret_key: str,
        queued: Callable[[], None],
    ) -> None:
        """`secret_key` is the installation's own; `queued` wakes the sender."""
        self.area = bot.area
        self._bot = bot
        self._clock = clock
        self._options = read_options(bot.options, bot.per_month)
        oauth = ZaloOAuth(bot.app_id, bot.app_secret, bot.oauth_url)
        self.tokens = TokenKeeper(
            oauth,
            Pairs(CHANNEL, bot.name),
            clock,
            seed=bot.refresh_token,
            on_lost=admins_told(clock, lambda: self.authorising.link(), queued, bot.name),  # noqa: PLW0108  (made below)
        )
        self.authorising = Authorising(
            oauth,
            self.tokens,
            clock,
            secret_key=secret_key,
            public_url=public_url,
            catalog=catalog,
            account=self._options.account,
            bot=bot.name,
        )
        zns = self._options.zns
        templates = Templates(zns, clock, zone, office_list(bot.name)) if zns else None
        self.channel = ZaloOAChannel(
            self.tokens,
            options=self._options,
            api_url=bot.api_url,
            clock=clock,
            catalog=catalog,
            read_attachment=read_attachment,
            pictures=pictures,
            templates=templates,
            bot=bot.name,
            on_trouble=account_trouble(clock, queued, bot.name),
        )

    @property
    def works(self) -> bool:
        """See Door: nobody has to give permission."""
        return self.tokens.state is not State.AUTHORISE

    async def start(self) -> None:
        """Open the connections and look at the tokens; the database is open."""
        await self.channel.start()
        await self.tokens.open()

    async def stop(self) -> None:
        """Close them, after a refresh that was begun."""
        await self.channel.stop()

    def receive(self, journal: Journal) -> Receiving:
        """Serve the webhook and the way back from Zalo's permission page; keep the tokens fresh."""
        hook = ZaloOAWebhook(
            journal,
            self._clock,
            app_id=self._bot.app_id,
            secret_key=self._bot.secret_key,
            options=self._options,
            bot=self._bot.name,
        )
        routes = hook.routes(path_of(PATH, self._bot.name)) + self.authorising.routes()
        return Receiving(routes=routes, always=[self.tokens.run])

    def link(self, code: str) -> str:
        """Return where the account's chat is opened; the code is typed there."""
        return self._bot.link(code)
