"""Photos as phones make them, and files as nobody should."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()

TAKEN = "2026:11:20 09:30:00"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" GPSLatitude="14,5.0N"/>'


def picture(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """A picture whose upper left corner is red and whose other corners are not."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.paste((255, 0, 0), (0, 0, width // 4, height // 4))
    return image.convert(mode)


def exif(orientation: int = 1, *, position: bool = True) -> Image.Exif:
    """What a camera writes, with the place, the owner and the device."""
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010F] = "MakerOfPhones"
    made[0x8769] = {0x9003: TAKEN, 0x9011: "+07:00", 0x927C: b"maker note"}
    if position:
        made[0x8825] = {1: "N", 2: (14.0, 5.0, 30.0), 3: "E", 4: (107.0, 30.0, 0.0)}
    return made


def encoded(image: Image.Image | None = None, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    (image or picture()).save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of so many grey pixels: a few kilobytes that would fill the memory."""

    def part(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\0" * (width + 1)
    # The first rows are enough: whoever decodes them has already asked for all the memory.
    body = b"".join(packer.compress(row) for _ in range(min(height, 500))) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", body) + part(b"IEND", b"")


def scene(seed: int, width: int = 640, height: int = 480) -> Image.Image:
    """Something like a photo: large patches of light, smaller ones in them, and fine detail."""
    rng = random.Random(seed)  # noqa: S311  (a picture, not a secret)

    def patches(across: int, down: int) -> Image.Image:
        small = Image.frombytes("RGB", (across, down), rng.randbytes(across * down * 3))
        return small.resize((width, height), Image.Resampling.BICUBIC)

    coarse = Image.blend(patches(5, 4), patches(12, 9), 0.4)
    return Image.blend(coarse, patches(width // 4, height // 4), 0.3)
