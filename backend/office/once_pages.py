"""/reports: reports asked for once; who has answered, opening one, cancelling one."""

from __future__ import annotations

from datetime import date
from typing import Any

from aiohttp import web
from tortoise.transactions import in_transaction

from backend.access import areas_to_ask, may_ask_reports, rights_of
from backend.adhoc.kept import (
    MOST_NAME,
    MOST_SENTENCE,
    RefusedError,
    Wanted,
    cancel,
    open_report,
    reports_for,
    units_below,
)
from backend.adhoc.reach import preview
from backend.adhoc.shapes import FREE, Standing
from backend.area_tree import subtree
from backend.forms import newest
from backend.models import Area
from backend.office.posted import one, posted, whole
from backend.office.work_pages import WorkPages
from backend.plans.schema import Pack
from backend.quota.books import open_books
from backend.reports.ad_hoc import STANDINGS, channels_text
from conversations.text import N_, Text

FIELDS = ("name", "sentence", "questionnaire", "level", "before", "offsets")
MOST_OFFSETS = 10
MOST_OFFSET = 60


class OncePages(WorkPages):
    """Handlers of /reports."""

    async def listing(self, request: web.Request) -> web.Response:
        """GET /reports."""
        person_id = await self._signed_in(request)
        return await self._listing(request, person_id, {}, "")

    async def open(self, request: web.Request) -> web.Response:
        """POST /reports: a preview of what it sends, and with `sure` the report itself."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        pack = await self._plan()
        try:
            wanted = await self._wanted(person_id, pack, form)
            if one(form, "sure") == "yes":
                async with in_transaction():
                    await open_report(
                        person_id, pack, wanted, self._now, self._office.settings.zone
                    )
                raise web.HTTPSeeOther("/reports")
        except RefusedError as refused:
            return await self._listing(request, person_id, form, self._words.say(refused.why))
        books = await open_books(self._now, self._office.settings.zone)
        found = await preview(sorted(wanted.areas), wanted.level, books)
        units = await Area.filter(id__in=sorted(wanted.areas)).order_by("id")
        lost = set(found.unreached)
        return self._render(
            "report_preview.html",
            wanted=wanted,
            units=units,
            messages=found.messages,
            channels=channels_text(found.by_channel),
            unreached=[u.name for u in units if u.id in lost],
            hidden=[(name, value) for name, values in form.items() for value in values],
        )

    async def cancel(self, request: web.Request) -> web.Response:
        """POST /reports/<id>/cancel."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        pack = await self._plan()
        number = int(request.match_info["id"])
        reports = await reports_for(person_id, pack, self._today)
        report = next((r for r in reports if r.id == number), None)
        if report is None:
            raise self._not_there()
        if not await cancel(person_id, report, one(form, "reason"), self._office.clock.now()):
            why = self._words.get(N_("It could not be cancelled."))
            return await self._listing(request, person_id, {}, why)
        raise web.HTTPSeeOther("/reports")

    async def _listing(
        self, request: web.Request, person_id: int, form: dict[str, list[str]], error: str
    ) -> web.Response:
        pack = await self._plan()
        mine = await areas_to_ask(person_id)
        zone = self._office.settings.zone
        rows: list[dict[str, Any]] = []
        for report in await reports_for(person_id, pack, self._today):
            state = report.standing(pack, self._today, zone)
            running = state in {Standing.OPEN, Standing.LATE}
            rows.append(
                {
                    "report": report,
                    "day": report.last_day(pack, zone),
                    "state": self._words.get(STANDINGS[state]),
                    "late": state is Standing.LATE,
                    "answered": [u for n, u in report.units.items() if n in report.answered],
                    "missing": report.missing,
                    "may": running and set(report.units) <= mine,
                }
            )
        places = await Area.filter(id__in=sorted(mine), level__in=["district", "commune"]).order_by(
            "name", "id"
        )
        known = {a.code for a in pack.areas}
        return self._render(
            "reports.html",
            422 if error else 200,
            error=error,
            plan=pack,
            rows=rows,
            may_open=may_ask_reports(await rights_of(person_id)),
            places=[p for p in places if p.code in known],
            forms=await self._forms(pack),
            given={name: one(form, name) for name in FIELDS},
            chosen=set(form.get("area", [])),
            most_name=MOST_NAME,
            most_sentence=MOST_SENTENCE,
            token=self._sessions.form_token(request),
        )

    async def _forms(self, pack: Pack) -> list[tuple[str, str]]:
        found = []
        for survey in pack.surveys:
            version = await newest(survey.questionnaire)
            if version is not None:
                found.append((survey.questionnaire, version.title))
        return found

    async def _wanted(self, person_id: int, pack: Pack, form: dict[str, list[str]]) -> Wanted:
        """Understand the form; raise RefusedError for what cannot be asked."""
        level = one(form, "level")
        numbers = [whole(n) for n in form.get("area", [])]
        mine = await areas_to_ask(person_id)
        asked = await subtree([n for n in numbers if n in mine]) & mine
        units = await units_below(asked, level, pack, self._today)
        try:
            before = date.fromisoformat(one(form, "before"))
        except ValueError:
            raise RefusedError(Text("I do not understand this day.")) from None
        questionnaire, sentence = one(form, "questionnaire"), one(form, "sentence").strip()
        if questionnaire not in {f for f, _ in await self._forms(pack)}:
            questionnaire = FREE
            if not sentence:
                raise RefusedError(Text("Please choose a questionnaire or write a sentence."))
        if not units:
            raise RefusedError(Text("There is nobody of this kind there."))
        return Wanted(
            name=one(form, "name"),
            questionnaire=questionnaire,
            sentence=sentence,
            level=level,
            areas=frozenset(u.id for u in units),
            before=before,
            offsets=_offsets(one(form, "offsets")),
        )


def _offsets(text: str) -> tuple[int, ...] | None:
    """Return «7, 3, 1» as numbers, None for nothing (the office's own days)."""
    parts = [p.strip() for p in text.replace(";", ",").split(",") if p.strip()]
    if not parts:
        return None
    if len(parts) > MOST_OFFSETS or not all(
        p.isdecimal() and len(p) <= 2 and int(p) <= MOST_OFFSET  # noqa: PLR2004  (digits)
        for p in parts
    ):
        raise RefusedError(Text("Numbers of days from 0 to 60, for example: 7, 3, 1, 0"))
    return tuple(sorted({int(p) for p in parts}, reverse=True))
