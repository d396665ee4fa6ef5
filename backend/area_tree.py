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
), earlier(id) AS (
    SELECT area_predecessor.predecessor_id
    FROM area_predecessor JOIN found ON area_predecessor.area_id = found.id
    UNION
    SELECT area_predecessor.predecessor_id
    FROM area_predecessor JOIN earlier ON area_predecessor.area_id = earlier.id
), ended(id) AS (
    SELECT id FROM earlier
    UNION
    SELECT area.id FROM area JOIN ended ON area.parent_id = ended.id
) SELECT id FROM found UNION SELECT id FROM ended
"""
_ABOVE: Final = """
WITH RECURSIVE found(id, parent_id) AS (
    SELECT id, parent_id FROM area WHERE id IN ({places})
    UNION
    SELECT area.id, area.parent_id FROM area JOIN found ON area.id = found.parent_id
), later(id) AS (
    SELECT area_predecessor.area_id
    FROM area_predecessor JOIN found ON area_predecessor.predecessor_id = found.id
    UNION
    SELECT area_predecessor.area_id
    FROM area_predecessor JOIN later ON area_predecessor.predecessor_id = later.id
), present(id, parent_id) AS (
    SELECT area.id, area.parent_id FROM area JOIN later ON area.id = later.id
    UNION
    SELECT area.id, area.parent_id FROM area JOIN present ON area.id = present.parent_id
) SELECT id FROM found UNION SELECT id FROM present
"""


async def subtree(roots: Collection[int]) -> frozenset[int]:
    """Return the ids of these areas, of all that lies below them, and of what they once were.

    A unit that took the place of others answers for their history. What has moved away is no
    longer below.
    """
    return await _walk(_BELOW, roots)


async def lineage(areas: Collection[int]) -> frozenset[int]:
    """Return the ids of these areas, of all above them, and of what took the place of either."""
    return await _walk(_ABOVE, areas)


async def _walk(statement: str, ids: Collection[int]) -> frozenset[int]:
    if not ids:
        return frozenset()
    connection = Area._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    sqlite = connection.capabilities.dialect == "sqlite"
    places = ", ".join("?" if sqlite else f"${n}" for n in range(1, len(ids) + 1))
    rows = await connection.execute_query_dict(statement.format(places=places), list(ids))
    return frozenset(row["id"] for row in rows)
