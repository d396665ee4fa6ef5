"""Every pair of role, place and action, asked of the access functions themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from backend import access, access_sessions
from backend.adhoc.kept import cancel, reports_for
from backend.models import AdHocUnit, RoleGrant
from backend.people import Grant, Role, grant
from backend.plans.schema import Owner, Pack
from backend.sessions import Way, begin, open_sessions
from tests.rights.table import (
    INVITES,
    LEVELS,
    REACHED,
    ROLES,
    RULES,
    TREE,
    WHERE,
    codes,
    relation,
)
from tests.rights.world import DEPARTMENT, World

Ask = Callable[[World, int, str], Awaitable[object]]


def owned(pack: Pack) -> Pack:
    """Return the plan with a department that owns what the housing questionnaire feeds."""
    sets = [
        s.model_copy(
            update={
                "indicators": [
                    i.model_copy(update={"owners": [Owner(name=DEPARTMENT)]})
                    if i.questionnaire == "nha-o"
                    else i
                    for i in s.indicators
                ]
            }
        )
        for s in pack.criteria_sets
    ]
    return pack.model_copy(update={"criteria_sets": sets})


async def ends_sessions(world: World, me: int, code: str) -> bool:
    """Try to reach the session of the admin of that area, or of its village head."""
    role = "village_head" if TREE[code][0] == "village" else "admin"
    other = world.others[role, code]
    now = world.clock.now()
    await begin(other, Way.LINK, "", now)
    (session,) = (await open_sessions([other], now))[:1]
    return await access_sessions.session_for(me, session.id) is not None


async def sees_accesses(world: World, me: int, code: str) -> bool:
    """Ask what /accesses asks."""
    return Role.ADMIN in await access.roles_over(me, world.areas[code])


ASKED: dict[str, Ask] = {
    "see counts": lambda w, me, c: access.area_for(me, w.areas[c]),
    "see a submission": lambda w, me, c: access.submission_for(me, w.submissions[c]),
    "see a photo": lambda w, me, c: access.photo_for(me, w.photos[c]),
    "decide about a photo": lambda w, me, c: access.photo_to_review(me, w.photos[c], w.pack),
    "hand an answer back": lambda w, me, c: access.submission_to_review(
        me, w.submissions[c], w.pack
    ),
    "decide about a photo of an owned indicator": lambda w, me, c: access.photo_to_review(
        me, w.photos[c], owned(w.pack)
    ),
    "key in answers": lambda w, me, c: access.village_to_enter(me, w.areas[c]),
    "take a village head's role away": lambda w, me, c: access.role_to_end(
        me, w.roles.get(("village_head", c), 0)
    ),
    "ask for a report once": lambda w, me, c: access.may_ask_of(me, w.areas[c]),
    "report a department's part": lambda w, me, c: access.may_report_part(
        me, w.areas[c], "Phòng khác"
    ),
    "report one's own department's part": lambda w, me, c: access.may_report_part(
        me, w.areas[c], DEPARTMENT
    ),
    "move a stage of communes": lambda w, me, c: access.may_move_stage(
        me, w.areas[c], frozenset({Role.COMMUNE_OFFICER})
    ),
    "move a stage of districts": lambda w, me, c: access.may_move_stage(
        me, w.areas[c], frozenset({Role.DISTRICT_OFFICER})
    ),
    "export the dossier": lambda w, me, c: access.area_to_export(me, w.areas[c]),
    "see the report of accesses": sees_accesses,
    "set what holds there": lambda w, me, c: access.may_set(me, c),
    "see and end sessions": ends_sessions,
}


def asking(world: World, database: str) -> list[tuple[tuple[str, str], int]]:
    """Return who asks: everybody on SQLite, else the people of three places (see `table.codes`)."""
    places = WHERE if database == "sqlite" else ("cu-thon-1", "ia-dal", "ia-hdrai")
    return [(who, me) for who, me in world.people.items() if who[1] in places]


def test_every_rule_is_asked_and_every_pair_of_areas_has_one_relation() -> None:
    assert set(ASKED) == set(RULES)
    for place in WHERE:
        assert all(relation(place, code) for code in TREE)


async def test_allowed_exactly_where_the_table_says(world: World, database_kind: str) -> None:
    wrong = []
    for action in RULES.keys() - {"see and end sessions"}:
        for (role, place), me in asking(world, database_kind):
            for code in codes(place, database_kind):
                allowed = bool(await ASKED[action](world, me, code))
                if allowed is not RULES[action].allows(role, place, code):
                    wrong.append((action, role, place, relation(place, code), code, allowed))
    assert wrong == []


async def test_admins_end_the_sessions_of_officers_who_have_a_role_there_alone(
    world: World,
) -> None:
    rule = RULES["see and end sessions"]
    for (role, place), me in world.people.items():
        for code in TREE:
            if TREE[code][0] != "village":
                found = await ends_sessions(world, me, code)
                assert found is rule.allows(role, place, code), (role, place, code)


async def test_lists_hold_what_the_single_things_allow(world: World) -> None:
    seen, reviewed = RULES["see a photo"], RULES["decide about a photo"]
    for (role, place), me in world.people.items():
        mine = {code for code in TREE if seen.allows(role, place, code)}
        ids = {world.areas[code] for code in mine}
        assert await access.accessible_areas(me) == ids | (
            await access.accessible_areas(me) - set(world.areas.values())
        )
        photos = await access.photos_for(me, period="2026-Q4")
        assert {p.id for p in photos} == {world.photos[code] for code in mine}
        rows = await access.submissions_for(me, plan="vi-du", period="2026-Q4")
        assert {s.id for s in rows} == {world.submissions[code] for code in mine}
        queue = [areas for areas, _ in await access.photos_to_review(me, world.pack)]
        assert {c for c in TREE for areas in queue if world.areas[c] in areas} == {
            code for code in TREE if reviewed.allows(role, place, code)
        }


async def test_invitations(world: World, database_kind: str) -> None:
    wrong = []
    for (role, place), me in asking(world, database_kind):
        for theirs in ROLES:
            for code in codes(place, database_kind):
                may = await access.may_invite(me, Role(theirs), world.areas[code])
                allowed = (
                    theirs in INVITES[role]
                    and relation(place, code) in REACHED
                    and TREE[code][0] in LEVELS[theirs]
                )
                if may is not allowed:
                    wrong.append((role, place, theirs, code, may))
    assert wrong == []


async def test_roles_are_taken_away_by_who_may_give_them_and_never_ones_own(
    world: World, database_kind: str
) -> None:
    wrong = []
    for (role, place), me in asking(world, database_kind):
        listed = {row.id for row in await access.roles_to_end(me, set(world.areas.values()))}
        assert not listed & {g.id for g in await RoleGrant.filter(person_id=me)}
        for (theirs, code), number in world.roles.items():
            may = await access.role_to_end(me, number) is not None
            allowed = theirs in INVITES[role] and relation(place, code) in REACHED
            if (may, number in listed) != (allowed, allowed):
                wrong.append((role, place, theirs, code, may))
    assert wrong == []


async def test_nobody_decides_about_their_own_village(world: World) -> None:
    me = world.people["commune_officer", "ia-dal"]
    now = world.clock.now()
    await grant(me, Grant(Role.VILLAGE_HEAD, world.areas["ia-dal-thon-3"]), now)
    assert await access.photo_to_review(me, world.photos["ia-dal-thon-3"], world.pack) is None
    assert await access.photo_to_review(me, world.photos["ia-dal-thon-4"], world.pack)


async def test_who_is_asked_more_widely_is_not_let_off_by_who_answers_for_a_part(
    world: World,
) -> None:
    """A report of two communes is shown to an officer of one; it is not theirs to cancel."""
    report_id = world.reports["ia-dal"]
    await AdHocUnit.create(report_id=report_id, area_id=world.areas["ia-toi"])
    today, now = world.clock.now().date(), world.clock.now()
    part, whole = world.people["admin", "ia-dal"], world.people["admin", "ia-hdrai"]
    for me, may in ((part, False), (whole, True)):
        report = next(r for r in await reports_for(me, world.pack, today) if r.id == report_id)
        assert await cancel(me, report, "nhầm", now) is may
