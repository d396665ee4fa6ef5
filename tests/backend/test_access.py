"""Who may see what, role by role."""

from __future__ import annotations

import pytest

from backend import access
from backend.models import (
    Area,
    Evidence,
    EvidenceFile,
    FormVersion,
    Interview,
    Submission,
)
from backend.people import Grant, Role, grant, revoke
from tests.backend.office_people import make_areas, make_people
from tests.clock import HandClock

pytestmark = pytest.mark.usefixtures("database")

SEES = {
    "stranger": set(),
    "head": {"dal-3"},
    "other_head": {"toi-1"},
    "commune": {"dal", "dal-3", "dal-4"},
    "department": {"huyen", "dal", "toi", "dal-3", "dal-4", "toi-1"},
    "district": {"huyen", "dal", "toi", "dal-3", "dal-4", "toi-1"},
    "admin": {"huyen", "dal", "toi", "dal-3", "dal-4", "toi-1"},
}


async def protected_things(
    areas: dict[str, int], people: dict[str, int], clock: HandClock
) -> tuple[Submission, Evidence]:
    now = clock.now()
    version = await FormVersion.create(
        form_id="nuoc", version="1", title="Nước", xml="<x/>", sha256="0" * 64, published_at=now
    )
    interview = await Interview.create(
        person_id=people["head"],
        form_version_id=version.id,
        questionnaire="nuoc",
        area_id=areas["dal-3"],
        period="2026-Q4",
        status="submitted",
        state="{}",
        started_at=now,
        changed_at=now,
    )
    submission = await Submission.create(
        instance_id="uuid:1",
        current_key="p|nuoc|dal-3|2026-Q4",
        plan="p",
        form_version_id=version.id,
        questionnaire="nuoc",
        area_id=areas["dal-3"],
        period="2026-Q4",
        person_id=people["head"],
        answered_at=now,
        received_at=now,
        xml="<data/>",
    )
    file = await EvidenceFile.create(
        sha256="a" * 64,
        media_type="image/jpeg",
        size=1,
        width=1,
        height=1,
        preview="b" * 64,
        stored_at=now,
    )
    evidence = await Evidence.create(
        file_id=file.id,
        interview_id=interview.id,
        submission_id=submission.id,
        area_id=areas["dal-3"],
        period="2026-Q4",
        questionnaire="nuoc",
        path="/data/photo",
        sent_at=now,
        received_at=now,
    )
    return submission, evidence


async def test_each_role_sees_its_own_area_and_what_is_below(clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    codes = {number: code for code, number in areas.items()}
    seen = {
        nick: {codes[a] for a in await access.accessible_areas(person)}
        for nick, person in people.items()
    }
    assert seen == SEES


async def test_submissions_and_photos_follow_the_area(clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    submission, evidence = await protected_things(areas, people, clock)
    for nick, person in people.items():
        allowed = "dal-3" in SEES[nick]
        assert (await access.submission_for(person, submission.id) is not None) is allowed, nick
        assert (await access.photo_for(person, evidence.id) is not None) is allowed, nick
        listed = await access.submissions_for(person, plan="p", period="2026-Q4")
        assert [s.id for s in listed] == [submission.id] * allowed, nick
        photos = await access.photos_for(person, period="2026-Q4")
        assert [p.file.sha256 for p in photos] == ["a" * 64] * allowed, nick


async def test_a_dropped_photo_is_gone_for_everybody(clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    _, evidence = await protected_things(areas, people, clock)
    await Evidence.filter(id=evidence.id).update(dropped_at=clock.now())
    assert await access.photo_for(people["admin"], evidence.id) is None


async def test_lists_can_be_narrowed_but_never_widened(clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    await protected_things(areas, people, clock)
    narrow = {"plan": "p", "period": "2026-Q4"}
    assert await access.submissions_for(people["district"], area_id=areas["toi"], **narrow) == []
    assert await access.submissions_for(people["other_head"], area_id=areas["dal"], **narrow) == []
    assert (
        len(await access.submissions_for(people["district"], area_id=areas["dal"], **narrow)) == 1
    )


MAY_INVITE = {
    "stranger": set(),
    "head": set(),
    "other_head": set(),
    "commune": {("village_head", "dal-3"), ("village_head", "dal-4")},
    "department": set(),
    "district": {
        *(("village_head", v) for v in ("dal-3", "dal-4", "toi-1")),
        *(("commune_officer", c) for c in ("dal", "toi")),
        *(("department_officer", a) for a in ("huyen", "dal", "toi")),
    },
}


async def test_invitations_go_downwards_only(clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    for nick, expected in MAY_INVITE.items():
        found = {
            (str(role), code)
            for role in Role
            for code, area in areas.items()
            if await access.may_invite(people[nick], role, area)
        }
        assert found == expected, nick
    assert await access.may_invite(people["admin"], Role.ADMIN, areas["huyen"])
    assert not await access.may_invite(people["admin"], Role.VILLAGE_HEAD, areas["dal"])


async def test_nothing_is_left_after_the_role_is_taken_back(clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    submission, evidence = await protected_things(areas, people, clock)
    await revoke(people["commune"], clock.now())
    assert await access.accessible_areas(people["commune"]) == frozenset()
    assert await access.submission_for(people["commune"], submission.id) is None
    assert await access.photo_for(people["commune"], evidence.id) is None


async def test_an_officer_who_also_heads_a_village_has_both(clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    await grant(people["commune"], Grant(Role.VILLAGE_HEAD, areas["toi-1"]), clock.now())
    rights = await access.rights_of(people["commune"])
    assert rights.officer
    assert rights.village_head
    assert areas["toi-1"] in await access.accessible_areas(people["commune"])
    as_officer = await access.accessible_areas(people["commune"], officer_only=True)
    assert areas["toi-1"] not in as_officer


async def test_what_does_not_exist_is_refused_like_what_is_forbidden(clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    assert await access.submission_for(people["admin"], 10**9) is None
    assert await access.photo_for(people["admin"], 10**9) is None
    assert await access.area_for(people["admin"], 10**9) is None
    assert not await access.may_invite(people["admin"], Role.VILLAGE_HEAD, 10**9)
    assert await Area.all().count() == len(areas)


@pytest.mark.parametrize("nick", list(SEES))
async def test_who_keys_in_asks_once_and_moves_stages(nick: str, clock: HandClock) -> None:
    areas = await make_areas()
    people = await make_people(areas, clock.now())
    me = people[nick]
    office = nick in {"commune", "district", "admin"}
    asks = nick in {"district", "admin"}
    for code, area_id in areas.items():
        inside = code in SEES[nick]
        village = await access.village_to_enter(me, area_id)
        assert (village is not None) is (office and inside and code.count("-") == 1), code
        assert await access.may_ask_of(me, area_id) is (asks and inside), code
        admin_only = await access.may_move_stage(me, area_id, frozenset())
        assert admin_only is (nick == "admin"), code
        named = await access.may_move_stage(me, area_id, frozenset({Role.COMMUNE_OFFICER}))
        assert named is ((nick in {"commune", "admin"}) and inside), code
    rights = await access.rights_of(me)
    assert access.may_enter_answers(rights) is office
    assert access.may_ask_reports(rights) is asks
