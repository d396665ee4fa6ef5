"""Progress made by hand: a district of two communes, as `backend.status` would give it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from backend.status.model import (
    Deadline,
    IndicatorResult,
    Progress,
    Status,
    SurveyState,
    TargetState,
    VillageProgress,
)

AT = datetime(2026, 12, 9, 0, 30, tzinfo=UTC)
SUBMITTED = datetime(2026, 12, 5, 17, 30, tzinfo=UTC)  # already the 6th in the office
DUE = date(2026, 12, 7)


def indicator(status: Status = Status.NOT_MET, **more: object) -> IndicatorResult:
    """«Nước hợp vệ sinh», 94.96 % beside a threshold of 95."""
    base = IndicatorResult(
        set_id="thon",
        code="17.1",
        name="Hộ dùng nước hợp vệ sinh",
        status=status,
        numerator=Decimal(2374),
        denominator=Decimal(2500),
        rate=Decimal("94.96"),
        threshold=Decimal(95),
        missing=1 if status is Status.NOT_MET else None,
        reported=11,
        expected=12,
    )
    return replace(base, **more)


def survey(title: str = "Nước", **more: object) -> SurveyState:
    base = SurveyState("nuoc", title, "2026-Q4", SUBMITTED, begun=True, due=DUE)
    return replace(base, **more)


def village(name: str, commune: str, **more: object) -> VillageProgress:
    base = VillageProgress(
        code=f"{commune}-{name}",
        name=name,
        commune=commune,
        surveys=(survey(), survey("Rác thải", questionnaire="rac-thai")),
        indicators=(indicator(),),
        self_assessed=Status.NOT_MET,
    )
    return replace(base, **more)


def progress(**more: object) -> Progress:
    late = survey("Rác thải", questionnaire="rac-thai", submitted_at=None, begun=False, late=True)
    villages = (
        village("Thôn 10", "Xã Ia Đal", surveys=(survey(missing_photos=("/data/a",)), late)),
        village("Thôn 2", "Xã Ia Đal"),
        village("Thôn Chư Hem", "Xã Ia Tơi", surveys=(survey(submitted_at=None), late)),
    )
    base = Progress(
        area_code="ia-hdrai",
        area_name="Huyện Ia H’Drai",
        area_level="district",
        plan_id="vi-du",
        plan_name="Kế hoạch thử",
        sample=False,
        historical=False,
        unit_word="thôn",
        period="2026-Q4",
        at=AT,
        expected=6,
        submitted=3,
        villages=villages,
        communes=(("dal", "Xã Ia Đal", 3, 4), ("toi", "Xã Ia Tơi", 0, 2)),
        indicators=(
            indicator(),
            indicator(
                Status.NOT_MET,
                code="9.1",
                name="Hộ còn nhà tạm",
                numerator=Decimal(12),
                denominator=None,
                rate=None,
                threshold=Decimal(0),
                missing=12,
            ),
        ),
        late=tuple((v.code, v.name) for v in villages if any(s.late for s in v.surveys)),
        deadlines=(
            Deadline(
                date(2026, 12, 12),
                ("Báo cáo tháng", "Báo cáo quý"),
                "UBND xã",
                "Phòng Nông nghiệp",
                "UBND huyện",
                "2026-12, 2026-Q4",
                (("m", "2026-12"), ("q", "2026-Q4")),
            ),
            Deadline(None, ("Báo cáo năm",), "", "", "UBND huyện", "2026"),
        ),
        targets=(
            TargetState(
                "villages",
                "Thôn đạt chuẩn nông thôn mới",
                2022,
                "thôn",
                Decimal(17),
                None,
                Decimal(0),
                "tháng 7/2021",
                Decimal(13),
                "ước cuối 2021",
                Decimal(2),
                Decimal(15),
                "Kế hoạch:89",
            ),
        ),
        plan_year=2022,
    )
    return replace(base, **more)
