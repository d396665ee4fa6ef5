"""The Zalo Bot Platform over real HTTP on loopback, with people at the other end, misbehaving on order.

    async with FakeZaloBot() as fake:                 # clock=HandClock() to date messages
        ZALO_BOT_API_URL = fake.url ; ZALO_BOT_TOKEN = fake.token
        lan = fake.user("lan", "Lan")                 # a private chat with the bot
        lan.says("95 hộ"); lan.sends_photo(data, caption="…"); lan.sends_album([a, b, c])
        lan.sends("sticker"); lan.sends("voice"); lan.sends("unsupported")
        lan.says("@Bot Thôn Mới /tiendo", group="g1")
        question = await lan.expect("Câu 1"); reply = await fake.reply_to(lan)
        fake.sent_to(lan)                             # every message, in order

As the real one: getUpdates answers with ONE event and forgets it by answering; an idle poll
ends with HTTP 408 (at once here: `fake.idle_seconds`); no getUpdates while a webhook is set;
getWebhookInfo without one is 404; sendPhoto takes a URL, which is fetched `fake.fetches` times;
a text has 1 to 2,000 characters. The webhook needs https: tests use `fake.use_webhook(url)`.

Misbehaving, each for the next `times` calls of a method, for one chat or all:
    fake.fails("sendMessage", 429)            fake.fails("getUpdates", 502, times=3)
    fake.fails("sendMessage", 502, page=True) # a proxy's page, not Zalo's own error
    fake.drops("sendMessage"); fake.drops("getUpdates", after=True)   # the answer is lost
    with fake.holds("sendMessage"): …         # answers are late until the block ends
    lan.blocks(); lan.vanishes()              # 403 «internal server error»; 404
    fake.twice = True                         # the webhook posts every event twice
    fake.wrapped = False                      # bare events instead of {"ok", "result"}
    fake.photo_field = "photo"                # or "photo_url", as live bots see it
    fake.expire_photos()                      # their addresses are gone
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, web

from tests.fakes.serving import ChatServer, Tells
from tests.fakes.trouble import Trouble, broken

TOKEN = "1459232241454765289:FakeTokenThatMustNeverBeSeenInALog"
SECRET = "only-zalo-knows-this"
SECRET_HEADER = "X-Bot-Api-Secret-Token"
MAX_TEXT = 2_000
WEBHOOK_TRIES = 8


@dataclass
class Sent:
    """One message that the bot sent; `fetched` is what Zalo got at the picture's address."""

    chat: str
    message_id: str
    method: str
    text: str
    picture: str = ""
    fetched: tuple[bytes, ...] = ()
    seen: bool = False


class FakeUser:
    """A person with Zalo. Every method that does something returns the event(s) it caused."""

    def __init__(self, fake: FakeZaloBot, name: str, number: str) -> None:
        self.id = number
        self.name = name
        self.refusal = 0
        self._fake = fake

    def says(self, text: str, group: str = "") -> dict[str, Any]:
        return self._event("text", {"text": text}, group)

    def sends_photo(self, data: bytes, caption: str = "") -> dict[str, Any]:
        content: dict[str, Any] = {self._fake.photo_field: self._fake.keep_photo(data)}
        return self._event("image", content | ({"caption": caption} if caption else {}))

    def sends_album(self, photos: list[bytes]) -> list[dict[str, Any]]:
        """Send several photos at once: as many events that say nothing of each other."""
        return [self.sends_photo(p) for p in photos]

    def sends(self, kind: str) -> dict[str, Any]:
        """Send a sticker, a voice message, or what Zalo withholds ("unsupported")."""
        contents: dict[str, dict[str, Any]] = {
            "sticker": {"sticker": "abc", "url": "https://stickers.example/abc"},
            "voice": {"voice_url": "https://voice.example/a.aac"},
        }
        return self._event(kind, contents.get(kind, {}))

    def blocks(self) -> None:
        """Let nothing through any more: Zalo's own words are «internal server error»."""
        self.refusal = 403

    def vanishes(self) -> None:
        """Be gone for good."""
        self.refusal = 404

    async def expect(self, words: str) -> Sent:
        """Wait for a message not yet looked at that holds these words, whatever came before."""
        return await self._fake.wait_for(self, words)

    def _event(self, kind: str, content: dict[str, Any], group: str = "") -> dict[str, Any]:
        chat = {"id": group or self.id, "chat_type": "GROUP" if group else "PRIVATE"}
        message = {
            "from": {"id": self.id, "display_name": self.name, "is_bot": False},
            "chat": chat,
            **content,
            "message_id": f"{self._fake.next_id():020x}",
            "date": self._fake.milliseconds(),
            "message_type": "CHAT_MESSAGE",
        }
        event = {"message": message, "event_name": f"message.{kind}.received"}
        self._fake.add(event)
        return event


class FakeZaloBot(ChatServer[Sent]):
    """See the module's docstring."""

    def __init__(self, clock: Tells | None = None, token: str = TOKEN) -> None:
        super().__init__(clock)
        self.token = token
        self.idle_seconds = 0.2
        self.wrapped = True
        self.photo_field = "photo_url"
        self.fetches = 2
        self.attempts: list[tuple[str, int]] = []
        self.webhook: dict[str, Any] = {}
        self.events: list[Any] = []
        self.consumed: list[Any] = []
        self.asked_again = True
        """Whether getUpdates was called since it last answered with an event: then that is kept."""
        self.polls = 0
        """Calls of getUpdates that wait for an event; one of a dead process may still take it."""
        self.users: dict[str, FakeUser] = {}
        self._photos: dict[str, bytes] = {}

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/bot{token}/{method}", self._api)
        application.router.add_get("/photos/{name}", self._photo)
        return application

    def user(self, number: str, name: str = "Lan") -> FakeUser:
        """Return the person with this id."""
        return self.users.setdefault(number, FakeUser(self, name, number))

    def add(self, event: Any) -> None:
        """Queue an event, or anything at all."""
        self.events.append(event)
        self.spawn(self._deliver(event) if self.webhook else self.announce())

    def use_webhook(self, url: str, secret: str = SECRET) -> None:
        """Deliver to this address from now on; what waits is delivered too."""
        self.webhook = {"url": url, "secret_token": secret, "updated_at": self.milliseconds()}
        for event in self.events:
            self.spawn(self._deliver(event))

    def keep_photo(self, data: bytes) -> str:
        """Keep a photo and return its address."""
        name = f"{self.next_id()}.jpg"
        self._photos[name] = data
        return f"{self.url}/photos/{name}"

    def expire_photos(self) -> None:
        """End every photo's address."""
        self._photos.clear()

    def milliseconds(self) -> int:
        return int(1_000 * self.seconds())

    def fails(
        self,
        method: str,
        status: int,
        *,
        times: int = 1,
        chat: str | None = None,
        page: bool = False,
    ) -> None:
        """Answer the next calls with an error; nothing happens then."""
        self._trouble.append(Trouble(method, times, chat or "", status, page=page))

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls[method] += 1
        if request.match_info["token"] != self.token:
            await self.announce()
            return _error(401)
        given = await request.json() if request.can_read_body else dict(request.query)
        trouble = self.next_trouble(method, str(given.get("chat_id", "")))
        if trouble and trouble.drop == "before":
            return broken(request)
        if trouble and trouble.status:
            await self.announce()
            if trouble.page:
                return web.Response(
                    text="<h1>Error</h1>", content_type="text/html", status=trouble.status
                )
            return _error(trouble.status)
        handler = getattr(self, f"_do_{method.lower()}", None)
        response: web.StreamResponse = await handler(given) if handler else _error(404)
        await self.announce()
        if trouble and trouble.drop:
            return broken(request)
        await self.held(method)
        return response

    async def _do_getme(self, given: dict[str, Any]) -> web.Response:
        return _ok(
            {
                "id": "1459232241454765289",
                "account_name": "bot.VDKyGxQvc",
                "account_type": "BASIC",
                "can_join_groups": False,
                "display_name": "Bot Thôn Mới",
            }
        )

    async def _do_getupdates(self, given: dict[str, Any]) -> web.Response:
        if self.webhook:
            return _error(400)
        self.asked_again = True
        self.polls += 1
        await self.announce()
        seconds = min(float(given.get("timeout", 30)), self.idle_seconds)
        try:
            async with self._changed, asyncio.timeout(seconds):
                await self._changed.wait_for(lambda: self.events or self._closing)
        except TimeoutError:
            return _error(408, "Request timeout")
        finally:
            self.polls -= 1
        if not self.events:
            return _error(408, "Request timeout")
        event = self.events.pop(0)
        self.consumed.append(event)
        self.asked_again = False
        return _ok(event)

    async def _do_setwebhook(self, given: dict[str, Any]) -> web.Response:
        secret, url = str(given.get("secret_token", "")), str(given.get("url", ""))
        if not url.startswith("https://") or not 8 <= len(secret) <= 256:
            return _error(400)
        self.use_webhook(url, secret)
        return _ok({"url": url, "updated_at": self.milliseconds()})

    async def _do_deletewebhook(self, given: dict[str, Any]) -> web.Response:
        self.webhook = {}
        return _ok({"url": "", "updated_at": self.milliseconds()})

    async def _do_getwebhookinfo(self, given: dict[str, Any]) -> web.Response:
        if not self.webhook:
            return _error(404)
        return _ok({k: self.webhook[k] for k in ("url", "updated_at")})

    async def _do_sendmessage(self, given: dict[str, Any]) -> web.Response:
        text = given.get("text", "")
        if not 1 <= len(text) <= MAX_TEXT or set(given) != {"chat_id", "text"}:
            return _error(400)
        return self._send(given, "sendMessage", text)

    async def _do_sendphoto(self, given: dict[str, Any]) -> web.Response:
        caption, address = given.get("caption", ""), given.get("photo")
        if not isinstance(address, str) or not address or len(caption) > MAX_TEXT:
            return _error(400)
        fetched = tuple([await self._fetch(address) for _ in range(self.fetches)])
        if not all(fetched):
            return _error(400)
        response = self._send(given, "sendPhoto", caption)
        if response.status == 200:
            sent = self.sent_to(str(given["chat_id"]))[-1]
            sent.picture, sent.fetched = address, fetched
        return response

    async def _fetch(self, address: str) -> bytes:
        try:
            async with self._client.get(self.truly(address)) as response:
                return await response.read() if response.status == 200 else b""
        except (ClientError, TimeoutError, ValueError):
            return b""

    async def _photo(self, request: web.Request) -> web.StreamResponse:
        self.calls["photo"] += 1
        trouble = self.next_trouble("photo")
        if trouble:
            return broken(request) if trouble.drop else web.Response(status=trouble.status)
        data = self._photos.get(request.match_info["name"])
        # A CDN's word for the type of what is inside is not to be believed.
        return web.Response(status=404) if data is None else web.Response(body=data)

    def _send(self, given: dict[str, Any], method: str, text: str) -> web.Response:
        chat = str(given["chat_id"])
        user = self.users.get(chat)
        if user is not None and user.refusal:
            return _error(user.refusal)
        sent = Sent(chat, f"{self.next_id():020x}", method, text)
        self._sent[chat].append(sent)
        return _ok({"message_id": sent.message_id, "date": self.milliseconds()})

    async def _deliver(self, event: Any) -> None:
        """Post until 200, in order within a chat; then perhaps once more."""
        async with self._order[_chat_of(event)]:
            for _ in range(WEBHOOK_TRIES):
                if await self._post(event):
                    if self.twice:
                        await self._post(event)
                    if event in self.events:
                        self.events.remove(event)
                    return

    async def _post(self, event: Any) -> bool:
        headers = {SECRET_HEADER: self.webhook["secret_token"]}
        body = {"ok": True, "result": event} if self.wrapped else event
        url = self.truly(self.webhook["url"])
        try:
            async with self._client.post(url, json=body, headers=headers) as response:
                status = response.status
        except (ClientError, TimeoutError):
            status = 0
        self.attempts.append((_id_of(event), status))
        await self.announce()
        return status == 200


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(code: int, description: str = "") -> web.Response:
    body = {"ok": False, "error_code": code, "description": description or _WORDS.get(code, "?")}
    return web.json_response(body, status=code)


def _message(event: Any) -> dict[str, Any]:
    found = event.get("message") if isinstance(event, dict) else None
    return found if isinstance(found, dict) else {}


def _chat_of(event: Any) -> str:
    return json.dumps(_message(event).get("chat"))


def _id_of(event: Any) -> str:
    return str(_message(event).get("message_id", ""))


_WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Internal server error",
    404: "Not Found",
    429: "Quota exceeded",
    502: "Bad Gateway",
}
