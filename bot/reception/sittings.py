"""Where the reception meets the interview: begin, go on, correct, and keep what a step did.

`carry_out` is the one place where the interview's effects become rows and messages. Nothing
here asks the database anything for a plain answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from backend.entering import whose
from backend.forms import load_form, newest
from backend.models import Answer, Area, Evidence, FormVersion, Interview, Submission
from backend.photo_answers import Shown, copy_photos, drop_photos, keep_photo
from backend.plans.periods import period_days, period_of, previous_period
from backend.plans.schema import Pack, Survey
from backend.plans.store import village_row
from backend.submissions import Returned, in_force, record_submission
from bot.messages import Outgoing
from bot.reception.effects import outgoing_of
from bot.reception.house import House, Visit, sent_at
from bot.reception.keyed_in import tell_heads
from bot.reception.late_period import named_first
from bot.reception.overtaken import tell_replaced
from bot.turn.shapes import InterviewRow, Turn
from conversations.forms.model import VILLAGE, Form, QuestionType
from conversations.interview.effects import (
    Cancelled,
    Effect,
    Paused,
    PhotoKept,
    PhotosDropped,
    Submitted,
)
from conversations.interview.events import Event, Resumed
from conversations.interview.state import Entry, State
from conversations.interview.step import begin, reopen, step
from locales import catalog


@dataclass(slots=True)
class Carried:
    """What a step came to: messages, how the interview stands, and the submission if there is one."""

    outgoing: list[Outgoing]
    status: str = "running"
    submission: Submission | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a questionnaire is asked; `sentence` is what an officer asks in their own words."""

    period: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an interview is about."""

    version: FormVersion
    questionnaire: str
    area_id: int
    period: str


async def carry_out(
    turn: Turn, interview: InterviewRow, form: Form, effects: Sequence[Effect], house: House
) -> Carried:
    """Keep what the effects say, in the turn's transaction, and return the messages."""
    carried = Carried(outgoing_of(effects, catalog(turn.chat.lang), interview))
    for effect in effects:
        match effect:
            case PhotoKept(path, ref):
                await keep_photo(
                    _shown(interview, form, path),
                    ref,
                    caption=turn.incoming.text,
                    sent_at=sent_at(turn),
                    received_at=turn.now,
                )
            case PhotosDropped(path, refs):
                await drop_photos(interview.id, path, refs, turn.now)
            case Submitted():
                carried.status = "submitted"
                pack = await house.pack()
                returned = await returned_of(turn, interview, pack.id)
                carried.submission = await record_submission(returned, form, effect)
                await tell_heads(turn, carried.submission, pack, house.zone)
                await tell_replaced(turn, carried.submission, pack, house.zone)
            case Paused():
                carried.status = "paused"
            case Cancelled():
                carried.status = "cancelled"
            case _:
                pass
    return carried


async def form_of(form_version_id: int, sha256: str | None = None) -> Form:
    """Return a version's compiled form as the interview knows it."""
    return cast("Form", await load_form(form_version_id, sha256))


async def start(
    visit: Visit,
    pack: Pack,
    survey: Survey,
    area: Area,
    occasion: Occasion | None = None,
) -> list[Outgoing] | None:
    """Begin a questionnaire, of the present period by default; None before it is published."""
    version = await newest(survey.questionnaire)
    if version is None:
        return None
    form = await form_of(version.id, version.sha256)
    occasion = occasion or Occasion(period_of(survey.period, visit.today))
    period = occasion.period
    result = begin(
        form,
        lang=visit.turn.chat.lang,
        now=visit.now.astimezone(visit.house.zone),
        instance_id=f"uuid:{uuid.uuid4()}",
        presets=_presets(form, area, occasion),
        external={VILLAGE: [village_row(area, pack)]},
        last_saved=await _last_saved(form, pack, survey, area, period),
    )
    subject = Subject(version, survey.questionnaire, area.id, period)
    return await _seat(visit, subject, result)


async def correct(visit: Visit, submission: Submission, ask: str = "") -> list[Outgoing] | None:
    """Open a submitted questionnaire at its summary; None when its interview is not kept.

    With `ask`, the path of one of its questions, at that question.
    """
    old = await interview_of(submission)
    if old is None:
        return None
    version = submission.form_version
    form = await form_of(version.id)
    result = reopen(
        form,
        await with_late_photos(State.from_json(old.state), submission),
        now=visit.now.astimezone(visit.house.zone),
        instance_id=f"uuid:{uuid.uuid4()}",
        ask=ask,
    )
    area_id: int = submission.area_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    subject = Subject(version, submission.questionnaire, area_id, submission.period)
    return await _seat(visit, subject, result, photos_of=submission.id)


async def resume(visit: Visit, interview: Interview, event: Event | None = None) -> list[Outgoing]:
    """Go on with a paused interview where it stopped, with what woke it if that is given."""
    await _free_the_seat(visit)
    row = row_of(interview)
    form = await form_of(row.form_version_id)
    now = visit.now.astimezone(visit.house.zone)
    before = here(State.from_json(row.state), visit.turn)
    state, effects = step(form, before, event or Resumed(), now)
    effects = named_first(effects, row.period, now.date(), visit.catalog)
    await Interview.filter(id=row.id).update(
        status="running",
        running_for=visit.person_id,
        state=state.to_json(),
        changed_at=visit.now,
    )
    await visit.wait_for("")
    return (await carry_out(visit.turn, row, form, effects, visit.house)).outgoing


def here(state: State, turn: Turn) -> State:
    """Return the state with the present question shown in this turn's chat."""
    place = str(turn.chat.id)
    return state if state.place == place else replace(state, place=place)


def shown_elsewhere(state: State, turn: Turn) -> bool:
    """Say whether another of the person's chats, not this one, shows the present question.

    What is typed here was meant for an older question, and must not answer the present one.
    """
    return state.place not in {"", str(turn.chat.id)}


async def interview_of(submission: Submission) -> Interview | None:
    """Return the interview that a submission came from."""
    return (
        await Interview.filter(
            area_id=submission.area_id,  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
            questionnaire=submission.questionnaire,
            period=submission.period,
            status="submitted",
        )
        .order_by("-changed_at", "-id")
        .first()
    )


def row_of(interview: Interview) -> InterviewRow:
    """Return what a turn would have loaded of an interview."""
    return InterviewRow(
        id=interview.id,
        form_version_id=interview.form_version_id,  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        questionnaire=interview.questionnaire,
        area_id=interview.area_id,  # type: ignore[attr-defined]  # the same
        period=interview.period,
        state=interview.state,
    )


async def _seat(
    visit: Visit,
    subject: Subject,
    result: tuple[State, Sequence[Effect]],
    photos_of: int | None = None,
) -> list[Outgoing]:
    """Make the interview the running one and return its first messages."""
    state, effects = result
    state = here(state, visit.turn)
    await _free_the_seat(visit)
    interview = await Interview.create(
        person_id=visit.person_id,
        running_for=visit.person_id,
        form_version_id=subject.version.id,
        questionnaire=subject.questionnaire,
        area_id=subject.area_id,
        period=subject.period,
        status="running",
        state=state.to_json(),
        started_at=visit.now,
        changed_at=visit.now,
    )
    if photos_of is not None:
        await copy_photos(photos_of, interview)
    await visit.wait_for("")
    form = await form_of(subject.version.id)
    carried = await carry_out(visit.turn, row_of(interview), form, effects, visit.house)
    return carried.outgoing


async def _free_the_seat(visit: Visit) -> None:
    """Pause whatever else the person was answering: one interview takes the answers."""
    await Interview.filter(running_for=visit.person_id).update(
        status="paused", running_for=None, changed_at=visit.now
    )


def _presets(form: Form, area: Area, occasion: Occasion) -> dict[str, str]:
    """What the office knows before the first question, for the form's hidden fields."""
    known = {
        "village": area.code,
        "area_name": area.name,
        "period": occasion.period,
        "period_from": period_days(occasion.period)[0].isoformat(),
        "sentence": occasion.sentence,
    }
    return {
        q.path: known[q.name]
        for q in form.questions
        if q.type is QuestionType.HIDDEN and q.name in known
    }


async def _last_saved(
    form: Form, pack: Pack, survey: Survey, area: Area, period: str
) -> dict[str, str]:
    """Last period's answers by path, as far as this version of the form has the question."""
    last = await last_one(pack, survey, area, period)
    if last is None:
        return {}
    paths = {q.name: q.path for q in form.questions if q.type is not QuestionType.IMAGE}
    rows = await Answer.filter(submission_id=last.id, unknown=False).values_list("name", "value")
    return {paths[str(name)]: str(value) for name, value in rows if name in paths}


async def last_one(pack: Pack, survey: Survey, area: Area, period: str) -> Submission | None:
    """Return the submission whose answers stand beside the new ones, None without one."""
    return await in_force(pack.id, survey.questionnaire, area.code, _before(survey, period))


def _before(survey: Survey, period: str) -> str:
    """Return the period whose answers stand beside the new ones.

    For a report asked for once it is the plan's period that its last day lies in.
    """
    usual = period_of(survey.period, period_days(period)[0])
    return previous_period(period) if usual == period else usual


async def with_late_photos(state: State, submission: Submission) -> State:
    """Return the state with photos that came after it was submitted as answers too."""
    refs: dict[str, list[str]] = {}
    photos = Evidence.filter(submission_id=submission.id, dropped_at=None).order_by("id")
    for photo in await photos.prefetch_related("file"):
        refs.setdefault(photo.path, []).append(photo.file.sha256)
    answers = {**state.answers, **{p: Entry(" ".join(r)) for p, r in refs.items()}}
    return replace(state, answers=answers)


def _shown(interview: InterviewRow, form: Form, path: str) -> Shown:
    return Shown(
        interview_id=interview.id,
        area_id=interview.area_id,
        period=interview.period,
        questionnaire=interview.questionnaire,
        path=path,
        purpose=form.question(path).purpose,
    )


async def returned_of(turn: Turn, interview: InterviewRow, plan: str) -> Returned:
    """Return which questionnaire a turn submits, and whose it is."""
    person_id = turn.chat.person_id
    assert person_id is not None, "an interview is somebody's"  # noqa: S101  (the engine loads it by its person)
    given = await whose(person_id, interview.area_id)
    return Returned(
        interview_id=interview.id,
        form_version_id=interview.form_version_id,
        plan=plan,
        questionnaire=interview.questionnaire,
        area_id=interview.area_id,
        period=interview.period,
        person_id=given.person_id,
        entered_by=given.entered_by,
        answered_at=sent_at(turn),
        received_at=turn.now,
    )
