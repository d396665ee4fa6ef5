"""Whatever file comes, one sentence goes back or a clean picture is kept; nothing else happens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from backend.evidence.check import PREVIEW_SIDE, Examined, Refusal, RefusedError, examine
from bot.reception.refusals import refusal
from bot.turn import media
from locales import catalog
from tests.backend.evidence.hostile import FILES
from tests.backend.evidence.mutations import mutated
from tests.backend.evidence.pictures import opened

ROOT = Path(__file__).parents[3]
DANGEROUS = (b"<script", b"<html", b"<svg", b"PK\x03\x04", b"%PDF", b"Exif\0\0", b"http://ns.adobe")
REFUSED = {
    "zero bytes": Refusal.EMPTY,
    "PNG of 20,000 x 20,000": Refusal.TOO_MANY_PIXELS,
    "PNG just above the bound": Refusal.TOO_MANY_PIXELS,
    "JPEG of 65,500 x 65,500": Refusal.TOO_MANY_PIXELS,
    "progressive JPEG with 3,000 passes": Refusal.DAMAGED,
    "JPEG with a million empty segments": Refusal.DAMAGED,
    "JPEG with ten million fill bytes": Refusal.DAMAGED,
    "JPEG with ten million bytes of no segment": Refusal.DAMAGED,
    "JPEG with EXIF in 7,000 parts": Refusal.DAMAGED,
    "PNG with a million empty parts": Refusal.DAMAGED,
    "one pixel JPEG": Refusal.TOO_SMALL,
    "a line": Refusal.TOO_SMALL,
    "SVG": Refusal.NOT_AN_IMAGE,
    "page": Refusal.NOT_AN_IMAGE,
    "ZIP": Refusal.NOT_AN_IMAGE,
    "PDF": Refusal.NOT_AN_IMAGE,
    "program": Refusal.NOT_AN_IMAGE,
    "GIF": Refusal.NOT_AN_IMAGE,
    "moving GIF": Refusal.NOT_AN_IMAGE,
    "GIF's head and a JPEG": Refusal.NOT_AN_IMAGE,
    "HEIC's head and noise": Refusal.DAMAGED,
}
KEPT = (
    "two pictures in one JPEG", "moving PNG", "moving WebP", "CMYK JPEG", "colours of 16 bits",
    "grey of 16 bits", "palette with holes", "EXIF with scripts", "JPEG and ZIP", "PNG and ZIP",
    "JPEG with a page as comment", "orientation 99",
)  # fmt: skip


def looked_at(data: bytes) -> Examined | Refusal:
    try:
        return examine(data, keep_position=False)
    except RefusedError as error:
        return error.code


def assert_clean(seen: Examined) -> None:
    """What is shown is a JPEG with a picture in it and nothing else."""
    shown = opened(seen.preview)
    assert shown.format == "JPEG"
    assert max(shown.size) <= PREVIEW_SIDE
    assert getattr(shown, "n_frames", 1) == 1
    assert not shown.getexif()
    assert shown.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not [mark for mark in DANGEROUS if mark in seen.preview]
    assert seen.preview.rstrip(b"\0").endswith(b"\xff\xd9"), "nothing follows the picture"


@pytest.mark.parametrize("name", FILES)
def test_each_file_ends_in_one_refusal_or_a_clean_picture(name: str) -> None:
    seen = looked_at(FILES[name]())
    if name in REFUSED:
        assert seen is REFUSED[name]
    if name in KEPT:
        assert isinstance(seen, Examined)
    if isinstance(seen, Examined):
        assert_clean(seen)
        if seen.media_type != "image/heif":
            assert not [mark for mark in DANGEROUS if mark in seen.original and mark != b"Exif\0\0"]
            assert looked_at(seen.original) != Refusal.DAMAGED, "what is kept can be opened again"


def test_there_are_more_than_forty() -> None:
    assert len(FILES) >= 40
    assert len({make() for make in FILES.values() if make is not FILES["ZIP"]}) >= 40


def test_every_refusal_is_a_sentence_of_its_own_language() -> None:
    codes = [*Refusal, media.GONE, media.TOO_LARGE, media.UNREACHABLE, media.BROKEN, "", "unheard"]
    for code in codes:
        said = catalog("vi").say(refusal(code))
        assert said, code
        assert said != catalog("en").say(refusal(code)), code
        assert said.count("\n") == 0, code


def test_changed_photos_are_refused_or_clean() -> None:
    ends = [looked_at(data) for data in mutated(300, seed=7)]
    for seen in ends:
        if isinstance(seen, Examined):
            assert_clean(seen)
    assert len({type(seen) for seen in ends}) == 2, "some are still photos, some are not"


def test_memory_does_not_grow_with_what_was_refused() -> None:
    """In a process of its own: after the first 150 changed photos 450 more cost nothing."""
    ran = subprocess.run(
        [sys.executable, "-m", "bench.mutated", "600", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(ran.stdout)
    assert sum(told["ends"].values()) == 600
    assert told["grown_mb"] < 30


def test_pillow_still_refuses_what_nobody_named() -> None:
    """A format is opened only because we name it; were all open, the EPS would run a program."""
    with pytest.raises(RefusedError) as refused:
        examine(FILES["EPS"](), keep_position=True)
    assert refused.value.code is Refusal.NOT_AN_IMAGE
    assert Image.MAX_IMAGE_PIXELS is not None
