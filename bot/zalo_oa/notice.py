"""Tells the admins what only they can mend about the account: once, where they can be reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from backend.clock import Clock
from bot.admins import tell_admins
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.pairs import Held, hashed
from conversations.text import Text


def admins_told(
    clock: Clock, link: Callable[[], str], queued: Callable[[], None], bot: str = ""
) -> Callable[[Held], Awaitable[None]]:
    """Return what a TokenKeeper calls while the tokens are lost.

    Each admin is told once for each loss, through the chat of another channel that they used
    last; this account itself cannot carry it. `link` makes the address to open, `queued` wakes
    the sender.
    """

    async def tell(held: Held) -> None:
        words = [
            Text("Zalo needs the office's permission once more."),
            Text(
                "Please open this link and choose the office's Official Account: {link}",
                {"link": link()},
            ),
            Text("Until then no message goes out through Zalo."),
        ]
        once = f"zalo-oa|{bot}|{hashed(held.refresh_token)[:32]}"
        if await tell_admins(words, once, clock.now(), besides=(CHANNEL, bot)):
            queued()

    return tell


def account_trouble(
    clock: Clock, queued: Callable[[], None], bot: str = ""
) -> Callable[[int], Awaitable[None]]:
    """Return what the channel calls with Zalo's error while the account itself takes no messages.

    Each admin is told once a day and error.
    """

    async def tell(code: int) -> None:
        now = clock.now()
        words = [
            Text(
                "Zalo takes no messages of the office's Official Account (error {code}).",
                {"code": f"{code}"},
            ),
            Text("Please look at the account and its plan on Zalo's own pages."),
            Text("What is to be sent waits, and goes out when the account works again."),
        ]
        once = f"zalo-oa|{bot}|error{code}|{now.date()}"
        if await tell_admins(words, once, now, besides=(CHANNEL, bot)):
            queued()

    return tell
