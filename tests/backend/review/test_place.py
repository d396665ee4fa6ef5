"""Where a photo was taken, in words that need no map."""

from __future__ import annotations

import pytest

from backend.review.place import Point, in_words, on_drawing, seen_from
from locales import Catalog

VILLAGE = Point(14.0, 107.0)


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (Point(14.0001, 107.0), "ngay tại điểm của thôn"),
        (Point(14.0045, 107.0), "cách điểm của thôn 500 m, về phía bắc"),
        (Point(14.0, 107.1), "cách điểm của thôn 10,8 km, về phía đông"),
        (Point(13.9, 106.9), "cách điểm của thôn 15,5 km, về phía tây nam"),
        (Point(14.0, 106.995), "cách điểm của thôn 540 m, về phía tây"),
    ],
)
def test_how_far_and_where_to(point: Point, words: str, catalog_vi: Catalog) -> None:
    assert catalog_vi.say(in_words(seen_from(VILLAGE, point))) == words


def test_the_drawing_has_north_above_and_east_to_the_right() -> None:
    north = on_drawing(seen_from(VILLAGE, Point(14.1, 107.0)), 40)
    east = on_drawing(seen_from(VILLAGE, Point(14.0, 107.1)), 40)
    assert north == (0.0, -40.0)
    assert east == (40.0, pytest.approx(0, abs=0.1))
