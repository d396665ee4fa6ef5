"""A small office for tests of the schedule: two communes, four villages, their people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend import consent
from backend.models import Area, Chat, FormVersion, Interview, Outbox, Person, RoleGrant, Submission
from backend.people import Role
from backend.plans.schema import Pack
from backend.schedule.due import Due

TITLES = {"nuoc": "Nước", "rac-thai": "Rác thải"}
AREAS = [
    {"code": "huyen", "level": "district", "name": "Huyện Thử"},
    {"code": "xa-a", "level": "commune", "name": "Xã A", "parent": "huyen"},
    {"code": "xa-b", "level": "commune", "name": "Xã B", "parent": "huyen"},
    {"code": "a1", "level": "village", "name": "Thôn 1", "parent": "xa-a"},
    {"code": "a2", "level": "village", "name": "Thôn 2", "parent": "xa-a"},
    {"code": "b1", "level": "village", "name": "Thôn 1", "parent": "xa-b"},
]


def pack(**more: Any) -> Pack:
    """The plan: a quarterly report before the 13th, the village's day 5 days earlier (7/12)."""
    plan: dict[str, Any] = {
        "id": "thu",
        "name": "Thử",
        "year": 2026,
        "root": "huyen",
        "areas": AREAS,
        "obligations": [
            {"id": "q", "name": "Báo cáo quý", "cadence": "quarterly", "before_day": 13}
        ],
        "surveys": [{"questionnaire": name, "obligation": "q"} for name in TITLES],
        "reminding": {"village_lead_days": 5},
    }
    return Pack.model_validate(plan | more)


@dataclass
class Office:
    """Everybody in the database, with short ways to let things happen."""

    start: datetime
    areas: dict[str, Area] = field(default_factory=dict)
    forms: dict[str, FormVersion] = field(default_factory=dict)

    async def open(self) -> Office:
        for spec in AREAS:
            self.areas[spec["code"]] = await Area.create(
                code=spec["code"],
                level=spec["level"],
                name=spec["name"],
                folded=spec["name"].casefold(),
                parent=self.areas.get(spec.get("parent", "")),
            )
        for form, title in TITLES.items():
            self.forms[form] = await FormVersion.create(
                form_id=form, version="1", title=title, xml="", sha256="", published_at=self.start
            )
        return self

    async def adopt(self) -> None:
        """Take over the areas that a plan put into the database."""
        self.areas = {area.code: area for area in await Area.all()}

    async def person(
        self,
        name: str,
        area: str,
        role: Role = Role.VILLAGE_HEAD,
        *,
        consented: bool = True,
        chat: bool = True,
        since: datetime | None = None,
        owner: str = "",
    ) -> Person:
        since = since or self.start
        person = await Person.create(name=name, created_at=since)
        await self.also(person, area, role, since=since, owner=owner)
        if consented:
            await consent.give(person.id, "telegram", since)
        if chat:
            await self.chat(person, "telegram", since)
        return person

    async def also(
        self,
        person: Person,
        area: str,
        role: Role = Role.VILLAGE_HEAD,
        *,
        since: datetime | None = None,
        owner: str = "",
    ) -> None:
        await RoleGrant.create(
            person=person,
            role=role,
            area=self.areas[area],
            granted_at=since or self.start,
            owner=owner,
        )

    async def chat(self, person: Person, channel: str, used: datetime | None) -> Chat:
        return await Chat.create(
            channel=channel,
            external_id=f"{channel}-{person.id}",
            person=person,
            created_at=self.start,
            last_in_at=used,
        )

    async def submit(
        self, person: Person, area: str, form: str, at: datetime, period: str = "2026-Q4"
    ) -> None:
        await Submission.create(
            instance_id=f"{area}-{form}-{period}",
            current_key=f"thu|{form}|{area}|{period}",
            plan="thu",
            form_version=self.forms[form],
            questionnaire=form,
            area=self.areas[area],
            period=period,
            person=person,
            answered_at=at,
            received_at=at,
            xml="",
        )

    async def begin(
        self, person: Person, area: str, form: str, at: datetime, *, running: bool = True
    ) -> Interview:
        return await Interview.create(
            person=person,
            running_for=person.id if running else None,
            form_version=self.forms[form],
            questionnaire=form,
            area=self.areas[area],
            period="2026-Q4",
            status="running" if running else "paused",
            state="{}",
            started_at=at,
            changed_at=at,
        )


async def queue(things: list[Due], at: datetime) -> None:
    """Do what the tick does with due things, without words and pictures."""
    for thing in things:
        chat = await Chat.filter(person_id=thing.person_id).first()
        assert chat
        await Outbox.create(chat=chat, payload="{}", once=thing.key, created_at=at)
