"""Lists of ids for the database, however long, without a parameter for each.

PostgreSQL takes 32,767 parameters in a statement, SQLite as many in older builds 999; the ORM
spends more time on a long list than the database does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from tortoise.expressions import RawSQL

Item = TypeVar("Item")
AT_ONCE = 1_000


def numbers(ids: Iterable[int]) -> RawSQL:
    """Return what stands behind `field__in=` for these ids; whole numbers only, so nothing to quote."""
    return RawSQL(f"({','.join(str(int(number)) for number in ids) or 'NULL'})")


def parts_of(items: Sequence[Item], at_once: int = AT_ONCE) -> Iterator[Sequence[Item]]:
    """Yield a long list in parts."""
    for start in range(0, len(items), at_once):
        yield items[start : start + at_once]
