"""Villages with long names in the picture of /tiendo: all can be told apart, none is too wide."""

from __future__ import annotations

import pytest

from backend.reports.drawing import PLAIN, font
from backend.reports.picture import NAME_STEP, ROW
from backend.reports.village_labels import SIZES, SMALLEST, village_labels

PLACES = (
    "Thôn Đăk Pơ Rồ",
    "Thôn Kon Plinh",
    "Thôn Đăk Rơ Măng Thượng",
    "Thôn Tu Ngú Kon Bring",
    "Thôn Vi Xây Măng Đen",
    "Tổ dân phố Đăk Ke Nông Trường Cao Nguyên Đá Bạc",
)
NAMES = [f"{place} {number}" for place in PLACES for number in range(1, 12)]


@pytest.mark.parametrize("width", [194, 294, 500])
def test_sixty_six_long_names_can_be_told_apart(width: int) -> None:
    labels = village_labels(NAMES, width)
    assert len({label.lines for label in labels.values()}) == len(NAMES) == 66
    for name, label in labels.items():
        assert label.lines[-1].endswith(name[-2:]), "the end is where names differ"
        assert label.size in {*SIZES, SMALLEST}
        assert len(label.lines) * NAME_STEP <= ROW
        used = font(PLAIN, label.size)
        assert all(used.getlength(line) <= width for line in label.lines)


def test_a_name_is_as_large_and_whole_as_it_fits() -> None:
    labels = village_labels(["Thôn 3", "Thôn Đăk Pơ Rồ 1", "Thôn Đăk Rơ Măng Thượng 1"], 294)
    assert [(label.size, label.lines) for label in labels.values()] == [
        (36, ("Thôn 3",)),
        (30, ("Thôn Đăk Pơ Rồ 1",)),
        (28, ("Thôn Đăk Rơ Măng", "Thượng 1")),
    ]


def test_names_that_differ_only_in_what_is_cut_out_are_numbered() -> None:
    names = [f"Thôn {'Đăk Pơ Rồ ' * 3}{middle}{' Đăk Pơ Rồ' * 3}" for middle in "ABC"]
    shown = [label.lines[-1] for label in village_labels(names, 294).values()]
    assert [line[-3:] for line in shown[1:]] == ["(2)", "(3)"]
    assert len(set(shown)) == 3
