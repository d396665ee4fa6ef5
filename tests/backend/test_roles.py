"""A role is taken away: with a reason, by somebody, never the last admin's; and what goes with it."""

from __future__ import annotations

import asyncio

import pytest

from backend.audit import verify
from backend.invites import Outcome, make_invite, redeem
from backend.models import AuditEntry, Chat, Outbox, RoleGrant
from backend.people import Grant, Role, add_person, grant, grants_of
from backend.roles import RefusedEndError, end_role, roles_listed
from tests.backend.office_people import make_areas, make_people
from tests.clock import HandClock

REASON = "Nghỉ hưu từ tháng 12"


@pytest.mark.usefixtures("database")
class TestEnding:
    @pytest.fixture
    async def people(self, database: str, clock: HandClock) -> dict[str, int]:
        self.areas = await make_areas()
        return await make_people(self.areas, clock.now())

    async def test_who_when_and_why_are_kept_and_the_reason_is_not_in_the_log(
        self, people: dict[str, int], clock: HandClock
    ) -> None:
        row = await RoleGrant.get(person_id=people["head"])
        chat = await Chat.create(
            channel="web", external_id="a", person_id=people["head"], created_at=clock.now()
        )
        for purpose in ("reminder", "answer"):
            await Outbox.create(
                chat_id=chat.id, payload="{}", purpose=purpose, created_at=clock.now()
            )
        assert await end_role(row, f"  {REASON} ", clock.now(), by=people["admin"])
        assert not await end_role(row, REASON, clock.now(), by=people["admin"]), "only once"
        await row.refresh_from_db()
        assert (row.revoked_at, row.revoked_reason) == (clock.now(), REASON)
        assert await RoleGrant.filter(revoked_by_id=people["admin"]).count() == 1
        entries = await AuditEntry.filter(action="role.ended")
        assert [(e.by, e.subject) for e in entries] == [
            (people["admin"], f"person:{people['head']}")
        ]
        assert not any(REASON in entry.details for entry in await AuditEntry.all())
        assert await AuditEntry.filter(action="role.granted").count() == len(people) - 1
        assert (await verify()).broken == 0
        unsent = await Outbox.filter(status=0).values_list("purpose", flat=True)
        assert unsent == ["answer"], "no reminder goes out any more"
        assert await grants_of(people["head"]) == ()

    async def test_a_reason_is_needed_and_the_last_admin_stays(
        self, people: dict[str, int], clock: HandClock
    ) -> None:
        head, admin = [await RoleGrant.get(person_id=people[n]) for n in ("head", "admin")]
        for wrong in ("", "  a ", "x" * 201):
            with pytest.raises(RefusedEndError, match="why the role ends"):
                await end_role(head, wrong, clock.now(), by=None)
        with pytest.raises(RefusedEndError, match="last admin"):
            await end_role(admin, REASON, clock.now(), by=None)
        assert len(await roles_listed()) == len(people) - 1
        assert not await AuditEntry.exists(action="role.ended"), "nothing half done"

    async def test_two_admins_who_end_each_other_at_one_moment_do_not_both_go(
        self, people: dict[str, int], clock: HandClock
    ) -> None:
        other = await add_person("", clock.now())
        await grant(other.id, Grant(Role.ADMIN, self.areas["dal"]), clock.now())
        both = [await RoleGrant.get(person_id=n) for n in (people["admin"], other.id)]
        done = await asyncio.gather(
            *(end_role(row, REASON, clock.now(), by=None) for row in both), return_exceptions=True
        )
        assert sorted(str(type(d).__name__) for d in done) == ["RefusedEndError", "bool"]
        assert await RoleGrant.filter(role=Role.ADMIN, revoked_at=None).count() == 1

    async def test_an_old_code_does_not_bring_a_role_back_and_a_new_one_does(
        self, people: dict[str, int], clock: HandClock
    ) -> None:
        me, head = people["head"], Grant(Role.VILLAGE_HEAD, self.areas["dal-3"])
        _, old = await make_invite(head, clock.now(), uses=9)
        clock.advance(minutes=1)
        await end_role(await RoleGrant.get(person_id=me), REASON, clock.now(), by=None)
        clock.advance(minutes=1)
        _, new = await make_invite(head, clock.now())
        for code, outcome in ((old, Outcome.REFUSED), (new, Outcome.TAKEN)):
            found = await redeem(code, 1, (), clock.now(), person_id=me)
            assert found.outcome is outcome
        assert (await redeem(old, 2, (), clock.now())).outcome is Outcome.TAKEN, "to somebody else"

    async def test_listed_by_area_person_and_kind_with_those_that_ended(
        self, people: dict[str, int], clock: HandClock
    ) -> None:
        await end_role(await RoleGrant.get(person_id=people["head"]), REASON, clock.now(), by=None)
        below = {self.areas["dal"], self.areas["dal-3"]}
        assert [r.role for r in await roles_listed(areas=below)] == ["commune_officer"]
        assert [r.role for r in await roles_listed(areas=below, ended=True)] == [
            "commune_officer",
            "village_head",
        ]
        assert [r.person.name for r in await roles_listed(person_id=people["admin"])] == [
            "Người admin"
        ]
        assert [r.area.name for r in await roles_listed(role=Role.VILLAGE_HEAD)] == ["Thôn 1"]
