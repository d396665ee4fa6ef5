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
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.clock import PATIENCE

TOKEN = "123456:AAFakeTokenThatMustNeverBeSeenInALog"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
GETFILE_LIMIT = 20_000_000
WEBHOOK_TRIES = 8


class Tells(Protocol):
    """A clock."""

    def now(self) -> Any: ...


@dataclass
class Sent:
    """One message that the bot sent. `texts` holds the text and each edit of it."""

    chat: int
    message_id: int
    method: str
    text: str
    markup: dict[str, Any]
    data: bytes = b""
    filename: str = ""
    texts: list[str] = field(default_factory=list)
    seen: bool = False

    @property
    def buttons(self) -> list[str]:
        """Labels of inline buttons."""
        return [b["text"] for row in self.markup.get("inline_keyboard", []) for b in row]

    @property
    def pressable(self) -> str:
        """Data of the first inline button that asks something, "" if there is none."""
        every = [b for row in self.markup.get("inline_keyboard", []) for b in row]
        return next((str(b["callback_data"]) for b in every if b["callback_data"] != "0:-"), "")

    @property
    def keyboard(self) -> list[str]:
        """Labels of the keyboard under the input field."""
        return [b["text"] for row in self.markup.get("keyboard", []) for b in row]

    def data_of(self, wanted: str) -> str | None:
        """Return the callback data of a button by its label, the start of it, or its data."""
        rows = self.markup.get("inline_keyboard", [])
        every = [b for row in rows for b in row]
        for fits in (str.__eq__, str.startswith):
            for button in every:
                if (
                    fits(_plain(button["text"]), _plain(wanted))
                    or button["callback_data"] == wanted
                ):
                    return str(button["callback_data"])
        return None


@dataclass
class _Trouble:
    method: str
    times: int
    chat: int | None = None
    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    drop: str = ""


class FakeUser:
    """A person with Telegram. Every method that does something returns the update(s) it caused."""

    def __init__(self, fake: FakeTelegram, number: int, name: str) -> None:
        self.id = number
        self.name = name
        self.blocked = False
        self._fake = fake

    def starts(self, payload: str = "") -> dict[str, Any]:
        """Open the bot, perhaps by a deep link."""
        return self.says(f"/start {payload}".strip())

    def says(self, text: str, group: int = 0) -> dict[str, Any]:
        return self._message({"text": text}, group)

    def presses(self, label: str, message: Sent | None = None) -> dict[str, Any]:
        """Press a button by label, beginning of label, or data; the newest message that has it."""
        for sent in [message] if message else reversed(self._fake.sent_to(self)):
            data = sent.data_of(label)
            if data is not None:
                return self.presses_data(data, sent)
            if any(_plain(k) == _plain(label) for k in sent.keyboard):
                return self.says(label)
        shown = [s.buttons + s.keyboard for s in self._fake.sent_to(self)]
        raise AssertionError(f"no button {label!r}; shown were {shown}")

    def presses_data(self, data: str, sent: Sent | None = None) -> dict[str, Any]:
        """Press with any data: a stale button, or one that never was."""
        message: dict[str, Any] = {
            "message_id": sent.message_id if sent else 1,
            "date": self._fake.time(),
            "chat": self._chat(0),
            "from": self._fake.me,
            "text": sent.text if sent else "?",
        }
        query = {
            "id": str(7_000_000 + self._fake.next_id()),
            "from": self._from(),
            "chat_instance": "1",
            "message": message,
            "data": data,
        }
        return self._fake.add({"callback_query": query})

    def sends_photo(
        self,
        data: bytes,
        *,
        as_file: bool = False,
        name: str = "",
        caption: str = "",
        mime: str = "",
        album: str = "",
        claims: int | None = None,
    ) -> dict[str, Any]:
        """Send a photo; as_file keeps its bytes and name. `claims` lies about the size."""
        size = len(data) if claims is None else claims
        content: dict[str, Any] = {"caption": caption} if caption else {}
        if album:
            content["media_group_id"] = album
        if as_file:
            name = name or "IMG_0001.jpg"
            kept = self._fake.keep_file(data, f"documents/{name}", size)
            kind = mime or ("image/heic" if name.lower().endswith("heic") else "image/jpeg")
            content["document"] = {**kept, "file_name": name, "mime_type": kind}
        else:
            small = self._fake.keep_file(b"thumbnail", "thumbs/a.jpg", 9)
            large = self._fake.keep_file(data, "photos/a.jpg", size)
            content["photo"] = [
                {**small, "width": 90, "height": 60},
                {**large, "width": 1280, "height": 960},
            ]
        return self._message(content)

    def sends_album(self, photos: list[bytes], *, as_file: bool = False) -> list[dict[str, Any]]:
        """Send several photos at once: as many messages that share a group id."""
        album = str(13_000_000 + self._fake.next_id())
        return [self.sends_photo(p, album=album, as_file=as_file) for p in photos]

    def shares_contact(self, phone: str = "84901234567", *, own: bool = True) -> dict[str, Any]:
        """Share the own card, or somebody else's."""
        contact = {"phone_number": phone, "first_name": self.name}
        contact["user_id"] = self.id if own else self.id + 999
        return self._message({"contact": contact})

    def shares_location(
        self, latitude: float, longitude: float, accuracy: float = 12.0
    ) -> dict[str, Any]:
        where = {"latitude": latitude, "longitude": longitude, "horizontal_accuracy": accuracy}
        return self._message({"location": where})

    def sends(self, kind: str) -> dict[str, Any]:
        """Send a sticker, voice, video, document (a PDF), animation …"""
        content = _OTHER[kind]
        kept = self._fake.keep_file(b"something", f"other/{kind}", 9)
        return self._message({k: {**kept, **v} for k, v in content.items()})

    def sends_raw(self, content: dict[str, Any], group: int = 0) -> dict[str, Any]:
        """Send a message with these fields, whatever they are."""
        return self._message(content, group)

    def edits(self, text: str) -> dict[str, Any]:
        """Change an old message."""
        message = {**self._head(0), "text": text, "edit_date": self._fake.time()}
        return self._fake.add({"edited_message": message})

    def blocks(self) -> None:
        """Stop the bot: it may not write any more."""
        self.blocked = True

    def unblocks(self) -> None:
        self.blocked = False

    async def expect(self, words: str) -> Sent:
        """Wait for a message (or edit) not yet looked at that holds these words, whatever came before."""
        return await self._fake.wait_for(self, words)

    def _message(self, content: dict[str, Any], group: int = 0) -> dict[str, Any]:
        return self._fake.add({"message": {**self._head(group), **content}})

    def _head(self, group: int) -> dict[str, Any]:
        return {
            "message_id": self._fake.next_id(),
            "date": self._fake.time(),
            "chat": self._chat(group),
            "from": self._from(),
        }

    def _chat(self, group: int) -> dict[str, Any]:
        if group:
            self._fake.chats.add(group)
            return {"id": group, "type": "supergroup", "title": "UBND"}
        return {"id": self.id, "type": "private", "first_name": self.name}

    def _from(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": "vi"}


class FakeTelegram:
    """See the module's docstring."""

    def __init__(self, clock: Tells | None = None, token: str = TOKEN) -> None:
        self.token = token
        self.me = {
            "id": 123456,
            "is_bot": True,
            "first_name": "Thôn Mới",
            "username": "thonmoi_bot",
        }
        self.patience = PATIENCE
        self.twice = False
        self.confirmed = 0
        self.calls: Counter[str] = Counter()
        self.answered: list[str] = []
        self.attempts: list[tuple[int, int]] = []
        self.webhook: dict[str, Any] = {}
        self.reaches: dict[str, str] = {}
        """Where an https address stands in truth: {"https://office.example": "http://127.0.0.1:1"}."""
        self.chats: set[int] = set()
        self.users: dict[int, FakeUser] = {}
        self.updates: list[dict[str, Any]] = []
        self._clock = clock
        self._sent: dict[int, list[Sent]] = defaultdict(list)
        self._files: dict[str, tuple[bytes, str, int]] = {}
        self._trouble: list[_Trouble] = []
        self._held: dict[str, asyncio.Event] = {}
        self._number = 1_000
        self._newest = 0
        self._repeated: set[int] = set()
        self._changed = asyncio.Condition()
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._order: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=64_000_000)
        application.router.add_route("*", "/bot{token}/{method}", self._api)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._client = ClientSession(timeout=ClientTimeout(total=60))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        for event in self._held.values():
            event.set()
        await self._announce()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.close()
        await self._runner.cleanup()

    # ---- people ----

    def user(self, number: int, name: str = "Lan") -> FakeUser:
        """Return the person with this id; the first call makes them known to Telegram."""
        if number not in self.users:
            self.users[number] = FakeUser(self, number, name)
            self.chats.add(number)
        return self.users[number]

    def sent_to(self, chat: FakeUser | int) -> list[Sent]:
        """Return every message that the bot sent to a person or group, in order."""
        return self._sent[chat if isinstance(chat, int) else chat.id]

    async def reply_to(self, chat: FakeUser | int) -> Sent:
        """Wait for the next message that no `reply_to` or `expect` has looked at."""
        return await self.wait_for(chat, "")

    async def wait_for(self, chat: FakeUser | int, words: str) -> Sent:
        """Wait for an unseen message with these words; marks it and all before it as seen."""

        def found() -> Sent | None:
            every = self.sent_to(chat)
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
                    f"{'  seen' if s.seen else 'unseen'}: {s.text}" for s in self.sent_to(chat)
                ]
                raise AssertionError(
                    f"nothing with {words!r} came; there was:\n" + "\n".join(every)
                ) from None
            return got

    async def until(self, condition: Any) -> None:
        """Wait until `condition()` holds; it is looked at after every call and update."""
        async with self._changed, asyncio.timeout(self.patience):
            await self._changed.wait_for(condition)

    # ---- updates ----

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
            self._deliveries.add(self._spawn(self._deliver(update)))
        else:
            self._spawn(self._announce())

    def use_webhook(self, url: str, secret: str = "") -> None:
        """Deliver to this address from now on; what waits is delivered too."""
        self.webhook = {"url": url, "secret_token": secret}
        for update in self.updates:
            self._deliveries.add(self._spawn(self._deliver(update)))

    async def hangs_up(self) -> None:
        """Forget the webhook and break off what is on its way there; it waits to be given again."""
        self.webhook = {}
        for task in self._deliveries:
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)

    async def delivered(self) -> None:
        """Wait until the webhook has taken everything, or Telegram has given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def keep_file(self, data: bytes, path: str, size: int) -> dict[str, Any]:
        """Keep a file for getFile and return its ids."""
        file_id = f"AgAC{self.next_id()}"
        self._files[file_id] = (data, f"{file_id}/{path}", size)
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": size}

    def forget_files(self) -> None:
        """Make every file gone."""
        self._files.clear()

    @property
    def newest(self) -> int:
        """Return the number of the newest update that was ever queued."""
        return self._newest

    def next_id(self) -> int:
        self._number += 1
        return self._number

    def time(self) -> int:
        return int(self._clock.now().timestamp() if self._clock else time.time())

    # ---- misbehaving ----

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
        self._trouble.append(_Trouble(method, times, chat, status, body))

    def drops(self, method: str, *, after: bool = False, times: int = 1) -> None:
        """Break the connection, before or after doing what was asked."""
        self._trouble.append(_Trouble(method, times, drop="after" if after else "before"))

    @contextmanager
    def holds(self, method: str) -> Iterator[None]:
        """Do what is asked, but answer only when the block ends."""
        event = self._held[method] = asyncio.Event()
        try:
            yield
        finally:
            del self._held[method]
            event.set()

    # ---- the Bot API ----

    async def _api(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _error(401, "Unauthorized")
        method = request.match_info["method"]
        if request.content_type == "application/json":
            given = await request.json()
        else:
            given = dict(await request.post()) | dict(request.query)
        self.calls[method] += 1
        trouble = self._next_trouble(method, str(given.get("chat_id", "")))
        if trouble and trouble.drop == "before":
            return _break(request)
        if trouble and trouble.status:
            await self._announce()
            return web.json_response(trouble.body, status=trouble.status)
        handler = getattr(self, f"_do_{method.lower()}", None)
        response: web.StreamResponse = await handler(given) if handler else _error(404, "Not Found")
        await self._announce()
        if trouble and trouble.drop:
            return _break(request)
        if method in self._held:
            await self._held[method].wait()
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
            await self._announce()
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
        trouble = self._next_trouble("download", "")
        if trouble:
            return _break(request) if trouble.drop else web.Response(status=trouble.status)
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

    # ---- the webhook ----

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
        url = self.webhook["url"]
        for shown, truly in self.reaches.items():
            url = url.replace(shown, truly, 1)
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
        await self._announce()
        return 200 <= status < 300

    def _next_trouble(self, method: str, chat: str) -> _Trouble | None:
        for trouble in self._trouble:
            if trouble.method == method and trouble.chat in (None, int(chat or 0)):
                trouble.times -= 1
                if trouble.times <= 0:
                    self._trouble.remove(trouble)
                return trouble
        return None

    def _spawn(self, job: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._deliveries.discard)
        return task

    async def _announce(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(code: int, description: str) -> web.Response:
    body = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body, status=code)


def _break(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


def _json(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = json.loads(value)
    return dict(value or {})


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


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
_OTHER: dict[str, dict[str, dict[str, Any]]] = {
    "sticker": {
        "sticker": {
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "type": "regular",
        }
    },
    "voice": {"voice": {"duration": 3}},
    "video": {"video": {"width": 640, "height": 480, "duration": 3}},
    "video_note": {"video_note": {"length": 240, "duration": 3}},
    "audio": {"audio": {"duration": 3}},
    "document": {"document": {"file_name": "bao-cao.pdf", "mime_type": "application/pdf"}},
    "animation": {
        "animation": {"width": 320, "height": 240, "duration": 2},
        "document": {"file_name": "a.gif", "mime_type": "image/gif"},
    },
}
