"""Who may see what. One function guards each protected thing, and nothing else loads it.

| role               | areas            | submissions, photos | may invite                       |
|--------------------|------------------|---------------------|----------------------------------|
| village_head       | own village      | of own village      | nobody                           |
| commune_officer    | own and below    | there               | village heads there              |
| department_officer | own and below    | there               | nobody                           |
| district_officer   | own and below    | there               | all below district officer there |
| admin              | own and below    | there               | all there                        |

Telephone numbers open the door; no page and no message shows them.

Whom somebody may invite, theirs is also the role that they may end; nobody ends one of their own.
Commune officers, district officers and admins may also key in answers for the villages of their
area; district officers and admins may ask for a report once, and state figures of a unit.
Whose sessions somebody sees and ends: `backend.access_sessions`.
Photos are decided about, and answers handed back, by commune officers, district officers and
admins of the area, and by the departments that own an indicator which the questionnaire feeds.

Every function takes the viewer's person id and answers None (or nothing) both for what does
not exist and for what the viewer may not see: a refusal tells nobody that a thing exists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from backend.area_tree import lineage, subtree
from backend.lists import numbers
from backend.models import Area, Evidence, RoleGrant, Submission
from backend.people import OFFICERS, Grant, Role, fits, grants_of
from backend.plans.schema import Pack
from backend.roles import roles_listed
from backend.status.owned import owned_keys
from conversations.text import fold

_MAY_INVITE: Final[dict[Role, frozenset[Role]]] = {
    Role.VILLAGE_HEAD: frozenset(),
    Role.COMMUNE_OFFICER: frozenset({Role.VILLAGE_HEAD}),
    Role.DEPARTMENT_OFFICER: frozenset(),
    Role.DISTRICT_OFFICER: frozenset(
        {Role.VILLAGE_HEAD, Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER}
    ),
    Role.ADMIN: frozenset(Role),
}
_MAY_ENTER: Final = frozenset({Role.COMMUNE_OFFICER, Role.DISTRICT_OFFICER, Role.ADMIN})
_MAY_ASK: Final = frozenset({Role.DISTRICT_OFFICER, Role.ADMIN})
_MAY_REVIEW: Final = frozenset({Role.COMMUNE_OFFICER, Role.DISTRICT_OFFICER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Rights:
    """The roles of one person that are in force."""

    person_id: int
    grants: tuple[Grant, ...]

    @property
    def officer(self) -> bool:
        """Whether the person has any role in an office."""
        return any(g.role in OFFICERS for g in self.grants)

    @property
    def admin(self) -> bool:
        """Whether the person is an admin of any area."""
        return any(g.role is Role.ADMIN for g in self.grants)

    @property
    def village_head(self) -> bool:
        """Whether the person answers for a village."""
        return any(g.role is Role.VILLAGE_HEAD for g in self.grants)

    @property
    def can_invite(self) -> frozenset[Role]:
        """Roles that the person may invite somebody to, somewhere."""
        return frozenset().union(*(_MAY_INVITE[g.role] for g in self.grants))


async def rights_of(person_id: int) -> Rights:
    """Return what a person may do now."""
    return Rights(person_id, await grants_of(person_id))


async def accessible_areas(person_id: int, *, officer_only: bool = False) -> frozenset[int]:
    """Return the ids of every area whose counts the person may see.

    With `officer_only`, what they may see as an officer, their own village not counted.
    """
    roots = {
        g.area_id
        for g in await grants_of(person_id)
        if not officer_only or g.role is not Role.VILLAGE_HEAD
    }
    return await subtree(roots)


async def area_for(person_id: int, area_id: int) -> Area | None:
    """Return an area that the person may see."""
    above = await lineage([area_id])
    if above and any(g.area_id in above for g in await grants_of(person_id)):
        return await Area.get_or_none(id=area_id)
    return None


async def submission_for(person_id: int, submission_id: int) -> Submission | None:
    """Return a submission with its answers, area and form version, if the person may read it."""
    submission = await Submission.get_or_none(id=submission_id).prefetch_related(
        "answers", "area", "form_version", "entered_by"
    )
    if submission is None or await area_for(person_id, submission.area.id) is None:
        return None
    return submission


async def submissions_for(
    person_id: int, *, plan: str, period: str, area_id: int | None = None, limit: int = 500
) -> list[Submission]:
    """Return the submissions in force that the person may read, of an area and what is below it.

    Newest first, each with its area loaded.
    """
    areas = await accessible_areas(person_id)
    if area_id is not None:
        areas &= await subtree([area_id])
    return (
        await Submission.filter(plan=plan, period=period, current_key__isnull=False)
        .filter(area_id__in=areas)
        .order_by("-received_at", "-id")
        .limit(limit)
        .prefetch_related("area")
    )


async def photo_for(person_id: int, evidence_id: int) -> Evidence | None:
    """Return a photo with its file and area, if the person may see it; dropped ones are gone.

    What was never sent in is nobody's to see: its village head alone has it, in their chat.
    """
    evidence = await Evidence.get_or_none(
        id=evidence_id, dropped_at=None, submission_id__isnull=False
    ).prefetch_related("file", "area")
    if evidence is None or await area_for(person_id, evidence.area.id) is None:
        return None
    return evidence


async def photos_open(person_id: int, ids: Iterable[int]) -> frozenset[int]:
    """Return those of these photos that `photo_for` would give the person."""
    areas = await accessible_areas(person_id)
    rows = Evidence.filter(id__in=numbers(sorted(ids)), dropped_at=None, area_id__in=areas)
    found = await rows.filter(submission_id__isnull=False).values_list("id", flat=True)
    return frozenset(int(str(n)) for n in found)


async def photos_for(
    person_id: int, *, period: str, area_id: int | None = None, limit: int = 500
) -> list[Evidence]:
    """Return the photos of a period that the person may see, newest first, with file and area.

    Only those of submissions in force: a correction carries its photos with it.
    """
    areas = await accessible_areas(person_id)
    if area_id is not None:
        areas &= await subtree([area_id])
    return (
        await Evidence.filter(period=period, dropped_at=None, area_id__in=areas)
        .filter(submission__current_key__isnull=False)
        .order_by("-received_at", "-id")
        .limit(limit)
        .prefetch_related("file", "area")
    )


async def photo_to_review(person_id: int, evidence_id: int, pack: Pack) -> Evidence | None:
    """Return a photo that the person may decide about, with its area, file and submission.

    Only photos of submissions in force under this plan. Nobody decides about a village that
    they answer for themselves, whatever else they are, nor about what they keyed in for one.
    """
    evidence = await Evidence.get_or_none(
        id=evidence_id,
        dropped_at=None,
        submission__current_key__isnull=False,
        submission__plan=pack.id,
    ).prefetch_related("area", "file", "submission")
    if evidence is None or evidence.submission is None:
        return None
    keyed_in = evidence.submission.entered_by_id == person_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    may = await _may_decide(person_id, evidence.area.id, evidence.questionnaire, pack)
    return evidence if may and not keyed_in else None


async def submission_to_review(person_id: int, submission_id: int, pack: Pack) -> Submission | None:
    """Return a submission in force under this plan whose answers the person may hand back.

    With its answers, area and form version. Who may is who decides about its photos.
    """
    submission = await Submission.get_or_none(
        id=submission_id, current_key__isnull=False, plan=pack.id
    ).prefetch_related("answers", "area", "form_version")
    if submission is None:
        return None
    may = await _may_decide(person_id, submission.area.id, submission.questionnaire, pack)
    return submission if may else None


async def _may_decide(person_id: int, area_id: int, questionnaire: str, pack: Pack) -> bool:
    above = await lineage([area_id])
    grants = [g for g in await grants_of(person_id) if g.area_id in above]
    if any(g.role is Role.VILLAGE_HEAD for g in grants):
        return False
    return any(_reviews(g, questionnaire, pack) for g in grants)


async def photos_to_review(person_id: int, pack: Pack) -> tuple[tuple[frozenset[int], str], ...]:
    """Return what `photo_to_review` would let through, for lists: areas and a questionnaire each.

    "" as the questionnaire is every one. Empty: the person decides about no photo.
    """
    grants = await grants_of(person_id)
    own = await subtree({g.area_id for g in grants if g.role is Role.VILLAGE_HEAD})
    asked = sorted({i.questionnaire for s in pack.criteria_sets for i in s.indicators} - {""})
    found: dict[str, set[int]] = {}
    for g in grants:
        if g.role in _MAY_REVIEW:
            found.setdefault("", set()).add(g.area_id)
        for questionnaire in asked if g.role is Role.DEPARTMENT_OFFICER else ():
            if _reviews(g, questionnaire, pack):
                found.setdefault(questionnaire, set()).add(g.area_id)
    return tuple([(await subtree(roots) - own, q) for q, roots in sorted(found.items())])


def may_review(rights: Rights) -> bool:
    """Say whether the person may decide about photos at all, if an indicator is theirs."""
    return any(
        g.role in _MAY_REVIEW or (g.role is Role.DEPARTMENT_OFFICER and g.owner)
        for g in rights.grants
    )


def _reviews(grant: Grant, questionnaire: str, pack: Pack) -> bool:
    if grant.role is not Role.DEPARTMENT_OFFICER:
        return grant.role in _MAY_REVIEW
    if not grant.owner:
        return False
    keys = owned_keys(pack, grant.owner)
    return any(
        i.questionnaire == questionnaire and (s.id, i.code) in keys
        for s in pack.criteria_sets
        for i in s.indicators
    )


async def may_invite(person_id: int, role: Role, area_id: int) -> bool:
    """Say whether the person may invite somebody to this role in this area."""
    area = await Area.get_or_none(id=area_id)
    if area is None or not fits(role, area.level):
        return False
    above = await lineage([area_id])
    return any(
        g.area_id in above and role in _MAY_INVITE[g.role] for g in await grants_of(person_id)
    )


async def roles_to_end(person_id: int, areas: Collection[int]) -> list[RoleGrant]:
    """Return the roles in these areas that the person may end: those that they may invite to.

    Each with person and area. Nobody's own: what one may do oneself another one takes away.
    """
    may = {
        (role, area_id)
        for held in await grants_of(person_id)
        for area_id in await subtree([held.area_id]) & frozenset(areas)
        for role in _MAY_INVITE[held.role]
    }
    return [
        row
        for row in await roles_listed(areas={area_id for _, area_id in may})
        if (Role(row.role), row.area.id) in may and _person(row) != person_id
    ]


async def role_to_end(person_id: int, grant_id: int) -> RoleGrant | None:
    """Return a role in force that the person may end."""
    row = await RoleGrant.get_or_none(id=grant_id, revoked_at=None)
    if row is None or _person(row) == person_id:
        return None
    above, role = await lineage([row.area_id]), Role(row.role)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    mine = await grants_of(person_id)
    return row if any(g.area_id in above and role in _MAY_INVITE[g.role] for g in mine) else None


def may_enter_answers(rights: Rights) -> bool:
    """Say whether the person may key in answers for any village at all."""
    return any(g.role in _MAY_ENTER for g in rights.grants)


async def villages_to_enter(person_id: int) -> frozenset[int]:
    """Return the ids of the areas in which the person may key in answers for villages."""
    return await _areas_of(person_id, _MAY_ENTER)


async def village_to_enter(person_id: int, area_id: int) -> Area | None:
    """Return a village that the person may key in answers for."""
    area = await Area.get_or_none(id=area_id, level="village")
    return area if area and await _holds(person_id, area_id, _MAY_ENTER) else None


def may_ask_reports(rights: Rights) -> bool:
    """Say whether the person may ask for a report at all."""
    return any(g.role in _MAY_ASK for g in rights.grants)


async def areas_to_ask(person_id: int) -> frozenset[int]:
    """Return the ids of the areas that the person may ask a report of, or state figures of."""
    return await _areas_of(person_id, _MAY_ASK)


async def may_ask_of(person_id: int, area_id: int) -> bool:
    """Say whether the person may ask a report of a unit, or state figures of it."""
    return await _holds(person_id, area_id, _MAY_ASK)


async def may_report_part(person_id: int, area_id: int, owner: str) -> bool:
    """Say whether the person may write down that an owner has reported: that department, or the office."""
    above = await lineage([area_id])
    return any(
        g.area_id in above
        and (
            g.role in _MAY_ASK
            or (g.role is Role.DEPARTMENT_OFFICER and g.owner and fold(g.owner) == fold(owner))
        )
        for g in await grants_of(person_id)
    )


async def may_move_stage(person_id: int, area_id: int, roles: frozenset[Role]) -> bool:
    """Say whether the person may move a unit to a stage of these roles; an admin always may."""
    return await _holds(person_id, area_id, roles | {Role.ADMIN})


async def areas_by_role(person_id: int) -> dict[Role, frozenset[int]]:
    """Return the ids of the areas that each of the person's roles holds for: a walk for each role."""
    roots: dict[Role, set[int]] = {}
    for held in await grants_of(person_id):
        roots.setdefault(held.role, set()).add(held.area_id)
    return {role: await subtree(ids) for role, ids in roots.items()}


async def area_to_export(person_id: int, area_id: int) -> Area | None:
    """Return an area whose answers and photos the person may take away as files: an officer's of it."""
    roles = await roles_over(person_id, area_id)
    return None if roles.isdisjoint(OFFICERS) else await Area.get_or_none(id=area_id)


async def roles_over(person_id: int, area_id: int) -> frozenset[Role]:
    """Return the roles that the person has for an area, those above it included."""
    above = await lineage([area_id])
    return frozenset(g.role for g in await grants_of(person_id) if g.area_id in above)


async def _areas_of(person_id: int, roles: frozenset[Role]) -> frozenset[int]:
    return await subtree({g.area_id for g in await grants_of(person_id) if g.role in roles})


async def _holds(person_id: int, area_id: int, roles: frozenset[Role]) -> bool:
    return not roles.isdisjoint(await roles_over(person_id, area_id))


async def may_set(person_id: int, root_code: str) -> bool:
    """Say whether the person may set a plan's values: an admin of its whole area.

    `root_code` is the plan's present root (`backend.plans.tree.root_on`).
    """
    root = await Area.get_or_none(code=root_code)
    if root is None:
        return False
    above = await lineage([root.id])
    return any(g.role is Role.ADMIN and g.area_id in above for g in await grants_of(person_id))


def _person(row: RoleGrant) -> int:
    return row.person_id  # type: ignore[attr-defined, no-any-return]  # Tortoise adds <fk>_id
