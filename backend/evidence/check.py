"""Is this an image, and what do we keep of it? Pure: bytes in, bytes or a refusal out.

Runs for up to seconds and takes much memory, so it is called off the event loop (`keep`).
Everything a stranger sends is looked at here first: only named formats are opened, bounds are
checked before a pixel is decoded, and an image that does not decode to its end is refused.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Final

import pillow_heif
from PIL import Image, UnidentifiedImageError

from backend.evidence.endless import is_endless_jpeg, is_endless_png
from backend.evidence.looking import Look, enough, look_at, written_in
from backend.evidence.position import ORIENTATION, is_bare_jpeg, without_position

MAX_BYTES: Final = 20_000_000
MAX_PIXELS: Final = 50_000_000
MIN_SIDE: Final = 16
"""Shortest side of a photo in pixels; less is a tracker or a mistake."""

PREVIEW_SIDE: Final = 1_280
PREVIEW_QUALITY: Final = 80
PREVIEW_BYTES: Final = 300_000
"""A larger file is made smaller for pages, whatever its sides."""
WHITE: Final = (255, 255, 255)

MAX_SCANS: Final = 64
"""Passes of a progressive JPEG; cameras and phones write about 10. Each costs as much time as a
whole picture and need be no more than 100 bytes, so a small file could be hours of work."""

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")
MEDIA_TYPES: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heif",
}
JPEGS: Final = ("JPEG", "MPO")
HEADS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
SCAN: Final = b"\xff\xda"
"""Begins each scan of a JPEG; within a scan it cannot stand, so counting it counts them all."""

BRANDS: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
SIDEWAYS: Final = (5, 6, 7, 8)
"""Orientations whose width and height change places."""

UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

pillow_heif.register_heif_opener(thumbnails=False)
# For the process: a filter set and reset around each call would not be safe among threads.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# What broken EXIF makes Pillow say is noise in the log, and Python remembers each text for good.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class Refusal(StrEnum):
    """Why a file is not kept; who talks to people has a sentence for each."""

    NOT_AN_IMAGE = "not_an_image"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    DAMAGED = "damaged"


class RefusedError(Exception):
    """The file is not kept; `code` says why."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class Examined:
    """What is kept of an image. Sizes are in pixels as a person sees the picture."""

    original: bytes
    media_type: str
    width: int
    height: int
    preview: bytes
    """JPEG, longest side PREVIEW_SIDE, upright, with nothing in it but the picture.

    The original itself where that is all this."""
    look: Look
    """What was measured of it, with a position only where positions are kept."""

    @property
    def files(self) -> tuple[bytes, ...]:
        """What is to be stored: the original, and the preview unless it is the same."""
        own = self.preview is self.original
        return (self.original,) if own else (self.original, self.preview)


def examine(data: bytes, *, keep_position: bool, zone: tzinfo = UTC) -> Examined:
    """Return what to keep of a file; raise RefusedError.

    `zone` is of a camera's time that names none: the office's.
    The original is kept byte for byte if `keep_position`; otherwise what a camera wrote about
    place, owner and device is taken out of it (see `position`), the pixels untouched.
    """
    if not data:
        raise RefusedError(Refusal.EMPTY)
    if len(data) > MAX_BYTES:
        raise RefusedError(Refusal.TOO_LARGE)
    bare = is_bare_jpeg(data)
    if not bare and _is_too_much_work(data):
        raise RefusedError(Refusal.DAMAGED)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _examined(data, image, zone, keep_position=keep_position, bare=bare)
    except RefusedError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise RefusedError(Refusal.TOO_MANY_PIXELS) from None
    except UnidentifiedImageError:
        known = _looks_known(data)
        raise RefusedError(Refusal.DAMAGED if known else Refusal.NOT_AN_IMAGE) from None
    except Exception as error:
        # Decoders raise nearly anything for broken files: OSError, SyntaxError, struct.error …
        raise RefusedError(Refusal.DAMAGED) from error


def _examined(
    data: bytes, image: Image.Image, zone: tzinfo, *, keep_position: bool, bare: bool
) -> Examined:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise RefusedError(Refusal.TOO_MANY_PIXELS)
    if min(width, height) < MIN_SIDE:
        raise RefusedError(Refusal.TOO_SMALL)
    kind = image.format or ""
    media_type = MEDIA_TYPES[kind]
    # A HEIF is turned upright when it is opened, whatever its EXIF says.
    turned = 1 if kind == "HEIF" else _orientation(image)
    written = written_in(image, zone, keep_position=keep_position)
    if kind in JPEGS:
        original = data if bare or keep_position else without_position(data, image)
        bare = bare or is_bare_jpeg(original)
        # As most are that a chat has made small. What is kept is then shown as it is.
        small_enough = max(width, height) <= PREVIEW_SIDE and len(original) <= PREVIEW_BYTES
        if bare and small_enough and turned == 1 and image.mode in {"RGB", "L"}:
            # Wanted for the numbers alone: a few grey pixels, but of all the data to its end.
            image.draft("L", enough(image.size))
            image.load()
            look = look_at(image, (width, height), kind, written)
            return Examined(original, MEDIA_TYPES["JPEG"], width, height, original, look)
    # A JPEG is decoded at an eighth, a quarter or a half where that is enough.
    image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
    image.load()
    if kind not in JPEGS:
        original = data if keep_position else without_position(data, image)
    if original is not data and original.startswith(HEADS[0]):
        media_type = MEDIA_TYPES["JPEG"]
    if turned in SIDEWAYS:
        width, height = height, width
    small = _small(image, turned)
    look = look_at(small, (width, height), kind, written)
    return Examined(original, media_type, width, height, _preview(small), look)


def _small(image: Image.Image, turned: int) -> Image.Image:
    """Return the picture upright in RGB at the preview's size; `image` itself is made small."""
    # In place: a second copy of 50 million pixels is what we cannot afford.
    image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    small = _flat(image)
    if turned != 1:
        small = small.transpose(UPRIGHT[turned])
    small.info = {}
    return small


def _preview(small: Image.Image) -> bytes:
    out = io.BytesIO()
    small.save(out, "JPEG", quality=PREVIEW_QUALITY, exif=b"")
    return out.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    """Return the image in RGB; what is transparent becomes white and not black."""
    if image.mode.startswith("I"):
        # 16 bits a pixel: keep the upper 8 instead of cutting everything off at white.
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (*WHITE, 255))
        ground.alpha_composite(image)
        image = ground
    return image if image.mode == "RGB" else image.convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        turned = image.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001  (broken EXIF raises anything, and says nothing of the picture)
        return 1
    return turned if turned in UPRIGHT else 1


def _is_too_much_work(data: bytes) -> bool:
    if data.startswith(HEADS[0]):
        return is_endless_jpeg(data) or data.count(SCAN) > MAX_SCANS
    return data.startswith(HEADS[1]) and is_endless_png(data)


def _looks_known(data: bytes) -> bool:
    if data.startswith(HEADS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return True
    return data[4:8] == b"ftyp" and data[8:12] in BRANDS
