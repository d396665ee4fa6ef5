"""The public address: it is found, its certificate holds, it leads to this very installation."""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from backend.office.machines import own_answer
from bot.doctor.asking import NoReplyError, ask, is_loopback
from bot.doctor.shapes import Finding, Sight, good, look, mend, unseen
from bot.doors.door import path_of
from bot.telegram.webhook import PATH as TELEGRAM_PATH
from bot.zalo_bot.webhook import PATH as ZALO_BOT_PATH
from bot.zalo_oa.webhook import PATH as ZALO_OA_PATH
from conversations.text import Text

FEW_DAYS: Final = 21
LAST_DAYS: Final = 7
CONNECT_SECONDS: Final = 8.0
OK: Final = 200
NOT_FOUND: Final = 404
NOT_SO: Final = 405
"""What a webhook's address answers to a GET: it is there and waits for a POST."""
ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  (where we listen, turned into where we ask)


async def program(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether the program answers on this machine."""
    host = ANYWHERE.get(sight.settings.host, sight.settings.host)
    host = f"[{host}]" if ":" in host else host
    what = await _whose(f"http://{host}:{sight.settings.port}", sight)
    if what == "":
        yield good(Text("it runs on this machine"))
    elif what == "other":
        yield mend(
            Text("another program answers at PORT {port}", {"port": str(sight.settings.port)}),
            Text("Please choose another PORT, or end that program."),
        )
    else:
        yield look(
            Text("it does not run on this machine now"), Text("Please start it: thonmoi run")
        )


async def address(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether people can come to PUBLIC_URL and find this installation there."""
    url = sight.settings.public_url
    parts = urlsplit(url)
    if is_loopback(url):
        yield look(
            Text("PUBLIC_URL leads to this machine alone: nobody else can open the web chat"),
            Text("Please set PUBLIC_URL to the address that people open."),
        )
        return
    try:
        await asyncio.get_running_loop().getaddrinfo(parts.hostname, parts.port or 443)
    except (socket.gaierror, UnicodeError):
        yield mend(
            Text("the name in PUBLIC_URL is not known"),
            Text("Please see whether it is spelt right and entered in the DNS."),
        )
        return
    if parts.scheme == "https":
        yield await _certificate(parts.hostname or "", parts.port or 443, sight)
    else:
        yield look(
            Text("PUBLIC_URL has no https: what people write can be read on the way"),
            Text("Please put a web server with a certificate in front."),
        )
    yield await _installation(url, sight)


async def _certificate(host: str, port: int, sight: Sight) -> Finding:
    context = ssl.create_default_context(cafile=sight.ca_file)
    renew = Text("Please renew the certificate.")
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        return mend(
            Text("the certificate is not valid ({code})", {"code": error.verify_code}), renew
        )
    except (OSError, TimeoutError) as error:
        kind = type(error).__name__
        return mend(
            Text("no connection by https ({kind})", {"kind": kind}),
            Text("Please see whether the web server runs and the firewall lets it."),
        )
    try:
        ends = writer.get_extra_info("peercert")["notAfter"]
    finally:
        writer.transport.abort()
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    days = (until - sight.clock.now()).days
    said = Text("the certificate holds {count} days more", {"count": days})
    if days < LAST_DAYS:
        return mend(said, renew)
    return look(said, renew) if days < FEW_DAYS else good(said)


async def _installation(url: str, sight: Sight) -> Finding:
    what = await _whose(url, sight)
    if what == "":
        return good(Text("PUBLIC_URL leads to this installation"))
    if what == "other":
        return mend(
            Text(
                "something else answers at PUBLIC_URL, or an installation with another SECRET_KEY"
            ),
            Text("Please see to which machine the address leads."),
        )
    return mend(
        Text("nothing answers at PUBLIC_URL ({kind})", {"kind": what}),
        Text("Please see whether the program runs and the web server passes requests on."),
    )


async def _whose(base: str, sight: Sight) -> str:
    """Return "" if this installation answers there, "other", or the kind of failure."""
    nonce = secrets.token_hex(16)
    try:
        reply = await ask(f"{base}/healthz?nonce={nonce}", sight.ca_file)
    except NoReplyError as error:
        return str(error)
    if reply.status >= 500:  # noqa: PLR2004  (the server in front answers, nobody behind it)
        return f"HTTP {reply.status}"
    wanted = f"ok {own_answer(sight.settings.secret_key, nonce)}"
    return "" if reply.status == OK and reply.text.strip() == wanted else "other"


def hooks(sight: Sight) -> dict[str, str]:
    """Return the webhooks' paths that must be reachable, by the variable that asks for each."""
    found = {}
    for bot in sight.bots.telegram:
        if bot.mode == "webhook":
            found[f"TELEGRAM_MODE {bot.name}".rstrip()] = path_of(TELEGRAM_PATH, bot.name)
    for zalo in sight.bots.zalo_bots:
        if zalo.mode == "webhook":
            found[f"ZALO_BOT_MODE {zalo.name}".rstrip()] = path_of(ZALO_BOT_PATH, zalo.name)
    for account in sight.bots.zalo_oas:
        found[f"ZALO_OA_APP_ID {account.name}".rstrip()] = path_of(ZALO_OA_PATH, account.name)
    return found


async def webhooks(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether the channels could hand messages over: a GET says that the path is there."""
    wanted = hooks(sight)
    if not wanted:
        yield unseen(Text("no channel needs one"))
        return
    if not sight.settings.public_url.startswith("https://"):
        yield mend(
            Text("a webhook needs a PUBLIC_URL with https: {names}", {"names": ", ".join(wanted)}),
            Text("Please set PUBLIC_URL, or MODE to poll."),
        )
        return
    for path in wanted.values():
        params = {"path": path}
        try:
            status = (await ask(sight.settings.public_url + path, sight.ca_file)).status
        except NoReplyError as error:
            yield mend(Text("{path} is not reached ({kind})", {**params, "kind": str(error)}))
            continue
        if status == NOT_SO:
            yield good(Text("{path} is reached", params))
        else:
            kind = f"HTTP {status}"
            yield mend(
                Text("{path} is not reached ({kind})", {**params, "kind": kind}),
                Text("Please restart the program, and let the web server pass this path on."),
            )
