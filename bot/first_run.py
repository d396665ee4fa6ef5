"""From an empty machine to a working product: tables, questionnaires, plan; and people to try it.

Everything here may run at every start: what is there already is left as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import conversations
from backend.clock import Clock
from backend.database import close_database, open_database
from backend.forms import publish_form
from backend.invites import make_invite
from backend.migrate import migrate, pending
from backend.models import Area, FormVersion, Person, RoleGrant
from backend.office.session import office_link
from backend.people import Grant, Role, add_person, grant
from backend.plans.load import load_pack
from backend.plans.schema import Pack
from backend.plans.store import load_into_database
from backend.settings import Settings
from conversations.text import N_
from locales import catalog

if TYPE_CHECKING:
    from conversations.forms.publish import Published

A = TypeVar("A")
T = TypeVar("T")

QUESTIONNAIRES = Path(conversations.__file__).parent / "questionnaires"
TRIAL_DAYS = 30
TRIAL_USES = 100
TRIAL_LINK = timedelta(days=1)

TRIAL_NAMES = {
    Role.VILLAGE_HEAD: N_("Village head (sample)"),
    Role.COMMUNE_OFFICER: N_("Commune officer (sample)"),
    Role.DISTRICT_OFFICER: N_("District officer (sample)"),
    Role.ADMIN: N_("Admin (sample)"),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """How to try one role: a chat, and for offices also their pages."""

    role: Role
    name: str
    area: str
    chat: str
    office: str = ""


async def prepare(
    settings: Settings, clock: Clock, say: Callable[[str], None], *, apart: bool = False
) -> Pack:
    """Migrate, publish the questionnaires that came with the program, load the plan.

    `apart` does what only a first start needs, making tables and converting questionnaires, in a
    process of its own: the 40 MB that this takes are not kept by a program that goes on for months.
    `say` is told what is being done, one line each. Raises what `load_pack`, `migrate` and
    `publish_form` raise.
    """
    say(f"database: {settings.database_url.split(':', 1)[0]}")
    done: list[str] = []
    if apart and await pending(settings.database_url):
        done = await _in_a_process(_migrated, settings.database_url)
    for name in [*done, *await migrate(settings.database_url)]:
        say(f"  migrated {name}")
    await open_database(settings.database_url)
    try:
        known = {(v.form_id, v.version) for v in await FormVersion.all().only("form_id", "version")}
        if new := [p for p in sorted(QUESTIONNAIRES.rglob("*.md")) if _key(p) not in known]:
            say("questionnaires: " + ", ".join(p.stem for p in new))
            await _publish(new, clock, apart=apart)
        pack = load_pack(settings.plan)
        await load_into_database(pack, clock)
        say(f"plan: {pack.id} – {pack.name}")
    finally:
        await close_database()
    return pack


async def trials(settings: Settings, clock: Clock, pack: Pack) -> list[Trial]:
    """Make links to try each role of a sample plan; they work for a day (chats: a month).

    Only for plans of sample data; the people are made once and named as samples.
    """
    say = catalog(settings.lang)
    now = clock.now()
    village = next(a for a in pack.areas if a.level == "village")
    places = {
        Role.VILLAGE_HEAD: village.code,
        Role.COMMUNE_OFFICER: village.parent or pack.root,
        Role.DISTRICT_OFFICER: pack.root,
        Role.ADMIN: pack.root,
    }
    made = []
    for role, code in places.items():
        area = await Area.get(code=code)
        name = say.get(TRIAL_NAMES[role])
        invite = Grant(role, area.id)
        _, secret = await make_invite(invite, now, name=name, days=TRIAL_DAYS, uses=TRIAL_USES)
        office = ""
        if role is not Role.VILLAGE_HEAD:
            person = await _sample_person(name, invite, clock)
            token = await office_link(person.id, now, TRIAL_LINK)
            office = f"{settings.public_url}/login/{token}"
        chat = f"{settings.public_url}/c/?code={secret}"
        made.append(Trial(role, name, area.name, chat, office))
    return made


async def _sample_person(name: str, role: Grant, clock: Clock) -> Person:
    held = await RoleGrant.filter(
        role=role.role, area_id=role.area_id, revoked_at=None, person__name=name
    ).first()
    if held is not None:
        return await Person.get(id=held.person_id)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    person = await add_person(name, clock.now())
    await grant(person.id, role, clock.now())
    return person


async def _publish(paths: list[Path], clock: Clock, *, apart: bool) -> None:
    converted = await _in_a_process(_converted, paths) if apart else _converted(paths)
    for form in converted:
        await publish_form(form, clock)


async def _in_a_process(work: Callable[[A], T], given: A) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, work, given)


def _migrated(database_url: str) -> list[str]:
    return asyncio.run(migrate(database_url))


def _converted(paths: list[Path]) -> list[Published]:
    from conversations.forms.publish import publish  # noqa: PLC0415  (pyxform takes a second to import)

    return [publish(path.read_bytes(), path.name) for path in paths]


def _key(path: Path) -> tuple[str, str]:
    """Return form id and version of a Markdown questionnaire from its settings sheet, cheaply."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.strip() == "| settings |")
    names, values = ([c.strip() for c in line.split("|")] for line in lines[start + 1 : start + 3])
    settings = dict(zip(names, values, strict=True))
    return settings["form_id"], settings["version"]
