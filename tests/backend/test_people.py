"""Enrolment, roles, and taking a role back."""

from __future__ import annotations

import pytest

from backend.models import Chat, FormVersion, Interview, Person, WebLink
from backend.people import (
    Grant,
    Role,
    add_person,
    as_phone,
    grant,
    grants_of,
    join_chat,
    person_by_phone,
    person_by_user,
    revoke,
    villages_of,
)
from bot.web_chat.links import chat_of, link_chat
from tests.backend.office_people import make_areas, make_people
from tests.clock import HandClock


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0901 234 567", "+84901234567"),
        ("84901234567", "+84901234567"),
        ("+84 901.234.567", "+84901234567"),
        ("0084901234567", "+84901234567"),
        ("(090) 123-4567", "+84901234567"),
        ("không có", None),
        ("", None),
        ("0", None),
        ("9" * 40, None),
    ],
)
def test_a_number_is_kept_in_one_spelling(typed: str, kept: str | None) -> None:
    assert as_phone(typed) == kept


@pytest.mark.usefixtures("database")
class TestRoles:
    async def test_the_same_role_twice_is_one(self, clock: HandClock) -> None:
        areas = await make_areas()
        person = await add_person("", clock.now())
        head = Grant(Role.VILLAGE_HEAD, areas["dal-3"])
        assert await grant(person.id, head, clock.now())
        assert not await grant(person.id, head, clock.now())
        assert await grants_of(person.id) == (head,)
        assert [v.code for v in await villages_of(person.id)] == ["dal-3"]

    async def test_a_role_taken_back_can_be_granted_again(self, clock: HandClock) -> None:
        areas = await make_areas()
        people = await make_people(areas, clock.now())
        await revoke(people["head"], clock.now())
        assert await grants_of(people["head"]) == ()
        assert await grant(people["head"], Grant(Role.VILLAGE_HEAD, areas["dal-4"]), clock.now())

    async def test_taking_a_role_back_ends_open_interviews_and_links(
        self, clock: HandClock
    ) -> None:
        areas = await make_areas()
        now = clock.now()
        people = await make_people(areas, now)
        head = people["head"]
        await grant(head, Grant(Role.COMMUNE_OFFICER, areas["toi"]), now)
        version = await FormVersion.create(
            form_id="f", version="1", title="", xml="", sha256="0" * 64, published_at=now
        )
        for period, status, running in (
            ("2026-Q3", "submitted", None),
            ("2026-Q4", "running", head),
            ("2027-Q1", "paused", None),
        ):
            await Interview.create(
                person_id=head,
                running_for=running,
                form_version_id=version.id,
                questionnaire="f",
                area_id=areas["dal-3"],
                period=period,
                status=status,
                state="{}",
                started_at=now,
                changed_at=now,
            )
        for kind in ("chat", "office"):
            await WebLink.create(
                token_sha256=kind.ljust(64, "0"),
                kind=kind,
                person_id=head,
                created_at=now,
                expires_at=now,
            )
        await revoke(head, now, role=Role.VILLAGE_HEAD)
        states = await Interview.all().order_by("period").values_list("status", "running_for")
        assert states == [("submitted", None), ("left", None), ("left", None)]
        assert await WebLink.filter(revoked_at=None).count() == 2
        await revoke(head, now, role=Role.COMMUNE_OFFICER)
        assert await WebLink.filter(revoked_at=None).count() == 0
        await grant(head, Grant(Role.VILLAGE_HEAD, areas["dal-3"]), now)
        states = await Interview.all().order_by("period").values_list("status", flat=True)
        assert states == ["submitted", "paused", "paused"], "what was begun waits for the role"

    async def test_links_to_web_chats_end_with_the_last_role(self, clock: HandClock) -> None:
        areas = await make_areas()
        now = clock.now()
        head = (await make_people(areas, now))["head"]
        await grant(head, Grant(Role.COMMUNE_OFFICER, areas["toi"]), now)
        theirs = await Chat.create(channel="web", external_id="a", person_id=head, created_at=now)
        another = await Chat.create(channel="web", external_id="b", created_at=now)
        tokens = [await link_chat(chat.id, now) for chat in (theirs, theirs, another)]
        await revoke(head, now, role=Role.VILLAGE_HEAD)
        assert all([await chat_of(token, now) for token in tokens])
        await revoke(head, now)
        found = [await chat_of(token, now) for token in tokens]
        assert found[:2] == [None, None]
        assert found[2] is not None

    async def test_only_a_number_with_a_role_opens_the_door(self, clock: HandClock) -> None:
        areas = await make_areas()
        people = await make_people(areas, clock.now())
        found = await person_by_phone("0901000001")
        assert found is not None
        assert found.id == people["head"]
        await revoke(people["head"], clock.now())
        assert await person_by_phone("0901000001") is None
        assert await person_by_phone("0999999999") is None
        assert await person_by_phone("nonsense") is None

    async def test_a_person_may_have_several_chats(self, clock: HandClock) -> None:
        areas = await make_areas()
        people = await make_people(areas, clock.now())
        for channel in ("telegram", "web"):
            chat = await Chat.create(
                channel=channel, external_id="77", created_at=clock.now(), stage="code"
            )
            await join_chat(chat.id, people["head"])
        assert await person_by_user("telegram", "", "77") == people["head"]
        assert await person_by_user("telegram", "", "78") is None
        assert await Chat.filter(person_id=people["head"], stage="").count() == 2

    async def test_a_wrong_number_is_not_put_on_the_list(self, clock: HandClock) -> None:
        with pytest.raises(ValueError, match="not a telephone number"):
            await add_person("", clock.now(), phone="12")
        assert await Person.all().count() == 0
