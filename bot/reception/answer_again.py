"""A question that the office asks again: exactly that one, in the same chat, whatever else is running.

The submitted questionnaire is opened at that question as an interview of its own, so that its
checks, buttons and words are the usual ones. It is sent by itself once nothing is left to answer,
and what it interrupted goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from backend.models import AnswerReview, Interview, Submission
from backend.people import villages_of
from backend.review.answers_back import AnswerBack, answers_back, worded
from backend.review.answers_told import ANSWER
from bot.messages import Outgoing
from bot.reception.house import Visit
from bot.reception.sittings import correct, resume
from bot.reception.together import together
from bot.turn.shapes import InterviewRow
from conversations.forms.model import Form
from conversations.interview.effects import Ask, Effect, Say
from conversations.interview.events import Typed
from conversations.interview.state import State
from conversations.interview.step import step
from conversations.interview.transitions import Phase
from conversations.text import Text

SEND = "/send"
"""`conversations.answers.commands.Command.SEND` as it may be typed."""


def is_press(text: str) -> bool:
    """Say whether a pressed button is the one under a question asked again."""
    return text.startswith(ANSWER) and text.removeprefix(ANSWER).isdecimal()


async def questions_back(visit: Visit, row_id: int | None = None) -> list[AnswerBack]:
    """Return the questions that this person is asked again."""
    villages = [v.id for v in await villages_of(visit.person_id)]
    if not villages:
        return []
    return await answers_back(villages, visit.catalog, visit.house.zone, row_id=row_id)


async def ask(visit: Visit, back: AnswerBack) -> list[Outgoing] | None:
    """Ask this one question, what is running rests meanwhile; None when it runs already."""
    running = visit.turn.interview
    if running is not None and running.id == back.row.asked_in:
        return None
    out = await correct(visit, back.submission, back.row.path)
    opened = await Interview.filter(running_for=visit.person_id).order_by("-id").first()
    if out is None or opened is None:
        return [visit.say(Text("This cannot be answered here any more. Please ask the office."))]
    unfinished = Interview.filter(id=back.row.asked_in, status="paused")
    await unfinished.update(status="cancelled", changed_at=visit.now)
    kept = running.id if running else back.row.interrupted
    await AnswerReview.filter(id=back.row.id).update(asked_in=opened.id, interrupted=kept)
    return together([visit.say(back.reason)] if back.reason else [], out)


async def is_lifted(interview: InterviewRow, state: State) -> bool:
    """Say whether this is the interview of a question that has been taken back, or answered elsewhere.

    Asked again meanwhile, for another reason, it is the interview of that question now. Only
    corrections ask the database.
    """
    if not state.deprecated_id:
        return False
    row = await AnswerReview.filter(asked_in=interview.id).order_by("-id").first()
    if row is None or row.open:
        return False
    anew = AnswerReview.filter(about=row.about, path=row.path, open=True, asked_in=None)
    return not await anew.update(asked_in=interview.id, interrupted=row.interrupted)


async def sent_by_itself(
    form: Form, interview: InterviewRow, before: State, after: State, now: datetime
) -> tuple[State, tuple[Effect, ...]] | None:
    """Send an interview that asked one question again, as soon as nothing is left to answer.

    None for every other interview; only corrections that come to their summary ask the database.
    """
    done = after.phase is Phase.REVIEWING and before.phase is not Phase.REVIEWING
    if not done or not after.deprecated_id:
        return None
    if not await AnswerReview.exists(open=True, asked_in=interview.id):
        return None
    state, effects = step(form, after, Typed(SEND), now)
    return (state, effects) if state.phase is Phase.SUBMITTED else None


def without_words(effects: Sequence[Effect]) -> list[Effect]:
    """Return what two steps at once did, without what each of them would have said."""
    return [e for e in effects if not isinstance(e, Ask | Say)]


async def into_open_ones(interview: InterviewRow, state: State) -> None:
    """Put the new answers also into corrections of the same questionnaire that are not sent yet."""
    found = await AnswerReview.filter(asked_in=interview.id).values_list("path", flat=True)
    paths = {str(path) for path in found}
    for open_one in await Interview.filter(
        area_id=interview.area_id,
        questionnaire=interview.questionnaire,
        period=interview.period,
        status__in=("running", "paused"),
    ).exclude(id=interview.id):
        other = State.from_json(open_one.state)
        fresh = {p: state.answers[p] for p in paths & {*other.answers} & {*state.answers}}
        if fresh:
            changed = replace(other, answers={**other.answers, **fresh})
            await Interview.filter(id=open_one.id).update(state=changed.to_json())


async def afterwards(
    visit: Visit, interview_id: int, submission: Submission | None
) -> tuple[list[Outgoing], list[Outgoing] | None]:
    """Say what was sent, and go on with what an interview of one question interrupted.

    ([], None) after every other interview. It no longer is the running one.
    """
    row = await AnswerReview.filter(asked_in=interview_id).order_by("-id").first()
    if row is None:
        return [], None
    said = []
    if submission is not None:
        await submission.fetch_related("form_version")
        shown = await worded([row], visit.catalog, visit.house.zone)
        named = {"title": submission.form_version.title, "value": shown[0].value if shown else "–"}
        said.append(visit.say(Text("The new answer for {title} has been sent: {value}.", named)))
    waiting = await Interview.get_or_none(
        id=row.interrupted or 0, person_id=visit.person_id, status="paused"
    )
    return said, await resume(visit, waiting) if waiting else None
