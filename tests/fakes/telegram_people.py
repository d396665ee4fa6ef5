"""People with Telegram, and what the bot sent them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.fakes.waiting import plain


class Telegram(Protocol):
    """What of the service a person needs."""

    me: dict[str, Any]
    chats: set[int]

    def add(self, content: dict[str, Any]) -> dict[str, Any]: ...

    def keep_file(self, data: bytes, path: str, size: int) -> dict[str, Any]: ...

    def next_id(self) -> int: ...

    def time(self) -> int: ...

    def sent_to(self, chat: Any) -> list[Sent]: ...

    async def wait_for(self, chat: Any, words: str) -> Sent: ...


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
                if fits(plain(button["text"]), plain(wanted)) or button["callback_data"] == wanted:
                    return str(button["callback_data"])
        return None


class FakeUser:
    """A person with Telegram. Every method that does something returns the update(s) it caused."""

    def __init__(self, fake: Telegram, number: int, name: str) -> None:
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
            if any(plain(k) == plain(label) for k in sent.keyboard):
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
