"""A rate is shown short, and never on the other side of its threshold."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.reports.numbers import shown_number, shown_rate
from locales import Catalog, catalog


@pytest.mark.parametrize(
    ("rate", "threshold", "shown"),
    [
        ("94.96", "95", "94,96%"),
        ("94.96", None, "95,0%"),
        ("94.96", "90", "95,0%"),
        ("94.9999", "95", "94,9999%"),
        ("94.99999999", "95", "94,9999%"),
        ("95", "95", "95,0%"),
        ("95.04", "95", "95,04%"),
        ("87.5", "95", "87,5%"),
        ("99.97", "75", "99,97%"),
        ("0.04", "75", "0,04%"),
        ("100", "75", "100,0%"),
        ("0", "75", "0,0%"),
        ("66.66666666666666666666", None, "66,7%"),
    ],
)
def test_a_rate_beside_its_threshold(
    rate: str, threshold: str | None, shown: str, catalog_vi: Catalog
) -> None:
    line = Decimal(threshold) if threshold else None
    assert shown_rate(Decimal(rate), line, catalog_vi) == shown


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.decimals(1, 100, places=2, allow_nan=False))
def test_what_is_shown_is_on_the_same_side_as_what_is_counted(
    part: int, whole: int, threshold: Decimal
) -> None:
    rate = Decimal(100) * part / whole
    shown = shown_rate(rate, threshold, catalog("vi"))
    read = Decimal(shown.removesuffix("%").replace(".", "").replace(",", "."))
    if abs(rate - threshold) > Decimal("0.0001"):
        assert (read >= threshold) == (rate >= threshold)
    elif rate < threshold:
        assert read < threshold
    assert abs(read - rate) <= Decimal("0.05")


@pytest.mark.parametrize(
    ("value", "shown"), [("17", "17"), ("17.0", "17"), ("1234.5", "1.234,5"), ("100", "100")]
)
def test_a_number_without_needless_zeros(value: str, shown: str, catalog_vi: Catalog) -> None:
    assert shown_number(Decimal(value), catalog_vi) == shown
