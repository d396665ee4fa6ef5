"""`python -m bench.alike_pages`: how often pages of different words are taken for each other.

Makes pages of writing: letters, filled forms of one print, and lists in a table; each as it is
("scan") and as a phone sees it on a table: a little turned and moved, with light from one side.
Then compares all of a kind with each other, as `bench.alike_quality` compares photographs.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageFont

from bench.alike_quality import CHANGES, RESAVED, RULES, Seen, saved, seen, taken

SIZE = (960, 1280)
PAPER = 252
SYLLABLES = [
    "thon",
    "xa",
    "huyen",
    "nha",
    "nuoc",
    "sach",
    "be",
    "chua",
    "ho",
    "xi",
    "dat",
    "chuan",
    "tieu",
    "chi",
    "dan",
    "nam",
    "nay",
    "duong",
    "lang",
    "dien",
    "hoc",
    "sinh",
    "van",
    "hoa",
    "ve",
    "moi",
    "truong",
    "cay",
    "rung",
    "bo",
    "lon",
    "ga",
    "tram",
    "truong",
    "ban",
    "can",
    "bo",
    "hop",
    "bien",
    "ngay",
    "thang",
]
Page = tuple[Image.Image, ImageDraw.ImageDraw]


def words(rng: random.Random, least: int, most: int) -> str:
    return " ".join(rng.choice(SYLLABLES) for _ in range(rng.randint(least, most)))


def sheet(title: str) -> Page:
    image = Image.new("L", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((200, 70), "CONG HOA XA HOI CHU NGHIA VIET NAM", 0, font=letters(24))
    draw.text((300, 160), title, 0, font=letters(34))
    return image, draw


def letters(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def letter(rng: random.Random) -> Image.Image:
    image, draw = sheet("BIEN BAN")
    y = 240
    while y < 1_100:
        for _ in range(rng.randint(2, 5)):
            draw.text((90, y), words(rng, 9, 12)[:62], 0, font=letters(24))
            y += 34
        draw.text((90, y), words(rng, 2, 8), 0, font=letters(24))
        y += 48
    return image


def form(rng: random.Random) -> Image.Image:
    """The same questions on each, other answers."""
    image, draw = sheet("PHIEU TU DANH GIA")
    printed = random.Random(1)
    for number in range(22):
        y = 250 + 42 * number
        asked = f"{number + 1}. {words(printed, 3, 6)}: "
        draw.text((90, y), asked, 0, font=letters(24))
        said = words(rng, 1, 5) if number % 2 else str(rng.randint(1, 9_999))
        draw.text((98 + draw.textlength(asked, letters(24)), y), said, 0, font=letters(24))
        draw.line((90, y + 34, 870, y + 34), 120)
    return image


def table(rng: random.Random) -> Image.Image:
    image, draw = sheet("DANH SACH HO DAN")
    for x in (60, 120, 460, 600, 760, 900):
        draw.line((x, 220, x, 1_228), 0)
    for number, y in enumerate(range(220, 1_229, 36)):
        draw.line((60, y, 900, y), 0)
        if y < 1_228:
            name = words(rng, 2, 4)[:28]
            born, people = str(rng.randint(1930, 2020)), str(rng.randint(1, 9))
            cells = ((72, str(number + 1)), (130, name), (470, born), (610, people),
                     (770, rng.choice(("co", "khong", "x", ""))))  # fmt: skip
            for x, text in cells:
                draw.text((x, y + 6), text, 0, font=letters(20))
    return image


def photographed(page: Image.Image, rng: random.Random) -> Image.Image:
    size = (1_100, 1_440)
    image = Image.new("L", size, rng.randint(60, 140))
    image.paste(page, (70, 80))
    image = image.rotate(rng.uniform(-2, 2), Image.Resampling.BICUBIC, fillcolor=100)
    moved = (1, 0, rng.randint(-40, 40), 0, 1, rng.randint(-40, 40))
    image = image.transform(size, Image.Transform.AFFINE, moved, fillcolor=100)
    dim, bright = rng.randint(120, 190), rng.randint(190, 255)
    light = Image.linear_gradient("L").rotate(rng.choice((0, 90, 180, 270))).resize(size)
    return ImageChops.multiply(
        image, light.point([dim + (bright - dim) * v // 255 for v in range(256)])
    )


KINDS: dict[str, Callable[[random.Random], Image.Image]] = {
    "letters": letter,
    "forms of one print": form,
    "lists in one table": table,
}
WAYS: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "scan": lambda page, _: page,
    "phone": photographed,
}
TRIED = 10
"""Pages of a kind that are saved again in nine ways, to see that they are still found."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200, help="of each kind and way")
    many = parser.parse_args().pages
    print(f"{many} pages of each\n")
    print("| pages | " + " | ".join(RULES) + " | saved again and found by ours |")
    print("|---|" + "---|" * (len(RULES) + 1))
    for kind, make in KINDS.items():
        for way, shown in WAYS.items():
            rng = random.Random(f"{kind} {way}")
            pages = [saved(shown(make(rng), rng).convert("RGB"), 85) for _ in range(many)]
            known = [seen(page) for page in pages]
            counts = [sum(taken(known, rule)) for rule in RULES.values()]
            print(
                f"| {kind}, {way} | "
                + " | ".join(f"{n / (many * (many - 1) / 2):.1%}" for n in counts)
                + f" | {found_again(pages, known):.0%} |",
                flush=True,
            )


def found_again(pages: list[Image.Image], known: list[Seen]) -> float:
    tries = [
        RULES["ours"](seen(change(page)), before)
        for page, before in list(zip(pages, known, strict=True))[:TRIED]
        for _, change in CHANGES[:RESAVED]
    ]
    return sum(tries) / len(tries)


if __name__ == "__main__":
    main()
