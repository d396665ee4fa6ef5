"""Two years of an office's work, and then its plan is loaded anew, upgraded and reformed.

Every table but those of the plan and the tree is summed up before and after: nothing recorded
may change. What was told of a past quarter stays what it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, datetime

import pytest

import backend.models
from backend import consent
from backend.adhoc.kept import Wanted as Report
from backend.adhoc.kept import open_report
from backend.adhoc.shapes import FREE
from backend.areas.reform import apply_reform
from backend.areas.reform_file import read_reform
from backend.models import (
    Area,
    Chat,
    Evidence,
    FormVersion,
    Outbox,
    OwnerReport,
    Person,
    Review,
    RoleGrant,
    StageMove,
    UnitFigure,
)
from backend.office_settings.keys import Key, Kind
from backend.office_settings.store import Setter, Wanted, put
from backend.people import Role
from backend.plans.load import load_pack
from backend.plans.schema import Pack
from backend.plans.store import active_pack, load_into_database
from backend.status.recorded import progress_of
from tests.backend.status.office import submit
from tests.clock import OFFICE_ZONE, HandClock

VILLAGES = ("ia-dal-thon-3", "ia-toi-thon-1", "ia-toi-thon-9")
OF_THE_PLAN = {"Area", "AreaChange", "AreaFormerParent", "AreaPredecessor", "AuditHead", "Plan"}
"""Tables that loading and reforming are for; what they keep is other tests' story."""
NOTED = {"plan.loaded", "area.reform"}
"""What the audit log says of them."""


async def sums() -> dict[str, str]:
    """Return a checksum of every recorded table that has rows."""
    found = {}
    for name in backend.models.__all__:
        if name in OF_THE_PLAN:
            continue
        model = getattr(backend.models, name)
        rows = await model.all().order_by(model._meta.pk_attr).values()
        rows = [row for row in rows if row.get("action") not in NOTED]
        if rows:
            found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, tzinfo=OFFICE_ZONE)


async def two_years(clock: HandClock, pack: Pack) -> None:
    """Quarter after quarter: answers, photos, decisions, stages, settings, messages, reports."""
    heads = {}
    clock.set(on(2024, 1, 2))
    officer = await Person.create(name="Anh Huyện", created_at=clock.now())
    root = await Area.get(code="ia-hdrai")
    await RoleGrant.create(
        person=officer, role=Role.DISTRICT_OFFICER, area=root, granted_at=clock.now()
    )
    for code in VILLAGES:
        area = await Area.get(code=code)
        heads[code] = await Person.create(name=f"Trưởng {code}", created_at=clock.now())
        await RoleGrant.create(
            person=heads[code], role=Role.VILLAGE_HEAD, area=area, granted_at=clock.now()
        )
        await consent.give(heads[code].id, "web", clock.now())
        chat = await Chat.create(
            channel="web", external_id=code, person=heads[code], created_at=clock.now()
        )
        await Outbox.create(
            chat=chat, payload="{}", once=f"reminder|x|{code}", created_at=clock.now()
        )
    for year in (2024, 2025):
        for quarter in (1, 2, 3, 4):
            clock.set(on(year, 3 * quarter, 5))
            for number, code in enumerate(VILLAGES):
                await submit(
                    clock, "nuoc", code, f"{year}-Q{quarter}", plan=pack.id, households=100,
                    hyg=80 + 5 * number + quarter, clean=1, persons=400, persons_hyg=390,
                    photos=["photo_source"],
                )  # fmt: skip
            await StageMove.create(
                plan=pack.id, area=await Area.get(code=VILLAGES[0]), stage="registration",
                moved_by=officer, at=clock.now(), note=f"{year}-Q{quarter}",
            )  # fmt: skip
    for number, evidence in enumerate(await Evidence.all().order_by("id").limit(5)):
        await Review.create(
            evidence=evidence, number=number + 1, decision="accepted", by=officer, at=clock.now()
        )
    await OwnerReport.create(
        plan=pack.id, period="2024-Q4", criteria_set="x", code="17.1", owner="Phòng", person=officer,
        at=clock.now(),
    )  # fmt: skip
    await UnitFigure.create(
        plan=pack.id, target="t", area=root, value=7, person=officer, at=clock.now()
    )
    await FormVersion.create(
        form_id=FREE, version="1", title="Đột xuất", xml="", sha256="", published_at=clock.now()
    )
    village = await Area.get(code=VILLAGES[0])
    asked = Report("Bão", FREE, "?", "village", frozenset([village.id]), date(2025, 12, 20))
    await open_report(officer.id, pack, asked, clock.now(), OFFICE_ZONE)
    for kind, target, value in (
        (Kind.THRESHOLD, "thon-khao-sat/17.1-hvs", "90"),
        (Kind.DEADLINE, "quarterly", {"before_day": 11}),
        (Kind.LEAD_DAYS, "", 4),
    ):
        wanted = Wanted(Key(kind, target), value, "", "Công văn 7", date(2024, 1, 1))
        await put(pack.id, wanted, Setter(officer.id, officer.name, "chat"), clock.now(), seen=0)


def upgraded(pack: Pack) -> Pack:
    """A new version of the criteria from 2026 on, a village renamed, an indicator and one gone."""
    (old,) = [s for s in pack.criteria_sets if s.id == "thon-khao-sat"]
    newer = old.model_copy(
        update={
            "id": "thon-khao-sat-2026",
            "replaces": old.id,
            "valid_from": date(2026, 1, 1),
            "indicators": [i for i in old.indicators if i.code != "17.1"],
        }
    )
    sets = [
        s.model_copy(update={"valid_to": date(2025, 12, 31)}) if s.id == old.id else s
        for s in pack.criteria_sets
    ]
    areas = [
        a.model_copy(update={"name": "Thôn Mới"}) if a.code == VILLAGES[2] else a
        for a in pack.areas
        if a.code != "ia-dal-chu-hem"
    ]
    return pack.model_copy(
        update={"criteria_sets": [*sets, newer], "areas": areas, "targets": pack.targets[:-1]}
    )


@pytest.fixture
async def office(database: str, clock: HandClock) -> HandClock:
    clock.set(on(2024, 1, 1))
    pack = load_pack("vi-du")
    await load_into_database(pack, clock)
    await two_years(clock, pack)
    return clock


async def told(clock: HandClock, period: str) -> object:
    """What is said of three villages in a past quarter: every indicator and the status."""
    pack = await active_pack("vi-du")
    found = []
    for code in VILLAGES:
        (village,) = (await progress_of(code, period, clock, pack, zone=OFFICE_ZONE)).villages
        found.append((village.code, village.indicators, village.self_assessed))
    return found


async def test_whatever_becomes_of_the_plan_nothing_recorded_changes(office: HandClock) -> None:
    clock = office
    pack = load_pack("vi-du")
    before = await sums()
    assert set(before) >= {
        "AdHocReport", "AdHocUnit", "Answer", "Chat", "Consent", "Evidence", "EvidenceFile",
        "FormVersion", "Interview", "OfficeSetting", "Outbox", "OwnerReport", "Person", "Review",
        "RoleGrant", "StageMove", "Submission", "UnitFigure",
    }  # fmt: skip
    past = [await told(clock, p) for p in ("2024-Q3", "2025-Q2")]
    clock.set(on(2026, 1, 10))
    newer = upgraded(pack)
    removed = newer.model_copy(
        update={
            "criteria_sets": [
                s.model_copy(
                    update={"indicators": [i for i in s.indicators if i.code != "17.1-hvs"]}
                )
                for s in newer.criteria_sets
            ]
        }
    )

    async def reload() -> None:
        await load_into_database(pack, clock)

    async def upgrade() -> None:
        await load_into_database(newer, clock)

    async def remove() -> None:
        await load_into_database(removed, clock)

    async def reform() -> None:
        assert await apply_reform(
            read_reform("reform-2025"), clock, zone=OFFICE_ZONE, move_people=False
        )

    async def upgrade_again() -> None:
        await load_into_database(newer, clock)

    steps: list[Callable[[], Awaitable[None]]] = [
        reload, upgrade, reload, remove, reform, reload, upgrade_again,
    ]  # fmt: skip
    for step in steps:
        await step()
        assert await sums() == before, step.__name__
        clock.advance(days=1)

    assert [await told(clock, p) for p in ("2024-Q3", "2025-Q2")] == past
    assert (await Area.get(code=VILLAGES[2])).name == "Thôn Mới"
    assert await Area.filter(code="ia-dal-chu-hem").exists(), "what a pack leaves out stays"
    commune = await Area.get(code=VILLAGES[2]).prefetch_related("parent")
    assert commune.parent.code == "ia-toi-2025", "no pack undoes the reform"
