"""Which things have an outbox row already, asked without a parameter for each."""

from __future__ import annotations

from collections.abc import Iterable

from backend.models import Outbox
from backend.people import Role

AT_ONCE = 1_000

_OF_HEADS = """
SELECT o.once AS once FROM role_grant g JOIN outbox o ON o.once = {0} || CAST(g.person_id AS TEXT)
WHERE g.role = {1} AND g.revoked_at IS NULL AND g.person_id > {2} AND g.person_id <= {3}
"""


async def queued(keys: Iterable[str]) -> set[str]:
    """Return which of these keys have an outbox row, sent or not."""
    wanted = list(keys)
    found: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        found.update(await Outbox.filter(once__in=some).values_list("once", flat=True))  # type: ignore[arg-type]  # Tortoise types flat lists as tuples
    return found


async def queued_for_heads(prefixes: Iterable[str], above: int, upto: int) -> set[str]:
    """Return the keys «prefix + person» with a row, for village heads of a range of person ids."""
    connection = Outbox._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    sqlite = connection.capabilities.dialect == "sqlite"
    places = ["?" if sqlite else f"${n}" for n in range(1, 5)]
    if not sqlite:
        places[0] += "::text"
    found: set[str] = set()
    for prefix in prefixes:
        rows = await connection.execute_query_dict(
            _OF_HEADS.format(*places), [prefix, str(Role.VILLAGE_HEAD), above, upto]
        )
        found.update(row["once"] for row in rows)
    return found
