"""HTTP to the Zalo Bot Platform, and what its answers mean.

The token is a part of every URL. So no URL and no word of an HTTP library's exception leaves
this module: errors are made anew, outside of the `except`, so that not even their context
holds one.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from bot.fetching import bounded_answer

API_URL: Final = "https://bot-api.zaloplatforms.com"
CONNECT_SECONDS: Final = 10.0
CALL_SECONDS: Final = 20.0
CONNECTIONS: Final = 100
MAX_ANSWER_BYTES: Final = 1_000_000

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
"""Never asked through the environment's proxy."""

IDLE: Final = 408
"""What an idle long poll ends with; no failure then."""


class ZaloBotError(Exception):
    """A call that did not succeed. `code` is Zalo's (or HTTP's) number, 0 if nothing answered.

    `told` says that Zalo itself answered so, in its own form; a proxy's error page is not.
    """

    def __init__(self, code: int, what: str = "", *, told: bool = False) -> None:
        super().__init__(f"{what or 'the call failed'} ({code})")
        self.code = code
        self.told = told


class ZaloBotClient:
    """One bot's connection. `start` opens it and `stop` closes it; both may be called twice."""

    def __init__(self, token: str, api_url: str = API_URL) -> None:
        self.api_url = api_url.rstrip("/")
        self._base = f"{self.api_url}/bot{token}"
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        """Say where it speaks to, without the token."""
        return f"ZaloBotClient({self.api_url!r})"

    async def start(self) -> None:
        """Open the connections' pool; nothing is sent yet."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=urlsplit(self.api_url).hostname not in LOOPBACK,
            )

    async def stop(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(
        self,
        method: str,
        parameters: dict[str, Any] | None = None,
        *,
        seconds: float = CALL_SECONDS,
    ) -> Any:
        """Call a method and return its `result`, None if it has none; raise ZaloBotError."""
        session = self._session
        if session is None:
            raise ZaloBotError(0, "the client is not started")
        trouble = ""
        status, body = 0, b""
        try:
            async with session.post(
                f"{self._base}/{method}",
                json=parameters or {},
                timeout=aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                status = response.status
                body = await bounded_answer(response, MAX_ANSWER_BYTES)
        except TimeoutError:
            trouble = "no answer in time"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            trouble = type(error).__name__
        if trouble:
            raise ZaloBotError(0, trouble)
        return _result(status, body)


def _result(status: int, body: bytes) -> Any:
    """Return the result in an answer's body; the code in it counts before HTTP's."""
    answer: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        answer = json.loads(body)
    told = isinstance(answer, dict) and isinstance(answer.get("ok"), bool)
    if told and answer["ok"] and status < 400:  # noqa: PLR2004  (HTTP's errors begin there)
        return answer.get("result")
    code = status
    if told and not answer["ok"]:
        code = _code(answer.get("error_code", answer.get("errorCode"))) or status
    raise ZaloBotError(code, "the answer is an error", told=told)


def _code(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:  # noqa: PLR2004  (no error code is longer)
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
