"""A photo handed back comes again: a new version of its submission, whatever else is running.

The old version, its photo and what was decided about it stay. Joins the turn's transaction.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from backend.models import Evidence, EvidenceFile, Interview, Submission
from backend.photo_answers import Shown, copy_photos, drop_photos, keep_photo
from backend.review.asked import HandedBack
from backend.submissions import record_submission
from bot.messages import Kind
from bot.reception.house import Visit, sent_at
from bot.reception.sittings import (
    form_of,
    here,
    interview_of,
    returned_of,
    row_of,
    with_late_photos,
)
from bot.turn.shapes import InterviewRow
from conversations.forms.model import Form
from conversations.interview.effects import Submitted
from conversations.interview.events import Typed
from conversations.interview.state import Entry, State
from conversations.interview.step import reopen, step

SEND = "/send"
"""`conversations.answers.commands.Command.SEND` as it may be typed."""


@dataclass(frozen=True, slots=True)
class Resent:
    """What became of it: the submission that holds the new photo."""

    submission: Submission
    path: str


async def resend(visit: Visit, back: HandedBack, ref: str) -> Resent | None:
    """Put the stored photo `ref` in the place of one that was handed back.

    None when the interview it came from is not kept. Where the answers as they were can no
    longer be submitted as they stand (a question of the form depends on the day), the photo is
    added to the version in force, as a late one.
    """
    old = back.evidence
    submission: Submission = old.submission  # type: ignore[assignment]  # only photos in force are handed back
    before = await interview_of(submission)
    if before is None:
        return None
    form = await form_of(submission.form_version.id)
    now = visit.now.astimezone(visit.house.zone)
    state = await with_late_photos(State.from_json(before.state), submission)
    state = _replaced(state, old.path, old.file.sha256, ref)
    state, _ = reopen(form, state, now=now, instance_id=f"uuid:{uuid.uuid4()}")
    state, effects = step(form, here(state, visit.turn), Typed(SEND), now)
    submitted = next((e for e in effects if isinstance(e, Submitted)), None)
    if submitted is None:
        await drop_photos(before.id, old.path, [old.file.sha256], visit.now)
        await _keep(visit, before, old, ref, form, submission.id)
        return Resent(submission, old.path)
    interview = await _submitted_interview(visit, before, state)
    await copy_photos(submission.id, interview)
    await drop_photos(interview.id, old.path, [old.file.sha256], visit.now)
    await _keep(visit, interview, old, ref, form)
    returned = await returned_of(visit.turn, row_of(interview), submission.plan)
    new = await record_submission(returned, form, submitted)
    return Resent(new, old.path)


async def in_open_one(visit: Visit, back: HandedBack, ref: str) -> InterviewRow | None:
    """Put the photo also into corrections of the same questionnaire that are not sent yet, whoever writes them.

    Returns the interview that runs in this turn as it is now, if it is one of them.
    """
    old = back.evidence
    running: InterviewRow | None = None
    for open_one in await Interview.filter(
        area_id=old.area.id,
        questionnaire=old.questionnaire,
        period=old.period,
        status__in=("running", "paused"),
    ):
        state = State.from_json(open_one.state)
        changed = _replaced(state, old.path, old.file.sha256, ref)
        if changed == state:
            continue
        await Interview.filter(id=open_one.id).update(state=changed.to_json())
        await drop_photos(open_one.id, old.path, [old.file.sha256], visit.now)
        await _keep(visit, open_one, old, ref, await form_of(row_of(open_one).form_version_id))
        if visit.turn.interview is not None and visit.turn.interview.id == open_one.id:
            running = replace(visit.turn.interview, state=changed.to_json())
    return running


async def same_as_before(back: HandedBack, ref: str) -> bool:
    """Say whether a photo was handed back for this question before: the very same file."""
    file = await EvidenceFile.get(sha256=ref)
    return await Evidence.exists(
        file_id=file.id,
        area_id=back.evidence.area.id,
        questionnaire=back.evidence.questionnaire,
        period=back.evidence.period,
        path=back.evidence.path,
        review="rejected",
    )


def _replaced(state: State, path: str, old: str, new: str) -> State:
    """Return the state with one photo of a question in the place of another; unasked, unchanged."""
    entry = state.answers.get(path)
    if entry is None or old not in entry.value.split():
        return state
    refs = dict.fromkeys(new if ref == old else ref for ref in entry.value.split())
    return replace(state, answers={**state.answers, path: Entry(" ".join(refs))})


async def _submitted_interview(visit: Visit, before: Interview, state: State) -> Interview:
    """Keep the interview that the new version comes from: begun and submitted at once."""
    row = row_of(before)
    return await Interview.create(
        person_id=visit.person_id,
        running_for=None,
        form_version_id=row.form_version_id,
        questionnaire=row.questionnaire,
        area_id=row.area_id,
        period=row.period,
        status="submitted",
        state=state.to_json(),
        started_at=visit.now,
        changed_at=visit.now,
    )


async def _keep(  # noqa: PLR0913, PLR0917  (a photo is of an interview, a question and a submission)
    visit: Visit,
    interview: Interview,
    old: Evidence,
    ref: str,
    form: Form,
    submission_id: int | None = None,
) -> None:
    incoming = visit.turn.incoming
    await keep_photo(
        Shown(
            interview_id=interview.id,
            area_id=old.area.id,
            period=old.period,
            questionnaire=old.questionnaire,
            path=old.path,
            purpose=form.question(old.path).purpose,
            submission_id=submission_id,
        ),
        ref,
        caption=incoming.text if incoming.kind is Kind.PHOTO else "",
        sent_at=sent_at(visit.turn),
        received_at=visit.now,
    )
    kept = Evidence.filter(interview_id=interview.id, path=old.path, file__sha256=ref)
    await Evidence.filter(id__in=await kept.values_list("id", flat=True)).update(instead_of=old.id)
