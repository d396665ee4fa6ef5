"""An admin's own key to the office's pages: a login, a password and a second factor.

It is for the day on which no chat works. Only admins have one. Setting it takes two steps, so
that nobody keeps a password whose codes they cannot make: `begin` shows the picture for the
authenticator, `confirm` wants a code of it, and only then the key is in force and the old one ended.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from backend import audit
from backend.access import rights_of
from backend.consent import withdrawn
from backend.models import AdminKey
from backend.office import password as passwords
from backend.office.known_browser import Known
from backend.office.second_factor import SecondFactor
from backend.sessions import Why, end_all
from backend.throttle import Allowance, forgive, take
from conversations.text import Text

LOGIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,30})[a-z0-9]")
BEGUN: Final = timedelta(minutes=30)
"""How long the second step may take."""
AT_ONCE: Final = 2
"""Passwords looked at side by side: 32 MiB each."""
OF_ACCOUNT: Final = Allowance(5, timedelta(minutes=15))
OF_ADDRESS: Final = Allowance(20, timedelta(minutes=15))


class RefusedKeyError(ValueError):
    """What was typed cannot be a key; `why` is a sentence."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.msgid)
        self.why = why


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody has signed in. `recovery`: with a recovery code, of which one less is left."""

    person_id: int
    recovery: bool
    key_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many tries; nothing was looked at. Come again after `until`."""

    until: datetime


class AdminKeys:
    """The keys of one installation."""

    def __init__(self, secret_key: str) -> None:
        self.second = SecondFactor(secret_key)
        self._salt = hashlib.sha256(f"nobody {secret_key}".encode()).hexdigest()
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def sign_in(  # noqa: PLR0913, PLR0917  (what is typed, and from where)
        self,
        login: str,
        password: str,
        code: str,
        address: str,
        now: datetime,
        known: Known | None = None,
    ) -> Signed | Wait | None:
        """Look at all three; None, after the same work, whichever of them is wrong.

        A browser that is `known` to this key has tries of its own, which nobody else uses up.
        """
        login = login.strip().lower()[:64]
        key = await AdminKey.get_or_none(in_force=login)
        if key is not None and known is not None and known.key_id == key.id:
            account = f"password|{_short(known.name)}|known"
            waits = [await take(account, OF_ACCOUNT, now)]
        else:
            account, place = f"password|{_short(login)}", f"password|{_short(address)}|address"
            waits = [await take(account, OF_ACCOUNT, now), await take(place, OF_ADDRESS, now)]
        if found := [until for until in waits if until is not None]:
            return Wait(max(found))
        number = key.id if key else 0
        salt = key.second_salt if key else self._salt
        person = _person(key) if key else 0
        kept = key.password if key else passwords.NOBODYS
        right = await self._matches(password, kept)
        admin = (await rights_of(person)).admin and not await withdrawn(person)
        # A wrong password must not use a code up, nor tell by its time that the code was right.
        may = number if right and admin else 0
        by_code = await self.second.take(may, salt, code, now)
        by_recovery = not by_code and await self.second.take_recovery(may, code, now)
        if key is None or not may or not (by_code or by_recovery):
            return None
        await forgive(account)
        if passwords.outdated(kept):
            new = await self._hashed(password)
            await AdminKey.filter(id=key.id, password=kept).update(password=new)
        return Signed(person, by_recovery, key.id)

    async def begin(self, person_id: int, login: str, password: str, now: datetime) -> AdminKey:
        """Make a key that opens nothing yet; raise RefusedKeyError for one that cannot be."""
        login = login.strip().lower()
        if not LOGIN.fullmatch(login):
            raise RefusedKeyError(
                Text("A sign-in name has 3 to 32 letters without marks, digits, dots or dashes.")
            )
        if not passwords.LEAST <= len(password) <= passwords.MOST or login in password.lower():
            raise RefusedKeyError(
                Text(
                    "A password has at least {least} characters and does not hold the sign-in name.",
                    {"least": passwords.LEAST},
                )
            )
        taken = await AdminKey.get_or_none(in_force=login)
        if taken is not None and _person(taken) != person_id:
            raise RefusedKeyError(Text("Somebody else has this sign-in name."))
        if not (await rights_of(person_id)).admin:
            raise RefusedKeyError(Text("Only admins sign in with a password."))
        kept = await self._hashed(password)
        begun = AdminKey.filter(person_id=person_id, in_force=None, ended_at=None)
        await begun.update(ended_at=now)
        return await AdminKey.create(
            person_id=person_id,
            login=login,
            password=kept,
            second_salt=secrets.token_hex(32),
            created_at=now,
        )

    async def confirm(
        self, person_id: int, code: str, now: datetime, *, but: int | None
    ) -> list[str] | None:
        """Put the begun key in force with its first code; return its recovery codes, to be shown once.

        None: the code is wrong, or nothing was begun lately. `but`: this session goes on.
        """
        key = (
            await AdminKey.filter(
                person_id=person_id, in_force=None, ended_at=None, created_at__gt=now - BEGUN
            )
            .order_by("-id")
            .first()
        )
        if key is None or await take(f"second|{person_id}", OF_ACCOUNT, now):
            return None
        if not await self.second.take(key.id, key.second_salt, code, now):
            return None
        await forgive(f"second|{person_id}")
        return await self.put_in_force(key, now, by=person_id, but=but)

    async def put_in_force(
        self, key: AdminKey, now: datetime, *, by: int | None, but: int | None = None
    ) -> list[str]:
        """End the person's old key and their sessions, and open with this one from now on."""
        person_id = _person(key)
        try:
            async with in_transaction():
                await self._end(person_id, now)
                await end_all(person_id, Why.PASSWORD, now, by=by, but=but)
                opened = AdminKey.filter(id=key.id, in_force=None)
                await opened.update(in_force=key.login, ended_at=None)
                codes = await self.second.make_recovery(key)
                await audit.record("password.set", by=by, subject=f"person:{person_id}", at=now)
        except IntegrityError as error:
            raise RefusedKeyError(Text("Somebody else has this sign-in name.")) from error
        return codes

    async def end(self, person_id: int, now: datetime, *, by: int | None) -> bool:
        """Take a person's key away; return False when there was none."""
        async with in_transaction():
            ended = await self._end(person_id, now)
            if ended:
                await end_all(person_id, Why.PASSWORD, now, by=by)
                await audit.record("password.ended", by=by, subject=f"person:{person_id}", at=now)
        return ended

    async def _end(self, person_id: int, now: datetime) -> bool:
        held = AdminKey.filter(person_id=person_id, in_force__isnull=False)
        return bool(await held.update(in_force=None, ended_at=now))

    async def _matches(self, password: str, kept: str) -> bool:
        async with self._turn:
            return await asyncio.to_thread(passwords.matches, password, kept)

    async def _hashed(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(passwords.hashed, password)


async def key_of(person_id: int) -> AdminKey | None:
    """Return the key of a person that is in force."""
    return await AdminKey.get_or_none(person_id=person_id, in_force__isnull=False)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _person(key: AdminKey) -> int:
    return key.person_id  # type: ignore[attr-defined, no-any-return]  # Tortoise adds <fk>_id
