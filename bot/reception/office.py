"""What only officers may ask in a chat: invitations, and links to the pages and the web chat."""

from __future__ import annotations

from typing import Any, Final

from backend.access import accessible_areas, may_invite
from backend.invites import DEFAULT_DAYS, make_invite, spoken
from backend.models import Area
from backend.office.session import office_link
from backend.people import Grant, Role, fits
from backend.roles import role_name
from bot.messages import Outgoing
from bot.reception.area_names import Named, areas_named
from bot.reception.house import Visit
from bot.reception.together import together
from bot.web_chat.links import person_link
from conversations.text import Text, fold

_MARK: Final = "i."
"""Before the value of each of our buttons."""
_NOTHING: Final = Text("All right, nobody was invited.")
ROLE: Final = "invite_role"
AREA: Final = "invite_area"
MOST_AREAS: Final = 12

_ROLE_WORDS: Final[tuple[tuple[str, Role], ...]] = (
    ("truong thon", Role.VILLAGE_HEAD),
    ("can bo xa", Role.COMMUNE_OFFICER),
    ("can bo huyen", Role.DISTRICT_OFFICER),
    ("can bo phong", Role.DEPARTMENT_OFFICER),
    ("quan tri", Role.ADMIN),
    *((str(role).replace("_", " "), role) for role in Role),
)


async def invite(visit: Visit, rest: str) -> list[Outgoing]:
    """Begin an invitation; `rest` may already name the role and the area."""
    roles = _roles(visit)
    if not roles:
        return [visit.say(Text("Only officers can invite people."))]
    said = fold(rest).replace("_", " ")
    for words, role in _ROLE_WORDS:
        if said.startswith(words) and role in roles:
            return await _area(visit, role, said.removeprefix(words).strip())
    return await _ask_role(visit, roles)


async def take_role(visit: Visit) -> list[Outgoing]:
    """Take who is invited."""
    roles = _roles(visit)
    said = visit.said(_MARK)
    if said.isdecimal() and 1 <= int(said) <= len(roles):
        return await _area(visit, roles[int(said) - 1], "")
    if said in _STOP:
        return await visit.stop(_NOTHING)
    return await invite(visit, visit.turn.incoming.text)


async def take_area(visit: Visit) -> list[Outgoing]:
    """Take for which area the invitation is."""
    role = Role(str(visit.stage_data.get("role", Role.VILLAGE_HEAD)))
    said = visit.said(_MARK)
    if said in _STOP:
        return await visit.stop(_NOTHING)
    offered = visit.stage_data.get("areas")
    if said.isdecimal() and isinstance(offered, list) and 1 <= int(said) <= len(offered):
        return await _make(visit, role, int(offered[int(said) - 1]))
    return await _area(visit, role, said)


async def again(visit: Visit, first: Text) -> list[Outgoing] | None:
    """Begin the invitation once more: a number that came late invites nobody."""
    roles = _roles(visit)
    if not roles or visit.said(_MARK) in _STOP:
        return None
    return together([visit.say(first)], await _ask_role(visit, roles))


async def web(visit: Visit) -> list[Outgoing]:
    """Give a link: to the office pages for an officer, to a web chat for a village head."""
    out: list[Outgoing] = []
    if visit.rights.officer:
        link = f"{visit.house.public_url}/login/{await office_link(visit.person_id, visit.now)}"
        out.append(
            visit.say(
                Text("The office's pages, for you alone. The link works once, within 30 minutes:"),
                link,
            )
        )
    if visit.rights.village_head:
        link = await chat_link(visit)
        out.append(
            visit.say(
                Text(
                    "You can also answer in a browser. This link is yours alone; please give it to nobody:"
                ),
                link,
            )
        )
    return out


async def chat_link(visit: Visit) -> str:
    """Make a further link to the person's web chat, and the chat if there is none; return it."""
    token = await person_link(visit.person_id, visit.turn.chat.lang, visit.now)
    return f"{visit.house.public_url}/c/{token}"


def _roles(visit: Visit) -> list[Role]:
    return [role for role in Role if role in visit.rights.can_invite]


async def _ask_role(visit: Visit, roles: list[Role]) -> list[Outgoing]:
    await visit.wait_for(ROLE)
    names = [visit.catalog.say(role_name(role)) for role in roles]
    lines = "\n".join(f"{n}. {name}" for n, name in enumerate(names, 1))
    buttons = [visit.button(f"{n}. {name}", f"i.{n}") for n, name in enumerate(names, 1)]
    stop = Text("Send a number, or CANCEL to stop.")
    return [visit.say(Text("Whom do you want to invite?"), lines, stop, buttons=buttons)]


async def _area(visit: Visit, role: Role, said: str) -> list[Outgoing]:
    allowed = await accessible_areas(visit.person_id, officer_only=True)
    found = [n for n in await areas_named(said, allowed) if fits(role, n.area.level)]
    if len(found) == 1:
        return await _make(visit, role, found[0].area.id)
    await visit.wait_for(AREA, role=role, areas=[n.area.id for n in found[:MOST_AREAS]])
    if found:
        return [_which(visit, found[:MOST_AREAS])]
    asked = Text("For which area? Please send its name, for example with the commune's name.")
    unknown = Text("I do not find an area of that name for this role.")
    return [visit.say(*([unknown] if said else []), asked)]


def _which(visit: Visit, found: list[Named]) -> Outgoing:
    lines = "\n".join(f"{n}. {named.shown}" for n, named in enumerate(found, 1))
    buttons = [visit.button(f"{n}. {named.shown}", f"i.{n}") for n, named in enumerate(found, 1)]
    return visit.say(Text("Which one?"), lines, Text("Send a number to choose."), buttons=buttons)


async def _make(visit: Visit, role: Role, area_id: int) -> list[Outgoing]:
    await visit.wait_for("")
    if not await may_invite(visit.person_id, role, area_id):
        return [visit.say(Text("You cannot invite somebody to this role there."))]
    area = await Area.get(id=area_id)
    _, code = await make_invite(Grant(role, area_id), visit.now, by=visit.person_id)
    links = await visit.house.links(code, area_id)
    head = Text(
        "Invitation for: {role}, {area}. It works once, within {days} days.",
        {"role": role_name(role), "area": area.name, "days": DEFAULT_DAYS},
    )
    rows: list[Any] = [head, Text("Code: {code}", {"code": spoken(code)})]
    rows += links.values()
    return [visit.say(*rows)]


_STOP: Final = frozenset({"huy", "thoi", "cancel"})
