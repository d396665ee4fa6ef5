"""Which things have an outbox row already, asked without a parameter for each."""

from __future__ import annotations

from collections.abc import Iterable

from backend.models import Outbox

AT_ONCE = 1_000

_OF_PEOPLE = """
SELECT o.once AS once FROM person p JOIN outbox o ON o.once = {0} || CAST(p.id AS TEXT)
WHERE {1}
"""


async def queued(keys: Iterable[str]) -> set[str]:
    """Return which of these keys have an outbox row, sent or not."""
    wanted = list(keys)
    found: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        found.update(await Outbox.filter(once__in=some).values_list("once", flat=True))  # type: ignore[arg-type]  # Tortoise types flat lists as tuples
    return found


async def queued_for(prefixes: Iterable[str], people: str) -> set[tuple[str, int]]:
    """Return (prefix, person) of the keys «prefix + person» that have a row.

    `people` is a condition on `p.id` made of numbers alone.
    """
    connection = Outbox._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    first = "?" if connection.capabilities.dialect == "sqlite" else "$1::text"
    statement = _OF_PEOPLE.format(first, people)
    found: set[tuple[str, int]] = set()
    for prefix in prefixes:
        for row in await connection.execute_query_dict(statement, [prefix]):
            found.add((prefix, int(row["once"][len(prefix) :])))
    return found
