"""What is measured of a picture says how it looks, and the same of what looks the same."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from backend.evidence.alike import WRITTEN
from backend.evidence.check import examine
from backend.evidence.looking import Look, distance, is_screenshot
from tests.backend.evidence.pictures import TAKEN, encoded, exif, opened, scene

OFFICE = ZoneInfo("Asia/Ho_Chi_Minh")


def look(data: bytes, *, keep_position: bool = False) -> Look:
    return examine(data, keep_position=keep_position, zone=OFFICE).look


def apart(one: bytes, other: bytes, *, keep_position: bool = False) -> int:
    a, b = (look(data, keep_position=keep_position).phash for data in (one, other))
    assert a is not None
    assert b is not None
    return distance(a, b)


@pytest.mark.parametrize("seed", range(6))
def test_a_photo_sent_on_by_chats_is_nearly_the_same(seed: int) -> None:
    image = scene(seed, 1280, 960)
    sent = encoded(image, quality=92)
    smaller = encoded(image.resize((800, 600)), quality=60)
    assert apart(sent, smaller) <= 4
    assert apart(sent, encoded(opened(smaller).resize((1024, 768)), "WEBP", quality=70)) <= 4
    assert apart(sent, encoded(ImageEnhance.Brightness(image).enhance(0.8), quality=80)) <= 4


@pytest.mark.parametrize("size", [(1280, 960), (720, 1280), (640, 480), (900, 500), (1000, 750)])
def test_a_photo_is_measured_alike_whether_it_is_decoded_wholly_or_only_for_that(
    size: tuple[int, int],
) -> None:
    """A bare small photo is decoded small and grey; what holds more is drawn anew and then measured."""
    for seed, mode in ((1, "RGB"), (2, "RGB"), (3, "L")):
        image = scene(seed, *size).convert(mode)
        bare, drawn = encoded(image), encoded(image, comment=b"so that it is drawn")
        assert apart(bare, drawn, keep_position=True) <= 2
        one, other = look(bare), look(drawn, keep_position=True)
        assert one.sharpness == pytest.approx(other.sharpness, rel=0.1)
        assert one.brightness == pytest.approx(other.brightness, abs=0.5)
        assert one.contrast == pytest.approx(other.contrast, abs=0.5)
        assert one.dark == pytest.approx(other.dark, abs=0.01)
        assert one.bright == pytest.approx(other.bright, abs=0.01)


def test_different_photos_are_far_apart() -> None:
    every = [encoded(scene(seed)) for seed in range(20)]
    assert min(apart(one, other) for one, other in combinations(every, 2)) > 8


@pytest.mark.parametrize("turned", range(2, 9))
def test_a_photo_held_sideways_is_the_same_photo(turned: int) -> None:
    image = scene(3)
    lying = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[turned]
    tag = Image.Exif()
    tag[0x0112] = turned
    sideways = encoded(image.transpose(lying), quality=95, exif=tag.tobytes())
    assert apart(encoded(image, quality=95), sideways) <= 4


def test_light_and_sharpness_are_numbers_that_go_the_right_way() -> None:
    image = scene(5)
    good = look(encoded(image, quality=90))
    dark = look(encoded(ImageEnhance.Brightness(image).enhance(0.15), quality=90))
    bright = look(encoded(image.point(lambda v: min(255, v * 3)), quality=90))
    blurred = look(encoded(image.filter(ImageFilter.GaussianBlur(8)), quality=90))
    assert dark.brightness < good.brightness / 3
    assert dark.dark > good.dark
    assert bright.bright > good.bright + 0.3
    assert blurred.sharpness < good.sharpness / 10


def test_a_page_of_writing_is_told_from_a_scene() -> None:
    page = Image.new("RGB", (900, 1200), (200, 196, 188))
    for line in range(60, 1140, 34):
        ImageDraw.Draw(page).text((60, line), "Thôn 1, xã Ia Dal: 86 hộ đạt " * 2, 0, font_size=24)
    turned = page.rotate(2, fillcolor=(120, 110, 100))
    for image in (page, turned, ImageEnhance.Brightness(turned).enhance(0.7)):
        assert look(encoded(image, quality=80)).strokes > WRITTEN
    for seed in range(4):
        assert look(encoded(scene(seed), quality=80)).strokes < WRITTEN


def test_a_picture_of_nothing_has_no_hash() -> None:
    wall = look(encoded(Image.new("RGB", (640, 480), (90, 90, 90))))
    assert (wall.phash, wall.dhash, wall.sharpness) == (None, None, 0.0)


def test_measuring_says_the_same_each_time_and_in_every_shape() -> None:
    for size in ((16, 16), (16, 4000), (4000, 16), (33, 320)):
        data = encoded(Image.new("RGB", size, (1, 2, 3)), "PNG")
        assert look(data) == look(data)


def test_the_time_a_camera_wrote_is_kept_in_utc() -> None:
    assert look(encoded(exif=exif().tobytes())).taken_at == datetime(
        2026, 11, 20, 2, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("written", "offset", "taken"),
    [
        (TAKEN, None, datetime(2026, 11, 20, 2, 30, tzinfo=UTC)),
        (TAKEN, "+00:00", datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        (TAKEN, "-05:30", datetime(2026, 11, 20, 15, 0, tzinfo=UTC)),
        (TAKEN, "nonsense", datetime(2026, 11, 20, 2, 30, tzinfo=UTC)),
        (TAKEN, "+99:99", datetime(2026, 11, 20, 2, 30, tzinfo=UTC)),
        ("0000:00:00 00:00:00", None, None),
        ("1980:01:01 00:00:00", None, None),
        ("2026-11-20T09:30:00", None, None),
        ("<script>alert(1)</script>", None, None),
        ("", None, None),
    ],
)
def test_a_cameras_time_as_cameras_write_it(
    written: str, offset: str | None, taken: datetime | None
) -> None:
    made = Image.Exif()
    made[0x8769] = {0x9003: written} | ({0x9011: offset} if offset else {})
    assert look(encoded(exif=made.tobytes())).taken_at == taken


def test_the_position_is_read_only_where_the_plan_keeps_it() -> None:
    data = encoded(exif=exif().tobytes())
    assert look(data).latitude is None
    assert look(data).longitude is None
    kept = look(data, keep_position=True)
    assert (kept.latitude, kept.longitude) == (14.091667, 107.5)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (107.0, 0.0, 0.0)},
        {1: "N", 2: (14.0, 5.0), 3: "E", 4: (107.0, 0.0, 0.0)},
        {1: "N", 2: (14.0, 5.0, 0.0)},
    ],
)
def test_a_position_that_cannot_be_is_none(gps: dict[int, object]) -> None:
    made = Image.Exif()
    made[0x8825] = gps
    kept = look(encoded(exif=made.tobytes()), keep_position=True)
    assert (kept.latitude, kept.longitude) == (None, None)


def test_a_picture_of_a_screen_is_guessed_by_its_size() -> None:
    assert is_screenshot((1080, 2400), "JPEG", camera=False)
    assert is_screenshot((2400, 1080), "PNG", camera=False)
    assert is_screenshot((1080, 1920), "PNG", camera=False)
    assert not is_screenshot((1080, 1920), "JPEG", camera=False), "cameras make these too"
    assert not is_screenshot((1080, 2400), "JPEG", camera=True), "a camera is named"
    assert not is_screenshot((960, 1280), "JPEG", camera=False), "what a chat makes of a photo"


def test_what_is_shown_holds_no_metadata() -> None:
    seen = examine(encoded(exif=exif().tobytes(), comment=b"hello"), keep_position=True)
    shown = Image.open(io.BytesIO(seen.preview))
    assert not shown.getexif()
    assert not {"comment", "exif", "icc_profile", "xmp"} & shown.info.keys()
