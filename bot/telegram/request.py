"""python-telegram-bot's HTTP, carried by one aiohttp session.

The default (httpx) costs several times the CPU a message and grows worse with concurrency.
The token is a part of every URL, so no URL and no text of an HTTP library's exception ever
reaches a log line or an exception from here.
"""

from __future__ import annotations

import io
import json
import logging
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECTIONS = 400
"""Most connections at once: at least messages a second times Telegram's latency."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
UPLOAD_SECONDS = 60.0
MAX_RESPONSE_BYTES = 16_000_000
"""Largest answer of the Bot API that is read; a hundred updates are far smaller."""

TOO_MANY = 429
compact: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""JSON text of what the Bot API is given."""

JSON_HEADERS = {"User-Agent": BaseRequest.USER_AGENT, "Content-Type": "application/json"}

# At DEBUG python-telegram-bot logs the URL with the token and every parameter.
logging.getLogger("telegram").setLevel(logging.INFO)


class FloodError(TelegramError):
    """Telegram asks to wait. Our own, because making a `RetryAfter` emits a deprecation warning."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        super().__init__("Too many requests")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Refused:
    """In place of a RequestData: what the Bot API answered, for the library to say what it means."""

    status: int
    payload: bytes


class AiohttpRequest(BaseRequest):
    """A `BaseRequest` on an aiohttp session that it makes in `initialize` and closes in `shutdown`.

    `api_url` is where requests will go; it decides whether the environment's proxy is used.
    """

    __slots__ = ("_proxy", "_session")

    def __init__(self, api_url: str) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._proxy = _proxy_for(api_url)

    @property
    def read_timeout(self) -> float | None:
        """Seconds without a byte after which a request is given up."""
        return READ_SECONDS

    @property
    def session(self) -> aiohttp.ClientSession:
        """The shared session; RuntimeError before `initialize`."""
        if self._session is None:
            raise RuntimeError("the Telegram client is not started")
        return self._session

    async def initialize(self) -> None:
        """Open the session; a second call changes nothing."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=self._proxy,
            )

    async def shutdown(self) -> None:
        """Close the session and its connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parse an answer; TelegramError if it is no JSON object. The base class would log it."""
        try:
            parsed = json.loads(payload.decode())  # looking for its encoding costs as much again
        except ValueError:
            raise TelegramError("Invalid server response") from None
        if not isinstance(parsed, dict):
            raise TelegramError("Invalid server response")
        return parsed

    async def call(self, url: str, parameters: dict[str, Any]) -> Any:
        """Call a method of the Bot API and return its `result` as the JSON has it.

        Builds no object of python-telegram-bot out of the answer, which costs more than the
        request; errors are raised as for every other request.
        """
        body = compact(parameters).encode()
        status, payload = await self.send("POST", url, body, READ_SECONDS)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            # It always raises. Only our do_request reads what it is given.
            await self.post(url, Refused(status, payload))  # type: ignore[arg-type]  # see above
        return self.parse_json_payload(payload)["result"]

    async def do_request(  # noqa: PLR0913, PLR0917  (the base class's signature)
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """See `BaseRequest.do_request`; raises FloodError for 429. Files go as multipart."""
        del write_timeout, connect_timeout, pool_timeout  # one limit holds for the whole request
        if isinstance(request_data, Refused):
            return request_data.status, request_data.payload
        files = request_data is not None and request_data.contains_files
        seconds = UPLOAD_SECONDS if files else READ_SECONDS
        if isinstance(read_timeout, int | float):
            seconds = float(read_timeout)
        if request_data is None:
            return await self.send(method, url, None, seconds)
        body = _multipart(request_data) if files else request_data.json_payload
        return await self.send(method, url, body, seconds)

    async def send(
        self, method: str, url: str, body: bytes | aiohttp.FormData | None, seconds: float
    ) -> tuple[int, bytes]:
        """Send one request and return status and body.

        Raises TimedOut, NetworkError and FloodError, none of which holds the URL.
        """
        headers = JSON_HEADERS if isinstance(body, bytes) else None
        try:
            async with self.session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=_timeout(seconds),
                allow_redirects=False,
            ) as response:
                if (response.content_length or 0) > MAX_RESPONSE_BYTES:
                    raise NetworkError("The answer is too large")
                payload = await response.read()
                status = response.status
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NetworkError(type(error).__name__) from None
        if status == TOO_MANY:
            raise FloodError(_retry_after(payload))
        return status, payload


@cache
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)


def _multipart(request_data: RequestData) -> aiohttp.FormData:
    # Unquoted: names of files stay readable Vietnamese instead of %C4%91.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, media_type) in request_data.multipart_data.items():
        # A stream: aiohttp warns of large bytes, which would hold up the loop in one write.
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, stream, filename=filename, content_type=media_type)
    return form


def _retry_after(payload: bytes) -> float:
    """Return what a 429 asks for; a proxy's 429 says nothing, then 5 seconds."""
    try:
        seconds = json.loads(payload)["parameters"]["retry_after"]
        return min(max(float(seconds), 1.0), 86_400.0)
    except (ValueError, TypeError, KeyError):
        return 5.0


def _proxy_for(api_url: str) -> str | None:
    """Return the environment's HTTP proxy for this host, looked up once and not per request."""
    parts = urlsplit(api_url)
    if proxy_bypass(parts.hostname or "") or parts.hostname in {"127.0.0.1", "localhost", "::1"}:
        return None
    proxy = getproxies().get(parts.scheme)
    return proxy if proxy and proxy.startswith("http") else None
