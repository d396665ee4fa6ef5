"""One careful GET: no redirects followed, little read, no word of the library's in an error."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import aiohttp

SECONDS: Final = 8.0
MOST_BYTES: Final = 4_000
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `date` is the server's own time, None if it told none."""

    status: int
    text: str
    date: datetime | None


class NoReplyError(Exception):
    """Nothing came back; the message is the kind of error."""


def is_loopback(url: str) -> bool:
    """Say whether an address leads to this machine alone."""
    return (urlsplit(url).hostname or "") in LOOPBACK


async def ask(url: str, ca_file: str | None = None) -> Reply:
    """GET an address; raise NoReplyError."""
    trouble = ""
    context = ssl.create_default_context(cafile=ca_file)
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=not is_loopback(url),
            ) as session,
            session.get(
                url,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=SECONDS),
            ) as response,
        ):
            body = await response.content.read(MOST_BYTES)
            date = _date(response.headers.get("Date", ""))
            return Reply(response.status, body.decode("utf-8", "replace"), date)
    except TimeoutError:
        trouble = "TimeoutError"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        trouble = type(error).__name__
    raise NoReplyError(trouble)


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo else None
