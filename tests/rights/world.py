"""A district with everything protected once in every area, and a person of every role in every place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from backend.forms import load_form, publish_form
from backend.models import (
    AdHocReport,
    AdHocUnit,
    Answer,
    Area,
    AreaPredecessor,
    Evidence,
    EvidenceFile,
    FormVersion,
    Interview,
    RoleGrant,
    Submission,
)
from backend.people import Grant, Role, add_person, grant
from backend.plans.load import load_pack
from backend.plans.schema import Pack
from backend.plans.store import active_pack, load_into_database
from conversations.text import fold
from tests.bot.reception.talk import published
from tests.clock import HandClock
from tests.rights.table import BECAME, LEVELS, ROLES, TREE, WHERE

PERIOD = "2026-Q4"
DEPARTMENT = "Phòng Y tế"


@dataclass
class World:
    clock: HandClock
    pack: Pack
    areas: dict[str, int] = field(default_factory=dict)
    submissions: dict[str, int] = field(default_factory=dict)
    photos: dict[str, int] = field(default_factory=dict)
    reports: dict[str, int] = field(default_factory=dict)
    people: dict[tuple[str, str], int] = field(default_factory=dict)
    """By role and place: who looks."""
    others: dict[tuple[str, str], int] = field(default_factory=dict)
    """By role and area: who is looked at."""
    roles: dict[tuple[str, str], int] = field(default_factory=dict)
    """By role and area: the grant of who is looked at."""
    answer: str = ""
    """Path of the answer that every submission has."""
    kept: dict[str, bytes] = field(default_factory=dict)

    async def person(self, role: str, code: str, phone: str | None = None) -> int:
        owner = DEPARTMENT if role == "department_officer" else ""
        person = await add_person(f"{role} {code}", self.clock.now(), phone=phone)
        await grant(person.id, Grant(Role(role), self.areas[code], owner), self.clock.now())
        return person.id


async def make_world(clock: HandClock) -> World:
    await load_into_database(load_pack("vi-du"), clock)
    for form in published():
        if form.form_id == "nha-o":
            await publish_form(form, clock)
    world = World(clock, await active_pack("vi-du", clock.now().date()))
    await _areas(world)
    for place in WHERE:
        for role in ROLES:
            if TREE[place][0] in LEVELS[role]:
                world.people[role, place] = await world.person(role, place)
    number = 0
    for code, (level, _) in TREE.items():
        for role in ROLES:
            if level in LEVELS[role]:
                number += 1
                phone = f"+8490{number:07d}"
                person = world.others[role, code] = await world.person(role, code, phone)
                world.roles[role, code] = (await RoleGrant.get(person_id=person)).id
    sender = next(iter(world.people.values()))
    version = await FormVersion.get(form_id="nha-o")
    form = await load_form(version.id, version.sha256)
    world.answer = next(q.path for q in form.questions if q.name == "households")
    for code in TREE:
        await _things(world, code, version, sender)
    return world


async def _areas(world: World) -> None:
    for code, (level, above) in TREE.items():
        area = await Area.get_or_none(code=code)
        if area is None:
            ended = date(2025, 6, 30) if code in BECAME else None
            area = await Area.create(
                code=code,
                level=level,
                name=code,
                folded=fold(code),
                parent_id=world.areas[above],
                valid_to=ended,
            )
        world.areas[code] = area.id
    for before, after in BECAME.items():
        await AreaPredecessor.create(area_id=world.areas[after], predecessor_id=world.areas[before])


async def _things(world: World, code: str, version: FormVersion, sender: int) -> None:
    now, area = world.clock.now(), world.areas[code]
    about = {"questionnaire": "nha-o", "area_id": area, "period": PERIOD}
    interview = await Interview.create(
        person_id=sender,
        form_version_id=version.id,
        status="submitted",
        state="{}",
        started_at=now,
        changed_at=now,
        **about,
    )
    submission = await Submission.create(
        instance_id=f"uuid:{code}",
        current_key=f"vi-du|nha-o|{code}|{PERIOD}",
        plan="vi-du",
        form_version_id=version.id,
        person_id=sender,
        answered_at=now,
        received_at=now,
        xml="<data/>",
        **about,
    )
    world.submissions[code] = submission.id
    answer = {"path": world.answer, "name": "households", "value": "96", "number": 96}
    await Answer.create(submission_id=submission.id, **answer)
    key = f"preview-{code}"
    world.kept[key] = b"picture"
    file = await EvidenceFile.create(
        sha256=f"{area:064x}",
        media_type="image/jpeg",
        size=1,
        width=1,
        height=1,
        preview=key,
        stored_at=now,
    )
    photo = await Evidence.create(
        file_id=file.id,
        interview_id=interview.id,
        submission_id=submission.id,
        path="/data/photo_housing",
        sent_at=now,
        received_at=now,
        **about,
    )
    world.photos[code] = photo.id
    report = await AdHocReport.create(
        plan="vi-du",
        name=f"Báo cáo {code}",
        questionnaire="nha-o",
        level="village",
        period=f"2026-12-09-{area}",
        before=date(2026, 12, 10),
        opened_by_id=sender,
        opened_at=now,
    )
    await AdHocUnit.create(report_id=report.id, area_id=area)
    world.reports[code] = report.id
