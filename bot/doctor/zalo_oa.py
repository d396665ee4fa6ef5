"""A Zalo Official Account: how its tokens stand. The refresh token is never used here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from bot.doctor.shapes import Finding, Sight, good, look, mend, unseen
from bot.doors.settings import ZaloOA
from bot.zalo_oa.api import NoAnswerError, ZaloApi
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.pairs import Held, Pairs
from bot.zalo_oa.tokens import PATIENCE, due_at
from conversations.text import Text

QUOTA_PATH: Final = "/v3.0/oa/quota/message"
"""Reads and changes nothing; what it gives is not documented well enough to be shown."""
TOKEN_ERRORS: Final = (-124, -216, -220)


async def zalo_oa(sight: Sight, account: ZaloOA) -> AsyncIterator[Finding]:
    """Look at the pair in the database, and try the access token with a call that sends nothing."""
    held = await Pairs(CHANNEL, account.name).load()
    now, zone = sight.clock.now(), sight.settings.zone
    ending = f" --bot {account.name}" if account.name else ""
    authorise = Text(
        "Please open the address that this prints, signed in to Zalo as the account's admin: {command}",
        {"command": f"thonmoi zalo-oa authorise{ending}"},
    )
    if held.lost_at is not None:
        day = held.lost_at.astimezone(zone)
        yield mend(Text("Zalo's permission is lost since {day}", {"day": day}), authorise)
    elif not held.refresh_token:
        if account.refresh_token:
            yield look(
                Text("the tokens of the settings are not taken up yet"),
                Text("Please start it: thonmoi run"),
            )
        else:
            yield mend(Text("Zalo has given no permission yet"), authorise)
    else:
        for finding in _age(held, sight):
            yield finding
    if held.good(now):
        yield await _tried(held, account)


def _age(held: Held, sight: Sight) -> list[Finding]:
    now, zone = sight.clock.now(), sight.settings.zone
    if held.begun_at is not None and now - held.begun_at > PATIENCE:
        return [look(Text("a renewal was begun and its end is not known"), Text("Please see whether the program runs."))]  # fmt: skip
    due = due_at(held)
    if held.expires_at is None or due is None:
        return [look(Text("the tokens were never renewed yet"), Text("Please see whether the program runs."))]  # fmt: skip
    until = Text("the access token holds until {day}", {"day": held.expires_at.astimezone(zone)})
    if held.good(now) and now < due:
        return [good(until)]
    if held.good(now):
        return [look(Text("{what}; it should have been renewed", {"what": until}), Text("Please see whether the program runs."))]  # fmt: skip
    return [
        mend(
            Text("the access token has ended; a renewal will bring another"),
            Text("Please see whether the program runs."),
        )
    ]


async def _tried(held: Held, account: ZaloOA) -> Finding:
    api = ZaloApi(account.api_url)
    await api.start()
    try:
        answer = await api.call(QUOTA_PATH, {}, held.access_token)
    except NoAnswerError as error:
        if str(error).startswith("HTTP 4"):
            return unseen(Text("whether Zalo takes it is not told ({kind})", {"kind": str(error)}))
        return mend(
            Text("Zalo is not reached ({kind})", {"kind": str(error)}),
            Text("Please see whether this network lets Zalo through, and try again later."),
        )
    finally:
        await api.stop()
    if answer.code == 0:
        return good(Text("Zalo takes the access token"))
    if answer.code in TOKEN_ERRORS:
        return mend(
            Text("Zalo does not take the access token"),
            Text("Please see whether the program runs: it renews it by itself."),
        )
    return unseen(Text("whether Zalo takes it is not told ({kind})", {"kind": str(answer.code)}))
