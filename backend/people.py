"""Who the office knows and what it lets them do: enrolment, roles, and taking a role back.

Roles are granted for an area and hold for everything below it. A person may have several
roles and several chats. What a role may see is decided in `backend.access` alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from tortoise.transactions import in_transaction

from backend import audit, sessions
from backend.lists import parts_of
from backend.models import AdminKey, Area, Chat, Interview, Outbox, Person, RoleGrant, WebLink

VIETNAM: Final = "+84"
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")


class Role(StrEnum):
    """What a person is to the programme (design.md 7)."""

    VILLAGE_HEAD = "village_head"
    COMMUNE_OFFICER = "commune_officer"
    DISTRICT_OFFICER = "district_officer"
    """Any supervising office, whatever its level is called in that year."""
    DEPARTMENT_OFFICER = "department_officer"
    ADMIN = "admin"


OFFICERS: Final = frozenset(Role) - {Role.VILLAGE_HEAD}
LEFT: Final = "left"
"""`Interview.status` of what somebody had begun for a village that they answer for no more."""
NOT_SENT: Final = 2
ROLE_ENDED: Final = "the role ended"
"""`Outbox.status` and `reason` of a reminder that was not sent for it."""

_LEVELS: Final[dict[Role, frozenset[str]]] = {
    Role.VILLAGE_HEAD: frozenset({"village"}),
    Role.COMMUNE_OFFICER: frozenset({"commune"}),
    Role.DISTRICT_OFFICER: frozenset({"province", "district", "commune"}),
    Role.DEPARTMENT_OFFICER: frozenset({"province", "district", "commune"}),
    Role.ADMIN: frozenset({"province", "district", "commune"}),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in force: for which area, and for a department officer of which department."""

    role: Role
    area_id: int
    owner: str = ""


def fits(role: Role, level: str) -> bool:
    """Say whether a role can be granted for an area of this level."""
    return level in _LEVELS[role]


def as_phone(text: str) -> str | None:
    """Return a number as E.164 (+84901234567), or None when it cannot be one.

    Vietnamese spellings are taken: 0901 234 567, 84901234567, +84 901.234.567.
    """
    bare = re.sub(r"[\s().-]", "", text)
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    elif bare.startswith("0"):
        bare = VIETNAM + bare[1:]
    elif not bare.startswith("+"):
        bare = "+" + bare
    return bare if _PHONE.fullmatch(bare) else None


async def add_person(
    name: str, now: datetime, *, phone: str | None = None, lang: str = "vi"
) -> Person:
    """Put a person on the office's list; raise ValueError for a number that cannot be one."""
    number = as_phone(phone) if phone else None
    if phone and number is None:
        raise ValueError("not a telephone number")
    return await Person.create(name=name[:200], phone=number, lang=lang, created_at=now)


async def grants_of(person_id: int) -> tuple[Grant, ...]:
    """Return the roles of a person that are in force, oldest first."""
    rows = await RoleGrant.filter(person_id=person_id, revoked_at=None).order_by("id")
    return tuple(Grant(Role(row.role), row.area_id, row.owner) for row in rows)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id


async def villages_of(person_id: int) -> list[Area]:
    """Return the villages that a person answers for, in order of their grants."""
    rows = (
        await RoleGrant.filter(person_id=person_id, role=Role.VILLAGE_HEAD, revoked_at=None)
        .order_by("id")
        .prefetch_related("area")
    )
    return [row.area for row in rows]


async def grant(person_id: int, new: Grant, now: datetime, *, by: int | None = None) -> bool:
    """Grant a role; return False when the person already had exactly this one.

    What a village head had begun for the village before the role was taken away waits again.
    `by` is who gives it, None for the program.
    """
    async with in_transaction():
        row = await grant_unnoted(person_id, new, now)
        if row is not None:
            await audit.record(
                "role.granted",
                by=by,
                subject=f"person:{person_id}",
                at=now,
                details={"grant": row.id, "role": str(new.role), "area": new.area_id},
            )
    return row is not None


async def grant_unnoted(person_id: int, new: Grant, now: datetime) -> RoleGrant | None:
    """Grant a role as `grant` does, for a caller that notes many with one row of the audit log."""
    same: dict[str, Any] = {
        "role": new.role,
        "area_id": new.area_id,
        "owner": new.owner,
        "revoked_at": None,
    }
    if await RoleGrant.exists(person_id=person_id, **same):
        return None
    row = await RoleGrant.create(person_id=person_id, granted_at=now, **same)
    if new.role is Role.VILLAGE_HEAD:
        left = Interview.filter(person_id=person_id, area_id=new.area_id, status=LEFT)
        await left.update(status="paused", changed_at=now)
    return row


async def join_chat(chat_id: int, person_id: int) -> None:
    """Make a chat one of this person's chats."""
    await Chat.filter(id=chat_id).update(person_id=person_id, stage="", stage_data={})


async def person_by_phone(number: str) -> Person | None:
    """Return the person on the office's list with this number and a role in force, or None."""
    phone = as_phone(number)
    if phone is None:
        return None
    person = await Person.get_or_none(phone=phone)
    if person and await RoleGrant.exists(person_id=person.id, revoked_at=None):
        return person
    return None


async def person_by_user(channel: str, bot: str, user: str) -> int | None:
    """Return who this sender of a group message is, known from their private chat on the channel."""
    chat = await Chat.get_or_none(channel=channel, bot=bot, external_id=user, private=True)
    return chat.person_id if chat else None  # type: ignore[attr-defined]  # Tortoise adds <fk>_id


async def revoke(  # noqa: PLR0913  (whose, which of them, when, why, by whom)
    person_id: int,
    now: datetime,
    *,
    role: Role | None = None,
    grant_id: int | None = None,
    reason: str = "",
    by: int | None = None,
) -> int:
    """Take a person's roles back (all, or one kind, or one), and what only those roles allowed.

    Returns how many were taken. What they had begun for villages that they answer for no more is
    kept and waits for the role to come back; answers already submitted stay; reminders that were
    not sent yet are not sent. Who is signed in to the office's pages is signed out everywhere when
    an officer's role is among them, and an admin's password ends with that role. Links to these
    pages end with the last officer's role, those to the person's web chats with the last role of
    all: what was said there is no longer theirs to read.
    """
    async with in_transaction():
        held = RoleGrant.filter(person_id=person_id, revoked_at=None)
        if role is not None:
            held = held.filter(role=role)
        if grant_id is not None:
            held = held.filter(id=grant_id)
        rows = await held
        for row in rows:
            await RoleGrant.filter(id=row.id).update(
                revoked_at=now, revoked_reason=reason[:200], revoked_by_id=by
            )
            await audit.record(
                "role.ended",
                by=by,
                subject=f"person:{person_id}",
                at=now,
                details={"grant": row.id, "role": row.role, "area": row.area_id},  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
            )
        await _end_what_roles_allowed(person_id, rows, now, by)
    return len(rows)


async def _end_what_roles_allowed(
    person_id: int, rows: list[RoleGrant], now: datetime, by: int | None
) -> None:
    if any(row.role in OFFICERS for row in rows):
        await sessions.end_all(person_id, sessions.Why.ROLE, now, by=by)
    left = await grants_of(person_id)
    areas = {g.area_id for g in left if g.role is Role.VILLAGE_HEAD}
    ended = Interview.filter(person_id=person_id, status__in=("running", "paused"))
    if areas:
        ended = ended.exclude(area_id__in=areas)
    await ended.update(status=LEFT, running_for=None, changed_at=now)
    officer = any(g.role in OFFICERS for g in left)
    links = WebLink.filter(person_id=person_id, revoked_at=None)
    if not officer:
        await links.filter(kind="office").update(revoked_at=now)
    if not any(g.role is Role.ADMIN for g in left):
        keys = AdminKey.filter(person_id=person_id, ended_at=None)
        await keys.update(in_force=None, ended_at=now)
    await _drop_unsent(person_id, rows, areas, now, officer=officer)
    if not left:
        await links.update(revoked_at=now)
        chats = await Chat.filter(person_id=person_id).values_list("id", flat=True)
        await WebLink.filter(chat_id__in=chats, revoked_at=None).update(revoked_at=now)


async def _drop_unsent(
    person_id: int, taken: list[RoleGrant], villages: set[int], now: datetime, *, officer: bool
) -> None:
    """Let nothing go out any more that was said to a role that is gone.

    What was said as an officer is all of that time but of the person's own villages, as
    `backend.access_words` has it.
    """
    since = min((row.granted_at for row in taken if row.role in OFFICERS), default=None)
    over = [] if officer else ["notice", "summary"]
    unsent: list[int] = []
    for row in await Outbox.filter(chat__person_id=person_id, status=0):
        if row.purpose == "reminder":
            gone = not villages
        elif json.loads(row.payload).get("village") in villages:
            gone = False
        else:
            gone = row.purpose in over or (since is not None and row.created_at >= since)
        if gone:
            unsent.append(row.id)
    for some in parts_of(unsent):
        await Outbox.filter(id__in=list(some)).update(
            status=NOT_SENT, reason=ROLE_ENDED, done_at=now
        )
