"""An office with made-up progress and one village's submission, for tests of its pages."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from aiohttp import web
from PIL import Image

import conversations.questionnaires
from backend.forms import load_form, publish_form
from backend.models import Area, Evidence, EvidenceFile, Interview, Submission
from backend.office.parts import Office, tell_nobody
from backend.office.photo_address import PhotoAddresses
from backend.office.routes import office_routes
from backend.settings import read_settings
from backend.status.model import (
    Deadline,
    IndicatorResult,
    Progress,
    Status,
    SurveyState,
    VillageProgress,
)
from backend.submissions import Returned, record_submission
from conversations.forms.publish import publish
from conversations.interview.effects import Answer, Submitted
from tests.clock import HandClock

PERIOD = "2026-Q4"
WATER = Path(conversations.questionnaires.__path__[0]) / "nuoc.md"
QUESTIONNAIRES = {"nha-o": "Nhà ở", "nuoc": "Nước sinh hoạt"}
NAMES = {
    "dal-3": ("Thôn 3", "Xã Ia Đal"),
    "dal-4": ("Thôn 4", "Xã Ia Đal"),
    "toi-1": ("Thôn 1", "Xã Ia Tơi"),
}


def result(
    code: str, status: Status, numerator: int | None = None, **more: object
) -> IndicatorResult:
    rate = None if numerator is None else Decimal(numerator)
    return IndicatorResult(
        set_id="thon-dtts",
        code=code,
        name=f"Tỷ lệ hộ, chỉ tiêu {code}",
        status=status,
        numerator=rate,
        denominator=None if rate is None else Decimal(100),
        rate=rate,
        threshold=Decimal(95) if status in {Status.MET, Status.NOT_MET} else None,
        missing=95 - numerator if status is Status.NOT_MET and numerator is not None else None,
        **more,
    )


def village(code: str, clock: HandClock, *, submitted: bool) -> VillageProgress:
    name, commune = NAMES[code]
    states = {
        "17.1": result("17.1", Status.NOT_MET, 83)
        if submitted
        else result("17.1", Status.INSUFFICIENT_DATA),
        "17.8": result("17.8", Status.NO_THRESHOLD, 70, photo_missing=True)
        if submitted
        else result("17.8", Status.INSUFFICIENT_DATA),
    }
    return VillageProgress(
        code=code,
        name=name,
        commune=commune,
        surveys=tuple(
            SurveyState(
                questionnaire=id_,
                title=title,
                period=PERIOD,
                submitted_at=clock.now() if submitted and id_ == "nuoc" else None,
                begun=submitted,
                due=date(2026, 12, 5),
                late=False,
            )
            for id_, title in QUESTIONNAIRES.items()
        ),
        indicators=tuple(states.values()),
        self_assessed=Status.INSUFFICIENT_DATA,
    )


SECRET = "only for tests, nowhere else"
photo_path = PhotoAddresses(SECRET).path


@dataclass
class Pictures:
    kept: dict[str, bytes] = field(default_factory=dict)

    async def get(self, key: str) -> bytes:
        return self.kept[key]


class House:
    """Serves the pages; progress is made up by area, rights and submissions are real."""

    def __init__(self, clock: HandClock, folder: Path, database_url: str) -> None:
        self.clock = clock
        self.store = Pictures()
        self.asked: list[tuple[str, str | None]] = []
        self.tell = tell_nobody
        self.channels = {"web": True, "telegram": False}
        self.settings = replace(
            read_settings({"DATA_DIR": str(folder), "SECRET_KEY": SECRET}),
            database_url=database_url,
        )

    async def progress(self, area_code: str, period: str | None) -> Progress:
        self.asked.append((area_code, period))
        area = await Area.get(code=area_code)
        codes = [
            c for c in NAMES if c == area_code or c.startswith(area_code) or area_code == "huyen"
        ]
        villages = tuple(village(c, self.clock, submitted=c == "dal-3") for c in codes)
        return Progress(
            area_code=area.code,
            area_name=area.name,
            area_level=area.level,
            plan_id="vi-du",
            plan_name="Kế hoạch thử",
            sample=True,
            historical=False,
            unit_word="thôn",
            period=PERIOD,
            at=self.clock.now(),
            expected=2 * len(villages),
            submitted=sum(s.submitted_at is not None for v in villages for s in v.surveys),
            villages=villages,
            communes=(("dal", "Xã Ia Đal", 1, 4), ("toi", "Xã Ia Tơi", 0, 2))
            if area_code == "huyen"
            else (),
            indicators=(
                result("17.1", Status.NOT_MET, 83, reported=1, expected=len(villages)),
                result("17.8", Status.NO_THRESHOLD, 70, reported=1, expected=len(villages)),
            ),
            late=(("toi-1", "Thôn 1"),) if area_code == "huyen" else (),
            deadlines=(
                Deadline(
                    date(2026, 12, 12), ("Báo cáo quý",), "UBND xã", "", "Phòng Nông nghiệp", PERIOD
                ),
            ),
            targets=(),
        )

    async def submit(self, person_id: int, area_id: int) -> tuple[Submission, Evidence]:
        """Submit the water questionnaire with one photo."""
        version, _ = await publish_form(publish(WATER.read_bytes(), WATER.name), self.clock)
        form = await load_form(version.id)
        now = self.clock.now()
        interview = await Interview.create(
            person_id=person_id,
            form_version_id=version.id,
            questionnaire="nuoc",
            area_id=area_id,
            period=PERIOD,
            status="submitted",
            state="{}",
            started_at=now,
            changed_at=now,
        )
        picture = io.BytesIO()
        Image.new("RGB", (640, 480), "steelblue").save(picture, "JPEG")
        self.store.kept["preview-1"] = picture.getvalue()
        file = await EvidenceFile.create(
            sha256="5" * 64,
            media_type="image/jpeg",
            size=1,
            width=640,
            height=480,
            preview="preview-1",
            stored_at=now,
        )
        paths = {q.name: q.path for q in form.questions}
        evidence = await Evidence.create(
            file=file,
            interview=interview,
            area_id=area_id,
            period=PERIOD,
            questionnaire="nuoc",
            path=paths["photo_source"],
            sent_at=now,
            received_at=now,
        )
        submission = await record_submission(
            Returned(
                interview_id=interview.id,
                form_version_id=version.id,
                plan="vi-du",
                questionnaire="nuoc",
                area_id=area_id,
                period=PERIOD,
                person_id=person_id,
                answered_at=now,
                received_at=now,
            ),
            form,
            Submitted(
                answers={
                    paths["households"]: Answer("120"),
                    paths["hyg"]: Answer("100", estimate=True),
                    paths["clean"]: Answer("", unknown=True),
                },
                missing_photos=(),
                xml="<data id='nuoc' version='1'><hyg>100</hyg></data>",
            ),
        )
        return submission, evidence

    def app(self) -> web.Application:
        app = web.Application()
        office_routes(
            app,
            Office(
                settings=self.settings,
                clock=self.clock,
                store=self.store,
                progress=self.progress,
                channels=lambda: self.channels,
                tell=lambda *said: self.tell(*said),  # noqa: PLW0108  (a test sets it later)
            ),
        )
        return app
