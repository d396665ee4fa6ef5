"""/accesses: for admins, who looked at, decided, changed and exported how much."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from aiohttp import web

from backend import audit
from backend.access import roles_over
from backend.access_report import KINDS, Report, access_report, report_xlsx
from backend.models import Area
from backend.office.pages import XLSX
from backend.office.work_pages import WorkPages
from backend.people import Role
from conversations.text import N_

USUAL_DAYS = 31
MOST_DAYS = 366


class AuditPages(WorkPages):
    """Handlers of /accesses."""

    async def listing(self, request: web.Request) -> web.Response:
        """GET /accesses?area=CODE&from=DAY&to=DAY."""
        area, report = await self._report(request)
        return self._render(
            "accesses.html",
            area=area,
            report=report,
            first=report.since.astimezone(self._office.settings.zone).date(),
            last=report.until.astimezone(self._office.settings.zone).date() - timedelta(days=1),
            tables=[
                (self._words.get(N_("By person")), self._words.get(N_("Person")), report.people),
                (self._words.get(N_("By village")), self._words.get(N_("Area")), report.villages),
            ],
            kinds=[word for _, word in KINDS],
        )

    async def xlsx(self, request: web.Request) -> web.Response:
        """GET /accesses.xlsx with the same parameters."""
        _, report = await self._report(request, exported=True)
        return web.Response(
            body=report_xlsx(report, self._words),
            content_type=XLSX,
            headers={"Content-Disposition": 'attachment; filename="truy-cap.xlsx"'},
        )

    async def _report(self, request: web.Request, *, exported: bool = False) -> tuple[Area, Report]:
        person_id = await self._signed_in(request)
        area = await self._place(request, person_id)
        if Role.ADMIN not in await roles_over(person_id, area.id):
            raise self._not_there()
        last = _day(request.query.get("to", "")) or self._today
        first = _day(request.query.get("from", "")) or last - timedelta(days=USUAL_DAYS - 1)
        if not first <= last or (last - first).days > MOST_DAYS:
            raise self._not_there()
        zone = self._office.settings.zone
        since = datetime.combine(first, time(), zone)
        until = datetime.combine(last + timedelta(days=1), time(), zone)
        subject, now = f"accesses:{area.code}", self._office.clock.now()
        if exported:
            await audit.record("accesses.exported", by=person_id, subject=subject, at=now)
        else:
            await audit.seen(subject, by=person_id, at=now)
        return area, await access_report(since, until, self._words, area_id=area.id)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
