"""The second factor: a code of the minute from an authenticator, or one of ten recovery codes.

Neither is in the database: the authenticator's secret is made of a salt there and of the
installation's SECRET_KEY, a recovery code is kept as its HMAC. Whoever steals a backup has no
second factor. A new SECRET_KEY therefore makes every second factor unknown: set it anew.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import datetime
from typing import Final

import pyotp
from tortoise.expressions import Q

from backend.models import AdminKey, RecoveryCode

STEP: Final = 30
AROUND: Final = 1
"""Steps before and after the present one whose code is taken: clocks differ."""
WRONG_CLOCK: Final = 20
"""Steps by which a code that was taken may be ahead of the clock. Further, it was taken while the
clock was wrong, and must not keep its owner out until that time has come."""
CODES: Final = 10
_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LENGTH: Final = 12


class SecondFactor:
    """Makes and takes codes of one installation."""

    def __init__(self, secret_key: str) -> None:
        self._key = hmac.digest(secret_key.encode(), b"second factor", "sha256")

    def uri(self, salt: str, login: str, issuer: str) -> str:
        """Return what an authenticator reads from the QR picture; it holds the secret."""
        return self._totp(salt).provisioning_uri(name=login, issuer_name=issuer)

    def step(self, salt: str, code: str, now: datetime) -> int | None:
        """Return the time step of a right code. Every step is compared, whichever is right."""
        totp, present = self._totp(salt), int(now.timestamp()) // STEP
        found = None
        for step in range(present - AROUND, present + AROUND + 1):
            if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
                found = step
        return found

    async def take(self, key_id: int, salt: str, code: str, now: datetime) -> bool:
        """Take a code; False when it is wrong, or was taken before."""
        step = self.step(salt, _digits(code), now)
        ahead = int(now.timestamp()) // STEP + WRONG_CLOCK
        # Asked of nobody's key when the code is wrong: a wrong one takes as long as a right one.
        mine = AdminKey.filter(id=0 if step is None else key_id)
        fresh = mine.filter(Q(last_step__lt=step or 0) | Q(last_step__gt=ahead))
        return bool(await fresh.update(last_step=step or 0))

    async def take_recovery(self, key_id: int, code: str, now: datetime) -> bool:
        """Take a recovery code; False when it is wrong, or was taken before."""
        left = RecoveryCode.filter(key_id=key_id, code_hmac=self._mark(code), used_at=None)
        return bool(await left.update(used_at=now))

    async def make_recovery(self, key: AdminKey) -> list[str]:
        """Make the recovery codes of a key, to be shown once."""
        codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(CODES)]
        await RecoveryCode.bulk_create(
            [RecoveryCode(key_id=key.id, code_hmac=self._mark(code)) for code in codes]
        )
        return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]

    def _totp(self, salt: str) -> pyotp.TOTP:
        secret = hmac.digest(self._key, f"totp {salt}".encode(), "sha1")
        return pyotp.TOTP(base64.b32encode(secret).decode(), interval=STEP)

    def _mark(self, code: str) -> str:
        plain = re.sub(r"[^A-Z0-9]", "", code[:64].upper())
        return hmac.new(self._key, f"recovery {plain}".encode(), "sha256").hexdigest()


def _digits(code: str) -> str:
    """Return a code as the authenticator means it, however it was spaced."""
    return re.sub(r"\s", "", code[:64])
