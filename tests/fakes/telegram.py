"""A Bot API over real HTTP on loopback, with people at the other end, that misbehaves on order.

    async with FakeTelegram() as fake:                # clock=HandClock() to date messages
        TELEGRAM_API_URL = fake.url ; TELEGRAM_TOKEN = fake.token
        lan = fake.user(1, "Lan")                     # a private chat with the bot
        lan.starts("invite-code")                     # /start with a payload
        question = await lan.expect("Câu 1")          # waits for a message with these words
        lan.says("95 hộ"); lan.presses("Có")          # label of a button last shown, or its data
        lan.sends_photo(data); lan.sends_photo(data, as_file=True, name="a.jpg")
        lan.sends_album([a, b, c]); lan.shares_contact(); lan.shares_contact(own=False)
        lan.shares_location(14.1, 107.5); lan.sends("sticker"); lan.edits("…")
        lan.says("/tiendo", group=-100123)            # the same person in a group
        reply = await fake.reply_to(lan)              # the next message not yet looked at
        fake.sent_to(lan)                             # every message, in order, with later edits

What a person does is queued at once (no await) and reaches the bot by getUpdates, or by webhook
as soon as one is set (by setWebhook, or `fake.use_webhook(url, secret)` for plain http).
`await fake.delivered()` waits until the webhook has taken everything or given up;
`await fake.hangs_up()` ends the webhook in mid-delivery.

Misbehaving, each for the next `times` calls of a method, for one chat or all:
    fake.fails("sendMessage", 429, retry_after=5, chat=1)   fake.fails("getUpdates", 502, times=3)
    fake.drops("sendMessage")                # the connection breaks before anything happens
    fake.drops("sendMessage", after=True)    # it happens, but the answer is lost
    with fake.holds("sendMessage"): …        # answers are late until the block ends
    lan.blocks()                             # 403 from now on;  lan.unblocks()
    fake.twice = True                        # every update is delivered twice

`fake.calls` counts calls by method; `fake.confirmed` is the offset the bot has confirmed;
`fake.attempts` are the webhook's (update_id, status); `fake.answered` the presses answered.
Waiting has a limit of real seconds (`patience`), which only a failing test ever uses up.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from aiohttp import ClientError, web

from tests.fakes.serving import ChatServer, Tells
from tests.fakes.telegram_people import FakeUser, Sent
from tests.fakes.trouble import Trouble, broken

TOKEN = "123456:AAFakeTokenThatMustNeverBeSeenInALog"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
GETFILE_LIMIT = 20_000_000
WEBHOOK_TRIES = 8


class FakeTelegram(ChatServer[Sent]):
    """See the module's docstring."""

    def __init__(self, clock: Tells | None = None, token: str = TOKEN) -> None:
        super().__init__(clock)
        self.token = token
        self.me = {
            "id": 123456,
            "is_bot": True,
            "first_name": "Thôn Mới",
            "username": "thonmoi_bot",
        }
        self.confirmed = 0
        self.answered: list[str] = []
        self.attempts: list[tuple[int, int]] = []
        self.webhook: dict[str, Any] = {}
        self.chats: set[int] = set()
        self.users: dict[int, FakeUser] = {}
        self.updates: list[dict[str, Any]] = []
        self._files: dict[str, tuple[bytes, str, int]] = {}
        self._newest = 0
        self._repeated: set[int] = set()
        self._deliveries: set[asyncio.Task[None]] = set()

    def application(self) -> web.Application:
        application = web.Application(client_max_size=64_000_000)
        application.router.add_route("*", "/bot{token}/{method}", self._api)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        return application

    def user(self, number: int, name: str = "Lan") -> FakeUser:
        """Return the person with this id; the first call makes them known to Telegram."""
        if number not in self.users:
            self.users[number] = FakeUser(self, number, name)
            self.chats.add(number)
        return self.users[number]

    def add(self, content: dict[str, Any]) -> dict[str, Any]:
        """Queue an update of any content."""
        update = {"update_id": 50_000_000 + self.next_id(), **content}
        self.add_raw(update)
        return update

    def add_raw(self, update: Any) -> None:
        """Queue anything at all, also what is no update."""
        self.updates.append(update)
        if isinstance(update, dict) and isinstance(update.get("update_id"), int):
            self._newest = max(self._newest, update["update_id"])
        if self.webhook:
            self._deliver_later(update)
        else:
            self.spawn(self.announce())

    def use_webhook(self, url: str, secret: str = "") -> None:
        """Deliver to this address from now on; what waits is delivered too."""
        self.webhook = {"url": url, "secret_token": secret}
        for update in self.updates:
            self._deliver_later(update)

    def _deliver_later(self, update: dict[str, Any]) -> None:
        task = self.spawn(self._deliver(update))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def hangs_up(self) -> None:
        """Forget the webhook and break off what is on its way there; it waits to be given again."""
        self.webhook = {}
        for task in self._deliveries:
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)

    def keep_file(self, data: bytes, path: str, size: int) -> dict[str, Any]:
        """Keep a file for getFile and return its ids."""
        file_id = f"AgAC{self.next_id()}"
        self._files[file_id] = (data, f"{file_id}/{path}", size)
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": size}

    @property
    def newest(self) -> int:
        """Return the number of the newest update that was ever queued."""
        return self._newest

    def time(self) -> int:
        return int(self.seconds())

    def fails(
        self,
        method: str,
        status: int,
        description: str = "",
        *,
        times: int = 1,
        chat: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Answer the next calls with an error, as Telegram words it; nothing happens then."""
        body: dict[str, Any] = {"ok": False, "error_code": status}
        body["description"] = description or _WORDS.get(status, "Internal Server Error")
        if retry_after is not None:
            body["parameters"] = {"retry_after": retry_after}
            body["description"] = f"Too Many Requests: retry after {retry_after}"
        self._trouble.append(
            Trouble(method, times, "" if chat is None else str(chat), status, body=body)
        )

    async def _api(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _error(401, "Unauthorized")
        method = request.match_info["method"]
        if request.content_type == "application/json":
            given = await request.json()
        else:
            given = dict(await request.post()) | dict(request.query)
        self.calls[method] += 1
        trouble = self.next_trouble(method, str(given.get("chat_id", "")))
        if trouble and trouble.drop == "before":
            return broken(request)
        if trouble and trouble.status:
            await self.announce()
            return web.json_response(trouble.body, status=trouble.status)
        handler = getattr(self, f"_do_{method.lower()}", None)
        response: web.StreamResponse = await handler(given) if handler else _error(404, "Not Found")
        await self.announce()
        if trouble and trouble.drop:
            return broken(request)
        await self.held(method)
        return response

    async def _do_getme(self, given: dict[str, Any]) -> web.Response:
        return _ok({**self.me, "can_join_groups": True, "can_read_all_group_messages": False})

    async def _do_setwebhook(self, given: dict[str, Any]) -> web.Response:
        if not given.get("url"):
            self.webhook = {}
        else:
            self.use_webhook(given["url"], given.get("secret_token", ""))
            self.webhook.update(given)
        return _ok(True)

    async def _do_deletewebhook(self, given: dict[str, Any]) -> web.Response:
        self.webhook = {}
        return _ok(True)

    async def _do_getwebhookinfo(self, given: dict[str, Any]) -> web.Response:
        known = {k: v for k, v in self.webhook.items() if k.startswith("last_error")}
        shown = {"url": self.webhook.get("url", ""), "pending_update_count": len(self.updates)}
        return _ok(shown | known)

    async def _do_getupdates(self, given: dict[str, Any]) -> web.Response:
        if self.webhook:
            return _error(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        offset = int(given.get("offset", 0))
        if offset:
            self.confirmed = max(self.confirmed, offset)
            self.updates = [u for u in self.updates if self._stays(u, offset)]
            await self.announce()
        with suppress(TimeoutError):
            async with self._changed, asyncio.timeout(float(given.get("timeout", 0))):
                await self._changed.wait_for(lambda: self.updates or self._closing)
        return _ok(self.updates[: int(given.get("limit", 100))])

    def _stays(self, update: Any, offset: int) -> bool:
        number = update.get("update_id", 0) if isinstance(update, dict) else 0
        number = number if isinstance(number, int) else 0
        if number >= offset:
            return True
        if self.twice and number and number not in self._repeated:
            self._repeated.add(number)
            return True
        return False

    async def _do_sendmessage(self, given: dict[str, Any]) -> web.Response:
        return self._send(given, "sendMessage", str(given.get("text", "")), 4_096)

    async def _do_sendphoto(self, given: dict[str, Any]) -> web.Response:
        return self._send(given, "sendPhoto", str(given.get("caption", "")), 1_024, "photo")

    async def _do_senddocument(self, given: dict[str, Any]) -> web.Response:
        return self._send(given, "sendDocument", str(given.get("caption", "")), 1_024, "document")

    async def _do_editmessagetext(self, given: dict[str, Any]) -> web.Response:
        sent = self._find(given)
        if sent is None:
            return _error(400, "Bad Request: message to edit not found")
        markup = _json(given.get("reply_markup"))
        if sent.text == given["text"] and sent.markup == markup:
            return _error(400, "Bad Request: message is not modified")
        sent.text, sent.markup, sent.seen = str(given["text"]), markup, False
        sent.texts.append(sent.text)
        return _ok(self._shown(sent))

    async def _do_editmessagereplymarkup(self, given: dict[str, Any]) -> web.Response:
        sent = self._find(given)
        if sent is None:
            return _error(400, "Bad Request: message to edit not found")
        if sent.markup == _json(given.get("reply_markup")):
            return _error(400, "Bad Request: message is not modified")
        sent.markup = _json(given.get("reply_markup"))
        return _ok(self._shown(sent))

    async def _do_answercallbackquery(self, given: dict[str, Any]) -> web.Response:
        self.answered.append(str(given["callback_query_id"]))
        return _ok(True)

    async def _do_getfile(self, given: dict[str, Any]) -> web.Response:
        found = self._files.get(str(given.get("file_id")))
        if found is None:
            return _error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        _, path, size = found
        if size > GETFILE_LIMIT:
            return _error(400, "Bad Request: file is too big")
        file_id = str(given["file_id"])
        return _ok(
            {"file_id": file_id, "file_unique_id": "u", "file_size": size, "file_path": path}
        )

    async def _download(self, request: web.Request) -> web.StreamResponse:
        self.calls["download"] += 1
        trouble = self.next_trouble("download")
        if trouble:
            return broken(request) if trouble.drop else web.Response(status=trouble.status)
        for data, path, _ in self._files.values():
            if path == request.match_info["path"] and request.match_info["token"] == self.token:
                return web.Response(body=data)
        return web.Response(status=404)

    def _send(
        self, given: dict[str, Any], method: str, text: str, limit: int, file: str = ""
    ) -> web.Response:
        chat = int(given["chat_id"])
        markup = _json(given.get("reply_markup"))
        refusal = self._refusal(chat, text, limit, markup, file=file)
        if refusal:
            return refusal
        sent = Sent(chat, self.next_id(), method, text, markup, texts=[text])
        if file:
            part = given[file]
            sent.data, sent.filename = part.file.read(), part.filename
        self._sent[chat].append(sent)
        return _ok(self._shown(sent))

    def _refusal(
        self, chat: int, text: str, limit: int, markup: dict[str, Any], *, file: str
    ) -> web.Response | None:
        if chat not in self.chats:
            return _error(400, "Bad Request: chat not found")
        if chat in self.users and self.users[chat].blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if not text and not file:
            return _error(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > limit:
            return _error(400, "Bad Request: message is too long")
        buttons = [b for row in markup.get("inline_keyboard", []) for b in row]
        if any(len(b["callback_data"].encode()) not in range(1, 65) for b in buttons):
            return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        return None

    def _find(self, given: dict[str, Any]) -> Sent | None:
        sent = self._sent[int(given["chat_id"])]
        return next((s for s in sent if s.message_id == int(given["message_id"])), None)

    def _shown(self, sent: Sent) -> dict[str, Any]:
        kind = "private" if sent.chat > 0 else "supergroup"
        chat = {"id": sent.chat, "type": kind, "first_name": "?", "title": "?"}
        return {
            "message_id": sent.message_id,
            "date": self.time(),
            "chat": chat,
            "from": self.me,
            "text": sent.text,
        }

    async def _deliver(self, update: dict[str, Any]) -> None:
        """Post until 2xx, in order within a chat, as Telegram does; then perhaps once more."""
        async with self._order[_chat_of(update)]:
            for _ in range(WEBHOOK_TRIES):
                if await self._post(update):
                    if self.twice:
                        await self._post(update)
                    if update in self.updates:
                        self.updates.remove(update)
                    return

    async def _post(self, update: dict[str, Any]) -> bool:
        headers = {SECRET_HEADER: self.webhook["secret_token"]}
        url = self.truly(self.webhook["url"])
        try:
            async with self._client.post(url, json=update, headers=headers) as response:
                status = response.status
                if response.content_type == "application/json" and status == 200:
                    reply = await response.json()
                    if reply.get("method") == "answerCallbackQuery":
                        self.answered.append(reply["callback_query_id"])
        except (ClientError, TimeoutError):
            status = 0
        self.attempts.append((update["update_id"], status))
        await self.announce()
        return 200 <= status < 300


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(code: int, description: str) -> web.Response:
    body = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body, status=code)


def _json(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = json.loads(value)
    return dict(value or {})


def _chat_of(update: dict[str, Any]) -> int:
    message = update.get("message") or update.get("callback_query", {}).get("message") or {}
    return int(message.get("chat", {}).get("id", 0))


_WORDS = {
    400: "Bad Request: chat not found",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request",
    502: "Bad Gateway",
}
