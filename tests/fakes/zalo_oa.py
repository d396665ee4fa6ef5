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
    with fake.holds("access_token"): …        # new tokens are made, the answer waits for the end
    fake.twice = True                         # every event is posted twice
    fake.signature = "oa-id"                  # sign as a dissenting source says
    fake.forgets_uploads()                    # attachment ids have ended
    fake.takes_buttons = False                # -201 for any buttons
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientTimeout, web

from tests.clock import PATIENCE
from tests.fakes.serving import Tells
from tests.fakes.trouble import Trouble, broken
from tests.fakes.zalo_oa_people import FakeUser, Sent
from tests.fakes.zalo_oa_permission import APP_ID, APP_SECRET, Permission

SECRET_KEY = "OaSecretKeyThatMustNeverBeSeenInALog"
WINDOW_SECONDS = 7 * 86_400.0
MAX_TEXT = 2_000
MAX_UPLOAD = 1_000_000
WEBHOOK_TRIES = 8


@dataclass
class _Upload:
    data: bytes
    name: str = ""


@dataclass
class Templated:
    """A paid message by template."""

    phone: str
    data: dict[str, str] = field(default_factory=dict)


class FakeZaloOA(Permission):
    """See the module's docstring."""

    def __init__(self, clock: Tells | None = None) -> None:
        super().__init__(clock)
        self.answer_seconds = PATIENCE
        """How long the webhook is waited for."""
        self.signature = "app-id"
        self.takes_buttons = True
        self.takes_files = True
        self.following_counts = True
        """Whether following opens the window as writing does; no source says."""
        self.attempts: list[tuple[str, int]] = []
        """(event, status) of each post to the webhook."""
        self.templated: list[Templated] = []
        self.users: dict[str, FakeUser] = {}
        self.webhook = ""
        self.events: list[dict[str, Any]] = []
        self._uploads: dict[str, _Upload] = {}
        self._photos: dict[str, bytes] = {}

    def application(self) -> web.Application:
        app = web.Application(client_max_size=64_000_000)
        app.router.add_post("/v3.0/oa/message/cs", self._cs)
        app.router.add_post("/v2.0/oa/upload/{kind}", self._upload)
        app.router.add_post("/v3.0/oa/quota/message", self._quota)
        app.router.add_post("/message/template", self._template)
        app.router.add_get("/photos/{name}", self._photo)
        app.add_routes(self.permission_routes())
        return app

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

    def user(self, name: str, number: str = "") -> FakeUser:
        """Return the person of this name; the first call makes them."""
        if name not in self.users:
            self.users[name] = FakeUser(self, name, number or str(8_309_000_000 + self.next_id()))
        return self.users[name]

    def add(self, event: dict[str, Any]) -> dict[str, Any]:
        """Queue an event of any content for the webhook."""
        event = {"app_id": APP_ID, **event, "timestamp": str(int(self.seconds() * 1000))}
        self.events.append(event)
        if self.webhook:
            self.spawn(self._deliver(event))
        return event

    def use_webhook(self, url: str) -> None:
        """Post events to this address from now on, and those that wait."""
        self.webhook = url
        for event in self.events:
            self.spawn(self._deliver(event))

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
        await self.announce()

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
        self._trouble.append(Trouble(path, times, chat, code=code, skip=skip))

    def breaks(self, path: str, status: int, *, times: int = 1) -> None:
        """Answer with a gateway's page."""
        self._trouble.append(Trouble(path, times, status=status))

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
        trouble = self.next_trouble(path, chat)
        try:
            if trouble and trouble.drop == "before":
                return broken(request)
            if trouble and trouble.status:
                return web.Response(status=trouble.status, text="<html>Bad Gateway</html>")
            if trouble and trouble.code:
                return _error(trouble.code, "an error on order")
            if request.headers.get("access_token") != self.pair.access:
                return _error(-124 if path == "template" else -216, "Access token is invalid")
            if self.seconds() >= self.pair.until:
                return _error(-124 if path == "template" else -220, "Access token has expired")
            answer: web.StreamResponse = work()
            return broken(request) if trouble else answer
        finally:
            await self.announce()

    async def _photo(self, request: web.Request) -> web.Response:
        self.calls["photo"] += 1
        data = self._photos.get(request.match_info["name"])
        return web.Response(body=data) if data is not None else web.Response(status=404)

    def keep_photo(self, data: bytes) -> str:
        """Keep a photo and return its address."""
        name = f"{self.next_id()}.jpg"
        self._photos[name] = data
        return f"{self.url}/photos/{name}"


def _ok(data: dict[str, Any]) -> web.Response:
    return web.json_response({"error": 0, "message": "Success", "data": data})


def _error(code: int, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message})
