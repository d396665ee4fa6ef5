"""What is kept of one person: handed out as a file, or erased with what the office keeps.

What a village reported stays the village's: counts, photos and their history. Who said it goes:
name, number, chats, words of messages. The log of consents stays as versions and times under the
person's number alone, with a hash of it in the audit log (docs/law.md).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import tempfile
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from tortoise.models import Model
from tortoise.transactions import in_transaction

from backend import audit
from backend.consent import withdraw
from backend.dossier.fixed_zip import entry
from backend.lists import numbers, parts_of
from backend.models import (
    AnswerReview,
    AuditEntry,
    Chat,
    Consent,
    Evidence,
    Inbox,
    Interview,
    Outbox,
    Person,
    Review,
    RoleGrant,
    StageMove,
    Submission,
    WebLink,
)
from backend.people import Role, as_phone, revoke
from backend.retention import GONE_IN, GONE_OUT
from backend.traces import erase_name
from conversations.text import fold

AT_ONCE: Final = 500
MOST_NAMED: Final = 10
ERASED: Final = "erased"
IN_READY: Final = (0, 1)
SET_ASIDE: Final = 3


class Store(Protocol):
    """Where photos are kept."""

    async def get(self, key: str) -> bytes:
        """Return the bytes; raise KeyError or FileNotFoundError for a key that is not there."""
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
    kept_submissions: int = 0
    kept_photos: int = 0
    kept_consents: int = 0


async def find(*, phone: str | None = None, person_id: int | None = None) -> Person | None:
    """Return a person by number in any spelling, or by id."""
    if person_id is not None:
        return await Person.get_or_none(id=person_id)
    number = as_phone(phone or "")
    return await Person.get_or_none(phone=number) if number else None


async def named(name: str) -> list[Person]:
    """Return who is called so and has or had a role, with or without marks, at most a few of them."""
    wanted = fold(name)
    if not wanted:
        return []
    found: list[Person] = []
    holders = RoleGrant.all().distinct().values_list("person_id", flat=True)
    ids = sorted(int(str(number)) for number in await holders)
    for some in parts_of(ids):
        found += [p for p in await Person.filter(id__in=numbers(some)) if fold(p.name) == wanted]
    return found[:MOST_NAMED]


async def export_person(person: Person, store: Store, target: Path) -> dict[str, int]:
    """Write all that is kept of a person to a zip: person.json, messages, and the photos they sent.

    Returns how much of each. `target` is replaced only when all is done. Raises OSError when the
    store or the disk fails.
    """
    counts: dict[str, int] = {}
    chats = [
        int(str(n)) for n in await Chat.filter(person_id=person.id).values_list("id", flat=True)
    ]
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".person-") as folder:
        part = Path(folder, "part")
        with zipfile.ZipFile(part, "w") as made:
            told = await _told(person)
            counts |= {name: len(rows) for name, rows in told.items() if isinstance(rows, list)}
            made.writestr(entry("person.json"), _json(told))
            for name, model in (("received", Inbox), ("sent", Outbox)):
                counts[name] = await _messages(made, name, model, chats)
            counts["photos"] = await _photos(made, person, store)
        await asyncio.to_thread(part.replace, target)
    return counts


async def _told(person: Person) -> dict[str, Any]:
    mine = {"person_id": person.id}
    return {
        "person": await _rows(Person.filter(id=person.id)),
        "roles": await _rows(RoleGrant.filter(**mine)),
        "consents": await _rows(Consent.filter(**mine)),
        "chats": await _rows(Chat.filter(**mine)),
        "links": await _rows(WebLink.filter(**mine), without={"token_sha256"}),
        "interviews": await _rows(Interview.filter(**mine)),
        "submissions": await _rows(Submission.filter(**mine)),
        "keyed_in": await _rows(Submission.filter(entered_by_id=person.id), without={"xml"}),
        "photos_sent": await _rows(
            Evidence.filter(interview__person_id=person.id), also=["file__sha256"]
        ),
        "decisions": await _rows(Review.filter(by_id=person.id)),
        "answer_decisions": await _rows(AnswerReview.filter(by_id=person.id)),
        "stage_moves": await _rows(StageMove.filter(moved_by_id=person.id)),
        "accesses": await _rows(AuditEntry.filter(by=person.id), without={"previous", "sha256"}),
    }


async def _rows(
    query: Any, *, without: Collection[str] = (), also: Sequence[str] = ()
) -> list[dict[str, Any]]:
    model: type[Model] = query.model
    names = [n for n in model._meta.db_fields if n not in without]  # noqa: SLF001  (Tortoise's list of columns)
    return list(await query.order_by("id").values(*names, *also))


async def _messages(
    made: zipfile.ZipFile, name: str, model: type[Inbox | Outbox], chats: Sequence[int]
) -> int:
    count = last = 0
    with made.open(entry(f"{name}.jsonl"), "w", force_zip64=True) as out:
        while True:
            rows = (
                await model.filter(chat_id__in=numbers(chats), id__gt=last)
                .order_by("id")
                .limit(AT_ONCE)
            )
            for row in rows:
                last = row.id
                at = row.received_at if isinstance(row, Inbox) else row.created_at
                told = {"at": at.isoformat(), "message": json.loads(row.payload)}
                out.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
            count += len(rows)
            if len(rows) < AT_ONCE:
                return count


async def _photos(made: zipfile.ZipFile, person: Person, store: Store) -> int:
    names = (
        await Evidence.filter(interview__person_id=person.id, file__removed_at=None)
        .distinct()
        .values_list("file__sha256", flat=True)
    )
    count = 0
    for name in sorted({str(n) for n in names}):
        try:
            body = await store.get(name)
        except (KeyError, FileNotFoundError):
            continue
        await asyncio.to_thread(made.writestr, entry(f"photos/{name}", packed=False), body)
        count += 1
    return count


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()


async def would_erase(person: Person) -> Erased:
    """Count what `erase_person` would do."""
    chats = await Chat.filter(person_id=person.id)
    ids = numbers(c.id for c in chats)
    return Erased(
        chats=len(chats),
        received=await Inbox.filter(chat_id__in=ids).exclude(payload=GONE_IN).count(),
        sent=await Outbox.filter(chat_id__in=ids).exclude(payload=GONE_OUT).count(),
        interviews=await Interview.filter(person_id=person.id).exclude(status="submitted").count(),
        kept_submissions=await Submission.filter(person_id=person.id).count(),
        kept_photos=await Evidence.filter(interview__person_id=person.id).count(),
        kept_consents=await Consent.filter(person_id=person.id).count(),
    )


async def erase_person(person: Person, now: datetime, *, by: int | None = None) -> Erased:
    """Erase a person in one transaction; a second time changes nothing more.

    Raises LastAdminError while nobody else is an admin.
    """
    async with in_transaction():
        mine = RoleGrant.filter(person_id=person.id, role=Role.ADMIN, revoked_at=None)
        others = RoleGrant.filter(role=Role.ADMIN, revoked_at=None).exclude(person_id=person.id)
        if await mine.exists() and not await others.exists():
            raise LastAdminError
        counted = await would_erase(person)
        await erase_name(person)
        await withdraw(person.id, now)
        await revoke(person.id, now)
        await (
            Interview.filter(person_id=person.id)
            .exclude(status="submitted")
            .update(status="cancelled", running_for=None, state="{}", changed_at=now)
        )
        for chat in await Chat.filter(person_id=person.id):
            await _erase_chat(chat, now)
        await RoleGrant.filter(person_id=person.id).update(revoked_reason="")
        await Person.filter(id=person.id).update(name="", phone=None)
        consents = await _rows(Consent.filter(person_id=person.id))
        await audit.record(
            "person.erased",
            by=by,
            subject=f"person:{person.id}",
            at=now,
            details={
                **asdict(counted),
                "consents_sha256": hashlib.sha256(_json(consents)).hexdigest(),
            },
        )
    return counted


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
