"""The pages on which admins set the plan's values: list, form, preview, confirm, log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from backend.access import may_set
from backend.models import Person
from backend.office.pages import Pages
from backend.office.posted import posted
from backend.office_settings.asked import Asked
from backend.office_settings.keys import DAYS, Key, Kind
from backend.office_settings.listing import Item
from backend.office_settings.service import Look, confirm, look_at, preview_of
from backend.office_settings.store import ChangedMeanwhileError, Setter, Wanted, log_of
from backend.office_settings.told import change_lines, log_line, preview_lines
from backend.office_settings.values import WrongValueError
from backend.office_settings.words import HINTS, coming_of, name_of, origin_of, shown_value
from backend.plans.store import NoPlanError
from backend.plans.tree import exists
from backend.reports.words import labels
from conversations.text import N_

MOST_SEEN: Final = 9
LOG_SHOWN: Final = 50
MOST_UNITS: Final = 200
FIELDS: Final = ("value", "source", "valid_from", "valid_to")
GROUPS: Final = (
    (N_("Thresholds"), frozenset({Kind.THRESHOLD})),
    (N_("Deadlines"), frozenset({Kind.DEADLINE, Kind.LEAD_DAYS, Kind.ON_DAY_OFF})),
    (
        N_("Reminders and quiet hours"),
        frozenset(
            {
                Kind.OFFSETS,
                Kind.REMIND_AT,
                Kind.QUIET_HOURS,
                Kind.WEEKLY,
                Kind.ESCALATE_DAYS,
                Kind.REPORT_OFFSETS,
                Kind.ACTIVITY_DAY,
            }
        ),
    ),
    (N_("Days at most of each stage"), frozenset({Kind.STAGE_DAYS})),
    (N_("How long things are kept"), frozenset({Kind.PHOTO_MONTHS, Kind.MESSAGE_DAYS})),
    (N_("Days off and working days of the office"), DAYS),
)


class SettingPages(Pages):
    """For admins of the plan's whole area, and of one unit for that unit's own settings.

    For everybody else these pages are not there.
    """

    async def listing(self, request: web.Request) -> web.Response:
        """GET /settings, or /settings?area=CODE for what is set for one unit."""
        person_id, look = await self._admin(request, request.query.get("area", ""))
        done = Key.read(request.query.get("set", ""))
        item = None
        if done and (done.kind not in DAYS or _is_day(done.target)):
            item = look.item(done)
        zone = self._office.settings.zone
        rows = await log_of(look.bare.id, area=look.area or None, limit=LOG_SHOWN)
        return self._render(
            "settings.html",
            plan=look.bare,
            labels=labels(self._words, sample=look.bare.sample),
            done=self._shown(item, look) if item else None,
            groups=[
                (title, [self._shown(i, look) for i in look.items if i.key.kind in kinds], kinds)
                for title, kinds in GROUPS
            ],
            days=None if look.area else DAYS,
            unit=self._unit(look, look.area),
            units=[(code, self._unit(look, code)) for code in await self._units(person_id, look)],
            log=[log_line(row, look, self._words, zone) for row in rows],
        )

    async def form(self, request: web.Request) -> web.Response:
        """GET /settings/change?key=K."""
        _, look = await self._admin(request, request.query.get("key", ""))
        return self._form(request, look, self._key(look, request.query.get("key", "")), {})

    async def preview(self, request: web.Request) -> web.Response:
        """POST /settings/preview: what would change; nothing is written."""
        given = await self._given(request)
        _, look = await self._admin(request, given.get("key", ""))
        return await self._preview(request, look, given)

    async def confirm(self, request: web.Request) -> web.Response:
        """POST /settings/confirm: write it, unless somebody has changed it since the preview."""
        given = await self._given(request)
        person_id, look = await self._admin(request, given.get("key", ""))
        key = self._key(look, given.get("key", ""))
        seen = given.get("seen", "")
        if not (seen.isdecimal() and len(seen) <= MOST_SEEN):
            raise web.HTTPBadRequest
        person = await Person.get(id=person_id)
        by = Setter(person_id, person.name, "web")
        try:
            wanted = look.understood(_asked(key, given))
            await confirm(look, wanted, by, self._office.clock, seen=int(seen))
        except WrongValueError as wrong:
            return self._form(request, look, key, given, self._words.say(wrong.reason))
        except ChangedMeanwhileError as changed:
            _, look = await self._admin(request, given.get("key", ""))
            return await self._preview(request, look, given, self._words.say(changed.reason))
        place = f"&area={quote(look.area)}" if look.area else ""
        raise web.HTTPSeeOther(f"/settings?set={quote(str(wanted.key))}{place}")

    async def _preview(
        self, request: web.Request, look: Look, given: Mapping[str, str], warning: str = ""
    ) -> web.Response:
        key = self._key(look, given.get("key", ""))
        try:
            wanted = look.understood(_asked(key, given))
        except WrongValueError as wrong:
            return self._form(request, look, key, given, self._words.say(wrong.reason))
        found = await preview_of(look, wanted, self._office.clock, self._office.settings.zone)
        return self._render(
            "setting_preview.html",
            409 if warning else 200,
            warning=warning,
            title=name_of(wanted.key, look.bare, self._words),
            lines=change_lines(look, wanted, self._words)[1:],
            effects=preview_lines(found, wanted, self._words),
            hidden=self._hidden(request, look, wanted, given),
            back=f"/settings/change?key={quote(str(key))}",
        )

    def _hidden(
        self, request: web.Request, look: Look, wanted: Wanted, given: Mapping[str, str]
    ) -> dict[str, str]:
        item = look.item(wanted.key)
        return {
            "token": self._sessions.form_token(request),
            "key": str(wanted.key),
            "act": "end" if wanted.ends else "set",
            "seen": str(item.number if item else 0),
            "value": given.get("value", ""),
            "source": wanted.source,
            "valid_from": wanted.valid_from.isoformat(),
            "valid_to": wanted.valid_to.isoformat() if wanted.valid_to else "",
        }

    def _form(
        self,
        request: web.Request,
        look: Look,
        key: Key,
        given: Mapping[str, str],
        error: str = "",
    ) -> web.Response:
        new_day = key.kind in DAYS and not key.target
        item = None if new_day else look.item(key)
        name = (
            N_("A further day off")
            if key.kind is Kind.DAY_OFF
            else N_("A working day all the same")
        )
        return self._render(
            "setting_form.html",
            422 if error else 200,
            error=error,
            key=str(key),
            kind=key.kind.value,
            new_day=new_day,
            title=self._words.get(name) if new_day else name_of(key, look.bare, self._words),
            item=self._shown(item, look) if item else None,
            hint=self._words.get(HINTS[key.kind]),
            given={field: given.get(field, "") for field in FIELDS},
            today=look.today.isoformat(),
            token=self._sessions.form_token(request),
        )

    def _shown(self, item: Item, look: Look) -> dict[str, Any]:
        words, zone = self._words, self._office.settings.zone
        return {
            "key": str(item.key),
            "name": name_of(item.key, look.bare, words),
            "value": shown_value(item.key, item.value, look.bare, words),
            "origin": origin_of(item, look.bare, words, zone),
            "own": shown_value(item.key, item.own, look.bare, words),
            "coming": coming_of(item, look.bare, words),
            "set": item.act is not None or bool(item.coming),
        }

    def _key(self, look: Look, text: str) -> Key:
        key = Key.read(text)
        if key is None:
            raise self._not_there()
        if key.kind in DAYS and not key.target:
            return key
        if (key.kind in DAYS and not _is_day(key.target)) or look.item(key) is None:
            raise self._not_there()
        return key

    async def _admin(self, request: web.Request, about: str = "") -> tuple[int, Look]:
        """Return who is signed in and what may be set; nothing is here for anybody else.

        `about` is a unit's code, or a setting's key that may name one.
        """
        person_id = await self._signed_in(request)
        office = self._office
        key = Key.read(about)
        area = about if key is None else key.area
        try:
            look = await look_at(office.settings.plan, office.clock, office.settings.zone, area)
        except (NoPlanError, WrongValueError) as error:
            raise self._not_there() from error
        if not await may_set(person_id, look.where):
            raise self._not_there()
        return person_id, look

    async def _units(self, person_id: int, look: Look) -> list[str]:
        """Return the units right below that have, or may be given, settings of their own."""
        parent = look.where
        codes = [a.code for a in look.bare.areas if a.parent == parent and exists(a, look.today)]
        return codes[:MOST_UNITS] if await may_set(person_id, parent) else []

    def _unit(self, look: Look, code: str) -> str:
        return next((a.name for a in look.bare.areas if a.code == code), "")

    async def _given(self, request: web.Request) -> dict[str, str]:
        """Return a form's fields, each once."""
        await self._signed_in(request)
        form = await posted(request, self._sessions)
        return {name: values[0] for name, values in form.items()}


def _asked(key: Key, given: Mapping[str, str]) -> Asked:
    return Asked(
        key=key,
        value=given.get("value", ""),
        source=given.get("source", ""),
        valid_from=given.get("valid_from", ""),
        valid_to=given.get("valid_to", ""),
        ends=given.get("act") == "end",
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
