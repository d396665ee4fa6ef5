"""Finding nearly the same photo among millions, exactly and in the database itself.

Two hashes of 64 bits that differ in at most 4 bits differ, in at least one of three parts, in at
most one bit: four differences cannot put two into each of three. So each hash is kept with three
bands of 22, 21 and 21 bits, and whoever looks asks for the rows whose band is the same or one bit
off: 67 values looked up in an index. Among ten million hashes that finds some 300 candidates,
whose true distance is then counted. (Five bands of 13 bits, each the same, need 5 lookups and
find 7,300 candidates.)

The bits are dealt to the bands in turn: a photo's low frequencies have more to do with each other
than its high ones, and a band of low ones alone would hold many photos.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from backend.evidence.looking import distance
from backend.models import Evidence, EvidenceFile, PhotoLook

MOST_DISTANCE: Final = 4
"""Bits in which two hashes of one photo may differ (stack.md 2.4: no false hit among 190 pairs of
different photos, whose least distance was 16). The bands find no more than this."""

MOST_CANDIDATES: Final = 5_000
"""Rows looked at for each band. Only thousands of photos of one motif come near it; then the
nearest of those that are looked at are given."""

BITS: Final = 64
BANDS: Final = 3
_SIGN: Final = 1 << 63
_WRAP: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Alike:
    """A use of a photo that is nearly the same; distance 0 may also be the same bytes."""

    evidence_id: int
    distance: int
    area_id: int
    area: str
    period: str
    same_file: bool


def signed(value: int) -> int:
    """Return 64 bits as the databases keep them."""
    return value - _WRAP if value & _SIGN else value


def unsigned(value: int) -> int:
    """Return what `signed` was made of."""
    return value % _WRAP


def bands_of(value: int) -> tuple[int, int, int]:
    """Return the three bands of a hash (unsigned)."""
    bits = f"{value:064b}"
    return int(bits[0::BANDS], 2), int(bits[1::BANDS], 2), int(bits[2::BANDS], 2)


def around(band: int, number: int) -> list[int]:
    """Return a band (of `number` 0, 1 or 2) and all that differ from it in one bit."""
    width = len(range(number, BITS, BANDS))
    return [band, *(band ^ (1 << bit) for bit in range(width))]


async def files_alike(phash: int, within: int = MOST_DISTANCE) -> dict[int, int]:
    """Return the ids of files whose hash is that near, with the distance; its own among them."""
    if within > MOST_DISTANCE:
        raise ValueError(f"the bands find distances up to {MOST_DISTANCE}")
    connection = PhotoLook._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    lists = [around(band, number) for number, band in enumerate(bands_of(phash))]
    found: dict[int, int] = {}
    if connection.capabilities.dialect == "sqlite":
        rows = await connection.execute_query_dict(_SQLITE, [v for some in lists for v in some])
    else:
        rows = await connection.execute_query_dict(_POSTGRES, list(lists))
    for row in rows:
        apart = distance(phash, unsigned(row["phash"]))
        if apart <= within:
            found[row["file_id"]] = apart
    return found


def _statement(places: Iterable[str]) -> str:
    """Return one statement for all three bands; through the ORM it costs far more than it does."""
    return " UNION ALL ".join(
        "SELECT * FROM (SELECT file_id, phash FROM photo_look"  # noqa: S608  (our own names and numbers)
        f" WHERE {name} {place} LIMIT {MOST_CANDIDATES}) AS {name}"
        for name, place in zip(("band_a", "band_b", "band_c"), places, strict=True)
    )


_SQLITE: Final = _statement(f"IN ({', '.join('?' * len(around(0, n)))})" for n in range(BANDS))
_POSTGRES: Final = _statement(f"= ANY(${n + 1}::int[])" for n in range(BANDS))


async def used(files: Collection[int]) -> bool:
    """Say whether one of these files answers a question anywhere."""
    if not files:
        return False
    return await Evidence.exists(
        file_id__in=list(files), dropped_at=None, interview__status__not="cancelled"
    )


async def alike(sha256: str, limit: int = 20) -> list[Alike]:
    """Return where the same or nearly the same photo is used, nearest first, then oldest.

    The photo's own uses are among them, with `same_file`: who asks about one use leaves it out.
    Copies that a correction made of its own photos and what was cancelled are not. [] for a photo that is not known.
    """
    file = await EvidenceFile.get_or_none(sha256=sha256)
    if file is None:
        return []
    look = await PhotoLook.get_or_none(file_id=file.id)
    files: dict[int, int] = {}
    if look is not None and look.phash is not None:
        files = await files_alike(unsigned(look.phash))
    files[file.id] = 0
    return await _uses(files, file.id, limit)


async def _uses(files: dict[int, int], own: int, limit: int) -> list[Alike]:
    found: list[Alike] = []
    nearest = sorted(files, key=lambda file_id: (files[file_id], file_id != own, file_id))
    for some in _groups(nearest, 500):
        rows = (
            await Evidence.filter(
                file_id__in=some,
                dropped_at=None,
                copied_from=None,
                interview__status__not="cancelled",
            )
            .order_by("id")
            .limit(max(limit * 5, 100))
            .values_list("id", "file_id", "area_id", "area__name", "period")
        )
        found += [Alike(r[0], files[r[1]], r[2], r[3], r[4], same_file=r[1] == own) for r in rows]
        if len(found) >= limit:
            break
    found.sort(key=lambda a: (a.distance, not a.same_file, a.evidence_id))
    return found[:limit]


def _groups(every: list[int], size: int) -> Iterable[list[int]]:
    return (every[i : i + size] for i in range(0, len(every), size))
