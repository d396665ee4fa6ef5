"""Photos with a few bytes changed, cut out, doubled or put elsewhere: the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.backend.evidence.pictures import encoded, exif, scene


def originals() -> list[bytes]:
    """Small whole photos of each format, with metadata and without."""
    image = scene(1, 160, 120)
    tags = exif(6).tobytes()
    return [
        encoded(image, "JPEG", quality=80, exif=tags),
        encoded(image, "JPEG", quality=80, exif=tags, progressive=True),
        encoded(image, "PNG", exif=tags),
        encoded(image.convert("P"), "PNG", transparency=3),
        encoded(image, "WEBP", exif=tags, quality=80),
        encoded(image.convert("RGBA"), "WEBP", lossless=True),
        encoded(image, "HEIF", exif=tags, quality=60),
        # As chats send them: kept as they are, and decoded at a quarter, at a half, wholly.
        encoded(scene(2, 1_280, 72), "JPEG", quality=70),
        encoded(scene(3, 100, 640).convert("L"), "JPEG", quality=70, restart_marker_blocks=9),
        encoded(image, "JPEG", quality=80, subsampling=0),
    ]


def mutated(count: int, seed: int = 1) -> Iterator[bytes]:
    """Give so many changed photos."""
    rng = random.Random(seed)  # noqa: S311  (the same changes every time)
    whole = originals()
    for _ in range(count):
        data = bytearray(rng.choice(whole))
        for _ in range(rng.choice((1, 1, 2, 4, 16, 64))):
            _change(data, rng)
        yield bytes(data)


def _change(data: bytearray, rng: random.Random) -> None:
    # Half of all changes hit the head, where sizes, offsets and tables are.
    size = len(data) or 1
    at = rng.randrange(min(size, 400) if rng.random() < 0.5 else size)
    length = rng.choice((1, 2, 4, 8, 100))
    match rng.randrange(7):
        case 0:
            data[at : at + 1] = bytes((rng.randrange(256),))
        case 1:
            data[at : at + 4] = rng.choice(
                (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xd8\xff\xda")
            )
        case 2:
            del data[at : at + length]
        case 3:
            data[at:at] = data[at : at + length]
        case 4:
            data[at:at] = rng.randbytes(length)
        case 5:
            other = rng.randrange(size)
            data[at : at + length] = data[other : other + length]
        case _:
            if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
