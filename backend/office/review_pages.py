"""/review: photos one after another, or many at once, with what is needed to judge them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from backend import audit
from backend.access import photo_to_review
from backend.forms import newest
from backend.lists import numbers
from backend.models import Evidence
from backend.office.posted import one, posted, whole
from backend.office.review_card import STATE_WORDS, card_of, history_line
from backend.office.work_pages import WorkPages
from backend.plans.schema import Pack
from backend.reports.words import labels, natural
from backend.review.decide import Decided, Decision, Overtaken, decide
from backend.review.history import State
from backend.review.overdue import overdue_days
from backend.review.queue import (
    Filters,
    Queue,
    communes_of,
    indicators_of,
    queue_of,
)
from backend.review.reasons import MOST_WORDS, REASONS, offered, own_words
from backend.review.shown import seen_lately, sent_ahead, shown
from backend.review.signals import flagged, kinds
from backend.review.when_told import news_line, news_of, when_told
from conversations.text import N_

AT_ONCE = 60
"""Photos on one page of /review/grid."""
JSON = "application/json"
PLAIN = re.compile(r"[^\0\ud800-\udfff]{1,140}")


class ReviewPages(WorkPages):
    """Handlers of /review."""

    async def first(self, request: web.Request) -> web.Response:
        """GET /review?commune=CODE&indicator=SET:CODE&signal=KIND&state=STATE: the first of these."""
        person_id = await self._signed_in(request)
        return await self._page(request, person_id, None)

    async def photo(self, request: web.Request) -> web.Response:
        """GET /review/<id>: this photo, in the queue it is in; with `card=1` its part of the page."""
        person_id = await self._signed_in(request)
        pack = await self._plan()
        found = await photo_to_review(person_id, int(request.match_info["id"]), pack)
        if found is None:
            raise self._not_there()
        if request.query.get("card"):
            card = await self._card(request, person_id, found, pack, ahead=True)
            return self._render("review_card.html", query=_query(request), **card)
        return await self._page(request, person_id, found)

    async def seen(self, request: web.Request) -> web.Response:
        """POST /review/seen: each `photo`, which was sent ahead, is on the screen now."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        ids = [whole(n) for n in form.get("photo", [])[:AT_ONCE]]
        await shown(ids, by=person_id, at=self._office.clock.now())
        return web.Response(status=204)

    async def ids(self, request: web.Request) -> web.Response:
        """GET /review/ids: what is in the queue now, as JSON."""
        person_id = await self._signed_in(request)
        queue = await queue_of(person_id, await self._plan(), _filters(request))
        return web.json_response({"ids": list(queue.ids), "total": queue.total})

    async def decide(self, request: web.Request) -> web.Response:
        """POST /review/<id>: decide about one photo; JSON to a script, the next page to a form."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        evidence_id = int(request.match_info["id"])
        found = await self._decide(person_id, evidence_id, one(form, "expected"), form)
        if JSON in request.headers.get("Accept", ""):
            return web.json_response(self._answer(found))
        if isinstance(found, Overtaken):
            raise web.HTTPSeeOther(f"/review/{evidence_id}?{_query(request, overtaken='1')}")
        query = _query(request, heard=self._news(found))
        raise web.HTTPSeeOther(f"/review?{query}" if query else "/review")

    async def grid(self, request: web.Request) -> web.Response:
        """GET /review/grid: many photos with boxes to tick."""
        person_id = await self._signed_in(request)
        return await self._grid(request, person_id, [])

    async def several(self, request: web.Request) -> web.Response:
        """POST /review/grid: one decision about all that are ticked, each for itself."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        ticked, now = form.get("photo", [])[:AT_ONCE], self._office.clock.now()
        approving = one(form, "decision") == Decision.APPROVED
        if approving and own_words(one(form, "words")):
            words = N_("A reason was written, so nothing was approved. Choose which one is meant.")
            return await self._grid(request, person_id, [self._words.get(words)])
        numbers_of = {each: whole(each.partition(":")[0]) for each in ticked}
        seen = await seen_lately(list(numbers_of.values()), by=person_id, at=now)
        done, late, gone, news, unseen = 0, [], 0, set(), 0
        for each, number in numbers_of.items():
            if approving and number not in seen:
                unseen += 1
                continue
            found = await self._decide(person_id, number, each.partition(":")[2], form)
            done += isinstance(found, Decided)
            gone += found is None
            news.add(self._news(found))
            if isinstance(found, Overtaken):
                late.append(self._told(found))
        told = [self._words.get(N_("Written down for {count} photos."), count=done)]
        if unseen:
            told.append(
                self._words.get(
                    N_("{count} photos had not been on the screen yet and wait to be looked at."),
                    count=unseen,
                )
            )
        if gone:
            told.append(
                self._words.get(N_("{count} photos are no longer in the list."), count=gone)
            )
        heard = [line for n in sorted(news) if (line := await self._heard(n))]
        return await self._grid(request, person_id, [*told, *heard, *late])

    async def _decide(
        self, person_id: int, evidence_id: int, expected: str, form: dict[str, list[str]]
    ) -> Decided | Overtaken | None:
        try:
            return await decide(
                person_id,
                evidence_id,
                Decision(one(form, "decision")),
                expected=int(expected[:9]),
                reason=one(form, "reason"),
                words=own_words(one(form, "words")),
                now=self._office.clock.now(),
                zone=self._office.settings.zone,
            )
        except ValueError as error:
            raise web.HTTPBadRequest from error

    def _answer(self, found: Decided | Overtaken | None) -> dict[str, Any]:
        if found is None:
            told = self._words.get(N_("This photo is no longer in the list."))
            return {"outcome": "gone", "told": told}
        if isinstance(found, Overtaken):
            outcome, told = "overtaken", self._told(found)
        else:
            outcome, now = "decided", self._office.clock.now()
            heard = when_told(found.told, now, self._office.settings.zone)
            told = self._words.say(heard) if heard and self._news(found) else ""
        return {"outcome": outcome, "state": found.state, "number": found.number, "told": told}

    def _news(self, found: Decided | Overtaken | None) -> str:
        """Return `news_of` a photo that was handed back just now, "" of everything else."""
        if not isinstance(found, Decided) or found.state is not State.REJECTED:
            return ""
        return news_of(found.told, self._office.clock.now())

    async def _heard(self, news: str) -> str:
        now, zone = self._office.clock.now(), self._office.settings.zone
        line = news_line(news, await self._plan(), now, zone)
        return self._words.say(line) if line else ""

    def _told(self, found: Overtaken) -> str:
        line = history_line(found.review, self._words, self._office.settings.zone)
        return self._words.get(
            N_("Somebody else was first, so your choice was not kept. {line}"), line=line
        )

    async def _page(
        self, request: web.Request, person_id: int, asked: Evidence | None
    ) -> web.Response:
        pack, filters = await self._plan(), _filters(request)
        queue = await queue_of(person_id, pack, filters)
        photo = asked
        if photo is None and queue.ids:
            photo = await photo_to_review(person_id, queue.ids[0], pack)
        ids = list(queue.ids)
        if photo is not None and photo.id not in ids:
            ids.insert(0, photo.id)
        at = ids.index(photo.id) if photo else 0
        return self._render(
            "review.html",
            **await self._bar(request, person_id, pack, queue, filters),
            ids=ids,
            before=ids[at - 1] if at else None,
            after=ids[at + 1] if at + 1 < len(ids) else None,
            overtaken="overtaken" in request.query,
            heard=await self._heard(request.query.get("heard", "")),
            **(await self._card(request, person_id, photo, pack) if photo else {"card": None}),
        )

    async def _grid(self, request: web.Request, person_id: int, told: list[str]) -> web.Response:
        pack, filters = await self._plan(), _filters(request)
        queue = await queue_of(person_id, pack, filters, AT_ONCE)
        rows = await Evidence.filter(id__in=list(queue.ids)).prefetch_related("area", "file")
        found = {row.id: row for row in rows}
        now = self._office.clock.now()
        return self._render(
            "review_grid.html",
            **await self._bar(request, person_id, pack, queue, filters),
            photos=[found[i] for i in queue.ids if i in found],
            titles=await _titles({row.questionnaire for row in rows}),
            flags={row.id: await flagged(row.id, self._words) for row in rows},
            told=told,
            overdue=await overdue_days(rows, pack, now),
            token=self._sessions.form_token(request),
            reasons=[(code, self._words.get(REASONS[code])) for code in offered("")],
            most_words=MOST_WORDS,
        )

    async def _card(
        self,
        request: web.Request,
        person_id: int,
        photo: Evidence,
        pack: Pack,
        *,
        ahead: bool = False,
    ) -> dict[str, Any]:
        """Return what a card shows, noted as looked at; `ahead`: as sent and not yet looked at."""
        now, zone = self._office.clock.now(), self._office.settings.zone
        if ahead:
            await sent_ahead(photo, by=person_id, at=now)
        else:
            subject = f"submission:{photo.submission_id}"  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
            await audit.seen(subject, by=person_id, at=now)
        return {
            "ahead": ahead,
            "overdue": (await overdue_days([photo], pack, now)).get(photo.id, 0),
            "card": await card_of(photo, pack, person_id, self._words, zone),
            "token": self._sessions.form_token(request),
            "most_words": MOST_WORDS,
        }

    async def _bar(
        self, request: web.Request, person_id: int, pack: Pack, queue: Queue, filters: Filters
    ) -> dict[str, Any]:
        """Return what the filters above the photos need."""
        late = 0
        if filters.state is State.REJECTED:
            rows = await Evidence.filter(id__in=numbers(queue.ids))
            late = len(await overdue_days(rows, pack, self._office.clock.now()))
        communes = await communes_of(person_id, pack)
        indicators = await indicators_of(person_id, pack)
        return {
            "filters": filters,
            "query": _query(request),
            "total": queue.total if queue.total is not None else len(queue.ids),
            "late": late,
            "late_days": pack.reminding.escalate_days,
            "further": _query(request, after=str(queue.further)) if queue.further else "",
            "states": [(s, self._words.get(w)) for s, w in STATE_WORDS.items()],
            "communes": sorted(communes, key=lambda a: natural(a.name)),
            "indicators": [(key, f"{i.printed} {i.name}") for key, i in indicators.items()],
            "signals": kinds(self._words),
            "labels": labels(self._words, sample=pack.sample),
        }


async def _titles(questionnaires: set[str]) -> dict[str, str]:
    found = [await newest(questionnaire) for questionnaire in questionnaires]
    return {version.form_id: version.title for version in found if version}


def _filters(request: web.Request) -> Filters:
    found = {name: request.query.get(name, "") for name in ("commune", "indicator", "signal")}
    known = {name: value for name, value in found.items() if PLAIN.fullmatch(value)}
    state = request.query.get("state", "")
    after = request.query.get("after", "")
    return Filters(
        state=State(state) if state in set(State) else State.WAITING,
        after=whole(after),
        **known,
    )


def _query(request: web.Request, **more: str) -> str:
    filters = _filters(request)
    fields = {
        "state": "" if filters.state is State.WAITING else str(filters.state),
        "commune": filters.commune,
        "indicator": filters.indicator,
        "signal": filters.signal,
        "after": str(filters.after) if filters.after else "",
        **more,
    }
    return urlencode({name: value for name, value in fields.items() if value})
