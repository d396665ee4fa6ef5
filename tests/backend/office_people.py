"""A small district with one person of every role, for tests of rights."""

from __future__ import annotations

from datetime import datetime

from backend.models import Area
from backend.people import Grant, Role, add_person, grant
from conversations.text import fold

TREE = {
    "huyen": ("district", "Huyện Ia H'Drai", None),
    "dal": ("commune", "Xã Ia Đal", "huyen"),
    "toi": ("commune", "Xã Ia Tơi", "huyen"),
    "dal-3": ("village", "Thôn 3", "dal"),
    "dal-4": ("village", "Thôn 4", "dal"),
    "toi-1": ("village", "Thôn 1", "toi"),
}
PEOPLE = {
    "head": (Role.VILLAGE_HEAD, "dal-3", "+84901000001"),
    "other_head": (Role.VILLAGE_HEAD, "toi-1", "+84901000002"),
    "commune": (Role.COMMUNE_OFFICER, "dal", "+84901000003"),
    "department": (Role.DEPARTMENT_OFFICER, "huyen", "+84901000004"),
    "district": (Role.DISTRICT_OFFICER, "huyen", "+84901000005"),
    "admin": (Role.ADMIN, "huyen", "+84901000006"),
}


async def make_areas() -> dict[str, int]:
    """Make the tree and return the ids by code."""
    ids: dict[str, int] = {}
    for code, (level, name, parent) in TREE.items():
        area = await Area.create(
            code=code, level=level, name=name, folded=fold(name), parent_id=ids.get(parent or "")
        )
        ids[code] = area.id
    return ids


async def make_people(areas: dict[str, int], now: datetime) -> dict[str, int]:
    """Make one person of every role, and a stranger with none; return the ids by nickname."""
    ids = {"stranger": (await add_person("", now)).id}
    for nick, (role, area, phone) in PEOPLE.items():
        person = await add_person(f"Người {nick}", now, phone=phone)
        await grant(person.id, Grant(role, areas[area]), now)
        ids[nick] = person.id
    return ids
