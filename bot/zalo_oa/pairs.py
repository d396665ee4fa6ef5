"""The tokens in the database: who may use a refresh token, and what became of it.

The rule that all else rests on: `token_use` holds every refresh token that was ever about to be
sent, by its hash, once. Whoever writes that row first is the only one who sends it, however many
processes there are and whichever database; it is committed before the request.

Every change of the pair is a row of the audit log in the same transaction, without any token.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from backend import audit
from backend.models import TokenPair, TokenUse
from bot.zalo_oa.oauth import Granted

# At DEBUG these log every statement with its values, and here the values are tokens.
for chatty in ("tortoise.db_client", "aiosqlite"):
    logging.getLogger(chatty).setLevel(logging.INFO)

BEGUN: Final = "begun"
SAVED: Final = "saved"
REFUSED: Final = "refused"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Held:
    """What the database holds for one bot at one moment."""

    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    obtained_at: datetime | None = None
    expires_at: datetime | None = None
    account: str = ""
    lost_at: datetime | None = None
    begun_at: datetime | None = None
    """Since when somebody is using the refresh token, or has used it without an outcome."""

    def good(self, now: datetime) -> bool:
        """Say whether the access token can still be used."""
        return bool(self.access_token) and self.expires_at is not None and now < self.expires_at


def hashed(token: str) -> str:
    """Return what names a token without telling it."""
    return hashlib.sha256(token.encode()).hexdigest()


class Pairs:
    """The pair of one bot. Every method is one transaction; what it returns is committed."""

    def __init__(self, channel: str, bot: str) -> None:
        self._channel = channel
        self._bot = bot

    async def load(self) -> Held:
        """Return what is held; nothing at all when there is no pair yet."""
        row = await TokenPair.get_or_none(channel=self._channel, bot=self._bot)
        if row is None:
            return Held()
        use = await TokenUse.get_or_none(token_sha256=hashed(row.refresh_token))
        return Held(
            access_token=row.access_token,
            refresh_token=row.refresh_token,
            obtained_at=row.obtained_at,
            expires_at=row.expires_at,
            account=row.account,
            lost_at=row.lost_at,
            begun_at=use.began_at if use else None,
        )

    async def plant(self, token: str, now: datetime) -> bool:
        """Take the settings' refresh token if it is a new one that was never used.

        The one there was first stays in the settings for good and is worn out after a day.
        """
        name = hashed(token)
        async with in_transaction():
            row = await self._row()
            if row.seed_sha256 == name:
                return False
            row.seed_sha256 = name
            fresh = not await TokenUse.filter(token_sha256=name).exists()
            if fresh:
                row.refresh_token, row.lost_at = token, None
                row.access_token, row.obtained_at, row.expires_at = "", None, None
                await self._note("set", now)
            await row.save()
            return fresh

    async def begin(self, token: str, now: datetime) -> bool:
        """Note that a refresh token is about to be sent; False if it may not be any more."""
        try:
            async with in_transaction():
                row = await self._row()
                if row.refresh_token != token or row.lost_at is not None:
                    return False
                await TokenUse.create(
                    channel=self._channel,
                    bot=self._bot,
                    token_sha256=hashed(token),
                    began_at=now,
                )
        except IntegrityError:
            return False
        return True

    async def save(self, used: str, granted: Granted, now: datetime) -> bool:
        """Put a new pair in the place of the used token; False if another pair stands there now."""
        async with in_transaction():
            row = await self._row()
            await TokenUse.filter(token_sha256=hashed(used)).update(outcome=SAVED)
            if row.refresh_token != used:
                return False
            _put(row, granted, now)
            await row.save()
            await self._note("renewed", now)
        return True

    async def give_up(self, used: str, outcome: str, now: datetime) -> bool:
        """Note that only a person can get new tokens; False if there are new ones already."""
        async with in_transaction():
            row = await self._row()
            await TokenUse.filter(token_sha256=hashed(used)).update(outcome=outcome)
            if row.refresh_token != used:
                return False
            if row.lost_at is None:
                row.lost_at = now
                await row.save()
                await self._note("lost", now, {"outcome": outcome})
        return True

    async def adopt(
        self, granted: Granted, account: str, now: datetime, *, chosen: bool = False
    ) -> bool:
        """Take the pair that a person's permission gave; False if it is another account's.

        The first account stays the installation's, unless the settings have `chosen` this one.
        """
        async with in_transaction():
            row = await self._row()
            if row.account and account and row.account != account and not chosen:
                return False
            _put(row, granted, now)
            other = row.account != (account or row.account)
            row.account = account or row.account
            await row.save()
            await self._note("given", now, {"other_account": int(other)})
        return True

    async def _note(
        self, what: str, now: datetime, details: Mapping[str, str | int] | None = None
    ) -> None:
        subject = f"channel:{self._channel}/{self._bot}".rstrip("/")
        await audit.record(f"token.{what}", by=None, subject=subject, at=now, details=details)

    async def _row(self) -> TokenPair:
        """Return the row, locked until the transaction ends (PostgreSQL), made if there is none.

        Always the first thing a transaction does: who locks in another order waits for ever.
        """
        await TokenPair.get_or_create(channel=self._channel, bot=self._bot)
        return await TokenPair.select_for_update().get(channel=self._channel, bot=self._bot)


def _put(row: TokenPair, granted: Granted, now: datetime) -> None:
    row.access_token = granted.access_token
    row.refresh_token = granted.refresh_token
    row.obtained_at = now
    row.expires_at = now + timedelta(seconds=granted.seconds)
    row.lost_at = None
