"""A Telegram bot: its token, and whether messages come the way that the settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from telegram.error import Forbidden, InvalidToken, TelegramError

from bot.doctor.cleaning import foreign
from bot.doctor.shapes import Finding, Sight, good, look, mend, unseen
from bot.doors.door import path_of
from bot.doors.settings import TelegramBot
from bot.telegram.request import AiohttpRequest
from bot.telegram.webhook import PATH
from conversations.text import Param, Text

MANY_WAITING: Final = 100
LATELY: Final = timedelta(days=1)


async def telegram(sight: Sight, bot: TelegramBot) -> AsyncIterator[Finding]:
    """Ask getMe and getWebhookInfo; neither changes anything."""
    request = AiohttpRequest(bot.api_url)
    await request.initialize()
    try:
        base = f"{bot.api_url}/bot{bot.token}"
        try:
            me = await request.call(f"{base}/getMe", {})
        except TelegramError as error:
            yield _refused(error, bot)
            return
        name = foreign(me.get("username", "?")) if isinstance(me, dict) else "?"
        yield good(Text("Telegram takes the token; the bot is @{name}", {"name": name}))
        try:
            info = await request.call(f"{base}/getWebhookInfo", {})
        except TelegramError as error:
            yield unseen(Text("the webhook is not told ({kind})", {"kind": type(error).__name__}))
            return
        for finding in _webhook(info if isinstance(info, dict) else {}, bot, sight):
            yield finding
    finally:
        await request.shutdown()


def _refused(error: TelegramError, bot: TelegramBot) -> Finding:
    if isinstance(error, (InvalidToken, Forbidden)):
        return mend(
            Text("Telegram does not take the token"),
            Text("Please ask @BotFather for the token and set {name}.", {"name": bot.variable}),
        )
    return mend(
        Text("Telegram is not reached ({kind})", {"kind": type(error).__name__}),
        Text("Please see whether this network lets Telegram through."),
    )


def _webhook(info: dict[str, Any], bot: TelegramBot, sight: Sight) -> list[Finding]:
    url, found = str(info.get("url") or ""), []
    ours = f"{sight.settings.public_url}{path_of(PATH, bot.name)}"
    restart = Text("Please restart the program: it sets this right by itself.")
    if bot.mode == "poll" and url:
        found.append(look(Text("a webhook is set, and the settings say poll"), restart))
    elif bot.mode == "webhook" and url != ours:
        said = Text("no webhook is set") if not url else Text("the webhook leads elsewhere")
        found.append(mend(said, restart))
    elif bot.mode == "webhook":
        found.append(good(Text("the webhook leads here")))
    waiting = info.get("pending_update_count", 0)
    if isinstance(waiting, int) and waiting > MANY_WAITING:
        params: dict[str, Param] = {"count": waiting}
        found.append(
            look(
                Text("{count} messages wait at Telegram", params),
                Text("Please see whether the program runs."),
            )
        )
    if bot.mode == "webhook" and _lately(info.get("last_error_date"), sight):
        message = foreign(info.get("last_error_message", ""))
        found.append(
            look(
                Text("Telegram could not hand a message over: «{words}»", {"words": message}),
                Text("Please see what the check of the public address says."),
            )
        )
    return found


def _lately(seconds: object, sight: Sight) -> bool:
    if not isinstance(seconds, int) or not 0 < seconds < 10**11:
        return False
    return sight.clock.now() - datetime.fromtimestamp(seconds, UTC) < LATELY
