"""Zalo's OAuth v4 for Official Accounts: one request each, and exactly what is known afterwards.

A refresh token works once. So a refresh tells apart what never left this machine (try again),
what Zalo refused, and what nobody knows. The caller's note of the attempt is made when the
connection stands and not one byte is sent: a line that is down costs no token.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import aiohttp

ACCESS_TOKEN: Final = "/v4/oa/access_token"  # noqa: S105  (a path)
PERMISSION: Final = "/v4/oa/permission"
SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 10.0
MAX_ANSWER_BYTES: Final = 64_000
MAX_TOKEN_CHARS: Final = 4_096
DEFAULT_LIFE: Final = 90_000.0
"""Seconds that an access token lives (25 h) when the answer does not say."""
LONGEST_LIFE: Final = 30 * 86_400.0
AWAY: Final = frozenset({502, 503, 504})

Note = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Granted:
    """A new pair of tokens; the access token lives for `seconds`."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    seconds: float = DEFAULT_LIFE


class NotSentError(Exception):
    """Nothing was sent: the same token may be used again."""


class RefusedError(Exception):
    """Zalo answered, and gave no tokens. `code` is its error code, 0 if it named none."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class UnknownOutcomeError(Exception):
    """It was sent, and whether it was used is not known."""


class OAuth(Protocol):
    """What the keeper needs; a test hands in a server of its own."""

    async def away(self) -> bool:
        """Say whether the server is plainly out of order just now."""
        ...

    async def refresh(self, refresh_token: str, before_sending: Note) -> Granted:
        """Trade a refresh token for a new pair.

        `before_sending` is awaited once, when nothing is sent yet; if it raises, nothing is sent
        and its exception is raised. Raises NotSentError, RefusedError, UnknownOutcomeError.
        """
        ...


class ZaloOAuth:
    """The real server. Makes a connection for each call, of which there is one or two a day."""

    def __init__(self, app_id: str, app_secret: str, url: str) -> None:
        self.app_id = app_id
        self.url = url.rstrip("/")
        self._secret = app_secret

    async def away(self) -> bool:
        """Ask without any token; only a gateway's 502–504 counts, whatever else is answered."""
        try:
            async with self._session() as session, session.get(self.url + ACCESS_TOKEN) as answer:
                return answer.status in AWAY
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return True

    async def refresh(self, refresh_token: str, before_sending: Note) -> Granted:
        """See OAuth."""
        form = {"refresh_token": refresh_token, "grant_type": "refresh_token"}
        return await self._post(form, before_sending)

    async def exchange(self, code: str, verifier: str) -> Granted:
        """Trade the code that a permission page gave; raises as `refresh` does."""
        form = {"code": code, "grant_type": "authorization_code", "code_verifier": verifier}
        return await self._post(form, _nothing)

    def _session(self, trace: aiohttp.TraceConfig | None = None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            timeout=aiohttp.ClientTimeout(total=SECONDS, connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace] if trace else None,
            trust_env=True,
        )

    async def _post(self, form: Mapping[str, str], before_sending: Note) -> Granted:
        noting = _Noting(before_sending)
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(noting.connected)
        trouble: Exception
        try:
            async with (
                self._session(trace) as session,
                session.post(
                    self.url + ACCESS_TOKEN,
                    data={**form, "app_id": self.app_id},
                    headers={"secret_key": self._secret},
                    allow_redirects=False,
                ) as answer,
            ):
                body = await answer.content.read(MAX_ANSWER_BYTES)
                while not answer.content.at_eof() and len(body) < MAX_ANSWER_BYTES:
                    body += await answer.content.read(MAX_ANSWER_BYTES - len(body))
            return granted(body)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            if noting.error is error:
                raise
            trouble = UnknownOutcomeError() if noting.called else NotSentError()
        raise trouble  # here, where no context of it holds a token


class _Noting:
    """Calls the note at the last moment before a request is written; each has its own connection."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self.called = False
        self.error: Exception | None = None

    async def connected(self, *_: object) -> None:
        self.called = True
        try:
            await self._note()
        except Exception as error:
            self.error = error
            raise


def granted(body: bytes) -> Granted:
    """Read an answer; RefusedError for one that says an error, UnknownOutcomeError for no answer."""
    try:
        raw: Any = json.loads(body)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise UnknownOutcomeError
    access, renewal = raw.get("access_token"), raw.get("refresh_token")
    if _token(access) and _token(renewal):
        return Granted(str(access), str(renewal), _life(raw.get("expires_in")))
    code = raw.get("error")
    if code is None:
        raise UnknownOutcomeError
    raise RefusedError(code if isinstance(code, int) else 0)


def _token(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TOKEN_CHARS


def _life(value: object) -> float:
    """Return seconds; Zalo sends them as text."""
    try:
        seconds = float(str(value))
    except ValueError:
        return DEFAULT_LIFE
    return seconds if 0 < seconds <= LONGEST_LIFE else DEFAULT_LIFE


async def _nothing() -> None:
    await asyncio.sleep(0)
