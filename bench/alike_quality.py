"""`python -m bench.alike_quality FOLDER`: how well like photos are told from others.

FOLDER holds real photographs, each of something else; none comes with this repository. Each is
changed as chats and people change photos, and both are hashed as the product does. Recall is the
share of changed photos found within the distance, precision the share of right ones among all
pairs found when every changed photo is compared with every original. If the package `imagehash`
is installed, its phash and dhash stand beside ours.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageEnhance

from backend.evidence.looking import NOTHING_WRITTEN, look_at

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
MOST_SIDE = 1_280
Hash = Callable[[Image.Image], "int | None"]
"""None: a picture without detail."""


def saved(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def resized(image: Image.Image, side: int, quality: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((side, side))
    return saved(small, quality)


def cropped(image: Image.Image, share: float) -> Image.Image:
    """The middle: so much of each length is gone, half of it on each side."""
    x, y = image.width * share / 2, image.height * share / 2
    return saved(image.crop((int(x), int(y), int(image.width - x), int(image.height - y))), 85)


def shifted(image: Image.Image, share: float) -> Image.Image:
    """As if the phone had been held a little to the left: one edge gone, the other repeated."""
    by = int(image.width * share)
    moved = image.transform(image.size, Image.Transform.AFFINE, (1, 0, by, 0, 1, 0))
    moved.paste(image.crop((image.width - by, 0, image.width, image.height)), (image.width - by, 0))
    return saved(moved, 85)


def turned(image: Image.Image, degrees: float) -> Image.Image:
    whole = image.rotate(degrees, Image.Resampling.BICUBIC)
    return cropped(whole, 0.08)


def written_on(image: Image.Image, share: float) -> Image.Image:
    """A camera's date in a corner, or a band of words over the foot."""
    new = image.copy()
    draw = ImageDraw.Draw(new)
    size = max(10, int(image.height * share))
    draw.text(
        (size // 2, image.height - size * 1.5), "22/11/2026 09:30", (255, 200, 0), font_size=size
    )
    return saved(new, 85)


def banded(image: Image.Image) -> Image.Image:
    new = image.copy()
    high = image.height // 8
    ImageDraw.Draw(new).rectangle((0, image.height - high, image.width, image.height), (0, 0, 0))
    ImageDraw.Draw(new).text(
        (9, image.height - high), "Thôn 1, xã Ia Dal", (255, 255, 255), font_size=high // 2
    )
    return saved(new, 85)


CHANGES: list[tuple[str, Callable[[Image.Image], Image.Image]]] = [
    ("saved again, quality 60", lambda i: saved(i, 60)),
    ("saved twice, quality 40", lambda i: saved(saved(i, 40), 40)),
    ("1280 px, quality 80 (Telegram)", lambda i: resized(i, 1_280, 80)),
    ("800 px, quality 60", lambda i: resized(i, 800, 60)),
    ("320 px, quality 70", lambda i: resized(i, 320, 70)),
    ("brighter by 25 %", lambda i: saved(ImageEnhance.Brightness(i).enhance(1.25), 85)),
    ("darker by 40 %", lambda i: saved(ImageEnhance.Brightness(i).enhance(0.6), 85)),
    ("more contrast, 30 %", lambda i: saved(ImageEnhance.Contrast(i).enhance(1.3), 85)),
    ("grey", lambda i: saved(i.convert("L").convert("RGB"), 85)),
    ("date in a corner", lambda i: written_on(i, 0.05)),
    ("large date", lambda i: written_on(i, 0.1)),
    ("black band with words", banded),
    ("cropped 2 %", lambda i: cropped(i, 0.02)),
    ("cropped 5 %", lambda i: cropped(i, 0.05)),
    ("cropped 10 %", lambda i: cropped(i, 0.10)),
    ("re-framed by 3 %", lambda i: shifted(i, 0.03)),
    ("re-framed by 8 %", lambda i: shifted(i, 0.08)),
    ("turned by 2 degrees", lambda i: turned(i, 2)),
]
RESAVED = 9
"""The first so many are what a chat or a phone's own programs do to one and the same photo."""


def ours(field: str) -> Hash:
    def hashed(image: Image.Image) -> int | None:
        small = image.copy()
        small.thumbnail((MOST_SIDE, MOST_SIDE))
        value = getattr(look_at(small, image.size, "JPEG", NOTHING_WRITTEN), field)
        return None if value is None else int(value)

    return hashed


def theirs(function: Callable[[Image.Image], Any]) -> Hash:
    return lambda image: int(str(function(image)), 16)


def methods() -> list[tuple[str, int, Hash]]:
    found = [
        ("ours: phash, at most 4", 4, ours("phash")),
        ("ours: phash, at most 8", 8, ours("phash")),
        ("ours: dhash, at most 4", 4, ours("dhash")),
    ]
    try:
        import imagehash  # noqa: PLC0415  # type: ignore[import-not-found]  (not one of ours)
    except ImportError:
        return found
    return [
        *found,
        ("imagehash phash, at most 4", 4, theirs(imagehash.phash)),
        ("imagehash dhash, at most 4", 4, theirs(imagehash.dhash)),
        ("imagehash dhash, at most 8", 8, theirs(imagehash.dhash)),
    ]


def near(one: int | None, other: int | None, within: int) -> bool:
    return one is not None and other is not None and (one ^ other).bit_count() <= within


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    images: list[Image.Image] = []
    for path in sorted(parser.parse_args().folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            with Image.open(path) as image:
                images.append(image.convert("RGB"))
    changed = [(name, [change(i) for i in images]) for name, change in CHANGES]
    columns: list[list[str]] = []
    for name, within, hashed in methods():
        columns.append([name, *column(images, changed, within, hashed)])
    heads = [*(name for name, _ in CHANGES), "recall, first 9 rows", "recall, all rows",
             "precision, all rows", "different originals taken for each other"]  # fmt: skip
    print(f"{len(images)} photographs\n")
    print("| change | " + " | ".join(c[0] for c in columns) + " |")
    print("|---|" + "---|" * len(columns))
    for row, head in enumerate(heads, 1):
        print(f"| {head} | " + " | ".join(c[row] for c in columns) + " |")


def column(
    images: Sequence[Image.Image],
    changed: Sequence[tuple[str, Sequence[Image.Image]]],
    within: int,
    hashed: Hash,
) -> list[str]:
    known = [hashed(i) for i in images]
    right = wrong = 0
    recalls: list[float] = []
    for _, every in changed:
        found = 0
        for number, image in enumerate(every):
            value = hashed(image)
            hits = [n for n, other in enumerate(known) if near(value, other, within)]
            found += number in hits
            wrong += len(set(hits) - {number})
        right += found
        recalls.append(found / len(images))
    pairs = [
        (a, b) for a in range(len(known)) for b in range(a) if near(known[a], known[b], within)
    ]
    first = sum(recalls[:RESAVED]) / RESAVED
    return [
        *(f"{r:.0%}" for r in recalls),
        f"{first:.0%}",
        f"{sum(recalls) / len(recalls):.0%}",
        f"{right / (right + wrong):.1%}" if right + wrong else "-",
        f"{len(pairs)} of {len(known) * (len(known) - 1) // 2}",
    ]


if __name__ == "__main__":
    main()
