"""A Zalo Official Account over real HTTP on loopback, with people at the other end, misbehaving on order.

    async with FakeZaloOA() as fake:                  # clock=HandClock() to date events
        env |= fake.env                               # ZALO_OA_… that open the door to this fake
        fake.use_webhook(url)                         # posts events there, signed
        lan = fake.user("Lan")
        lan.follows(); lan.says("95 hộ"); lan.sends_photo(data); lan.sends_album([a, b])
        lan.sends_file(data, "a.jpg"); lan.shares_location("14.1", "107.5"); lan.sends("sticker")
        lan.presses("Có"); lan.presses_payload("TM#9:1.a"); lan.submits_info("84901234567")
        lan.leaves()
        question = await lan.expect("Câu 1"); reply = await fake.reply_to(lan)
        fake.sent_to(lan)                             # every message, in order
        await fake.delivered()                        # the webhook has taken everything, or not

As the real one: every error is an HTTP 200 with a code in its body; a refresh token works once
and gives the next one; an access token ends after 25 hours (`fake.expires_tokens()`: at once);
events are repeated until a 200 comes in time; texts have at most 2,000 characters; who has not
written for seven days, or left, cannot be written to; uploads are at most a megabyte.

Misbehaving, for the next `times` calls of a path, for one chat or all:
    fake.fails("cs", -211)                    fake.fails("upload/image", -201, times=3)
    fake.breaks("cs", 502)                    # a gateway's page, no answer of Zalo
    fake.drops("cs"); fake.drops("access_token", after=True)
    fake.twice = True                         # every event is posted twice
    fake.signature = "oa-id"                  # sign as a dissenting source says
    fake.forgets_uploads()                    # attachment ids have ended
    fake.takes_buttons = False                # -201 for any buttons
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
import unicodedata
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.clock import PATIENCE

APP_ID = "102719276611582260"
APP_SECRET = "AppSecretThatMustNeverBeSeenInALog"
SECRET_KEY = "OaSecretKeyThatMustNeverBeSeenInALog"
OA_ID = "1423847451268726170"
WINDOW_SECONDS = 7 * 86_400.0
TOKEN_SECONDS = 90_000.0
MAX_TEXT = 2_000
MAX_UPLOAD = 1_000_000
WEBHOOK_TRIES = 8


class Tells(Protocol):
    """A clock."""

    def now(self) -> Any: ...


@dataclass
class Sent:
    """One message that the account sent."""

    chat: str
    message_id: str
    text: str
    body: dict[str, Any]
    picture: bytes = b""
    file: bytes = b""
    seen: bool = False

    @property
    def buttons(self) -> list[dict[str, str]]:
        """Buttons as they were sent: type, title, payload."""
        payload = self.body.get("attachment", {}).get("payload", {})
        return list(payload.get("buttons", []))


@dataclass
class _Trouble:
    path: str
    times: int
    chat: str = ""
    code: int = 0
    status: int = 0
    drop: str = ""
    skip: int = 0


class FakeUser:
    """A person with Zalo. Every method that does something returns the event(s) it caused."""

    def __init__(self, fake: FakeZaloOA, name: str, number: str) -> None:
        self.id = number
        self.name = name
        self.follows_us = True
        self.wrote_at: float | None = None
        self._fake = fake

    def follows(self) -> dict[str, Any]:
        self.follows_us = True
        if self._fake.following_counts:
            self._writes()
        return self._fake.add(
            {"follower": {"id": self.id}, "oa_id": OA_ID, "event_name": "follow", "source": "oa"}
        )

    def leaves(self) -> dict[str, Any]:
        self.follows_us = False
        return self._fake.add(
            {"follower": {"id": self.id}, "oa_id": OA_ID, "event_name": "unfollow"}
        )

    def says(self, text: str) -> dict[str, Any]:
        return self._message("text", {"text": text})

    def presses(self, title: str) -> dict[str, Any]:
        """Press a button by its title, or the beginning of it; the newest that has it."""
        for sent in reversed(self._fake.sent_to(self)):
            for button in sent.buttons:
                if _plain(button["title"]).startswith(_plain(title)):
                    return self.presses_payload(button["payload"])
        shown = [s.buttons for s in self._fake.sent_to(self)]
        raise AssertionError(f"no button {title!r}; shown were {shown}")

    def presses_payload(self, payload: str) -> dict[str, Any]:
        """A press is a text that equals the payload."""
        return self.says(payload)

    def sends_photo(self, data: bytes, caption: str = "") -> dict[str, Any]:
        url = self._fake.keep_photo(data)
        payload = {"url": url, "thumbnail": url}
        attachments = [{"type": "image", "payload": payload}]
        return self._message("image", _with_text(caption) | {"attachments": attachments})

    def sends_album(self, photos: list[bytes]) -> list[dict[str, Any]]:
        """Send several photos at once: as many events."""
        return [self.sends_photo(p) for p in photos]

    def sends_file(self, data: bytes, name: str) -> dict[str, Any]:
        url = self._fake.keep_photo(data)
        payload = {"url": url, "name": name, "size": str(len(data)), "type": "x"}
        return self._message("file", {"attachments": [{"type": "file", "payload": payload}]})

    def shares_location(self, latitude: str, longitude: str) -> dict[str, Any]:
        """Coordinates are texts, as the one real payload has them."""
        where = {"coordinates": {"latitude": latitude, "longitude": longitude}}
        attachments = [{"payload": where, "type": "location"}]
        return self._message("location", {"attachments": attachments, "text": "Cơm Coffee"})

    def sends(self, kind: str) -> dict[str, Any]:
        """Send a sticker, audio, video, gif, business_card, or a kind that nobody knows yet."""
        payload = {"id": "1", "url": "https://example.org/x"}
        return self._message(kind, {"attachments": [{"type": kind, "payload": payload}]})

    def submits_info(self, phone: str) -> dict[str, Any]:
        """Share the form that request_user_info showed."""
        info = {"name": self.name, "phone": phone, "address": "", "city": "", "district": ""}
        self._writes()
        return self._fake.add(
            {
                "event_name": "user_submit_info",
                "sender": {"id": self.id},
                "recipient": {"id": OA_ID},
                "info": info,
            }
        )

    async def expect(self, words: str) -> Sent:
        """Wait for a message not yet looked at that holds these words, whatever came before."""
        return await self._fake.wait_for(self, words)

    def _message(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        self._writes()
        return self._fake.add(
            {
                "event_name": f"user_send_{kind}",
                "sender": {"id": self.id},
                "recipient": {"id": OA_ID},
                "message": {**content, "msg_id": f"{self._fake.next_id():020x}"},
                "user_id_by_app": f"9{self.id}",
            }
        )

    def _writes(self) -> None:
        self.wrote_at = self._fake.seconds()


@dataclass
class _Pair:
    access: str
    refresh: str
    until: float


@dataclass
class Code:
    """A permission on its way: what the exchange must fit."""

    challenge: str
    used: bool = False


@dataclass
class _Upload:
    data: bytes
    name: str = ""


@dataclass
class Templated:
    """A paid message by template."""

    phone: str
    data: dict[str, str] = field(default_factory=dict)


class FakeZaloOA:
    """See the module's docstring."""

    def __init__(self, clock: Tells | None = None) -> None:
        self.patience = PATIENCE
        self.answer_seconds = PATIENCE
        """How long the webhook is waited for."""
        self.twice = False
        self.signature = "app-id"
        self.takes_buttons = True
        self.takes_files = True
        self.held: asyncio.Event | None = None
        """Set it to an event: new tokens are made, and answered with only when it is set."""
        self.following_counts = True
        """Whether following opens the window as writing does; no source says."""
        self.pair = _Pair("access-0", "refresh-0", 0.0)
        self.shown: Counter[str] = Counter()
        """How often each refresh token was shown to us."""
        self.calls: Counter[str] = Counter()
        self.attempts: list[tuple[str, int]] = []
        """(event, status) of each post to the webhook."""
        self.templated: list[Templated] = []
        self.users: dict[str, FakeUser] = {}
        self.webhook = ""
        self.events: list[dict[str, Any]] = []
        self._clock = clock
        self._sent: dict[str, list[Sent]] = defaultdict(list)
        self._uploads: dict[str, _Upload] = {}
        self._photos: dict[str, bytes] = {}
        self._codes: dict[str, Code] = {}
        self._trouble: list[_Trouble] = []
        self._number = 1_000
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._order: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64_000_000)
        app.router.add_post("/v3.0/oa/message/cs", self._cs)
        app.router.add_post("/v2.0/oa/upload/{kind}", self._upload)
        app.router.add_post("/v3.0/oa/quota/message", self._quota)
        app.router.add_post("/message/template", self._template)
        app.router.add_post("/v4/oa/access_token", self._access_token)
        app.router.add_get("/v4/oa/access_token", self._look)
        app.router.add_get("/photos/{name}", self._photo)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._client = ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.close()
        await self._runner.cleanup()

    @property
    def env(self) -> dict[str, str]:
        """What opens the door to this account."""
        return {
            "ZALO_OA_APP_ID": APP_ID,
            "ZALO_OA_APP_SECRET": APP_SECRET,
            "ZALO_OA_SECRET_KEY": SECRET_KEY,
            "ZALO_OA_REFRESH_TOKEN": "refresh-0",
            "ZALO_OA_API_URL": self.url,
            "ZALO_OAUTH_URL": self.url,
        }

    # ---- people ----

    def user(self, name: str, number: str = "") -> FakeUser:
        """Return the person of this name; the first call makes them."""
        if name not in self.users:
            self.users[name] = FakeUser(self, name, number or str(8_309_000_000 + self.next_id()))
        return self.users[name]

    def sent_to(self, user: FakeUser) -> list[Sent]:
        """Return every message to a person, in order."""
        return self._sent[user.id]

    async def reply_to(self, user: FakeUser) -> Sent:
        """Wait for the next message that nobody has looked at."""
        return await self.wait_for(user, "")

    async def wait_for(self, user: FakeUser, words: str) -> Sent:
        """Wait for an unseen message with these words; marks it and all before it as seen."""

        def found() -> Sent | None:
            every = self.sent_to(user)
            for i, sent in enumerate(every):
                if not sent.seen and _plain(words) in _plain(sent.text):
                    for earlier in every[: i + 1]:
                        earlier.seen = True
                    return sent
            return None

        async with self._changed:
            got = found()
            try:
                async with asyncio.timeout(self.patience):
                    while got is None:
                        await self._changed.wait()
                        got = found()
            except TimeoutError:
                every = [
                    f"{'  seen' if s.seen else 'unseen'}: {s.text}" for s in self.sent_to(user)
                ]
                raise AssertionError(
                    f"nothing with {words!r} came; there was:\n" + "\n".join(every)
                ) from None
            return got

    async def until(self, condition: Any) -> None:
        """Wait until `condition()` holds; it is looked at after every call and event."""
        async with self._changed, asyncio.timeout(self.patience):
            await self._changed.wait_for(condition)

    def next_id(self) -> int:
        self._number += 1
        return self._number

    def seconds(self) -> float:
        return float(self._clock.now().timestamp() if self._clock else time.time())

    # ---- the webhook ----

    def add(self, event: dict[str, Any]) -> dict[str, Any]:
        """Queue an event of any content for the webhook."""
        event = {"app_id": APP_ID, **event, "timestamp": str(int(self.seconds() * 1000))}
        self.events.append(event)
        if self.webhook:
            self._spawn(self._deliver(event))
        return event

    def use_webhook(self, url: str) -> None:
        """Post events to this address from now on, and those that wait."""
        self.webhook = url
        for event in self.events:
            self._spawn(self._deliver(event))

    async def delivered(self) -> None:
        """Wait until the webhook has taken everything, or we have given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Post anything at all to the webhook, and return the status."""
        limit = ClientTimeout(total=self.answer_seconds)
        try:
            async with self._client.post(
                self.webhook, data=body, headers=headers, timeout=limit
            ) as answer:
                return answer.status
        except (ClientError, TimeoutError, OSError):
            return 0

    def signed(self, event: dict[str, Any], body: bytes) -> dict[str, str]:
        """Return the headers that Zalo would send with this body."""
        stamp = str(event.get("timestamp", "")).encode()
        key = SECRET_KEY.encode()
        account = (event.get("oa_id") or event.get("recipient", {}).get("id", "")).encode()
        mac = {
            "app-id": hashlib.sha256(APP_ID.encode() + body + stamp + key).hexdigest(),
            "oa-id": hashlib.sha256(account + body + stamp + key).hexdigest(),
            "hmac": hmac.new(key, APP_ID.encode() + body + stamp, "sha256").hexdigest(),
            "hmac-body": hmac.new(key, body, "sha256").hexdigest(),
        }[self.signature]
        return {"X-ZEvent-Signature": f"mac={mac}", "Content-Type": "application/json"}

    async def _deliver(self, event: dict[str, Any]) -> None:
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        person = str((event.get("sender") or event.get("follower") or {}).get("id", ""))
        async with self._order[person]:
            for attempt in range(WEBHOOK_TRIES):
                headers = self.signed(event, body) | {"num_retry": str(attempt)}
                status = await self.post(body, headers)
                self.attempts.append((event["event_name"], status))
                if status == 200:
                    break
                await asyncio.sleep(0)
            if self.twice:
                await self.post(body, self.signed(event, body))
        await self._announce()

    # ---- misbehaving ----

    def fails(
        self,
        path: str,
        code: int,
        *,
        times: int = 1,
        user: FakeUser | None = None,
        skip: int = 0,
    ) -> None:
        """Answer the next calls, after `skip` good ones, with an error in the body of a 200."""
        chat = user.id if user else ""
        self._trouble.append(_Trouble(path, times, chat, code=code, skip=skip))

    def breaks(self, path: str, status: int, *, times: int = 1) -> None:
        """Answer with a gateway's page."""
        self._trouble.append(_Trouble(path, times, status=status))

    def drops(self, path: str, *, after: bool = False, times: int = 1) -> None:
        """Break the connection, before or after doing what was asked."""
        self._trouble.append(_Trouble(path, times, drop="after" if after else "before"))

    def mends(self, user: FakeUser | None = None) -> None:
        """End every trouble, or one person's."""
        chat = user.id if user else ""
        self._trouble = [t for t in self._trouble if user is not None and t.chat != chat]

    def forgets_uploads(self) -> None:
        """Let every attachment id end."""
        self._uploads.clear()

    def forgets_photos(self) -> None:
        """Let every photo's address end."""
        self._photos.clear()

    def expires_tokens(self) -> None:
        """Let the access token end at once."""
        self.pair.until = 0.0

    # ---- the OpenAPI ----

    async def _cs(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        chat = str(given["recipient"]["user_id"])
        return await self._called("cs", request, lambda: self._take(chat, given["message"]), chat)

    def _take(self, chat: str, message: dict[str, Any]) -> web.Response:
        user = next((u for u in self.users.values() if u.id == chat), None)
        if user is None:
            return _error(-201, "Recipient is invalid")
        if not user.follows_us:
            return _error(-213, "User is not following")
        if user.wrote_at is None or self.seconds() - user.wrote_at > WINDOW_SECONDS:
            return _error(-230, "User has not interacted with the OA in the past 7 days")
        payload = message.get("attachment", {}).get("payload", {})
        buttons = payload.get("buttons", [])
        if buttons and not self.takes_buttons:
            return _error(-201, "attachment is invalid")
        if any(len(b["title"]) > 100 or len(b["payload"]) > 1_000 for b in buttons):
            return _error(-201, "button is invalid")
        text = str(message.get("text", ""))
        if len(text) > MAX_TEXT or not (text or payload):
            return _error(-201, "text is invalid")
        sent = Sent(chat, f"{self.next_id():020x}", text, message)
        named = payload.get("elements", [{}])[0].get("attachment_id")
        if named is not None:
            if named not in self._uploads:
                return _error(-100, "attachment is expired")
            sent.picture = self._uploads[named].data
        if "token" in payload:
            sent.file = self._uploads[payload["token"]].data
        self._sent[chat].append(sent)
        return _ok({"message_id": sent.message_id, "user_id": chat})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        kind = request.match_info["kind"]
        part = (await request.post())["file"]
        data, name = part.file.read(), part.filename  # type: ignore[union-attr]  # the client sends a file

        def taken() -> web.Response:
            if len(data) > MAX_UPLOAD and kind == "image":
                return _error(-210, "the file is too large")
            if kind == "file" and not self.takes_files:
                return _error(-201, "the file is invalid")
            number = f"{kind}-{self.next_id()}"
            self._uploads[number] = _Upload(data, name)
            return _ok({"attachment_id" if kind == "image" else "token": number})

        return await self._called(f"upload/{kind}", request, taken)

    async def _quota(self, request: web.Request) -> web.StreamResponse:
        return await self._called("quota", request, lambda: _ok({}))

    async def _template(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()

        def taken() -> web.Response:
            self.templated.append(Templated(given["phone"], given["template_data"]))
            return _ok({"msg_id": f"z{self.next_id()}", "sent_time": "1", "quota": {}})

        return await self._called("template", request, taken)

    async def _called(
        self, path: str, request: web.Request, work: Any, chat: str = ""
    ) -> web.StreamResponse:
        """Count a call, misbehave as ordered, look at the token, do what is asked."""
        self.calls[path] += 1
        trouble = self._next_trouble(path, chat)
        try:
            if trouble and trouble.drop == "before":
                return _break(request)
            if trouble and trouble.status:
                return web.Response(status=trouble.status, text="<html>Bad Gateway</html>")
            if trouble and trouble.code:
                return _error(trouble.code, "an error on order")
            if request.headers.get("access_token") != self.pair.access:
                return _error(-124 if path == "template" else -216, "Access token is invalid")
            if self.seconds() >= self.pair.until:
                return _error(-124 if path == "template" else -220, "Access token has expired")
            answer: web.StreamResponse = work()
            return _break(request) if trouble else answer
        finally:
            await self._announce()

    async def _photo(self, request: web.Request) -> web.Response:
        self.calls["photo"] += 1
        data = self._photos.get(request.match_info["name"])
        return web.Response(body=data) if data is not None else web.Response(status=404)

    def keep_photo(self, data: bytes) -> str:
        """Keep a photo and return its address."""
        name = f"{self.next_id()}.jpg"
        self._photos[name] = data
        return f"{self.url}/photos/{name}"

    # ---- permission ----

    def permits(self, permission_url: str, oa_id: str = OA_ID) -> str:
        """Be a person on Zalo's page; return the address that the browser is led back to."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(permission_url).query).items()}
        assert asked["app_id"] == APP_ID
        code = f"code-{self.next_id()}"
        self._codes[code] = Code(asked["code_challenge"])
        back = urlencode({"code": code, "oa_id": oa_id, "state": asked["state"]})
        return f"{asked['redirect_uri']}?{back}"

    async def _look(self, request: web.Request) -> web.StreamResponse:
        trouble = self._next_trouble("look", "")
        return web.Response(status=trouble.status if trouble else 404)

    async def _access_token(self, request: web.Request) -> web.StreamResponse:
        given = dict(await request.post())
        trouble = self._next_trouble("access_token", "")
        self.calls["access_token"] += 1
        if trouble and trouble.drop == "before":
            return _break(request)
        if trouble and trouble.status:
            return web.Response(status=trouble.status, text="<html>Bad Gateway</html>")
        refusal = self._refusal(given, request.headers.get("secret_key", ""))
        if refusal is not None:
            return refusal
        number = self.next_id()
        until = self.seconds() + TOKEN_SECONDS
        self.pair = _Pair(f"access-{number}", f"refresh-{number}", until)
        await self._announce()
        if self.held is not None:
            await self.held.wait()
        if trouble and trouble.drop:
            return _break(request)
        return web.json_response(
            {
                "access_token": self.pair.access,
                "refresh_token": self.pair.refresh,
                "expires_in": str(int(TOKEN_SECONDS)),
            }
        )

    def _refusal(self, given: dict[str, Any], secret: str) -> web.Response | None:
        if secret != APP_SECRET or given.get("app_id") != APP_ID:
            return _oauth_error(-14002, "Invalid app")
        if given.get("grant_type") == "authorization_code":
            code = self._codes.get(str(given.get("code")))
            digest = hashlib.sha256(str(given.get("code_verifier")).encode()).digest()
            fits = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if code is None or code.used or code.challenge != fits:
                return _oauth_error(-14003, "Invalid authorization code")
            code.used = True
            return None
        token = str(given.get("refresh_token"))
        self.shown[token] += 1
        if token != self.pair.refresh or self.shown[token] > 1:
            return _oauth_error(-14014, "Invalid refresh token")
        return None

    # ---- inside ----

    def _next_trouble(self, path: str, chat: str) -> _Trouble | None:
        for trouble in self._trouble:
            if trouble.path == path and trouble.chat in ("", chat):
                if trouble.skip:
                    trouble.skip -= 1
                    continue
                trouble.times -= 1
                if not trouble.times:
                    self._trouble.remove(trouble)
                return trouble
        return None

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _announce(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _ok(data: dict[str, Any]) -> web.Response:
    return web.json_response({"error": 0, "message": "Success", "data": data})


def _error(code: int, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message})


def _oauth_error(code: int, name: str) -> web.Response:
    return web.json_response({"error": code, "error_name": name, "error_description": name})


def _break(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        with suppress(OSError):
            request.transport.abort()
    return web.Response()


def _with_text(text: str) -> dict[str, Any]:
    return {"text": text} if text else {}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
