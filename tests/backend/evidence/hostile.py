"""Files that nobody should send: each a function that makes the bytes, by name."""

from __future__ import annotations

import functools
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

from tests.backend.evidence.pictures import XMP, encoded, exif, picture, png_that_claims, scene

SCRIPT = b"<script>alert('x')</script>"
HTML = b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"
FILES: dict[str, Callable[[], bytes]] = {}


def part(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png_with(*parts: bytes, after_head: bool = True) -> bytes:
    """A PNG with more parts, behind its head or before its end."""
    data = encoded(kind="PNG")
    at = 33 if after_head else len(data) - 12
    return data[:at] + b"".join(parts) + data[at:]


def raw_png(width: int, height: int, depth: int, colour: int, body: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", body) + part(b"IEND", b"")


def segment(marker: int, content: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def jpeg_with(*segments: bytes) -> bytes:
    data = encoded(quality=85)
    return data[:2] + b"".join(segments) + data[2:]


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.html", HTML)
    return out.getvalue()


def zeros(size: int) -> bytes:
    """So many zeros, packed: a thousandth of them."""
    return zlib.compress(b"\0" * size, 9)


def frames(kind: str) -> bytes:
    every = [scene(n, 320, 240) for n in range(5)]
    out = io.BytesIO()
    every[0].save(out, kind, save_all=True, append_images=every[1:], duration=50, loop=0)
    return out.getvalue()


def jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose head says another size."""
    data = bytearray(encoded(quality=85))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def exif_of(tiff: bytes) -> bytes:
    return jpeg_with(segment(0xE1, b"Exif\0\0" + tiff))


def shuffled(data: bytes, after: int) -> bytes:
    return data[:after] + random.Random(1).randbytes(len(data) - after)  # noqa: S311  (rubbish)


FILES |= {
    "zero bytes": lambda: b"",
    "one byte": lambda: b"\xff",
    "a kilobyte of nothing": lambda: b"\0" * 1024,
    "noise": lambda: random.Random(3).randbytes(4096),  # noqa: S311  (rubbish)
    # bombs
    "PNG of 20,000 x 20,000": lambda: png_that_claims(20_000, 20_000),
    "PNG just above the bound": lambda: png_that_claims(7_072, 7_072),
    "PNG of 2^31 pixels a side": lambda: raw_png(2**31 - 1, 2**31 - 1, 8, 0, zeros(1000)),
    "PNG of 49 million pixels in a few kB": lambda: raw_png(7_000, 7_000, 1, 0, zeros(876 * 7_000)),
    "PNG of a thousand times its rows": lambda: raw_png(64, 64, 8, 0, zeros(20_000_000)),
    "PNG with a bomb for text": lambda: png_with(part(b"zTXt", b"a\0\0" + zeros(50_000_000))),
    "PNG with a bomb for words": lambda: png_with(
        part(b"iTXt", b"a\0\1\0\0\0" + zeros(50_000_000))
    ),
    "PNG with a bomb for colours": lambda: png_with(part(b"iCCP", b"a\0\0" + zeros(50_000_000))),
    "PNG with ten thousand texts": lambda: png_with(*[part(b"tEXt", b"a\0" + b"b" * 80)] * 10_000),
    "JPEG of 65,500 x 65,500": lambda: jpeg_of_size(65_500, 65_500),
    "JPEG of no size": lambda: jpeg_of_size(0, 0),
    "JPEG of 7,000 x 7,000 with the data of a small one": lambda: jpeg_of_size(7_000, 7_000),
    "JPEG with 1,000 pieces of colours": lambda: jpeg_with(
        *(
            segment(0xE2, b"ICC_PROFILE\0" + bytes((n % 255 + 1, 255)) + b"\0" * 3000)
            for n in range(1000)
        )
    ),
    "JPEG with 20,000 comments": lambda: jpeg_with(*[segment(0xFE, SCRIPT)] * 20_000),
    "JPEG with a million empty segments": lambda: jpeg_with(b"\xff\xdd\0\4\0\0" * 1_000_000),
    "JPEG with ten million fill bytes": lambda: jpeg_with(b"\xff" * 10_000_000),
    "JPEG with ten million bytes of no segment": lambda: jpeg_with(
        segment(0xFE, b""), b"\1" * 10_000_000
    ),
    "JPEG with EXIF in 7,000 parts": lambda: jpeg_with(
        *[segment(0xE1, b"Exif\0\0MM\0*" + b"\0" * 2_000)] * 7_000
    ),
    "JPEG with a million segments behind its picture": lambda: (
        encoded()[:-2] + b"\xff\xdd\0\4\0\0" * 1_000_000 + b"\xff\xd9"
    ),
    "PNG with a million empty parts": lambda: png_with(part(b"eViL", b"") * 1_000_000),
    "WebP of 16,383 x 16,383": lambda: _webp_of_size(16_383),
    "WebP that lies about its length": lambda: (
        encoded(kind="WEBP")[:4] + b"\xff\xff\xff\x7f" + encoded(kind="WEBP")[8:]
    ),
    "progressive JPEG with 3,000 passes": lambda: _many_scans(3_000),
    # polyglots
    "JPEG and ZIP": lambda: encoded(quality=85) + a_zip(),
    "PNG and ZIP": lambda: encoded(kind="PNG") + a_zip(),
    "WebP and ZIP": lambda: encoded(kind="WEBP") + a_zip(),
    "HEIC and ZIP": lambda: encoded(kind="HEIF") + a_zip(),
    "GIF's head and a JPEG": lambda: b"GIF89a" + encoded(quality=85),
    "JPEG's head and a page": lambda: b"\xff\xd8\xff\xe0" + HTML,
    "PNG's head and a page": lambda: b"\x89PNG\r\n\x1a\n" + HTML,
    "JPEG with a page as comment": lambda: jpeg_with(segment(0xFE, HTML)),
    "JPEG with a page before its data": lambda: jpeg_with(segment(0xE5, HTML), segment(0xED, HTML)),
    "PNG with a page as text": lambda: png_with(part(b"tEXt", b"Comment\0" + HTML)),
    "PNG with a part that nobody knows": lambda: png_with(part(b"eViL", HTML)),
    # not photos
    "SVG": lambda: SVG,
    "page": lambda: HTML,
    "ZIP": a_zip,
    "PDF": lambda: b"%PDF-1.7\n" + SCRIPT,
    "program": lambda: b"MZ" + b"\0" * 2048,
    "EPS": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
    "GIF": lambda: encoded(kind="GIF"),
    "moving GIF": lambda: frames("GIF"),
    "TIFF": lambda: encoded(kind="TIFF"),
    "BMP": lambda: encoded(kind="BMP"),
    "ICO": lambda: encoded(picture(64, 64), kind="ICO"),
    "PPM": lambda: encoded(kind="PPM"),
    "HEIC's head and noise": lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\xaa" * 5000,
    # odd but honest
    "moving PNG": lambda: frames("PNG"),
    "moving WebP": lambda: frames("WEBP"),
    "two pictures in one JPEG": lambda: frames("MPO"),
    "CMYK JPEG": lambda: encoded(picture(mode="CMYK"), quality=85),
    "grey JPEG": lambda: encoded(picture(mode="L"), quality=85),
    "progressive JPEG": lambda: encoded(quality=85, progressive=True),
    "grey of 16 bits": lambda: encoded(picture(mode="L").convert("I;16"), "PNG"),
    "colours of 16 bits": lambda: raw_png(
        32, 32, 16, 2, zlib.compress((b"\0" + b"\x80\1" * 96) * 32)
    ),
    "two colours": lambda: encoded(picture(mode="1"), "PNG"),
    "palette with holes": lambda: encoded(picture(mode="P"), "PNG", transparency=0),
    "transparent": lambda: encoded(picture(mode="RGBA"), "PNG"),
    "one pixel JPEG": lambda: encoded(picture(1, 1)),
    "one pixel PNG": lambda: encoded(picture(1, 1), "PNG"),
    "one pixel WebP": lambda: encoded(picture(1, 1), "WEBP"),
    "a line": lambda: encoded(Image.new("L", (1, 20_000)), "PNG"),
    "a ribbon": lambda: encoded(Image.new("L", (16, 60_000)), "PNG"),
    # metadata
    "EXIF of 60 kB": lambda: _exif_of_size(60_000),
    "EXIF of 2 MB in many parts": lambda: jpeg_with(
        *[segment(0xE1, b"Exif\0\0MM\0*" + b"\0" * 60_000)] * 33
    ),
    "EXIF that leads to itself": lambda: exif_of(
        b"MM\0*\0\0\0\x08" + struct.pack(">HHHII", 1, 0x8769, 4, 1, 8) + struct.pack(">I", 8)
    ),
    "EXIF with a tag of 4 GB": lambda: exif_of(
        b"MM\0*\0\0\0\x08" + struct.pack(">HHHII", 1, 0x010E, 2, 2**32 - 1, 8) + b"\0\0\0\0"
    ),
    "EXIF with 65,535 tags": lambda: exif_of(b"MM\0*\0\0\0\x08\xff\xff" + b"\x01\x0e\0\2" * 9000),
    "EXIF that begins outside": lambda: exif_of(b"II*\0\xff\xff\xff\x7f"),
    "orientation 99": lambda: encoded(exif=_turned(99)),
    "XMP with a page": lambda: jpeg_with(
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP + HTML)
    ),
    # broken
    "PNG with a wrong sum": lambda: (
        encoded(kind="PNG")[:29] + b"\0\0\0\0" + encoded(kind="PNG")[33:]
    ),
    "PNG with two heads": lambda: png_with(encoded(kind="PNG")[8:33]),
    "PNG without data": lambda: raw_png(64, 64, 8, 0, b""),
    "PNG with data that is noise": lambda: raw_png(64, 64, 8, 2, b"\x78\x9c" + b"\xaa" * 500),
    "JPEG whose data is noise": lambda: shuffled(encoded(quality=85), 700),
    "JPEG whose head is noise": lambda: shuffled(encoded(quality=85), 4),
    "WebP whose data is noise": lambda: shuffled(encoded(kind="WEBP"), 40),
    "HEIC whose boxes are noise": lambda: shuffled(encoded(kind="HEIF"), 60),
    "HEIC whose data is noise": lambda: shuffled(encoded(scene(1), "HEIF"), 900),
}


def cut(kind: str, share: float) -> bytes:
    data = encoded(scene(1), kind, quality=85)
    return data[: int(len(data) * share)]


for _kind in ("JPEG", "PNG", "WEBP", "HEIF"):
    for _share in (0.01, 0.1, 0.3, 0.6, 0.9, 0.99):
        FILES[f"{_kind} cut at {_share:.0%}"] = lambda k=_kind, s=_share: cut(k, s)


def _webp_of_size(side: int) -> bytes:
    """A WebP without loss whose head says another size."""
    data = bytearray(encoded(kind="WEBP", lossless=True))
    at = data.index(b"VP8L") + 9
    data[at : at + 4] = struct.pack("<I", (side - 1) | (side - 1) << 14)
    return bytes(data)


def _many_scans(count: int) -> bytes:
    data = encoded(quality=85, progressive=True)
    start = data.rindex(b"\xff\xda")
    last = data[start:-2]
    return data[:start] + last * count + data[-2:]


def _scripts_in_exif() -> bytes:
    made = exif()
    for tag in (0x010E, 0x010F, 0x0131, 0x013B, 0x8298):
        made[tag] = HTML.decode()
    made[0x8769] = {0x9003: SCRIPT.decode(), 0x9286: b"ASCII\0\0\0" + HTML}
    return encoded(exif=made.tobytes())


FILES["EXIF with scripts"] = _scripts_in_exif


def _exif_of_size(size: int) -> bytes:
    made = Image.Exif()
    made[0x010E] = "a" * size
    return encoded(exif=made.tobytes())


def _turned(value: int) -> bytes:
    made = Image.Exif()
    made[0x0112] = value
    return made.tobytes()


FILES = {name: functools.cache(make) for name, make in FILES.items()}  # some take seconds to make
