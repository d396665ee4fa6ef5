"""Pictures and documents at addresses that work for a short time and cannot be guessed.

For channels that take a picture only as a public URL, which they fetch more than once. The
address holds what is shown and until when, signed with SECRET_KEY; nothing is kept, nobody is
signed in. Nothing that is shown carries EXIF. Everything names for whom it was sent: what reads it
asks at every fetch whether it is still theirs, and writes it down of a village's photo.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import io
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from aiohttp import web

from backend.clock import Clock
from backend.office.headers import secured
from bot.sent_photos import is_photo

PATH: Final = "/p/"
PICTURE_LIFE: Final = timedelta(hours=1)
PHOTO_LIFE: Final = timedelta(minutes=10)
"""The address is made for each try to send; the platform fetches within its answer or soon after."""
DOCUMENT_LIFE: Final = timedelta(days=1)
MAX_ADDRESS_CHARS: Final = 1_500
SIGNATURE_BYTES: Final = 32
PNG: Final = b"\x89PNG\r\n\x1a\n"

ReadAttachment = Callable[[str], Awaitable[bytes]]


class PublicPictures:
    """Makes the addresses and serves them; every process with the same key can do both."""

    def __init__(
        self, secret_key: str, public_url: str, clock: Clock, read_attachment: ReadAttachment
    ) -> None:
        """`read_attachment` returns a picture's or document's bytes by its key."""
        self._key = hmac.digest(secret_key.encode(), b"public pictures", "sha256")
        self._url = public_url.rstrip("/")
        self._clock = clock
        self._read = read_attachment

    def __repr__(self) -> str:
        """Say where, without the key."""
        return f"PublicPictures({self._url!r})"

    @property
    def usable(self) -> bool:
        """Whether somebody elsewhere can fetch what is shown here: only by https."""
        return self._url.startswith("https://")

    async def ready(self, key: str) -> None:
        """Make sure that what is shown is there; raise KeyError or FileNotFoundError if not."""
        await self._read(key)

    def picture_link(self, key: str) -> str:
        """Return the address of a picture, for an hour; of a village's photo, for ten minutes."""
        return self._link(key, "", PHOTO_LIFE if is_photo(key) else PICTURE_LIFE)

    def document_link(self, key: str, name: str) -> str:
        """Return the address of a document, for a day; it is saved under `name`."""
        return self._link(key, name or "file", DOCUMENT_LIFE)

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [web.get(PATH + "{address}", secured(self.serve))]

    async def serve(self, request: web.Request) -> web.Response:
        """Answer with the bytes, as often as asked; 404 for whatever is wrong with an address."""
        key, name = self._read_address(request.match_info["address"])
        try:
            body = await self._read(key)
        except (KeyError, FileNotFoundError):
            raise web.HTTPNotFound from None
        headers = {"Cache-Control": "no-store"}
        if name:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
            return web.Response(body=body, headers=headers)
        media_type, body = await asyncio.to_thread(_without_exif, body)
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return web.Response(body=body, content_type=media_type, headers=headers)

    def _link(self, key: str, name: str, life: timedelta) -> str:
        until = int((self._clock.now() + life).timestamp())
        content = json.dumps([until, key, name], ensure_ascii=False, separators=(",", ":")).encode()
        signed = hmac.digest(self._key, content, "sha256") + content
        return f"{self._url}{PATH}{base64.urlsafe_b64encode(signed).rstrip(b'=').decode()}"

    def _read_address(self, address: str) -> tuple[str, str]:
        """Return key and name; raise HTTPNotFound when the address is not ours, or over."""
        try:
            padded = address[:MAX_ADDRESS_CHARS] + "=" * (-len(address[:MAX_ADDRESS_CHARS]) % 4)
            signed = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise web.HTTPNotFound from None
        signature, content = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, hmac.digest(self._key, content, "sha256")):
            raise web.HTTPNotFound
        until, key, name = json.loads(content)
        if self._clock.now().timestamp() > until:
            raise web.HTTPNotFound
        return key, name


def _without_exif(body: bytes) -> tuple[str, bytes]:
    """Return a picture's media type and its bytes with nothing in them but the picture."""
    if body.startswith(PNG) and b"eXIf" not in body:
        return "image/png", body
    from PIL import Image  # noqa: PLC0415  (only for what did not come from our own drawing)

    with Image.open(io.BytesIO(body)) as image:
        plain = image.convert("RGB")
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=90)
    return "image/jpeg", out.getvalue()
