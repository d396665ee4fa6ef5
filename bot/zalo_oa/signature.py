"""Whether a webhook comes from Zalo: `X-ZEvent-Signature: mac=<hex>` over the raw body.

No official example with a key exists, and sources differ in what is put together. Most say
`SHA256(app id + body + timestamp + OA secret key)`; the others are kept as data, to be chosen
by ZALO_OA_SIGNATURE. `matching` says which one a refused webhook would have fitted, so that the
first live event tells what to set, and nothing unsigned is ever let in meanwhile.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

HEADER: Final = "X-ZEvent-Signature"
TIMESTAMP_HEADER: Final = "X-ZEvent-Timestamp"
"""Where one source found the timestamp; the others have it in the body."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What may go into a signature. `timestamp` is as the body has it, in digits."""

    app_id: bytes
    account: bytes
    """Id of the Official Account as the body names it."""
    body: bytes
    timestamp: bytes


def _hashed(key: bytes, *parts: bytes) -> str:
    return hashlib.sha256(b"".join([*parts, key])).hexdigest()


def _keyed(key: bytes, *parts: bytes) -> str:
    return hmac.new(key, b"".join(parts), hashlib.sha256).hexdigest()


COMPOSITIONS: Final[Mapping[str, Callable[[Signed, bytes], str]]] = MappingProxyType(
    {
        "app-id": lambda s, key: _hashed(key, s.app_id, s.body, s.timestamp),
        "oa-id": lambda s, key: _hashed(key, s.account, s.body, s.timestamp),
        "hmac": lambda s, key: _keyed(key, s.app_id, s.body, s.timestamp),
        "hmac-body": lambda s, key: _keyed(key, s.body),
    }
)
"""The first is the rule; the rest are what dissenting sources say."""


def fits(header: str, signed: Signed, key: bytes, composition: str) -> bool:
    """Say whether the header signs this body; takes the same time however wrong it is."""
    given = header.strip()
    if given[:4].casefold() == "mac=":
        given = given[4:]
    wanted = COMPOSITIONS[composition](signed, key)
    return hmac.compare_digest(given.casefold().encode("utf-8", "surrogateescape"), wanted.encode())


def matching(header: str, signed: Signed, key: bytes) -> str:
    """Return the name of a composition that fits, "" if none does."""
    return next((name for name in COMPOSITIONS if fits(header, signed, key, name)), "")
