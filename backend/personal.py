"""What is kept of one person, handed out as a file. Erasing it is `backend.erasing`."""

from __future__ import annotations

import asyncio
import json
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from tortoise.models import Model

from backend.dossier.fixed_zip import entry
from backend.lists import numbers, parts_of
from backend.models import (
    AdHocReport,
    AdminKey,
    AnswerReview,
    AuditEntry,
    Chat,
    Consent,
    Evidence,
    EvidenceFile,
    Inbox,
    Interview,
    OfficeSession,
    OfficeSetting,
    Outbox,
    OwnerReport,
    Person,
    Review,
    RoleGrant,
    StageMove,
    Submission,
    UnitFigure,
    WebLink,
)
from backend.people import as_phone
from backend.unsent import photo_in
from conversations.text import fold

AT_ONCE: Final = 500
MOST_NAMED: Final = 10


class Store(Protocol):
    """Where photos are kept."""

    async def get(self, key: str) -> bytes:
        """Return the bytes; raise KeyError or FileNotFoundError for a key that is not there."""
        ...


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


async def export_person(
    person: Person, store: Store, target: Path, note: Callable[[dict[str, int]], Awaitable[None]]
) -> dict[str, int]:
    """Write all that is kept of a person to a zip: person.json, messages, and the photos they sent.

    Also what they have begun and not sent, which the office does not have. Returns how much of
    each; `note` is told so before anything is handed over. `target` is replaced only when all is
    done. Raises OSError when the store or the disk fails.
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
            made.writestr(entry("person.json"), as_json(told))
            for name, model in (("received", Inbox), ("sent", Outbox)):
                counts[name] = await _messages(made, name, model, chats)
            counts["photos"] = await _photos(made, person, chats, store)
        await note(counts)
        await asyncio.to_thread(part.replace, target)
    return counts


async def _told(person: Person) -> dict[str, Any]:
    mine = {"person_id": person.id}
    return {
        "person": await rows_of(Person.filter(id=person.id)),
        "roles": await rows_of(RoleGrant.filter(**mine)),
        "consents": await rows_of(Consent.filter(**mine)),
        "chats": await rows_of(Chat.filter(**mine)),
        "links": await rows_of(WebLink.filter(**mine), without={"token_sha256"}),
        "interviews": await rows_of(Interview.filter(**mine)),
        "submissions": await rows_of(Submission.filter(**mine)),
        "keyed_in": await rows_of(Submission.filter(entered_by_id=person.id), without={"xml"}),
        "photos_sent": await rows_of(
            Evidence.filter(interview__person_id=person.id), also=["file__sha256"]
        ),
        "decisions": await rows_of(Review.filter(by_id=person.id)),
        "answer_decisions": await rows_of(AnswerReview.filter(by_id=person.id)),
        "stage_moves": await rows_of(StageMove.filter(moved_by_id=person.id)),
        "sessions": await rows_of(OfficeSession.filter(**mine), without={"token_sha256"}),
        "keys": await rows_of(AdminKey.filter(**mine), without={"password", "second_salt"}),
        "settings": await rows_of(OfficeSetting.filter(set_by_id=person.id)),
        "reports_opened": await rows_of(AdHocReport.filter(opened_by_id=person.id)),
        "parts_reported": await rows_of(OwnerReport.filter(**mine)),
        "figures": await rows_of(UnitFigure.filter(**mine)),
        "noted_about": await rows_of(
            AuditEntry.filter(subject=f"person:{person.id}"), without={"previous", "sha256"}
        ),
        "accesses": await rows_of(AuditEntry.filter(by=person.id), without={"previous", "sha256"}),
    }


async def rows_of(
    query: Any, *, without: Collection[str] = (), also: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the rows of a query with every column but some, and columns of what they refer to."""
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


async def _photos(made: zipfile.ZipFile, person: Person, chats: Sequence[int], store: Store) -> int:
    count = 0
    for name in sorted(await photos_sent(person, chats)):
        try:
            body = await store.get(name)
        except (KeyError, FileNotFoundError):
            continue
        await asyncio.to_thread(made.writestr, entry(f"photos/{name}", packed=False), body)
        count += 1
    return count


async def photos_sent(person: Person, chats: Sequence[int]) -> set[str]:
    """Return the sha256 of photos that a person sent and that are kept, used or not."""
    uses = Evidence.filter(interview__person_id=person.id, file__removed_at=None)
    found = {str(n) for n in await uses.distinct().values_list("file__sha256", flat=True)}
    named = {photo for photo, _ in await received_photos(chats)} - found
    for some in parts_of(sorted(named)):
        kept = EvidenceFile.filter(sha256__in=list(some), removed_at=None)
        found |= {str(n) for n in await kept.values_list("sha256", flat=True)}
    return found


async def received_photos(chats: Sequence[int]) -> set[tuple[str, str]]:
    """Return the photos of messages that these chats sent, as `backend.unsent.photo_in`."""
    rows = Inbox.filter(chat_id__in=numbers(chats), payload__contains='"media"')
    return {photo_in(str(p)) for p in await rows.values_list("payload", flat=True)} - {("", "")}


def as_json(value: Any) -> bytes:
    """Return rows as they stand in the export; what is no JSON as text."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()
