"""A bot of the Zalo Bot Platform: its token, and its webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from bot.doctor.shapes import Finding, Sight, good, look, mend, unseen
from bot.doors.door import path_of
from bot.doors.settings import ZaloBot
from bot.zalo_bot.client import ZaloBotClient, ZaloBotError
from bot.zalo_bot.webhook import PATH
from conversations.text import Text

UNAUTHORIZED: Final = (401, 404)
"""A token of the wrong form makes a path that is not there."""
NONE: Final = 404


async def zalo_bot(sight: Sight, bot: ZaloBot) -> AsyncIterator[Finding]:
    """Ask getMe and getWebhookInfo; neither changes anything."""
    client = ZaloBotClient(bot.token, bot.api_url)
    await client.start()
    try:
        try:
            await client.call("getMe")
        except ZaloBotError as error:
            yield _refused(error, bot)
            return
        yield good(Text("Zalo takes the token"))
        try:
            info = await client.call("getWebhookInfo")
        except ZaloBotError as error:
            if error.code != NONE:
                kind = f"{error.code}" if error.code else str(error)
                yield unseen(Text("the webhook is not told ({kind})", {"kind": kind}))
                return
            info = None
        url = str(info.get("url") or "") if isinstance(info, dict) else ""
        for finding in _webhook(url, bot, sight):
            yield finding
    finally:
        await client.stop()


def _refused(error: ZaloBotError, bot: ZaloBot) -> Finding:
    variable = f"ZALO_BOT_TOKEN_{bot.name.upper()}".rstrip("_")
    if error.told and error.code in UNAUTHORIZED:
        return mend(
            Text("Zalo does not take the token"),
            Text("Please make a new one in Zalo Bot Manager and set {name}.", {"name": variable}),
        )
    kind = str(error.code) if error.code else str(error)
    return mend(
        Text("Zalo is not reached ({kind})", {"kind": kind}),
        Text("Please see whether this network lets Zalo through, and try again later."),
    )


def _webhook(url: str, bot: ZaloBot, sight: Sight) -> list[Finding]:
    restart = Text("Please restart the program: it sets this right by itself.")
    if bot.mode == "poll":
        return [look(Text("a webhook is set, and the settings say poll"), restart)] if url else []
    if url == f"{sight.settings.public_url}{path_of(PATH, bot.name)}":
        return [good(Text("the webhook leads here"))]
    said = Text("the webhook leads elsewhere") if url else Text("no webhook is set")
    return [mend(said, restart)]
