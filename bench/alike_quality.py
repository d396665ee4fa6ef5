"""`python -m bench.alike_quality FOLDER ...`: how well like photos are told from others.

The folders hold real photographs, each of something else; none comes with this repository. Each,
or so many as `--changed` says, is changed as chats and people change photos, and all are measured
as the product does. Recall is the share of changed photos whose original is found. What else is
found is wrong, unless it is the same picture by its pixels: counted for every changed photo against
every original, and for every original against every other. If the package `imagehash` is
installed, its phash and dhash stand beside ours.
"""

from __future__ import annotations

import argparse
import io
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageOps, ImageStat

from backend.evidence.alike import BANDS, FARTHEST, MOST_DISTANCE, bands_of, limit_for
from backend.evidence.check import examine

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
RESEMBLES = 8.0
"""Mean difference of grey at 64 x 64 below which two files of a folder are the same picture: some
sets hold one twice, and to find that is right."""


def jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def saved(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(jpeg(image, quality))).convert("RGB")


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


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one picture. Hashes are None for a picture without detail."""

    phash: int | None
    dhash: int | None
    strokes: float
    theirs: tuple[int, int] | None
    bands: tuple[int, ...]
    tiny: bytes


def seen(image: Image.Image) -> Seen:
    """Measure a picture as the product does when it is sent."""
    look = examine(jpeg(image, 95), keep_position=False).look
    bands = () if look.phash is None or look.dhash is None else bands_of(look.phash, look.dhash)
    tiny = image.convert("L").resize((64, 64), Image.Resampling.BOX).tobytes()
    return Seen(look.phash, look.dhash, look.strokes, theirs(image), tuple(bands), tiny)


def theirs(image: Image.Image) -> tuple[int, int] | None:
    try:
        import imagehash  # noqa: PLC0415  # type: ignore[import-not-found]  (not one of ours)
    except ImportError:
        return None
    one, other = (int(str(hashed(image)), 16) for hashed in (imagehash.phash, imagehash.dhash))
    return one, other


Rule = Callable[[Seen, Seen], bool]
"""Whether who asks about the first photo is shown the second."""


def differ(one: int | None, other: int | None) -> int:
    return 64 if one is None or other is None else (one ^ other).bit_count()


def both(asked: Seen, other: Seen) -> int:
    return differ(asked.phash, other.phash) + differ(asked.dhash, other.dhash)


def ours(asked: Seen, other: Seen) -> bool:
    """What `backend.evidence.alike.alike` does: near, and within reach of a band."""
    limit = limit_for(asked.strokes)
    reach = min(limit // len(BANDS), FARTHEST)
    return both(asked, other) <= limit and any(
        (a ^ b).bit_count() <= reach for a, b in zip(asked.bands, other.bands, strict=False)
    )


RULES: dict[str, Rule] = {
    "ours": ours,
    f"both hashes <= {MOST_DISTANCE}": lambda a, b: both(a, b) <= MOST_DISTANCE,
    "phash <= 4": lambda a, b: differ(a.phash, b.phash) <= 4,
    "phash <= 8": lambda a, b: differ(a.phash, b.phash) <= 8,
    "dhash <= 8": lambda a, b: differ(a.dhash, b.dhash) <= 8,
}
THEIRS: dict[str, Rule] = {
    "imagehash phash <= 4": lambda a, b: by_them(a, b, 0) <= 4,
    "imagehash dhash <= 8": lambda a, b: by_them(a, b, 1) <= 8,
}


def by_them(asked: Seen, other: Seen, which: int) -> int:
    if asked.theirs is None or other.theirs is None:
        return 64
    return differ(asked.theirs[which], other.theirs[which])


def resemble(one: Seen, other: Seen) -> bool:
    pictures = (Image.frombytes("L", (64, 64), some.tiny) for some in (one, other))
    return float(ImageStat.Stat(ImageChops.difference(*pictures)).mean[0]) < RESEMBLES


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--changed", type=int, default=0, help="photos to change, 0 for all")
    given = parser.parse_args()
    paths = [p for f in given.folders for p in sorted(f.iterdir()) if p.suffix.lower() in SUFFIXES]
    known = {path: seen(opened(path)) for path in paths}
    pick = random.Random(7).sample(paths, given.changed) if given.changed else paths
    after: dict[str, list[tuple[Path, Seen]]] = {name: [] for name, _ in CHANGES}
    for path in pick:
        image = opened(path)
        for name, change in CHANGES:
            after[name].append((path, seen(change(image))))
    rules = RULES | ({} if known[paths[0]].theirs is None else THEIRS)
    columns = [[name, *column(known, after, rule)] for name, rule in rules.items()]
    heads = [*after, "recall, first 9 rows", "recall, all rows", "wrong beside the right ones",
             "different originals taken for each other"]  # fmt: skip
    written = sum(limit_for(s.strokes) < MOST_DISTANCE for s in known.values())
    print(f"{len(paths)} photographs ({written} as pages of writing), {len(pick)} changed\n")
    print("| change | " + " | ".join(c[0] for c in columns) + " |")
    print("|---|" + "---|" * len(columns))
    for row, head in enumerate(heads, 1):
        print(f"| {head} | " + " | ".join(c[row] for c in columns) + " |")


def column(
    known: dict[Path, Seen], after: dict[str, list[tuple[Path, Seen]]], rule: Rule
) -> list[str]:
    right = wrong = 0
    recalls: list[float] = []
    for every in after.values():
        found = 0
        for path, changed in every:
            found += rule(changed, known[path])
            wrong += sum(
                rule(changed, other) and name != path and not resemble(known[path], other)
                for name, other in known.items()
            )
        right += found
        recalls.append(found / len(every))
    pairs, same = taken(known.values(), rule)
    return [
        *(f"{r:.0%}" for r in recalls),
        f"{sum(recalls[:RESAVED]) / RESAVED:.0%}",
        f"{sum(recalls) / len(recalls):.1%}",
        f"{wrong} beside {right}",
        f"{pairs} of {len(known) * (len(known) - 1) // 2:,} (and {same} copies)",
    ]


def taken(every: Iterable[Seen], rule: Rule) -> tuple[int, int]:
    """Return how many pairs a rule takes for each other, whoever of the two is asked about.

    And how many more that are the same picture.
    """
    before: list[Seen] = []
    different = same = 0
    for one in every:
        for other in before:
            if rule(one, other) or rule(other, one):
                alike = resemble(one, other)
                same += alike
                different += not alike
        before.append(one)
    return different, same


if __name__ == "__main__":
    main()
