"""Two people answer the same questionnaire of one village: whose numbers hold is nobody's secret.

Whoever would put their numbers in the place of somebody else's that came meanwhile is asked once;
whose numbers were replaced is told, as `keyed_in` tells of what the office entered.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final

from backend.entering import told_of
from backend.models import Area, Chat, Outbox, Person, Submission
from backend.plans.schema import Pack
from backend.quota.books import open_books
from backend.reports.words import period_name
from backend.schedule.moments import end_of_quiet
from backend.submissions import in_force
from bot.messages import Button, Outgoing
from bot.reception.house import House, visit_of
from bot.reception.keyed_in import told_just_now
from bot.turn.shapes import InterviewRow, Turn
from conversations.answers.commands import Command
from conversations.interview.state import State
from conversations.text import Text
from locales import catalog

STAGE: Final = "overtaken"
"""The chat was told of the submission in its `stage_data`; SEND now sends."""


async def doubt(
    turn: Turn, interview: InterviewRow, state: State, house: House
) -> tuple[list[Outgoing], State] | None:
    """Ask before numbers replace somebody else's that came since this interview began.

    None when there are none, or when this chat was asked about these already. `state` is that of
    the summary, which stays; what is returned as the state makes a second press of the summary's
    own button a stale one: nobody has agreed by pressing twice.
    """
    newer = await _newer(turn, interview, state, house)
    if newer is None:
        return None
    visit = await visit_of(house, turn)
    if visit.stage == STAGE and visit.stage_data.get("submission") == newer.id:
        return None
    await visit.wait_for(STAGE, submission=newer.id)
    name = (await Person.get(id=_sender(newer))).name or visit.catalog.say(Text("Somebody"))
    at = newer.received_at.astimezone(house.zone)
    asked = visit.say(
        Text("{name} sent this questionnaire at {time}.", {"name": name, "time": at}),
        Text("If you send yours, your numbers replace those."),
        Text("To send yours, send SEND once more. To keep the earlier ones, send CANCEL."),
    )
    state = replace(state, prompt=state.prompt + 1)
    send = Button(visit.catalog.say(Text("Send")), f"{state.prompt}:{interview.id}.{Command.SEND}")
    question = replace(asked, buttons=((send,),), prompt=state.prompt, village=interview.area_id)
    return [question], state


async def tell_replaced(turn: Turn, new: Submission, pack: Pack, zone: tzinfo) -> None:
    """Queue a notice to the head whose own numbers `new` replaced, in the turn's transaction.

    Nothing when they were the sender's own, or an officer's, or when the head hears of it in this
    turn anyhow. At night it waits for the morning.
    """
    area_id: int = new.area_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    old = await _before(new, area_id)
    if old is None or _entered_by(old) is not None or _sender(old) == _sender(new):
        return
    chats = await told_of(area_id, await open_books(turn.now, zone))
    for chat in chats:
        if _person(chat) != _sender(old) or await told_just_now(new, _sender(old), turn.now):
            continue
        await _queue(turn, chat, old, new, end_of_quiet(turn.now, pack, zone), sample=pack.sample)


async def _queue(  # noqa: PLR0913  (to whom, about what, when, and whether it is for trying out)
    turn: Turn,
    chat: Chat,
    old: Submission,
    new: Submission,
    not_before: datetime | None,
    *,
    sample: bool,
) -> None:
    speaker = catalog(chat.lang)
    area = await Area.get(id=new.area_id)  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    name = (await Person.get(id=_sender(new))).name or speaker.say(Text("Somebody"))
    text = speaker.join(
        [
            *([Text("This is sample data, for trying out.")] if sample else []),
            Text(
                "{name} has sent {title} of {area}, {period}, once more.",
                {
                    "name": name,
                    "title": old.form_version.title,
                    "area": area.name,
                    "period": period_name(new.period, speaker),
                },
            ),
            Text("The new numbers stand in the place of yours; yours are kept in the history."),
            Text("Send MENU to see them. If something is not right, you can correct it."),
        ]
    )
    once = f"replaced|{old.id}"
    message = Outgoing(text, purpose="notice", once=once, village=area.id)
    await Outbox.create(
        chat_id=chat.id,
        payload=message.to_json(),
        once=once,
        purpose=message.purpose,
        not_before=not_before,
        created_at=turn.now,
    )


async def _newer(
    turn: Turn, interview: InterviewRow, state: State, house: House
) -> Submission | None:
    """Return what somebody else sent of the same since the interview began."""
    area = await Area.get(id=interview.area_id)
    plan = (await house.pack()).id
    found = await in_force(plan, interview.questionnaire, area.code, interview.period)
    if found is None or _sender(found) == turn.chat.person_id:
        return None
    return found if found.received_at > datetime.fromisoformat(state.begun) else None


async def _before(new: Submission, area_id: int) -> Submission | None:
    if new.version == 1:
        return None
    return await Submission.get_or_none(
        plan=new.plan,
        questionnaire=new.questionnaire,
        area_id=area_id,
        period=new.period,
        version=new.version - 1,
    ).prefetch_related("form_version")


def _sender(submission: Submission) -> int:
    """Return who sent it: the officer who keyed it in, else whose answers they are."""
    person: int = submission.person_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return _entered_by(submission) or person


def _entered_by(submission: Submission) -> int | None:
    officer: int | None = submission.entered_by_id  # type: ignore[attr-defined]  # the same
    return officer


def _person(chat: Chat) -> int:
    person: int = chat.person_id  # type: ignore[attr-defined]  # the same
    return person
