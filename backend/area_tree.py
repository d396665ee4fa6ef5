"""Questions about the tree of areas: what lies below, what lies above.

The tree has any depth (design.md 4). Both databases walk it in one recursive statement, so
the price does not grow with the number of levels.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from backend.models import Area

_BELOW: Final = """
WITH RECURSIVE found(id) AS (
    SELECT id FROM area WHERE id IN ({places})
    UNION
    SELECT area.id FROM area JOIN found ON area.parent_id = found.id
) SELECT id FROM found
"""
_ABOVE: Final = """
WITH RECURSIVE found(id, parent_id) AS (
    SELECT id, parent_id FROM area WHERE id IN ({places})
    UNION
    SELECT area.id, area.parent_id FROM area JOIN found ON area.id = found.parent_id
) SELECT id FROM found
"""


async def subtree(roots: Collection[int]) -> frozenset[int]:
    """Return the ids of these areas and of everything below them, of any time."""
    return await _walk(_BELOW, roots)


async def lineage(areas: Collection[int]) -> frozenset[int]:
    """Return the ids of these areas and of everything above them."""
    return await _walk(_ABOVE, areas)


async def _walk(statement: str, ids: Collection[int]) -> frozenset[int]:
    if not ids:
        return frozenset()
    connection = Area._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    sqlite = connection.capabilities.dialect == "sqlite"
    places = ", ".join("?" if sqlite else f"${n}" for n in range(1, len(ids) + 1))
    rows = await connection.execute_query_dict(statement.format(places=places), list(ids))
    return frozenset(row["id"] for row in rows)
