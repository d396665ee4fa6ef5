"""A person erased, with what the office keeps.

What a village reported stays the village's: counts, photos and their history. Who said it goes:
name, number, chats, words of messages, and all that was begun and never sent. The log of consents
stays as versions and times under the person's number alone, with a hash of it in the audit log
(docs/law.md).
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from tortoise.transactions import in_transaction

from backend import audit
from backend.consent import withdraw
from backend.database import forget_the_way
from backend.dossier.jobs import clear_all
from backend.lists import numbers, parts_of
from backend.made_files import made_for, remove_keys
from backend.models import (
    AdminKey,
    Chat,
    Consent,
    Evidence,
    EvidenceFile,
    Inbox,
    Interview,
    OfficeSession,
    Outbox,
    Person,
    RecoveryCode,
    RoleGrant,
    Submission,
    WebLink,
)
from backend.people import Role, revoke
from backend.personal import as_json, received_photos, rows_of
from backend.retention import GONE_IN, GONE_OUT
from backend.traces import erase_name, erase_said_in_groups
from backend.unsent import IN_READY, OPEN, Store, blank, clear, let_go, unused, waiting

ERASED: Final = "erased"
SET_ASIDE: Final = 3


class Uploads(Protocol):
    """Where photos lie that came over the web, until they were looked at."""

    async def forget(self, chats: Collection[str], keys: Collection[str]) -> None:
        """Remove what these chats (by their channel's id) have sent, whole or in part."""
        ...


class LastAdminError(Exception):
    """Nobody else could run the office: the person's role has to go to somebody first."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How much went, and how much stays under the village."""

    chats: int = 0
    received: int = 0
    sent: int = 0
    interviews: int = 0
    photos: int = 0
    """That were never sent to the office; files that something else uses are not counted."""
    kept_submissions: int = 0
    kept_photos: int = 0
    kept_consents: int = 0


async def would_erase(person: Person) -> Erased:
    """Count what `erase_person` would do."""
    chats = await Chat.filter(person_id=person.id)
    ids = numbers(c.id for c in chats)
    mine = Evidence.filter(interview__person_id=person.id)
    return Erased(
        chats=len(chats),
        received=await Inbox.filter(chat_id__in=ids).exclude(payload=GONE_IN).count(),
        sent=await Outbox.filter(chat_id__in=ids).exclude(payload=GONE_OUT).count(),
        interviews=await Interview.filter(person_id=person.id, status__in=OPEN).count(),
        photos=await _unsent(person, [c.id for c in chats]),
        kept_submissions=await Submission.filter(person_id=person.id).count(),
        kept_photos=await mine.filter(submission_id__not_isnull=True).count(),
        kept_consents=await Consent.filter(person_id=person.id).count(),
    )


async def _unsent(person: Person, chats: Sequence[int]) -> int:
    """Count the files that only what the person has never sent uses, or nothing."""
    files = await unused(Evidence.filter(interview__person_id=person.id, submission_id=None))
    for some in parts_of(sorted(photo for photo, _ in await received_photos(chats))):
        alone = EvidenceFile.filter(sha256__in=list(some), uses__id__isnull=True, removed_at=None)
        files |= {int(str(n)) for n in await alone.values_list("id", flat=True)}
    awaited = await waiting(besides=chats) if files else frozenset()
    kept = await EvidenceFile.filter(id__in=numbers(files)).values_list("sha256", flat=True)
    return len({str(key) for key in kept} - awaited)


@dataclass(frozen=True, slots=True)
class Made:
    """What the program made of what it knows: files of messages, and dossiers of this machine."""

    attachments: Store
    dossiers: Path


async def erase_person(  # noqa: PLR0913  (whom, and wherever something of them lies)
    person: Person,
    store: Store,
    uploads: Uploads,
    now: datetime,
    *,
    by: int | None = None,
    made: Made | None = None,
) -> Erased:
    """Erase a person in one transaction, then the bytes of photos that were never sent.

    With `made` also what was made for messages of theirs alone, and every dossier that waits to be
    fetched, for dossiers name who decided.

    A second time changes nothing more. Raises LastAdminError while nobody else is an admin, and
    OSError when the store or the disk fails: all rows are gone then, and the bytes go with the next
    day's work (`backend.retention`) or when it is called again.
    """
    async with in_transaction():
        mine = RoleGrant.filter(person_id=person.id, role=Role.ADMIN, revoked_at=None)
        others = RoleGrant.filter(role=Role.ADMIN, revoked_at=None).exclude(person_id=person.id)
        if await mine.exists() and not await others.exists():
            raise LastAdminError
        counted = await would_erase(person)
        chats = await Chat.filter(person_id=person.id)
        photos = await received_photos([c.id for c in chats])
        files = await made_for([c.id for c in chats])
        await erase_name(person)
        await withdraw(person.id, now, erased=True)
        await revoke(person.id, now)
        begun = Interview.filter(person_id=person.id, status__in=OPEN)
        ids = [int(str(n)) for n in await begun.values_list("id", flat=True)]
        await erase_said_in_groups(chats)
        for chat in chats:
            await _erase_chat(chat, now)
        await blank(ids, now)
        taken_out = Evidence.filter(interview__person_id=person.id, submission_id=None)
        await let_go(taken_out, now, [photo for photo, _ in photos])
        await _erase_keys(person)
        await RoleGrant.filter(person_id=person.id).update(revoked_reason="")
        await Person.filter(id=person.id).update(name="", phone=None)
        consents = await rows_of(Consent.filter(person_id=person.id))
        await audit.record(
            "person.erased",
            by=by,
            subject=f"person:{person.id}",
            at=now,
            details={
                **asdict(counted),
                "consents_sha256": hashlib.sha256(as_json(consents)).hexdigest(),
            },
        )
    sources = [source for _, source in photos if source and not await _awaited(source)]
    await uploads.forget([c.external_id for c in chats], sources)
    if made is not None:
        await asyncio.to_thread(clear_all, made.dossiers)
        await remove_keys(files, made.attachments)
    await clear(store)
    await forget_the_way()
    return counted


async def _awaited(source: str) -> bool:
    """Say whether somebody else's message still waits for the same upload."""
    return await Inbox.exists(status__in=IN_READY, payload__contains=source)


async def _erase_keys(person: Person) -> None:
    """Take what opens the office's pages: passwords, their names, and whose browser it was."""
    await RecoveryCode.filter(key__person_id=person.id).delete()
    await AdminKey.filter(person_id=person.id).update(login="", password="", second_salt="")
    await OfficeSession.filter(person_id=person.id).delete()


async def _erase_chat(chat: Chat, now: datetime) -> None:
    await Inbox.filter(chat_id=chat.id, status__in=IN_READY).update(
        status=SET_ASIDE, error=ERASED, done_at=now
    )
    await Inbox.filter(chat_id=chat.id).update(payload=GONE_IN)
    for row in await Inbox.filter(chat_id=chat.id).only("id"):
        await Inbox.filter(id=row.id).update(external_id=f"{ERASED}:{row.id}")
    await Outbox.filter(chat_id=chat.id, status=0).update(
        status=SET_ASIDE, reason=ERASED, done_at=now
    )
    await Outbox.filter(chat_id=chat.id).update(payload=GONE_OUT, message_id=None)
    await WebLink.filter(chat_id=chat.id, revoked_at=None).update(revoked_at=now)
    await Chat.filter(id=chat.id).update(
        external_id=f"{ERASED}-{secrets.token_hex(16)}",
        person_id=None,
        stage="",
        stage_data={},
        blocked_at=now,
    )
