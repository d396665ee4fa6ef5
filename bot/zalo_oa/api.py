"""HTTP to Zalo's OpenAPI: calls with an access token, and answers whose errors are in the body.

No header, token or chat id is in any exception or log line from here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from bot.fetching import bounded_answer

CONNECTIONS: Final = 100
CONNECT_SECONDS: Final = 10.0
CALL_SECONDS: Final = 20.0
UPLOAD_SECONDS: Final = 90.0
MAX_ANSWER_BYTES: Final = 1_000_000
TOO_MANY: Final = 429
UNAUTHORIZED: Final = 401
RATE: Final = -32
TOKEN_INVALID: Final = -216


@dataclass(frozen=True, slots=True)
class Answer:
    """Zalo's answer: its code (0: done) and what it gave."""

    code: int
    data: Mapping[str, Any] = field(default_factory=dict)


class NoAnswerError(Exception):
    """Nothing came back that could be read; the call may have been carried out."""

    def __init__(self, what: str) -> None:
        super().__init__(what)


class ZaloApi:
    """The connections of one account. `start` before use, `stop` afterwards; both may be repeated."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connections' pool; nothing is sent yet."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )

    async def stop(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(self, address: str, body: Mapping[str, Any], token: str) -> Answer:
        """Post JSON to an address, or to a path of the API; raise NoAnswerError."""
        sent = json.dumps(body, ensure_ascii=False).encode()
        return await self._post(address, sent, token, CALL_SECONDS)

    async def upload(
        self, path: str, data: bytes, name: str, media_type: str, token: str
    ) -> Answer:
        """Post a file as multipart; raise NoAnswerError."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", io.BytesIO(data), filename=name, content_type=media_type)
        return await self._post(path, form, token, UPLOAD_SECONDS)

    async def _post(
        self, address: str, body: bytes | aiohttp.FormData, token: str, seconds: float
    ) -> Answer:
        session = self._session
        if session is None:
            raise NoAnswerError("the client is not started")
        headers = {"access_token": token}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
        trouble, status, content = "", 0, b""
        try:
            async with session.post(
                self.url + address if address.startswith("/") else address,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                status = response.status
                content = await bounded_answer(response, MAX_ANSWER_BYTES)
        except TimeoutError:
            trouble = "no answer in time"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            trouble = type(error).__name__
        if trouble:  # raised here, where no context of it holds what the library says
            raise NoAnswerError(trouble)
        return _answer(status, content)


def _answer(status: int, content: bytes) -> Answer:
    """Read an answer; a gateway's own pages are no answer of Zalo."""
    try:
        raw: Any = json.loads(content)
    except (ValueError, RecursionError):
        raw = None
    code = raw.get("error") if isinstance(raw, dict) else None
    if isinstance(code, str) and code.lstrip("-").isdecimal() and len(code) < 10:  # noqa: PLR2004  (no code is longer)
        code = int(code)
    if isinstance(code, int) and not isinstance(code, bool):
        data = raw.get("data")
        return Answer(code, data if isinstance(data, dict) else {})
    if status == TOO_MANY:
        return Answer(RATE)
    if status == UNAUTHORIZED:
        return Answer(TOKEN_INVALID)
    raise NoAnswerError(f"HTTP {status}")
