"""Near photos are found among many, all of them and no others."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.evidence.alike import (
    BANDS,
    MOST_DISTANCE,
    SURELY,
    WRITTEN,
    around,
    bands_of,
    files_alike,
    limit_for,
    signed,
    unsigned,
)
from backend.models import EvidenceFile, PhotoLook
from tests.clock import HandClock

HASHES = st.integers(0, 2**64 - 1)
ALL = 11
"""Bits up to which the bands find every photo."""
Hashes = tuple[int, int]


def changed(value: Hashes, bits: set[int]) -> Hashes:
    high, low = divmod(sum(1 << bit for bit in bits), 1 << 64)
    return value[0] ^ high, value[1] ^ low


def apart(one: Hashes, other: Hashes) -> int:
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


def any_near(one: Hashes, other: Hashes, bits: int) -> bool:
    mine, theirs = bands_of(*one), bands_of(*other)
    return any(theirs[n] in around(mine[n], n, bits) for n in range(len(BANDS)))


@given(HASHES)
def test_a_hash_comes_back_from_the_database_as_it_was(value: int) -> None:
    assert -(2**63) <= signed(value) < 2**63
    assert unsigned(signed(value)) == value


@given(HASHES, HASHES, st.sets(st.integers(0, 127), max_size=ALL))
def test_whatever_eleven_bits_differ_one_band_is_near(
    phash: int, dhash: int, bits: set[int]
) -> None:
    other = changed((phash, dhash), bits)
    for most, near in ((SURELY, 0), (ALL, 1)):
        assert len(bits) > most or any_near((phash, dhash), other, near)


async def put(values: list[Hashes], clock: HandClock) -> dict[int, Hashes]:
    """Keep a file with each of these pairs of hashes; return them by file."""
    names = [f"{n:064x}" for n in range(len(values))]
    await EvidenceFile.bulk_create(
        EvidenceFile(
            sha256=name,
            media_type="image/jpeg",
            size=1,
            width=640,
            height=480,
            preview=name,
            stored_at=clock.now(),
        )
        for name in names
    )
    ids = {f.sha256: f.id for f in await EvidenceFile.all()}
    by_file = {ids[name]: value for name, value in zip(names, values, strict=True)}
    await PhotoLook.bulk_create(
        PhotoLook(
            file_id=file_id,
            version=1,
            phash=signed(value[0]),
            dhash=signed(value[1]),
            **dict(zip(BANDS, bands_of(*value), strict=True)),
            sharpness=1.0,
            brightness=1.0,
            contrast=1.0,
            dark=0.0,
            bright=0.0,
        )
        for file_id, value in by_file.items()
    )
    return by_file


@pytest.mark.usefixtures("database")
async def test_every_photo_that_near_is_found_and_no_other(clock: HandClock) -> None:
    rng = random.Random(11)  # noqa: S311  (a test, not a secret)

    def some() -> Hashes:
        return rng.getrandbits(64), rng.getrandbits(64)

    motifs = [some() for _ in range(20)]
    values = [changed(m, set(rng.sample(range(128), bits))) for m in motifs for bits in range(26)]
    by_file = await put([*values, *(some() for _ in range(300))], clock)
    for motif in motifs:
        near = {f: apart(motif, v) for f, v in by_file.items()}
        for within in (0, SURELY, ALL):
            found = await files_alike(*motif, within)
            assert found == {f: d for f, d in near.items() if d <= within}
        wide = await files_alike(*motif)
        assert {f: d for f, d in near.items() if d <= MOST_DISTANCE and f in wide} == wide
    with pytest.raises(ValueError, match="up to 20"):
        await files_alike(*motifs[0], MOST_DISTANCE + 1)


def test_of_a_page_of_writing_only_what_is_surely_the_same_counts() -> None:
    assert (limit_for(WRITTEN), limit_for(WRITTEN - 0.01)) == (SURELY, MOST_DISTANCE)
