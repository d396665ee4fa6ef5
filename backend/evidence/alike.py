"""Finding nearly the same photo among millions, in the database itself.

Two photos are compared by both of their hashes, 128 bits together. Each hash is kept in three
bands of 22, 21 and 21 bits, six in all, and whoever looks asks for the rows that have a band that
is the same or one bit off: 134 values looked up in six indexes, some 570 candidates among ten
million photos, whose true distance is then counted. All are found that differ in at most 11 bits:
twelve are needed to put two into each band. Of those that differ in 12 to 20 most are; with a
second bit more would be, for ten times the work (docs/evidence.md). With the bands the same, six
values, all are found that differ in at most 5.

The bits are dealt to the bands in turn: a photo's low frequencies have more to do with each other
than its high ones, and a band of low ones alone would hold many photos.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final

from backend.evidence.looking import distance
from backend.models import Evidence, EvidenceFile, PhotoLook

MOST_DISTANCE: Final = 20
"""Bits of both hashes in which photos are nearly the same. Of 5 million pairs of photographs no
two that show different things are nearer than 25 (docs/evidence.md)."""

SURELY: Final = 5
"""Bits within which it is taken for the same photo, sent again: what its sender is told of, and
all that counts for a page of writing. Pages of one print are nearly the same photo as they are."""

WRITTEN: Final = 0.7
"""`Look.strokes` from which a photo is taken for a page of writing. Of 1,200 sharp pages made for it
none lies below 0.8 (docs/evidence.md has blurred ones, and other photos that lie above)."""

MOST_CANDIDATES: Final = 5_000
"""Rows looked at for each band. Only thousands of photos of one motif come near it; then the
nearest of those that are looked at are given."""

BITS: Final = 64
PARTS: Final = 3
"""Bands of each hash."""
BANDS: Final = ("band_a", "band_b", "band_c", "band_d", "band_e", "band_f")
FARTHEST: Final = 1
"""Bits in which a band may differ."""
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


def bands_of(phash: int, dhash: int) -> list[int]:
    """Return the six bands of a photo's hashes (unsigned), in the order of BANDS."""
    return [
        int(bits[part::PARTS], 2)
        for bits in (f"{phash:064b}", f"{dhash:064b}")
        for part in range(PARTS)
    ]


def around(band: int, number: int, bits: int) -> list[int]:
    """Return a band (of `number` 0 to 5) and all that differ from it in at most so many bits."""
    return [band ^ mask for mask in _masks(len(range(number % PARTS, BITS, PARTS)), bits)]


@cache
def _masks(width: int, bits: int) -> list[int]:
    ones = [1 << place for place in range(width)]
    return [sum(some) for count in range(bits + 1) for some in combinations(ones, count)]


def limit_for(strokes: float) -> int:
    """Return the distance up to which photos are nearly the same as one with such `Look.strokes`."""
    return SURELY if strokes >= WRITTEN else MOST_DISTANCE


async def files_alike(phash: int, dhash: int, within: int = MOST_DISTANCE) -> dict[int, int]:
    """Return the ids of files that are that near, with the distance; its own among them.

    Up to 11 bits all of them, of those farther apart most.
    """
    if within > MOST_DISTANCE:
        raise ValueError(f"the bands find distances up to {MOST_DISTANCE}")
    bits = min(within // len(BANDS), FARTHEST)
    lists = [around(band, n, bits) for n, band in enumerate(bands_of(phash, dhash))]
    connection = PhotoLook._meta.db  # noqa: SLF001  (Tortoise's documented way to a model's connection)
    if connection.capabilities.dialect == "sqlite":
        values: list[object] = [v for some in lists for v in some]
        _, rows = await connection.execute_query(_sqlite(bits), values)
    else:
        _, rows = await connection.execute_query(_POSTGRES, list(lists))
    found: dict[int, int] = {}
    for file_id, one, other in rows:
        apart = distance(phash, one % _WRAP) + distance(dhash, other % _WRAP)
        if apart <= within:
            found[file_id] = apart
    return found


def _statement(places: Iterable[str]) -> str:
    """Return one statement for all bands; through the ORM it costs far more than it does."""
    return " UNION ALL ".join(
        f"SELECT * FROM (SELECT file_id, phash, dhash FROM photo_look"  # noqa: S608  (our own names and numbers)
        f" WHERE {name} {place} LIMIT {MOST_CANDIDATES}) AS {name}"
        for name, place in zip(BANDS, places, strict=True)
    )


@cache
def _sqlite(bits: int) -> str:
    counts = (len(around(0, number, bits)) for number in range(len(BANDS)))
    return _statement(f"IN ({', '.join('?' * count)})" for count in counts)


_POSTGRES: Final = _statement(f"= ANY(${number}::int[])" for number in range(1, len(BANDS) + 1))


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
    return await alike_to(file, await PhotoLook.get_or_none(file_id=file.id), limit)


async def alike_to(file: EvidenceFile, look: PhotoLook | None, limit: int) -> list[Alike]:
    """Return what `alike` does, of a file and what it looks like."""
    files: dict[int, int] = {}
    if look is not None and look.phash is not None and look.dhash is not None:
        files = await files_alike(
            unsigned(look.phash), unsigned(look.dhash), limit_for(look.strokes)
        )
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
