"""What was met last period and is not met now is named; what is not yet reported is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backend.plans.load import load_pack
from backend.reports.escalation import regressions_text
from backend.status.model import Progress, Status
from backend.status.progress import Records, build_progress
from backend.status.regressions import period_before, regressions
from locales import Catalog


def with_statuses(*statuses: Status) -> Progress:
    """The trial plan's progress, the first indicator of the first villages set by hand."""
    plan = load_pack("vi-du")
    made = build_progress(
        plan, plan.root, "2026-Q4", Records({}), datetime(2026, 11, 22, tzinfo=UTC)
    )
    villages = list(made.villages)
    for n, status in enumerate(statuses):
        first, *others = villages[n].indicators
        villages[n] = replace(villages[n], indicators=(replace(first, status=status), *others))
    return replace(made, villages=tuple(villages))


def test_only_met_to_not_met_is_a_regression(catalog_vi: Catalog) -> None:
    met, not_met, nothing = Status.MET, Status.NOT_MET, Status.INSUFFICIENT_DATA
    before = with_statuses(met, met, not_met, nothing)
    now = with_statuses(not_met, nothing, not_met, not_met)
    (lost,) = regressions(before, now)
    assert lost.village == before.villages[0].name
    text = regressions_text([lost], catalog_vi)
    assert text.startswith("TỤT TIÊU CHÍ")
    assert lost.code in text
    assert regressions(now, now) == ()
    assert regressions_text((), catalog_vi) == ""


@pytest.mark.parametrize(
    ("period", "before"),
    [("2026-Q1", "2025-Q4"), ("2024-03", "2024-02"), ("2026", "2025"), ("2026-01", "2025-12")],
)
def test_the_period_before(period: str, before: str) -> None:
    assert period_before(period) == before
