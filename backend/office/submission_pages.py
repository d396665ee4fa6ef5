"""/submissions/<id>: the answers, the standard XML, and asking the village head one of them again."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from backend import audit
from backend.access import submission_for, submission_to_review
from backend.models import Answer, Evidence, Submission
from backend.office.answer_card import answer_cards, decision_line
from backend.office.pages import download
from backend.office.posted import one, posted
from backend.office.work_pages import WorkPages
from backend.plans.schema import Pack
from backend.plans.store import NoPlanError, active_pack
from backend.review.answers import AnswerOvertaken, decide_answer
from backend.review.answers_back import AnswerDecision
from backend.review.overdue import days_overdue, overdue_days
from backend.review.reasons import MOST_WORDS, OF_ANSWERS, own_words
from backend.review.when_told import news_line, news_of
from conversations.text import N_

LONGEST_PATH = 190


class SubmissionPages(WorkPages):
    """Handlers of /submissions."""

    async def submission(self, request: web.Request) -> web.Response:
        """GET /submissions/<id>: the answers."""
        person_id = await self._signed_in(request)
        found = await submission_for(person_id, int(request.match_info["id"]))
        if found is None:
            raise self._not_there()
        return await self._page(person_id, found, await self._heard(request))

    async def xml(self, request: web.Request) -> web.Response:
        """GET /submissions/<id>.xml: the standard submission, to keep or to hand on."""
        person_id = await self._signed_in(request)
        found = await submission_for(person_id, int(request.match_info["id"]))
        if found is None:
            raise self._not_there()
        subject, now = f"submission:{found.id}", self._office.clock.now()
        await audit.record("submission.exported", by=person_id, subject=subject, at=now)
        name = f"{found.questionnaire}-{found.area.code}-{found.period}.xml"
        return download(found.xml.encode(), "application/xml", name)

    async def ask(self, request: web.Request) -> web.Response:
        """POST /submissions/<id>/answers: hand one answer back, or take that back."""
        person_id = await self._signed_in(request)
        form = await posted(request, self._sessions)
        number = int(request.match_info["id"])
        try:
            found = await decide_answer(
                person_id,
                number,
                one(form, "path")[:LONGEST_PATH],
                AnswerDecision(one(form, "decision")),
                expected=int(one(form, "expected")[:9]),
                reason=one(form, "reason"),
                words=own_words(one(form, "words")),
                now=self._office.clock.now(),
                zone=self._office.settings.zone,
            )
        except ValueError as error:
            raise web.HTTPBadRequest from error
        if found is None:
            raise self._not_there()
        if isinstance(found, AnswerOvertaken):
            there = await submission_for(person_id, number)
            if there is None:
                raise self._not_there()
            line = decision_line(found.row, self._words, self._office.settings.zone)
            sentence = N_("Somebody else was first, so your choice was not kept. {line}")
            return await self._page(person_id, there, self._words.get(sentence, line=line))
        news = news_of(found.told, self._office.clock.now())
        heard = f"?heard={news}" if news and found.row.open else ""
        raise web.HTTPSeeOther(f"/submissions/{number}{heard}#answers")

    async def _page(self, person_id: int, found: Submission, told: str) -> web.Response:
        now, zone = self._office.clock.now(), self._office.settings.zone
        await audit.seen(f"submission:{found.id}", by=person_id, at=now)
        photos = await Evidence.filter(submission_id=found.id, dropped_at=None).order_by("id")
        pack = await self._plan_if_any()
        answers: list[Answer] = list(found.answers)  # type: ignore[attr-defined]  # Tortoise adds the reverse relation
        cards = await answer_cards(found, answers, self._words, zone)
        late: dict[str, int] = {}
        days: Mapping[int, int] = {}
        if pack is not None and found.current_key:
            asked = [(c.shown.path, c.at) for c in cards if c.asked and c.at is not None]
            late = {path: days_overdue(at, pack, now) for path, at in asked}
            days = await overdue_days(photos, pack, now)
        mine = pack is not None and await submission_to_review(person_id, found.id, pack)
        return self._render(
            "submission.html",
            submission=found,
            area=found.area,
            answers=cards,
            overdue=late,
            overdue_photos=sorted(days.values()),
            may_ask=bool(mine),
            reasons=[(code, self._words.get(why)) for code, why in OF_ANSWERS.items()],
            most_words=MOST_WORDS,
            told=told,
            photos=[(p, found.form_version.title) for p in photos],
        )

    async def _plan_if_any(self) -> Pack | None:
        """Return the plan in force; what was answered can be read without one."""
        try:
            return await active_pack(self._office.settings.plan, self._today)
        except NoPlanError:
            return None

    async def _heard(self, request: web.Request) -> str:
        """Return when the village head hears of what was asked again just now."""
        pack = await self._plan_if_any()
        now, zone = self._office.clock.now(), self._office.settings.zone
        line = news_line(request.query.get("heard", ""), pack, now, zone) if pack else None
        return self._words.say(line) if line else ""
