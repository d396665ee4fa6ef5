"""Invitations: a short code that can be said over the telephone and opens one role in one area.

Only the hash of a code is kept. A code that is wrong, too old or used up gets one and the same
answer, and wrong ones are counted per chat and for everybody together (backend.throttle).

While everybody together guesses too much, the chats that guessed wrong wait, and nobody else:
otherwise a few chats of wrong codes would close the door to every new village head. How many
new chats one attacker gets is then the bound, and the doors keep it (bot.limits).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from backend import audit
from backend.models import Invite, RoleGrant
from backend.people import Grant, Role
from backend.throttle import Allowance, count_wrong, exhausted

ALPHABET: Final = "ACDEFHKLMNPQRTUVXY34679"
"""Letters and digits that are not taken for one another, written or spoken in Vietnamese."""
CODE_CHARS: Final = 8
DEFAULT_DAYS: Final = 14
MAX_DAYS: Final = 365
MAX_USES: Final = 1_000

PER_CHAT: Final = Allowance(guesses=5, window=timedelta(minutes=15))
EVERYBODY: Final = Allowance(guesses=300, window=timedelta(hours=1))
"""With 23^8 codes, 300 guesses an hour find one of 1,000 open codes in about 30 years."""
UNDER_ATTACK: Final = Allowance(guesses=3, window=timedelta(days=30))
"""Wrong codes that a chat may have sent while EVERYBODY's are used up. The 120 web chats that one
address may begin in an hour are so good for 360 guesses: 25 years for one of 1,000 open codes."""


class Outcome(StrEnum):
    """What became of a code that somebody typed."""

    TAKEN = "taken"
    REFUSED = "refused"
    """Wrong, too old or used up: the person is not told which."""
    WAIT = "wait"
    """Too many wrong ones; this one was not looked at."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The answer to a code; `grant` and `name` are set when it was taken."""

    outcome: Outcome
    grant: Grant | None = None
    name: str = ""


def bare_code(text: str) -> str:
    """Return text as a code is compared: capitals, without spaces and dashes."""
    return "".join(text.split()).replace("-", "").upper()


def looks_like_code(text: str) -> bool:
    """Say whether somebody who types this means a code, right or wrong."""
    bare = bare_code(text)
    return len(bare) == CODE_CHARS and bare.isascii() and bare.isalnum()


def spoken(code: str) -> str:
    """Return a code as people read it: XXXX-XXXX."""
    return f"{code[:4]}-{code[4:]}"


async def make_invite(  # noqa: PLR0913  (to what, when, whom, how long, how often, by whom)
    new: Grant,
    now: datetime,
    *,
    name: str = "",
    days: int = DEFAULT_DAYS,
    uses: int = 1,
    by: int | None = None,
) -> tuple[Invite, str]:
    """Make an invitation and return it with its code, which is kept nowhere.

    `by` is the person who invites, None for the machine's own admin.

    Raises ValueError for days or uses out of bounds. Who may invite is `access.may_invite`.
    """
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(f"an invitation lasts 1 to {MAX_DAYS} days")
    if not 1 <= uses <= MAX_USES:
        raise ValueError(f"an invitation is for 1 to {MAX_USES} people")
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS))
    async with in_transaction():
        invite = await Invite.create(
            code_sha256=_hash(code),
            role=new.role,
            area_id=new.area_id,
            owner=new.owner,
            name=name[:200],
            created_at=now,
            expires_at=now + timedelta(days=days),
            uses_left=uses,
        )
        await audit.record(
            "invite.made",
            by=by,
            subject=f"invite:{invite.id}",
            at=now,
            details={"role": str(new.role), "area": new.area_id, "uses": uses},
        )
    return invite, code


async def redeem(
    text: str,
    chat_id: int,
    held: tuple[Grant, ...],
    now: datetime,
    *,
    person_id: int | None = None,
) -> Redeemed:
    """Use a code up, once for each person.

    `held` are the roles of the person who types it: a code for a role they already have is
    taken again without being used up. A role that was taken away from them does not come back by
    a code that is older than that. Joins the caller's transaction.
    """
    mine, ever = f"code:{chat_id}", f"codes:{chat_id}"
    if await exhausted(mine, PER_CHAT, now) or (
        await exhausted(ever, UNDER_ATTACK, now) and await exhausted("code:*", EVERYBODY, now)
    ):
        return Redeemed(Outcome.WAIT)
    invite = await Invite.get_or_none(code_sha256=_hash(bare_code(text)))
    if invite is not None:
        new = Grant(Role(invite.role), invite.area_id, invite.owner)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        taken = Redeemed(Outcome.TAKEN, new, invite.name)
        if new in held:
            return taken
        gone = RoleGrant.filter(
            person_id=person_id,
            role=new.role,
            area_id=new.area_id,
            owner=new.owner,
            revoked_at__gte=invite.created_at,
        )
        open_still = Invite.filter(id=invite.id, uses_left__gt=0, expires_at__gt=now)
        before = person_id is not None and await gone.exists()
        if not before and await open_still.update(uses_left=F("uses_left") - 1):
            return taken
    await count_wrong(mine, PER_CHAT, now)
    await count_wrong(ever, UNDER_ATTACK, now)
    await count_wrong("code:*", EVERYBODY, now)
    return Redeemed(Outcome.REFUSED)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
