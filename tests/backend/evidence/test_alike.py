"""Near photos are found among many, all of them and no others."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.evidence.alike import around, bands_of, files_alike, signed, unsigned
from backend.models import EvidenceFile, PhotoLook
from tests.clock import HandClock

HASHES = st.integers(0, 2**64 - 1)


def changed(value: int, bits: int, rng: random.Random) -> int:
    for bit in rng.sample(range(64), bits):
        value ^= 1 << bit
    return value


@given(HASHES)
def test_a_hash_comes_back_from_the_database_as_it_was(value: int) -> None:
    assert -(2**63) <= signed(value) < 2**63
    assert unsigned(signed(value)) == value


@given(HASHES, st.sets(st.integers(0, 63), max_size=4))
def test_whatever_four_bits_differ_one_band_is_near(value: int, bits: set[int]) -> None:
    other = value
    for bit in bits:
        other ^= 1 << bit
    mine, theirs = bands_of(value), bands_of(other)
    assert any(theirs[n] in around(mine[n], n) for n in range(3))


async def put(values: list[int], clock: HandClock) -> dict[int, int]:
    """Keep a file with each of these hashes; return hashes by file."""
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
            phash=signed(value),
            **dict(zip(("band_a", "band_b", "band_c"), bands_of(value), strict=True)),
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
async def test_every_photo_within_four_bits_is_found_and_no_other(clock: HandClock) -> None:
    rng = random.Random(11)  # noqa: S311  (a test, not a secret)
    motifs = [rng.getrandbits(64) for _ in range(20)]
    values = [changed(m, bits, rng) for m in motifs for bits in range(9) for _ in range(4)]
    by_file = await put([*values, *(rng.getrandbits(64) for _ in range(300))], clock)
    for motif in motifs:
        near = {f: (motif ^ v).bit_count() for f, v in by_file.items()}
        assert await files_alike(motif) == {f: d for f, d in near.items() if d <= 4}
        assert await files_alike(motif, 1) == {f: d for f, d in near.items() if d <= 1}
    with pytest.raises(ValueError, match="up to 4"):
        await files_alike(motifs[0], 5)
