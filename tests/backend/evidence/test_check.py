"""What is kept of a file that somebody sent, looked at by opening the kept bytes."""

from __future__ import annotations

import random

import pytest
from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from backend.evidence.check import MAX_BYTES, Refusal, RefusedError, examine
from tests.backend.evidence.pictures import (
    TAKEN,
    XMP,
    encoded,
    exif,
    opened,
    picture,
    png_that_claims,
    scene,
)


def code(data: bytes) -> Refusal:
    with pytest.raises(RefusedError) as refused:
        examine(data, keep_position=False)
    return refused.value.code


def red_corner(image: Image.Image) -> bool:
    red, green, blue = image.convert("RGB").getpixel((4, 4))
    return red > 200 and green < 60 and blue < 60


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("HEIF", "image/heif"),
    ],
)
def test_each_format_is_kept_with_its_picture_untouched_and_its_position_gone(
    kind: str, media_type: str
) -> None:
    sent = encoded(kind=kind, exif=exif().tobytes(), quality=90)
    assert opened(sent).getexif().get_ifd(0x8825), "the sent file has a position"
    kept = examine(sent, keep_position=False)
    assert (kept.media_type, kept.width, kept.height) == (media_type, 640, 480)
    image = opened(kept.original)
    assert not image.getexif().get_ifd(0x8825)
    assert b"MakerOfPhones" not in kept.original
    assert image.getexif().get_ifd(0x8769)[0x9003] == TAKEN, "the time of taking stays"
    assert (
        ImageChops.difference(image.convert("RGB"), opened(sent).convert("RGB")).getbbox() is None
    )
    preview = opened(kept.preview)
    assert (preview.format, preview.size, red_corner(preview)) == ("JPEG", (640, 480), True)
    assert not preview.getexif()
    assert examine(sent, keep_position=False) == kept, "the same bytes always give the same bytes"
    again = examine(kept.original, keep_position=False)
    assert again.original == kept.original


def test_xmp_comments_and_second_pictures_go_too() -> None:
    extra = Image.new("RGB", (64, 64))
    sent = encoded(
        kind="MPO", save_all=True, append_images=[extra], exif=exif(6).tobytes(), xmp=XMP,
        comment=b"14.09 N 107.5 E",
    )  # fmt: skip
    kept = examine(sent, keep_position=False)
    assert (kept.media_type, opened(kept.original).format) == ("image/jpeg", "JPEG")
    for trace in (b"GPSLatitude", b"14.09", b"MPF", b"maker note"):
        assert trace not in kept.original
        assert trace not in kept.preview
    for kind in ("PNG", "WEBP", "HEIF"):
        sent = encoded(kind=kind, xmp=XMP, exif=exif().tobytes())
        assert XMP in sent or kind == "PNG"
        assert b"GPSLatitude" not in examine(sent, keep_position=False).original
    notes = PngInfo()
    notes.add_text("Location", "14.09 N")
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    cleaned = examine(encoded(kind="PNG", pnginfo=notes), keep_position=False).original
    assert not opened(cleaned).text
    assert b"14.09" not in cleaned


def test_a_plan_that_keeps_the_position_keeps_every_byte() -> None:
    sent = encoded(exif=exif(6).tobytes(), comment=b"x")
    kept = examine(sent, keep_position=True)
    assert kept.original == sent
    assert not opened(kept.preview).getexif(), "but the preview never shows it"
    assert "comment" not in opened(kept.preview).info


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_is_shown_upright_and_stays_so_in_the_original(kind: str, orientation: int) -> None:
    turned = {
        1: [], 2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4],
    }[orientation]  # fmt: skip
    stored = picture(800, 400)
    for how in turned:
        stored = stored.transpose(Image.Transpose(how))
    sent = encoded(stored, kind, exif=exif(orientation).tobytes(), quality=95)
    kept = examine(sent, keep_position=False)
    assert (kept.width, kept.height) == (800, 400)
    preview = opened(kept.preview)
    assert preview.size == (800, 400)
    assert red_corner(preview)
    again = examine(kept.original, keep_position=True)
    assert red_corner(opened(again.preview)), "the cleaned original still knows how it is held"
    assert not opened(kept.original).getexif().get_ifd(0x8825)


def test_a_large_photo_gets_a_small_preview() -> None:
    kept = examine(encoded(picture(4_000, 3_000)), keep_position=False)
    assert (kept.width, kept.height) == (4_000, 3_000)
    assert opened(kept.preview).size == (1_280, 960)
    wide = examine(encoded(picture(9_000, 40)), keep_position=False)
    assert max(opened(wide.preview).size) <= 1_280


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16"])
def test_every_kind_of_png_has_a_preview_on_white(mode: str) -> None:
    if mode in {"RGBA", "LA"}:
        image = picture(mode=mode)
        image.putalpha(0)
    elif mode == "I;16":
        image = Image.new("I;16", (640, 480), 65_535)
    else:
        image = Image.new("L", (640, 480), 255).convert(mode)
    preview = opened(examine(encoded(image, "PNG"), keep_position=False).preview)
    assert preview.mode == "RGB"
    assert min(preview.getpixel((300, 300))) >= 250


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    sent = encoded(picture(mode="CMYK"), quality=95)
    kept = examine(sent, keep_position=False)
    assert red_corner(opened(kept.preview))
    assert red_corner(opened(kept.original))


def test_a_moving_picture_is_its_first_frame() -> None:
    frames = [Image.new("RGB", (100, 100), c) for c in ("blue", "white")]
    for kind in ("WEBP", "PNG"):
        sent = encoded(picture(100, 100), kind, save_all=True, append_images=frames, duration=50)
        kept = examine(sent, keep_position=False)
        assert red_corner(opened(kept.preview))
        assert red_corner(opened(kept.original))


def test_what_is_no_photo_is_told_apart() -> None:
    assert code(b"") is Refusal.EMPTY
    assert code("Báo cáo tháng 11 của thôn".encode()) is Refusal.NOT_AN_IMAGE
    assert code(b"%PDF-1.7\n" + b"x" * 500) is Refusal.NOT_AN_IMAGE
    assert code(encoded(kind="GIF")) is Refusal.NOT_AN_IMAGE
    assert code(encoded(kind="TIFF")) is Refusal.NOT_AN_IMAGE
    assert code(b"<svg xmlns='http://www.w3.org/2000/svg'/>") is Refusal.NOT_AN_IMAGE
    assert code(b"\xff\xd8\xff" + b"\0" * (MAX_BYTES + 1)) is Refusal.TOO_LARGE
    assert code(encoded(Image.new("RGB", (1, 1)), "PNG")) is Refusal.TOO_SMALL
    assert code(b"\xff\xd8\xff\xe0 hello") is Refusal.DAMAGED


def test_bombs_are_refused_before_they_burst() -> None:
    assert code(png_that_claims(30_000, 30_000)) is Refusal.TOO_MANY_PIXELS
    assert code(png_that_claims(10_000, 9_000)) is Refusal.TOO_MANY_PIXELS, (
        "only warned of by Pillow"
    )
    assert code(png_that_claims(8_000, 6_300)) is Refusal.TOO_MANY_PIXELS, "not even warned of"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_cut_short_on_the_way_is_damaged(kind: str) -> None:
    chance = random.Random(1)  # noqa: S311  (no secret)
    noise = Image.frombytes("RGB", (200, 200), chance.randbytes(120_000))
    whole = encoded(noise, kind)
    for part in (0.3, 0.6, 0.9):
        assert code(whole[: int(len(whole) * part)]) is Refusal.DAMAGED


@pytest.mark.parametrize("size", [(1_280, 320), (640, 480), (1_000, 300)])
def test_a_photo_that_is_decoded_small_is_still_read_to_its_end(size: tuple[int, int]) -> None:
    image = scene(1, *size)
    for sent in (encoded(image), encoded(image.convert("L")), encoded(image, comment=b"drawn")):
        assert (examine(sent, keep_position=True).preview == sent) is (b"drawn" not in sent)
        for part in (0.05, 0.5, 0.99):
            assert code(sent[: int(len(sent) * part)]) is Refusal.DAMAGED


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_no_flipped_byte_raises_anything_but_a_refusal_or_leaves_a_position(kind: str) -> None:
    whole = encoded(picture(64, 64), kind, exif=exif(6).tobytes())
    chance = random.Random(7)  # noqa: S311  (no secret)
    kept_ones = 0
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(min(len(broken), 1_200))] = chance.randrange(256)
        try:
            kept = examine(bytes(broken), keep_position=False)
        except RefusedError:
            continue
        assert not opened(kept.original).getexif().get_ifd(0x8825)
        kept_ones += 1
    assert 0 < kept_ones < 150, "some are refused and some are not"


def test_a_small_jpeg_that_would_be_hours_of_work_is_refused_at_once() -> None:
    sent = encoded(progressive=True)
    last = sent.rindex(b"\xff\xda")
    tables = sent.rindex(b"\xff\xc4", 0, last)
    scans = sent.count(b"\xff\xda")
    assert scans < 20, "an honest one has few"
    assert examine(sent, keep_position=False).width == 640
    assert code(sent[:-2] + sent[tables:-2] * 200 + sent[-2:]) is Refusal.DAMAGED
    junk = b"between the scans" + sent[tables:-2]
    assert code(sent[:-2] + junk * 200 + sent[-2:]) is Refusal.DAMAGED


def test_a_bare_small_jpeg_is_its_own_preview_and_nothing_else_is() -> None:
    """What a chat has made small is kept once; whatever holds more than a picture is drawn anew."""
    bare = encoded()
    kept = examine(bare, keep_position=False)
    assert kept.preview == kept.original == bare
    thumbnail = bare[:2] + b"\xff\xe0\0\x13JFIF\0\1\1\0\0\1\0\1\1\1abc" + bare[20:]
    turned, large = exif(6).tobytes(), encoded(picture().resize((1_400, 900)))
    grain = random.Random(1).randbytes(1_280 * 960 * 3)  # noqa: S311  (a picture that packs badly)
    noise = Image.frombytes("RGB", (1_280, 960), grain)
    # Read by Pillow, and by no browser.
    arithmetic = bare.replace(b"\xff\xc0", b"\xff\xc9", 1)
    for sent in (
        arithmetic,
        encoded(exif=turned),
        encoded(comment=b"secret"),
        bare + b"<script>",
        thumbnail,
        large,
        encoded(noise, quality=90),
    ):
        for keeps in (False, True):
            seen = examine(sent, keep_position=keeps)
            for secret in (b"secret", b"<script>", b"Exif", b"abc\xff"):
                assert secret not in seen.preview
            assert max(opened(seen.preview).size) <= 1_280
            assert len(seen.preview) < 1_000_000
            if keeps:
                assert seen.original == sent
                assert seen.preview != sent
