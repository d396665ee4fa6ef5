"""Passwords: kept as scrypt of them, with the parameters beside, so that these may grow."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from typing import Final

LOG2_N: Final = 15
R: Final = 8
P: Final = 3
"""OWASP's password storage cheat sheet names N=2^15, r=8, p=3: 32 MiB for each check."""
MEMORY: Final = 96 * 1024 * 1024
LEAST: Final = 12
MOST: Final = 200
_SALT: Final = 16
_LENGTH: Final = 32


def hashed(password: str) -> str:
    """Return what to keep of a password. Takes about a third of a second: call it in a thread."""
    salt = secrets.token_bytes(_SALT)
    return _text(LOG2_N, R, P, salt, _scrypt(password, salt, LOG2_N, R, P))


def matches(password: str, kept: str) -> bool:
    """Say whether it is the password, in a time that does not tell how wrong it is."""
    log2_n, r, p, salt, right = _parts(kept)
    return hmac.compare_digest(_scrypt(password, salt, log2_n, r, p), right)


def outdated(kept: str) -> bool:
    """Say whether it was kept with other parameters than today's."""
    return _parts(kept)[:3] != (LOG2_N, R, P)


NOBODYS: Final = f"scrypt${LOG2_N}${R}${P}${'A' * 22}==${'A' * 43}="
"""What an unknown account's password is compared with, so that it takes as long."""


def _scrypt(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    plain = unicodedata.normalize("NFKC", password[: MOST * 4]).encode("utf-8", "replace")
    return hashlib.scrypt(plain, salt=salt, n=2**log2_n, r=r, p=p, maxmem=MEMORY, dklen=_LENGTH)


def _text(log2_n: int, r: int, p: int, salt: bytes, value: bytes) -> str:
    coded = [base64.b64encode(part).decode() for part in (salt, value)]
    return "$".join(["scrypt", str(log2_n), str(r), str(p), *coded])


def _parts(kept: str) -> tuple[int, int, int, bytes, bytes]:
    _, log2_n, r, p, salt, value = kept.split("$")
    return int(log2_n), int(r), int(p), base64.b64decode(salt), base64.b64decode(value)
