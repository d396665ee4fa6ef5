"""The table for a phone: it is there, it fits, and every letter has a shape in the font."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal

import pytest
from PIL import Image, ImageDraw

from backend.reports import picture
from backend.reports.drawing import BOLD, PLAIN, Canvas, fitting, font, wrapped
from backend.reports.picture import MOST_COLUMNS, TALLEST, WIDTH, progress_pngs
from backend.reports.words import STATUS_MARKS
from backend.status.model import Progress, Status
from locales import Catalog
from tests.backend.reports.samples import indicator, progress, village
from tests.clock import OFFICE_ZONE

VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def many(villages: int, indicators: int) -> Progress:
    results = tuple(indicator(code=f"1.{n}", name=f"Chỉ tiêu {n}") for n in range(indicators))
    return progress(
        villages=tuple(
            village(f"Thôn {n}", f"Xã {n // 20}", indicators=results) for n in range(villages)
        ),
        indicators=results,
        communes=(),
    )


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every (font, text) that is drawn."""
    found: list[tuple[str, str]] = []
    real = Canvas.text

    def noting(self: Canvas, at, text, used, *ink_and_anchor) -> None:
        if self.draw is not None:
            anchor = ink_and_anchor[1] if len(ink_and_anchor) > 1 else "lm"
            found.append((used.path.rsplit("/", 1)[-1], text))
            room = used.getbbox(text, anchor=anchor)
            assert at[0] + room[0] >= 0, f"{text!r} starts outside"
            assert at[0] + room[2] <= WIDTH, f"{text!r} ends outside"
        real(self, at, text, used, *ink_and_anchor)

    monkeypatch.setattr(Canvas, "text", noting)
    return found


def test_it_is_as_wide_as_promised_and_not_blank(catalog_vi: Catalog) -> None:
    image = opened(progress_pngs(progress(), catalog_vi, zone=OFFICE_ZONE)[0])
    assert image.format == "PNG"
    assert image.width == WIDTH
    assert 600 < image.height <= TALLEST
    colours = {colour for _, colour in image.convert("RGB").getcolors(100_000) or []}
    assert len(colours) > 8
    red = tuple(bytes.fromhex(picture.FILLS[Status.NOT_MET][0][1:]))
    assert any(max(abs(a - b) for a, b in zip(red, c, strict=True)) < 8 for c in colours)


def test_it_says_what_the_office_needs(catalog_vi: Catalog, written: list[tuple[str, str]]) -> None:
    progress_pngs(progress(sample=True), catalog_vi, zone=OFFICE_ZONE)
    texts = [text for _, text in written]
    for expected in (
        "Huyện Ia H’Drai",
        "Quý 4 năm 2026, lúc 07:30 09/12/2026",
        "DỮ LIỆU MẪU",
        "Đã nộp: 3/6 phiếu.",
        "Xã Ia Đal",
        "3/4",
        "1/2!",
        "94,96%",
        "quá hạn",
    ):
        assert expected in texts, expected
    for status in Status:
        assert STATUS_MARKS[status] in texts, "the legend shows every mark"
    assert texts.index("Thôn 2") < texts.index("Thôn 10") < texts.index("Thôn Chư Hem")


def test_every_letter_has_a_shape(catalog_vi: Catalog, written: list[tuple[str, str]]) -> None:
    alphabet = VIETNAMESE + VIETNAMESE.upper() + "’'“”–…·%/()≥0123456789"
    progress_pngs(progress(sample=True, historical=True, area_name=alphabet[:40]), catalog_vi)
    letters = {(name, letter) for name, text in written for letter in text if letter != " "}
    letters |= {(name, letter) for name in (PLAIN, BOLD) for letter in alphabet}
    missing = {name: bytes(font(name, 40).getmask("\U0010fffe")) for name in (PLAIN, BOLD)}
    boxes = [
        f"{letter} in {name}"
        for name, letter in sorted(letters)
        if bytes(font(name, 40).getmask(letter)) == missing[name]
    ]
    assert boxes == []


def test_marks_differ_without_their_colours() -> None:
    masks = {bytes(font(BOLD, 36).getmask(mark)) for mark in STATUS_MARKS.values()}
    assert len(masks) == len(Status)


@pytest.mark.parametrize("villages", [0, 1, 20, 90])
def test_a_long_list_goes_on_and_every_village_stands_once(
    villages: int, catalog_vi: Catalog, written: list[tuple[str, str]]
) -> None:
    pages = progress_pngs(many(villages, 9), catalog_vi)
    assert all(opened(page).height <= TALLEST for page in pages)
    names = [text for _, text in written if text.startswith("Thôn ")]
    assert sorted(names) == sorted(f"Thôn {n}" for n in range(villages))
    assert (len(pages) > 1) == (villages > 20)
    if villages > 20:
        assert any(f"hình 2/{len(pages)}" in text for _, text in written)


def test_names_that_differ_at_their_end_are_written_whole(
    catalog_vi: Catalog, written: list[tuple[str, str]]
) -> None:
    results = tuple(indicator(code=f"1.{n}") for n in range(9))
    names = [f"Thôn Đăk Pơ Rồ {n}" for n in range(1, 23)]
    rows = tuple(village(name, "Xã Đăk Tăng", indicators=results) for name in names)
    progress_pngs(progress(villages=rows, indicators=results, communes=()), catalog_vi)
    assert [text for _, text in written if text in names] == names


def test_a_commune_that_goes_on_is_headed_again(
    catalog_vi: Catalog, written: list[tuple[str, str]]
) -> None:
    results = (indicator(),)
    one = tuple(village(f"Thôn {n}", "Xã A", indicators=results) for n in range(60))
    pages = progress_pngs(progress(villages=one, indicators=results), catalog_vi)
    assert [text for _, text in written].count("Xã A") == len(pages) > 1


def test_more_indicators_than_fit_go_on_beside(
    catalog_vi: Catalog, written: list[tuple[str, str]]
) -> None:
    pages = progress_pngs(many(3, MOST_COLUMNS + 1), catalog_vi)
    assert len(pages) == 2
    codes = [text for _, text in written if text.startswith("1.")]
    assert len(set(codes)) == MOST_COLUMNS + 1


def test_long_codes_and_the_same_code_in_two_sets_are_numbered(
    catalog_vi: Catalog, written: list[tuple[str, str]]
) -> None:
    twice = (indicator(), indicator(set_id="xa", code="17.1"))
    progress_pngs(progress(indicators=twice), catalog_vi)
    texts = [text for _, text in written]
    assert "1" in texts
    assert "2" in texts
    assert texts.count("17.1 Hộ dùng nước hợp vệ sinh") == 2


def test_names_longer_than_their_place_are_cut_with_an_ellipsis(
    catalog_vi: Catalog, written: list[tuple[str, str]]
) -> None:
    long = "Thôn " + "Đăk Rơ Măng " * 20
    progress_pngs(
        progress(
            area_name=long,
            villages=(village(long, long),),
            communes=(("x", long, 1, 2),),
            indicators=(indicator(name=long, rate=Decimal("94.999999")),),
        ),
        catalog_vi,
    )
    assert any(text.endswith("…") for _, text in written)


def test_equal_progress_gives_equal_pictures(catalog_vi: Catalog) -> None:
    assert progress_pngs(progress(), catalog_vi) == progress_pngs(progress(), catalog_vi)
    later = progress(at=datetime(2026, 12, 9, 8, tzinfo=OFFICE_ZONE))
    assert progress_pngs(later, catalog_vi) != progress_pngs(progress(), catalog_vi)


def test_wrapping_and_fitting_stay_within_their_width() -> None:
    used = font(PLAIN, 30)
    draw = ImageDraw.Draw(Image.new("RGB", (10, 10)))
    assert draw
    text = "một hai ba bốn năm " + "dài" * 60
    lines = wrapped(text, used, 200)
    assert all(used.getlength(line) <= 200 for line in lines)
    assert " ".join(lines).startswith("một hai ba bốn năm")
    assert fitting("ngắn", used, 200) == "ngắn"
