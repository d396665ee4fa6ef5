"""Pictures and workbooks that the program made to go with messages: kept, and taken away again.

They hold counts of villages as they were at a moment. They go when the words of messages of their
age go (`backend.retention`), and with whom they were made for when a person is erased and nobody
else's message has them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, Protocol

from backend.lists import numbers, parts_of
from backend.models import MadeFile, Outbox

AT_ONCE: Final = 500
FIGURES: Final = "figures"
KEY: Final = re.compile(FIGURES + r"\|([0-9]{1,18})\|([^|]{1,64})\|(.{1,400})")
"""What a message names a picture or workbook by: for whom, of which area, and what it is."""
_BYTES: Final = re.compile(r"[0-9a-f]{64}")


class Store(Protocol):
    """Where they lie."""

    async def delete(self, key: str) -> None:
        """Remove the bytes under a key; one that is not there is fine."""
        ...


async def note_made(key: str, now: datetime) -> None:
    """Note, before the bytes are kept, that they are; what is made again begins anew."""
    if not await MadeFile.filter(key=key).update(made_at=now):
        await MadeFile.bulk_create([MadeFile(key=key, made_at=now)], ignore_conflicts=True)


async def made_for(chats: Collection[int]) -> set[str]:
    """Return under which keys lies what was made for messages of these chats and of no others."""
    named = Outbox.filter(payload__contains=f'"{FIGURES}|')
    mine = await _named(named.filter(chat_id__in=numbers(chats)))
    return mine - await _named(named.exclude(chat_id__in=numbers(chats))) if mine else set()


async def _named(rows: Any) -> set[str]:
    found: set[str] = set()
    last = 0
    while (
        some := await rows.filter(id__gt=last).order_by("id").limit(AT_ONCE).only("id", "payload")
    ):
        last = some[-1].id
        for row in some:
            told = json.loads(row.payload)
            keys = [KEY.fullmatch(str(told.get(name, ""))) for name in ("picture", "document")]
            found |= {_bytes_of(key[3]) for key in keys if key}
    return found


def _bytes_of(what: str) -> str:
    """Return the key of its bytes; of what is drawn, that of its name."""
    return what if _BYTES.fullmatch(what) else hashlib.sha256(what.encode()).hexdigest()


async def old_made(before: datetime) -> int:
    """Count what was made before a moment."""
    return await MadeFile.filter(made_at__lt=before).count()


async def remove_made(before: datetime, store: Store, most: int | None) -> tuple[int, bool]:
    """Remove what was made before a moment, at most about `most`: how many, and if there are more.

    Bytes first, so that whatever stops this in the middle is done by the next time. Raises OSError
    as the store does.
    """
    count = 0
    while most is None or count < most:
        rows = await MadeFile.filter(made_at__lt=before).order_by("made_at", "id").limit(AT_ONCE)
        if not rows:
            return count, False
        count += await _remove(rows, store)
    return count, True


async def remove_keys(keys: Iterable[str], store: Store) -> int:
    """Remove these, as `remove_made`."""
    count = 0
    for some in parts_of(sorted(set(keys))):
        count += await _remove(await MadeFile.filter(key__in=list(some)), store)
    return count


async def _remove(rows: list[MadeFile], store: Store) -> int:
    for row in rows:
        await store.delete(row.key)
        await MadeFile.filter(id=row.id).delete()
    return len(rows)
