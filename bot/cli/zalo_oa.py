"""`thonmoi zalo-oa`: give an Official Account's permission, and see how its tokens stand."""

from __future__ import annotations

import argparse
import asyncio
import json
import os

from tortoise.exceptions import OperationalError

from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.settings import read_settings
from bot.cli.plan import NO_TABLES
from bot.cli.refusal import Refusal
from bot.doors.settings import ZaloOA, read_bots
from bot.zalo_oa.authorise import Authorising
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.oauth import ZaloOAuth
from bot.zalo_oa.pairs import Pairs
from bot.zalo_oa.tokens import Status, TokenKeeper
from conversations.text import Text
from locales import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("deed", choices=["authorise", "status"])
    parser.add_argument("--bot", default="", help="name of the account, if there are several")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the address of Zalo's permission page, or how the tokens stand; 1 if a person is needed.

    Nothing is sent to Zalo. The way back leads to PUBLIC_URL, where the program must be running.
    """
    settings = read_settings(os.environ)
    accounts = {account.name: account for account in read_bots(settings.doors).zalo_oas}
    if args.bot.lower() not in accounts:
        raise Refusal(Text("ZALO_OA_APP_ID: no such Official Account is set"))
    account = accounts[args.bot.lower()]
    if args.deed == "authorise":
        if not settings.public_url.startswith("https://"):
            raise Refusal(Text("PUBLIC_URL: Zalo leads back to an https:// address only"))
        oauth = ZaloOAuth(account.app_id, account.app_secret, account.oauth_url)
        clock = SystemClock()
        pages = Authorising(
            oauth,
            TokenKeeper(oauth, Pairs(CHANNEL, account.name), clock),
            clock,
            secret_key=settings.secret_key,
            public_url=settings.public_url,
            catalog=catalog(settings.lang),
            bot=account.name,
        )
        url = pages.permission_url()
        print(json.dumps({"url": url, "minutes": 10}) if args.json else url)
        return 0
    status = asyncio.run(_status(settings.database_url, account))
    until = status.until.astimezone(settings.zone) if status.until else None
    if args.json:
        print(json.dumps({"state": status.state, "until": until and until.isoformat()}))
    else:
        print(status.state + (f"  (→ {until:%H:%M %d/%m/%Y})" if until else ""))
    return int(status.state == "authorise")


async def _status(database_url: str, account: ZaloOA) -> Status:
    oauth = ZaloOAuth(account.app_id, account.app_secret, account.oauth_url)
    await open_database(database_url)
    try:
        return await TokenKeeper(oauth, Pairs(CHANNEL, account.name), SystemClock()).status()
    except OperationalError as error:
        raise Refusal(Text(NO_TABLES)) from error
    finally:
        await close_database()
