"""/dossiers: building the dossier of a village or commune with one press, and fetching it."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from backend import audit
from backend.access import area_to_export
from backend.area_tree import subtree
from backend.dossier.collect import Reader
from backend.dossier.facts import Asked
from backend.dossier.jobs import DOSSIERS, BusyError, Job, Jobs, State
from backend.lists import numbers, parts_of
from backend.models import Area, Submission
from backend.office.parts import Office
from backend.office.posted import one, posted
from backend.office.work_pages import WorkPages
from backend.plans.periods import kind_of, period_days
from conversations.text import N_

ZIP = "application/zip"
MOST_PERIODS = 24


class DossierPages(WorkPages):
    """Handlers of /dossiers."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self._jobs = Jobs(office.settings.data_dir / DOSSIERS, office.clock)

    async def listing(self, request: web.Request) -> web.Response:
        """GET /dossiers?area=CODE: the button, and what was built or is being built."""
        person_id = await self._signed_in(request)
        area = await self._to_export(person_id, await self._place(request, person_id))
        return await self._listing(request, person_id, area, "")

    async def build(self, request: web.Request) -> web.Response:
        """POST /dossiers: begin."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        area = await self._to_export(person_id, await self._area(person_id, one(form, "area")))
        period = one(form, "period").strip()
        try:
            if period:
                period_days(period)
            self._jobs.begin(
                person_id,
                Asked(area.code, period or None),
                Reader(self._office.settings.plan, self._words, self._office.settings.zone),
                self._office.store,
            )
        except ValueError:
            sentence = N_("{period} is no period. Write 2026-Q4, 2026-11 or 2026.")
            why = self._words.get(sentence, period=period[:32])
            return await self._listing(request, person_id, area, why)
        except BusyError:
            why = self._words.get(N_("Another dossier is still being made. Please wait a little."))
            return await self._listing(request, person_id, area, why)
        raise web.HTTPSeeOther(f"/dossiers?area={quote(area.code)}")

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        """GET /dossiers/<token>.zip: to whoever asked for it, while they may still have it."""
        person_id = await self._signed_in(request)
        job = self._jobs.job(request.match_info["token"])
        if job is None or job.person != person_id:
            raise self._not_there()
        await self._to_export(person_id, await self._area(person_id, job.area))
        path = self._jobs.file(job)
        if path is None:
            raise self._not_there()
        await audit.record(
            "dossier.fetched",
            by=person_id,
            subject=f"area:{job.area}",
            at=self._office.clock.now(),
            details={"period": job.period, "size": job.size},
        )
        return web.FileResponse(
            path,
            headers={
                "Content-Type": ZIP,
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(job.name, safe='')}",
            },
        )

    async def close(self, _app: web.Application) -> None:
        """End what is being built when the process ends."""
        await self._jobs.close()

    async def _to_export(self, person_id: int, area: Area) -> Area:
        if await area_to_export(person_id, area.id) is None:
            raise self._not_there()
        return area

    async def _listing(
        self, request: web.Request, person_id: int, area: Area, error: str
    ) -> web.Response:
        jobs = [job for job in self._jobs.of(person_id) if job.area == area.code]
        return self._render(
            "dossiers.html",
            422 if error else 200,
            area=area,
            error=error,
            jobs=[(job, self._state(job)) for job in jobs],
            periods=await self._periods(area),
            building=any(job.state is State.BUILDING for job in jobs),
            token=self._sessions.form_token(request),
        )

    async def _periods(self, area: Area) -> list[str]:
        """Return the periods that something was sent for, newest first."""
        plan, found = self._office.settings.plan, set[str]()
        for some in parts_of(sorted(await subtree([area.id]))):
            sent = Submission.filter(plan=plan, area_id__in=numbers(some))
            found |= {str(p) for p in await sent.distinct().values_list("period", flat=True)}
        named = [p for p in found if _of_survey(p)]
        return sorted(named, key=lambda p: period_days(p)[::-1], reverse=True)[:MOST_PERIODS]

    def _state(self, job: Job) -> str:
        if job.state is State.READY:
            return self._words.get(N_("ready"))
        if job.state is State.FAILED:
            return self._words.get(N_("It did not work. Please press again."))
        if job.whole:
            return self._words.get(
                N_("being made: {done} of {whole}"), done=job.done, whole=job.whole
            )
        return self._words.get(N_("being made"))


def _of_survey(period: str) -> bool:
    """Say whether it is a month, quarter or year; a report asked for once has no dossier."""
    try:
        kind_of(period)
    except ValueError:
        return False
    return True
