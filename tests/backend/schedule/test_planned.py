"""What a plan sets down for a month: from the pack alone, what has no day as not dated."""

from __future__ import annotations

from datetime import date

from backend.plans.load import load_pack
from backend.reports.planned import planned_line, when_text
from backend.schedule.planned import Sort, planned
from locales import Catalog
from tests.backend.schedule.office import pack

TASKS = [
    {"id": "t1", "name": "Họp thôn", "area": "a1", "criterion": "17", "period": "2026-11"},
    {"id": "t2", "name": "Đăng ký", "area": "a2", "criterion": "9", "period": "2026-Q4"},
    {"id": "t3", "name": "Rà soát", "area": "a1", "criterion": "9", "period": "2026-10"},
]


def test_tasks_of_the_month_and_of_its_quarter_in_the_area(catalog_vi: Catalog) -> None:
    plan = pack(
        task_plans=[{"id": "p", "name": "Nhiệm vụ", "criteria_set": "s", "tasks": TASKS}],
        inspections=[
            {"id": "k1", "name": "Kiểm tra xã", "areas": ["xa-b"]},
            {"id": "k2", "name": "Kiểm tra chung", "begin": "2026-12-01"},
        ],
        activities=[{"id": "d", "name": "Dọn vệ sinh", "every": "monthly"}],
    )
    here = {"xa-a", "a1", "a2"}
    found = planned(plan, "2026-11", here)
    assert [(t.sort, t.id) for t in found] == [
        (Sort.TASK, "t1"),
        (Sort.TASK, "t2"),
        (Sort.ACTIVITY, "d"),
    ]
    assert [t.id for t in planned(plan, "2026-12", {"xa-a", "a1"})] == ["k2", "d"]
    (undated, *_) = planned(plan, "2026-11", {"xa-b"})
    assert when_text(undated, date(2026, 11, 5), catalog_vi) == "chưa đặt ngày"


def test_one_line_of_all_of_it(catalog_vi: Catalog) -> None:
    plan = load_pack("ninh-thuan-2022")
    codes = {area.code for area in plan.areas}
    line = planned_line(planned(plan, "2022-10", codes), catalog_vi)
    assert line.startswith("Tháng này theo kế hoạch: Kiểm tra, đánh giá toàn diện")
    assert line.endswith("việc nữa.")
    assert "\n" not in line
    assert planned_line(planned(plan, "2022-03", codes), catalog_vi) == ""
