"""What a village head is told when the office has keyed in answers for the village: once a period."""

from __future__ import annotations

from datetime import datetime, tzinfo

from backend.entering import told_of
from backend.models import Area, Outbox, Person, Submission
from backend.plans.schema import Pack
from backend.quota.books import open_books
from backend.reports.words import period_name
from backend.schedule.moments import end_of_quiet
from bot.messages import Outgoing
from bot.turn.shapes import Turn
from conversations.text import Text
from locales import catalog


async def tell_heads(turn: Turn, submission: Submission, pack: Pack, zone: tzinfo) -> None:
    """Queue the notice to the heads of the submission's village, in the turn's transaction.

    Nothing is queued when the submission was not keyed in, and nobody hears of the same village
    and period twice. At night it waits for the morning.
    """
    officer = submission.entered_by_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    if officer is None:
        return
    area = await Area.get(id=submission.area_id)  # type: ignore[attr-defined]  # the same
    name = (await Person.get(id=officer)).name
    for chat in await told_of(area.id, await open_books(turn.now, zone)):
        speaker = catalog(chat.lang)
        unnamed = Text("an officer")
        text = speaker.join(
            [
                *([Text("This is sample data, for trying out.")] if pack.sample else []),
                Text(
                    "The office ({officer}) has entered answers for {area}, {period}.",
                    {
                        "officer": name or speaker.say(unnamed),
                        "area": area.name,
                        "period": period_name(submission.period, speaker),
                    },
                ),
                Text("Send MENU to see them. If something is not right, you can correct it."),
            ]
        )
        once = _once(submission, chat.person_id)  # type: ignore[attr-defined]  # the same
        if await Outbox.exists(once=once):
            continue
        message = Outgoing(text, purpose="notice", once=once, village=area.id)
        await Outbox.create(
            chat_id=chat.id,
            payload=message.to_json(),
            once=once,
            purpose=message.purpose,
            not_before=end_of_quiet(turn.now, pack, zone),
            created_at=turn.now,
        )


async def told_just_now(submission: Submission, person_id: int, now: datetime) -> bool:
    """Say whether the turn of `now` has queued this notice to a head."""
    return await Outbox.exists(once=_once(submission, person_id), created_at=now)


def _once(submission: Submission, person_id: int) -> str:
    area_id: int = submission.area_id  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
    return f"keyed|{submission.plan}|{area_id}|{submission.period}|{person_id}"
