"""/submissions/<id>: the answers, the standard XML, and asking the village head one of them again."""

from __future__ import annotations

from aiohttp import web

from backend import audit
from backend.access import submission_for, submission_to_review
from backend.models import Answer, Evidence, Submission
from backend.office.answer_card import answer_cards, decision_line
from backend.office.pages import download
from backend.office.posted import one, posted
from backend.office.work_pages import WorkPages
from backend.plans.store import NoPlanError, active_pack
from backend.review.answers import AnswerOvertaken, decide_answer
from backend.review.answers_back import AnswerDecision
from backend.review.reasons import MOST_WORDS, OF_ANSWERS, own_words
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
        return await self._page(person_id, found, "")

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
        raise web.HTTPSeeOther(f"/submissions/{number}#answers")

    async def _page(self, person_id: int, found: Submission, told: str) -> web.Response:
        now, zone = self._office.clock.now(), self._office.settings.zone
        await audit.seen(f"submission:{found.id}", by=person_id, at=now)
        photos = await Evidence.filter(submission_id=found.id, dropped_at=None).order_by("id")
        answers: list[Answer] = list(found.answers)  # type: ignore[attr-defined]  # Tortoise adds the reverse relation
        return self._render(
            "submission.html",
            submission=found,
            area=found.area,
            answers=await answer_cards(found, answers, self._words, zone),
            may_ask=await self._may_ask(person_id, found.id),
            reasons=[(code, self._words.get(why)) for code, why in OF_ANSWERS.items()],
            most_words=MOST_WORDS,
            told=told,
            photos=[(p, found.form_version.title) for p in photos],
        )

    async def _may_ask(self, person_id: int, number: int) -> bool:
        try:
            pack = await active_pack(self._office.settings.plan, self._today)
        except NoPlanError:
            return False  # what was answered can be read without a plan
        return await submission_to_review(person_id, number, pack) is not None
