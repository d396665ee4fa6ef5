"""The process that test_real_kill.py kills: `python renewing.py DATABASE_URL SIGN_IN_URL` renews once."""

from __future__ import annotations

import asyncio
import sys

from backend.clock import SystemClock
from backend.database import close_database, open_database
from bot.zalo_oa.oauth import ZaloOAuth
from bot.zalo_oa.pairs import Pairs
from bot.zalo_oa.tokens import NoTokenError, TokenKeeper


async def renew(database_url: str, sign_in: str, app_id: str, secret: str) -> None:
    """Renew the tokens and say how they stand."""
    await open_database(database_url)
    oauth = ZaloOAuth(app_id, secret, sign_in)
    keeper = TokenKeeper(oauth, Pairs("zalo-oa", ""), SystemClock(), seed="refresh-0")
    try:
        await keeper.open()
        await keeper.refresh()
    except NoTokenError:
        pass
    finally:
        print(keeper.state, flush=True)  # noqa: T201  (the test reads it)
        await close_database()


if __name__ == "__main__":
    asyncio.run(renew(*sys.argv[1:5]))
