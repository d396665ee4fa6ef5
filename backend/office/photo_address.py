"""Addresses of photos: nobody guesses one, and none tells how many photos there are.

A photo's number, and a keyed digest of it: who has no address of ours makes none up, and a changed
one is none. It gives no right. Whoever asks with one is asked for theirs (`backend.access`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final

PATH: Final = "/photos/"
DIGEST: Final = 16
NUMBER: Final = 8
LENGTH: Final = (DIGEST + NUMBER) * 4 // 3
"""Characters of an address after PATH."""


class PhotoAddresses:
    """The addresses of one installation; the same photo always has the same one."""

    def __init__(self, secret_key: str) -> None:
        self._key = hmac.digest(secret_key.encode(), b"addresses of photos", "sha256")

    def path(self, evidence_id: int) -> str:
        """Return where a photo is served."""
        plain = evidence_id.to_bytes(NUMBER, "big")
        digest = self._digest(plain)
        hidden = digest + _mixed(plain, self._mask(digest))
        return PATH + base64.urlsafe_b64encode(hidden).decode()

    def number(self, address: str) -> int:
        """Return the photo's number, 0 for what is no address of ours."""
        try:
            hidden = base64.b64decode(address.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return 0
        if len(address) != LENGTH:
            return 0
        digest = hidden[:DIGEST]
        plain = _mixed(hidden[DIGEST:], self._mask(digest))
        right = hmac.compare_digest(digest, self._digest(plain))
        return int.from_bytes(plain, "big") if right else 0

    def _digest(self, plain: bytes) -> bytes:
        return hmac.digest(self._key, b"photo " + plain, "sha256")[:DIGEST]

    def _mask(self, digest: bytes) -> bytes:
        return hmac.digest(self._key, b"mask " + digest, "sha256")[:NUMBER]


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
