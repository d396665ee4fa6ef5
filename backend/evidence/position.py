"""Taking out of a photo what a camera wrote about place, owner and device.

The rule: of the metadata only the orientation and the time of taking stay; the pixels are not
touched. JPEG, PNG and WebP are rewritten part by part, and only the parts that a picture needs
are copied (so XMP, IPTC, maker notes, and second pictures behind the first go too). A HEIF's
EXIF and XMP are overwritten where they stand. Whatever comes out is opened again; if any
position is still found, or the file cannot be rewritten so, the picture is saved as a new JPEG.
The same bytes in give the same bytes out.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator

from PIL import Image, ImageOps

ORIENTATION = 0x0112
EXIF_IFD = 0x8769
GPS_IFD = 0x8825
TAKEN = 0x9003
TAKEN_OFFSET = 0x9011

FALLBACK_QUALITY = 92
EXIF_HEAD = b"Exif\0\0"
TIFF_START = re.compile(rb"Exif\0\0(II\*\0|MM\0\*)")

TIME = re.compile(r"[-+0-9: ]{1,32}\0*")
"""What a time or an offset is written with: a script in its place is not kept."""

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
PNG_PARTS = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT")
)
WEBP_PARTS = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
WEBP_EXIF, WEBP_XMP = 0x08, 0x04

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
APP0, APP2, APP14, APP15, COMMENT = 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
SOI_BYTES = b"\xff\xd8"
JPEG_HEAD = b"\xff\xd8\xff"
BARE_APPS = {b"\xff\xe0\0\x10JFIF\0": 18, b"\xff\xee\0\x0eAdobe": 16}
"""Heads and whole lengths of the two segments that a decoder may need: JFIF without a thumbnail, and
Adobe's, which says how colours are written."""
BARE_PARTS = frozenset((0xC0, 0xC1, 0xC4, 0xDB, 0xDD, SOS, EOI))
"""Frames coded one after the other with Huffman's codes, and what belongs to them: neither passes that
grow finer, nor arithmetic codes, nor lossless ones, which browsers do not know."""
BARE_SCANS = 4
"""One for each colour at most."""
MAX_PARTS = 1_000
"""Segments that we look at, of all passes: `endless` says how many one begins with."""
MARK = re.compile(rb"\xff+")
"""What every marker begins with, and any more of them before it."""
NO_LENGTH = frozenset((0x01, SOI, *range(0xD0, 0xD8)))
SCAN_ENDS = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)
"""A marker that is neither a byte of the picture itself nor one where decoding may begin anew."""


def without_position(data: bytes, image: Image.Image) -> bytes:
    """Return the file without position; `image` is the same file, opened (a JPEG) or decoded."""
    exif = _kept_exif(image)
    try:
        match image.format:
            case "JPEG" | "MPO":
                cleaned = _jpeg(data, exif)
            case "PNG":
                cleaned = _png(data, exif)
            case "WEBP":
                cleaned = _webp(data, exif)
            case _:
                cleaned = _heif(data, image, exif)
    except (ValueError, IndexError, struct.error):
        return _as_new(data)
    return cleaned if _is_clean(cleaned) else _as_new(data)


def _kept_exif(image: Image.Image) -> bytes:
    """Return EXIF (with its head) of nothing but orientation and time, or b""."""
    kept = Image.Exif()
    try:
        found = image.getexif()
        turned = found.get(ORIENTATION)
        times = {
            tag: value
            for tag, value in found.get_ifd(EXIF_IFD).items()
            if tag in {TAKEN, TAKEN_OFFSET} and isinstance(value, str) and TIME.fullmatch(value)
        }
    except Exception:  # noqa: BLE001  (broken EXIF raises anything; nothing of it is kept then)
        return b""
    if isinstance(turned, int) and turned in range(2, 9):
        kept[ORIENTATION] = turned
    if times:
        kept.get_ifd(EXIF_IFD).update({t: v[:32] for t, v in times.items()})
    return kept.tobytes() if turned or times else b""


def _jpeg(data: bytes, exif: bytes) -> bytes:
    out = bytearray(b"\xff\xd8")
    if exif:
        out += b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    for marker, part in _jpeg_parts(data):
        named = APP0 <= marker <= APP15 or marker == COMMENT
        needed = (marker in {APP0, APP14} and part[4:9] in {b"JFIF\0", b"Adobe"}) or (
            marker == APP2 and part[4:15] == b"ICC_PROFILE"
        )
        if needed or not named:
            out += part
    return bytes(out)


def is_bare_jpeg(data: bytes) -> bool:
    """Say whether this is a JPEG of the plain kind and nothing else.

    No metadata, thumbnail, profile or comment, no byte behind its end, and coded in the way that
    every decoder knows.
    """
    if not data.startswith(JPEG_HEAD):
        return False
    length, scans = len(SOI_BYTES), 0
    try:
        for marker, part in _jpeg_parts(data):
            if APP0 <= marker <= APP15:
                if len(part) != BARE_APPS.get(part[:9]):
                    return False
            elif marker not in BARE_PARTS:
                return False
            length += len(part)
            scans += marker == SOS
    except (ValueError, IndexError):
        return False
    return length == len(data) and scans <= BARE_SCANS


def _jpeg_parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give each segment with its bytes, scans with their data, up to the end of the first picture."""
    at = 2
    for _ in range(MAX_PARTS):
        begun = MARK.match(data, at)
        if begun is None:
            raise ValueError("no marker where one must be")
        at = begun.end() - 1
        marker = data[at + 1]
        end = at + 2
        if marker == EOI:
            yield marker, data[at:end]
            return
        if marker not in NO_LENGTH:
            end += int.from_bytes(data[end : end + 2], "big")
        if marker == SOS:
            end = _scan_end(data, end)
        if end <= at or end > len(data):
            raise ValueError("a segment that ends nowhere")
        yield marker, data[at:end]
        at = end
    raise ValueError("more segments than a photo has")


def _scan_end(data: bytes, start: int) -> int:
    end = SCAN_ENDS.search(data, start)
    if end is None:
        raise ValueError("a scan that does not end")
    return end.start()


def _png(data: bytes, exif: bytes) -> bytes:
    out = bytearray(PNG_HEAD)
    at = len(PNG_HEAD)
    while True:
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if kind == b"IDAT" and exif:
            out += _png_part(b"eXIf", exif.removeprefix(EXIF_HEAD))
            exif = b""
        if kind in PNG_PARTS:
            out += data[at:end]
        if kind == b"IEND":
            return bytes(out)
        at = end


def _png_part(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I4s", len(content), kind) + content + struct.pack(">I", check)


def _webp(data: bytes, exif: bytes) -> bytes:
    parts: list[tuple[bytes, bytes]] = []
    at = 12
    end_of_file = 8 + int.from_bytes(data[4:8], "little")
    while at + 8 <= min(end_of_file, len(data)):
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        if kind in WEBP_PARTS:
            parts.append((kind, data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    if parts[0][0] == b"VP8X":
        flags = parts[0][1][0] & ~(WEBP_EXIF | WEBP_XMP) | (WEBP_EXIF if exif else 0)
        parts[0] = (b"VP8X", bytes([flags]) + parts[0][1][1:])
        if exif:
            parts.append((b"EXIF", exif.removeprefix(EXIF_HEAD)))
    body = b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        for kind, content in parts
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _heif(data: bytes, image: Image.Image, exif: bytes) -> bytes:
    """Overwrite EXIF and XMP in place with as many bytes: the container's offsets stay true."""
    out = data
    found = image.info.get("exif")
    if found:
        # By its head and length: the opener has changed the orientation in what it gives us.
        places = [m.start(1) for m in TIFF_START.finditer(data)]
        at, length = places[0] if places else 0, len(found) - len(EXIF_HEAD)
        new = exif.removeprefix(EXIF_HEAD)
        same_end = data[at + length - 8 : at + length] == found[-8:]
        if len(places) != 1 or not same_end or len(new) > length:
            raise ValueError("EXIF that does not stand in the file as one piece")
        out = data[:at] + new.ljust(length, b"\0") + data[at + length :]
    xmp = image.info.get("xmp")
    if xmp:
        if out.count(xmp) != 1:
            raise ValueError("XMP that does not stand in the file as one piece")
        out = out.replace(xmp, b" " * len(xmp))
    return out


def _is_clean(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "HEIF")) as image:
            xmp = image.info.get("xmp", b"") or b""
            return not image.getexif().get_ifd(GPS_IFD) and not bytes(xmp).strip()
    except Exception:  # noqa: BLE001  (what cannot be opened again is not kept)
        return False


def _as_new(data: bytes) -> bytes:
    """Return the picture as a new JPEG, upright, with no metadata at all."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "HEIF")) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.info = {}
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=FALLBACK_QUALITY, exif=b"")
    return out.getvalue()
