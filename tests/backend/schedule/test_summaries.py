"""Who gets which weekly summary in the plans as printed: sponsors of communes, departments, leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backend import consent
from backend.adhoc.kept import Wanted, open_report
from backend.adhoc.shapes import FREE
from backend.models import Area, AreaChange, Chat, FormVersion, Person, RoleGrant, Submission
from backend.people import Role
from backend.plans.load import load_pack
from backend.plans.schema import Pack
from backend.plans.store import active_pack, load_into_database
from backend.schedule.due import Due, DueKind, due
from backend.status.owned import owned_keys, owned_part
from backend.status.recorded import progress_of
from tests.backend.status.office import submit
from tests.clock import OFFICE_ZONE, HandClock

SINCE = datetime(2021, 1, 1, 9, tzinfo=OFFICE_ZONE)


async def joins(name: str, area: str, role: Role, owner: str = "") -> Person:
    person = await Person.create(name=name, created_at=SINCE)
    where = await Area.get(code=area)
    await RoleGrant.create(person=person, role=role, area=where, owner=owner, granted_at=SINCE)
    await Chat.create(channel="web", external_id=name, person=person, created_at=SINCE)
    await consent.give(person.id, "web", SINCE)
    return person


def summaries(things: Sequence[Due]) -> list[tuple[str, str, str]]:
    weekly = [d for d in things if d.kind is DueKind.WEEKLY_SUMMARY]
    return [(d.person_name, d.area_code, d.owner) for d in weekly]


async def loaded(plan: str, clock: HandClock) -> Pack:
    clock.set(SINCE)
    pack = load_pack(plan)
    await load_into_database(pack, clock)
    return pack


async def test_each_of_the_ten_sponsors_hears_of_its_commune_and_of_nothing_else(
    database: str, clock: HandClock
) -> None:
    pack = await loaded("ninh-thuan-2022", clock)
    for sponsor in pack.sponsors:
        spelt = sponsor.by[0].name.upper()  # as people write it
        await joins(spelt, "ninh-thuan", Role.DEPARTMENT_OFFICER, spelt)
    await joins("Văn phòng", "ninh-thuan", Role.DISTRICT_OFFICER)
    await joins("Huyện Ninh Sơn", "ninh-son", Role.DISTRICT_OFFICER)
    await joins("Sở không được phân công", "ninh-thuan", Role.DEPARTMENT_OFFICER, "Sở Y tế")
    monday = datetime(2022, 5, 9, 7, 30, tzinfo=OFFICE_ZONE)

    found = summaries(await due(monday, pack, OFFICE_ZONE))

    assert sorted(found) == sorted(
        [(s.by[0].name.upper(), s.area, "") for s in pack.sponsors]
        + [("Văn phòng", "ninh-thuan", ""), ("Huyện Ninh Sơn", "ninh-son", "")]
    )

    # A district is asked for: only who has a role there, not who helps one of its communes.
    there = await Area.get(code="ninh-son")
    assert summaries(await due(monday, pack, OFFICE_ZONE, area=there)) == [
        ("Huyện Ninh Sơn", "ninh-son", "")
    ]


async def test_an_owner_is_shown_its_indicators_and_a_lead_all_of_its_criterion(
    database: str, clock: HandClock
) -> None:
    pack = await loaded("dak-lak-2021", clock)
    lead, owner = "Sở Tài nguyên và Môi trường", "Sở Y tế"
    for name in (lead, owner, "Công an tỉnh", "Sở Chưa Có"):
        await joins(name, "dak-lak", Role.DEPARTMENT_OFFICER, name)
    monday = datetime(2021, 5, 10, 7, 30, tzinfo=OFFICE_ZONE)
    assert summaries(await due(monday, pack, OFFICE_ZONE)) == [
        (lead, "dak-lak", lead),
        (owner, "dak-lak", owner),
        ("Công an tỉnh", "dak-lak", "Công an tỉnh"),
    ]

    # The office lists a village, which answers: the lead sees what its owners report to it.
    province = await Area.get(code="dak-lak")
    await Area.create(
        code="thon-1", level="village", name="Thôn 1", folded="thon 1", parent=province,
        kept=["level", "name", "folded", "parent_id"],
    )  # fmt: skip
    await AreaChange.create(token="a" * 32, kind="import", source="x", at=clock.now())
    pack = await active_pack(pack.id)
    await submit(clock, "nuoc", "thon-1", "2021-Q2", plan=pack.id, households=50, hyg=40)
    progress = await progress_of("dak-lak", "2021-Q2", clock, pack, zone=OFFICE_ZONE)

    def shown(name: str) -> set[str]:
        codes = {r.code for r in owned_part(progress, pack, name).indicators}
        return {code for code in codes if code.startswith("17.")}

    official = {
        i.code
        for s in pack.criteria_sets
        for i in s.indicators
        if i.official and i.official.code.startswith("17.")
    }
    assert shown(lead) == official & {r.code for r in progress.indicators}
    assert len(shown(lead)) > len({"17.2", "17.5", "17.6"})
    assert shown(owner) < shown(lead), "what it does not own is not its own"
    assert shown("Công an tỉnh") == set()
    own = {code for s, code in owned_keys(pack, lead) if s == "xa-2016-2020"}
    assert own == {"17.2", "17.5", "17.6"}, "seeing is not deciding: what it owns stays what it was"


async def test_a_lead_without_an_indicator_of_its_own_hears_all_the_same(
    database: str, clock: HandClock
) -> None:
    pack = await loaded("dak-lak-2021", clock)
    sets = [
        s.model_copy(
            update={
                "indicators": [
                    i.model_copy(update={"owners": []}) if i.code == "19.2" else i
                    for i in s.indicators
                ]
            }
        )
        for s in pack.criteria_sets
    ]
    await joins("Công an tỉnh", "dak-lak", Role.DEPARTMENT_OFFICER, "CÔNG AN TỈNH")
    monday = datetime(2021, 5, 10, 7, 30, tzinfo=OFFICE_ZONE)
    plan = pack.model_copy(update={"criteria_sets": sets})
    assert summaries(await due(monday, plan, OFFICE_ZONE)) == [
        ("Công an tỉnh", "dak-lak", "CÔNG AN TỈNH")
    ]


async def test_one_area_is_asked_for_and_nobody_elsewhere_is_named(
    database: str, clock: HandClock
) -> None:
    pack = await loaded("vi-du", clock)
    at = datetime(2026, 12, 7, 9, tzinfo=OFFICE_ZONE)
    villages = {a.code: a for a in await Area.filter(level="village")}
    for code in villages:
        await joins(f"Bác {code}", code, Role.VILLAGE_HEAD)
    opener = await joins("Anh Huyện", "ia-hdrai", Role.DISTRICT_OFFICER)
    await joins("Chị Ia Đal", "ia-dal", Role.COMMUNE_OFFICER)
    await FormVersion.create(
        form_id=FREE, version="1", title="Đột xuất", xml="", sha256="", published_at=SINCE
    )
    asked = frozenset(area.id for area in villages.values())
    await open_report(
        opener.id,
        pack,
        Wanted(
            "Bão số 9", FREE, "Bao nhiêu nhà tốc mái?", "village", asked, at.date().replace(day=10)
        ),
        at,
        OFFICE_ZONE,
    )

    everything = await due(at, pack, OFFICE_ZONE)
    part = await due(at, pack, OFFICE_ZONE, area=await Area.get(code="ia-dal"))

    assert {d.kind for d in everything} >= {DueKind.REMINDER, DueKind.AD_HOC}
    inside = {d.key for d in everything if d.area_code.startswith("ia-dal")}
    assert {d.key for d in part} == inside
    assert {m.area_code for d in part for m in d.missing} == {
        code for code in villages if code.startswith("ia-dal")
    }


async def test_who_asked_once_hears_how_far_all_have_come_also_in_one_area(
    database: str, clock: HandClock
) -> None:
    pack = await loaded("vi-du", clock)
    at = datetime(2026, 10, 20, 9, tzinfo=OFFICE_ZONE)
    opener = await joins("Anh Huyện", "ia-hdrai", Role.DISTRICT_OFFICER)
    await FormVersion.create(
        form_id=FREE, version="1", title="Đột xuất", xml="", sha256="", published_at=SINCE
    )
    first, second = await Area.filter(code__in=["ia-dal-thon-3", "ia-toi-thon-1"]).order_by("code")
    report = await open_report(
        opener.id,
        pack,
        Wanted(
            "Bão", FREE, "?", "village", frozenset([first.id, second.id]), at.date().replace(day=24)
        ),
        at,
        OFFICE_ZONE,
    )
    late = at.replace(day=24)

    async def told(code: str) -> list[tuple[str, list[str]]]:
        things = await due(late, pack, OFFICE_ZONE, area=await Area.get(code=code))
        kept = [d for d in things if d.kind is DueKind.AD_HOC]
        return [(d.person_name, [m.area_code for m in d.missing]) for d in kept]

    both = [first.code, second.code]
    assert await told("ia-hdrai") == [("Anh Huyện", both)]
    assert await told("ia-dal") == [], "nobody of this commune asked"
    # Answered in the officer's own commune alone, it is not complete.
    commune = await Area.get(code="ia-dal")
    await RoleGrant.create(person=opener, role=Role.COMMUNE_OFFICER, area=commune, granted_at=SINCE)
    version = await FormVersion.get(form_id=FREE)

    await Submission.create(
        instance_id="x", current_key="x", plan=pack.id, form_version=version, questionnaire=FREE,
        area=first, period=report.period, person=opener, answered_at=at, received_at=at, xml="",
    )  # fmt: skip
    assert await told("ia-dal") == [("Anh Huyện", [second.code])]


async def test_who_left_the_office_hears_nothing_and_the_office_above_does(
    database: str, clock: HandClock
) -> None:
    pack = await loaded("vi-du", clock)
    at = datetime(2026, 10, 20, 9, tzinfo=OFFICE_ZONE)
    opener = await joins("Anh Cũ", "ia-hdrai", Role.DISTRICT_OFFICER)
    await joins("Chị Mới", "ia-hdrai", Role.DISTRICT_OFFICER)
    await joins("Anh Xã", "ia-dal", Role.DISTRICT_OFFICER)
    await FormVersion.create(
        form_id=FREE, version="1", title="Đột xuất", xml="", sha256="", published_at=SINCE
    )
    asked = [a.id for a in await Area.filter(code__in=["ia-dal-thon-3", "ia-toi-thon-1"])]
    wanted = Wanted("Bão", FREE, "?", "village", frozenset(asked), at.date().replace(day=24))
    await open_report(opener.id, pack, wanted, at, OFFICE_ZONE)
    late = at.replace(day=24)

    async def told() -> list[str]:
        things = await due(late, pack, OFFICE_ZONE)
        return [d.person_name for d in things if d.kind is DueKind.AD_HOC]

    assert await told() == ["Anh Cũ"]
    # Gone from the district; what is left, a role in one of its communes, does not cover the rest.
    await RoleGrant.filter(person=opener).update(revoked_at=at)
    commune = await Area.get(code="ia-dal")
    await RoleGrant.create(
        person=opener, role=Role.DISTRICT_OFFICER, area=commune, granted_at=SINCE
    )
    assert await told() == ["Chị Mới"]
