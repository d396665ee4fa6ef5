"""The office's pages. Each asks `backend.access` first; a refusal looks like a thing not there."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from backend import audit
from backend.access import (
    area_for,
    photo_for,
    photos_for,
    rights_of,
    submissions_for,
)
from backend.area_tree import subtree
from backend.causes import About, causes_between
from backend.models import Area
from backend.office.assets import Assets
from backend.office.guard import form_token, signed_in
from backend.office.parts import Office
from backend.office.photo_address import PhotoAddresses
from backend.office.session import person_of
from backend.office.tables import cell, key, table
from backend.office.unreached import unreached
from backend.page_templates import page_templates
from backend.people import Role
from backend.plans.store import NoPlanError, active_pack
from backend.quota.month import month_text, months
from backend.quota.words import channel_name
from backend.reports.goals import goals_lines
from backend.reports.stages import of_unit, stages_lines, unit_lines
from backend.reports.words import period_name, plan_labels, status_word
from backend.review.shown import FETCHED
from backend.status.model import Progress, VillageProgress
from locales import Catalog, catalog

HERE = Path(__file__).parent
CODE = re.compile(r"[^\0\ud800-\udfff]{1,64}")
PERIOD = re.compile(r"[0-9A-Za-z-]{4,16}")
CHANGES = timedelta(days=30)
MOST_CHANGES = 20
"""How far back, and how many of what moved a village's status, its page tells."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Pages:
    """Handlers for people who are signed in; everybody else gets the sign-in page."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._sessions = office.sessions
        self.assets = Assets(HERE / "static", "/static")
        self._photos = PhotoAddresses(office.settings.secret_key)
        self._templates = page_templates(HERE / "templates")
        self._templates.globals["photo_path"] = self._photos.path

    async def home(self, request: web.Request) -> web.Response:
        """GET /: progress of the person's area."""
        person_id = await self._officer(request)
        if person_id is None:
            return self._render("signin.html", old_link=False)
        areas = await self._roots(person_id)
        return await self._progress_page(request, person_id, areas[0], areas)

    async def area(self, request: web.Request) -> web.Response:
        """GET /areas/<code>: a commune's table, or one village."""
        person_id = await self._signed_in(request)
        area = await self._area(person_id, request.match_info["code"])
        if area.level != "village":
            return await self._progress_page(request, person_id, area, [area])
        progress = await self._progress(request, area)
        village = _village(progress, area)
        plan, periods = progress.plan_id, _periods(village, progress)
        submissions = [
            s
            for period in periods
            for s in await submissions_for(person_id, plan=plan, period=period, area_id=area.id)
        ]
        photos = [
            p
            for period in periods
            for p in await photos_for(person_id, period=period, area_id=area.id)
        ]
        words = self._words
        titles = {s.questionnaire: s.title for s in village.surveys} if village else {}
        return self._render(
            "village.html",
            area=area,
            progress=progress,
            labels=plan_labels(progress, words),
            village=village,
            indicators=[(r, cell(r, words)) for r in village.indicators] if village else [],
            self_assessed=status_word(village.self_assessed, words) if village else "",
            stages=unit_lines(unit, words) if (unit := of_unit(progress.stages, area.code)) else [],
            submitted={s.questionnaire: s for s in submissions},
            photos=[(p, titles.get(p.questionnaire, p.questionnaire)) for p in photos],
            above=await self._above(person_id, area),
            changes=await self._changes(area.code, progress) if village else [],
        )

    async def _changes(self, code: str, progress: Progress) -> list[str]:
        """Return what has lately happened that can have moved a status, newest first."""
        now, zone = self._office.clock.now(), self._office.settings.zone
        try:
            pack = await active_pack(self._office.settings.plan, now.astimezone(zone).date())
        except NoPlanError:
            return []
        about = About(pack, code, progress.period)
        causes = await causes_between(about, now - CHANGES, now, self._words, zone)
        return [cause.line(self._words, zone) for cause in causes[: -MOST_CHANGES - 1 : -1]]

    async def photo(self, request: web.Request) -> web.Response:
        """GET /photos/<address>: the preview, which holds no EXIF; the original is never served.

        With `ahead=1` it goes to a page that does not show it yet (`backend.review.shown`).
        """
        person_id = await self._signed_in(request)
        found = await photo_for(person_id, self._photos.number(request.match_info["address"]))
        if found is None:
            raise self._not_there()
        ahead = "ahead" in request.query and request.headers.get("Sec-Fetch-Dest") != "document"
        action, now = FETCHED if ahead else "", self._office.clock.now()
        await audit.seen(f"photo:{found.id}", by=person_id, at=now, action=action)
        try:
            body = await self._office.store.get(found.file.preview)
        except (KeyError, FileNotFoundError) as error:
            raise self._not_there() from error
        return web.Response(body=body, content_type="image/jpeg")

    async def xlsx(self, request: web.Request) -> web.Response:
        """GET /progress.xlsx?area=CODE&period=P."""
        from backend.reports.xlsx import progress_xlsx  # noqa: PLC0415  (loaded when first asked)

        person_id = await self._signed_in(request)
        progress = await self._asked_progress(request)
        zone = self._office.settings.zone
        body = await asyncio.to_thread(progress_xlsx, progress, self._words, zone=zone)
        await audit.record(
            "progress.exported",
            by=person_id,
            subject=f"area:{progress.area_code}",
            at=self._office.clock.now(),
            details={"period": progress.period},
        )
        return download(body, XLSX, f"{progress.area_code}-{_file_period(progress)}.xlsx")

    async def png(self, request: web.Request) -> web.Response:
        """GET /progress.png?area=CODE&period=P&page=N (from 1)."""
        from backend.reports.picture import progress_pngs  # noqa: PLC0415  (Pillow when first asked)

        progress = await self._asked_progress(request)
        zone = self._office.settings.zone
        pictures = await asyncio.to_thread(progress_pngs, progress, self._words, zone=zone)
        page = request.query.get("page", "1")
        if not page.isdecimal() or not 1 <= int(page[:6]) <= len(pictures):
            raise self._not_there()
        return web.Response(body=pictures[int(page) - 1], content_type="image/png")

    async def _progress_page(
        self, request: web.Request, person_id: int, area: Area, others: list[Area]
    ) -> web.Response:
        if area.level == "village":
            raise web.HTTPSeeOther(f"/areas/{quote(area.code)}")
        progress = await self._progress(request, area)
        admin = (await rights_of(person_id)).admin
        now, zone = self._office.clock.now(), self._office.settings.zone
        return self._render(
            "progress.html",
            area=area,
            others=[other for other in others if other.id != area.id],
            progress=progress,
            labels=plan_labels(progress, self._words),
            table=table(progress, self._words),
            key=key(self._words),
            stages=[line.removeprefix("• ") for line in stages_lines(progress, self._words)[1:]],
            goals=[
                line.removeprefix("• ")
                for line in (goals_lines(progress.goals, self._words) if progress.goals else [])
            ],
            admin=admin,
            months=await self._months() if admin else [],
            shut=self._shut() if admin else [],
            unreached=await unreached(person_id, area.id, now, self._words, zone),
            above=await self._above(person_id, area),
            query=f"?area={quote(area.code)}" + (f"&period={p}" if (p := _period(request)) else ""),
        )

    def _shut(self) -> list[str]:
        """Return the channels that take no messages until a person does something."""
        doors = self._office.channels().items()
        shut = [name.split() for name, works in doors if not works and name != "telegram"]
        return [" ".join([channel_name(kind, self._words), *bot]) for kind, *bot in shut]

    async def _months(self) -> list[list[str]]:
        """Return how the bots with a limit stand this month, in lines."""
        found = await months(self._office.clock.now(), self._office.settings.zone)
        return [month_text(month, self._words).splitlines() for month in found]

    async def _asked_progress(self, request: web.Request) -> Progress:
        person_id = await self._signed_in(request)
        code = request.query.get("area", "")
        area = await self._area(person_id, code) if code else (await self._roots(person_id))[0]
        return await self._progress(request, area)

    async def _progress(self, request: web.Request, area: Area) -> Progress:
        try:
            return await self._office.progress(area.code, _period(request) or None)
        except (LookupError, ValueError) as error:
            raise self._not_there() from error

    async def _officer(self, request: web.Request) -> int | None:
        session = await self._sessions.find(request, self._office.clock.now())
        if session is None or not (await rights_of(person_of(session))).officer:
            return None
        signed_in.set(session.person.name)
        return person_of(session)

    async def _signed_in(self, request: web.Request) -> int:
        person_id = await self._officer(request)
        if person_id is None:
            raise web.HTTPSeeOther("/")
        return person_id

    async def _area(self, person_id: int, code: str) -> Area:
        area = await Area.get_or_none(code=code) if CODE.fullmatch(code) else None
        if area is None or await area_for(person_id, area.id) is None:
            raise self._not_there()
        return area

    async def _roots(self, person_id: int) -> list[Area]:
        """Return the areas of a person's offices, those inside another one of them left out."""
        grants = (await rights_of(person_id)).grants
        ids = {g.area_id for g in grants if g.role is not Role.VILLAGE_HEAD}
        inner: set[int] = set()
        for area_id in ids:
            inner |= (await subtree([area_id])) - {area_id}
        return await Area.filter(id__in=ids - inner).order_by("name", "id")

    async def _above(self, person_id: int, area: Area) -> Area | None:
        parent: int | None = area.parent_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        return await area_for(person_id, parent) if parent else None

    @property
    def _words(self) -> Catalog:
        return catalog(self._office.settings.lang)

    def dead_end(self, name: str, status: int) -> web.Response:
        """Return a page that says only that there is nothing, or that it failed."""
        return self._render(name, status)

    def _not_there(self) -> web.HTTPNotFound:
        page = self._render("nothing.html")
        return web.HTTPNotFound(text=page.text, content_type="text/html")

    def _render(self, name: str, status: int = 200, **values: Any) -> web.Response:
        words, zone = self._words, self._office.settings.zone

        def moment(value: datetime) -> str:
            return words.date(value.astimezone(zone))

        text = self._templates.get_template(name).render(
            _=words.get,
            lang=words.lang,
            form_token=form_token.get(),
            signed_in=signed_in.get(),
            asset=self.assets.address,
            moment=moment,
            day=words.date,
            period_name=lambda period: period_name(period, words),
            **values,
        )
        response = web.Response(text=text, status=status, content_type="text/html")
        response.enable_compression()
        return response


def _village(progress: Progress, area: Area) -> VillageProgress | None:
    return next((v for v in progress.villages if v.code == area.code), None)


def _periods(village: VillageProgress | None, progress: Progress) -> list[str]:
    if village is None:
        return [progress.period]
    return list(dict.fromkeys(survey.period for survey in village.surveys))


def _period(request: web.Request) -> str:
    period = request.query.get("period", "")
    return period if PERIOD.fullmatch(period) else ""


def _file_period(progress: Progress) -> str:
    return re.sub(r"[^0-9A-Za-z]+", "-", progress.period)


def download(body: bytes, content_type: str, name: str) -> web.Response:
    """Return a file to keep, under a name of any letters."""
    return web.Response(
        body=body,
        content_type=content_type,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"},
    )
