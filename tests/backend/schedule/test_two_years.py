"""Every plan's deadlines over two years, day by day, beside tables that were read line by line.

To make a table anew after a change that is meant: `python -m tests.backend.schedule.test_two_years`.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from backend.plans.load import load_pack
from backend.plans.schema import Pack
from backend.schedule.obligations import deadlines

PLANS = (
    "ia-hdrai-2022",
    "dak-song-2023",
    "dak-lak-2021",
    "kon-plong-2024",
    "ninh-thuan-2022",
    "vi-du",
)
HERE = Path(__file__).parent


def table(pack: Pack) -> str:
    """One line a day on which something is due: the day, the plan's own, the periods, the names."""
    lines = []
    day = date(pack.year, 1, 1)
    while day < date(pack.year + 2, 1, 1):
        for found in deadlines(pack, day, 0):
            if found.last_day is None:
                if day == date(pack.year, 1, 1):
                    lines.append(f"no day set | {found.period} | {'; '.join(found.names)}")
                continue
            own = f" (plan: {found.plan_day:%a %Y-%m-%d})" if found.plan_day else ""
            names = "; ".join(found.names)
            lines.append(f"{found.last_day:%a %Y-%m-%d}{own} | {found.period} | {names}")
        day += timedelta(days=1)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("plan", PLANS)
def test_two_years_day_by_day(plan: str) -> None:
    assert table(load_pack(plan)) == (HERE / f"{plan}.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    for name in PLANS:
        (HERE / f"{name}.txt").write_text(table(load_pack(name)), encoding="utf-8")
