"""People with Zalo who follow an Official Account, and what it sent them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from tests.fakes.waiting import plain

OA_ID = "1423847451268726170"


class Zalo(Protocol):
    """What of the service a person needs."""

    following_counts: bool

    def add(self, event: dict[str, Any]) -> dict[str, Any]: ...

    def keep_photo(self, data: bytes) -> str: ...

    def next_id(self) -> int: ...

    def seconds(self) -> float: ...

    def sent_to(self, chat: Any) -> list[Sent]: ...

    async def wait_for(self, chat: Any, words: str) -> Sent: ...


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


class FakeUser:
    """A person with Zalo. Every method that does something returns the event(s) it caused."""

    def __init__(self, fake: Zalo, name: str, number: str) -> None:
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
                if plain(button["title"]).startswith(plain(title)):
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


def _with_text(text: str) -> dict[str, Any]:
    return {"text": text} if text else {}
