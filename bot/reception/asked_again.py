"""GỬI LẠI: the next photo of this chat takes the place of one that an officer handed back.

Questions that the office asks again stand in the same list; `answer_again` asks them.

A running interview of another questionnaire stays as it is: only that one photo is taken out of
its way, and only while nothing of the interview was answered after GỬI LẠI (`end`): from then on a
photo is what the interview asks for. A photo that comes where it asks for none is offered the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from backend.evidence.signals import advice_instead
from backend.models import Evidence
from backend.review.answers_back import AnswerBack
from backend.review.answers_told import ANSWER
from backend.review.asked import HandedBack
from backend.review.beside import beside
from backend.review.told import AGAIN
from bot.messages import Button, Media, Outgoing
from bot.reception import answer_again, doubted
from bot.reception.effects import ALBUM_SECONDS
from bot.reception.house import Visit
from bot.reception.photo_places import TAKING, backs_of, moment, sent_together
from bot.reception.photo_said import after_replacing
from bot.reception.refusals import refusal
from bot.reception.resending import in_open_one, resend, same_as_before
from bot.turn.shapes import InterviewRow, Turn
from conversations.forms.model import Form, QuestionType
from conversations.interview.advice import Advice
from conversations.interview.state import State
from conversations.interview.transitions import Phase
from conversations.text import Text

STAGE: Final = "photo_again"
"""The next photo is for one that was handed back; `refs` hold one that came before this was said."""
LISTED: Final = "again"
"""What the chat keeps beside its stage: the list that was shown, for a number that is typed."""


@dataclass(slots=True)
class Taken:
    """What became of a photo; `interview` is the running one when the photo changed it as well."""

    outgoing: list[Outgoing] = field(default_factory=list)
    interview: InterviewRow | None = None
    seated: bool = False
    """Whether a question that is asked again runs now, in place of what ran before."""
    asks: bool = False
    """Whether it asks for a photo or KEEP itself, so that no other question stands below it."""
    waits: bool = False
    """Whether the next photo is for what it says, so that no question for another stands below it."""


def is_press(text: str) -> bool:
    """Say whether a pressed button is the one under a photo or an answer handed back."""
    number = text.removeprefix(AGAIN) if text.startswith(AGAIN) else ""
    return number.isdecimal() or answer_again.is_press(text)


async def _still_back(visit: Visit, evidence_id: int) -> HandedBack | None:
    """Return the photo of this id if it is still to be taken again.

    Each new version of a submission has rows of its own (`Evidence.copied_from`), and a button
    that was sent names the row of then.
    """
    backs = {b.evidence.id: b for b in await backs_of(visit)}
    for back in backs.values():
        row: Evidence | None = back.evidence
        while row is not None and row.id != evidence_id:
            row = await Evidence.get_or_none(id=row.copied_from) if row.copied_from else None
        if row is not None:
            return back
    return None


async def begin(visit: Visit, rest: str) -> Taken:
    """Answer GỬI LẠI, alone or with a number of the list."""
    backs: list[HandedBack | AnswerBack] = [
        *await backs_of(visit),
        *await answer_again.questions_back(visit),
    ]
    if not backs:
        return Taken([visit.say(Text("Nothing has to be sent again. Thank you."))])
    if len(backs) == 1 and not (rest and visit.stage_data.get(LISTED)):
        back = backs[0]
        return await (_asked(visit, back) if isinstance(back, AnswerBack) else _chosen(visit, back))
    if named := _named(visit, rest):
        return await _again(visit, named)
    await visit.wait_for(visit.stage, **{**visit.kept, LISTED: [_name(b) for b in backs]})
    first = Text("Which one would you like to send again? Please send RESEND and the number.")
    return Taken([visit.say(first, "\n".join(_lines(backs)), buttons=_buttons(visit, backs))])


async def pressed(visit: Visit) -> Taken:
    """Take the press of the button under a photo or an answer handed back."""
    return await _again(visit, visit.turn.incoming.text)


async def _again(visit: Visit, text: str) -> Taken:
    """Begin with the one that a button names, or the number of a list."""
    if answer_again.is_press(text):
        number = int(text.removeprefix(ANSWER)[:18])
        asked = await answer_again.questions_back(visit, number)
        words = Text("This need not be answered again. Thank you.")
        return await _asked(visit, asked[0]) if asked else Taken([visit.say(words)])
    number = int(text.removeprefix(AGAIN)[:18])
    found = await _still_back(visit, number)
    if found is None:
        words = Text("This photo need not be taken again. Thank you.")
        return Taken([visit.say(words)])
    return await _chosen(visit, found)


async def _asked(visit: Visit, back: AnswerBack) -> Taken:
    out = await answer_again.ask(visit, back)
    return (
        Taken([visit.say(back.reason)] if back.reason else [])
        if out is None
        else Taken(out, seated=True)
    )


async def for_photo(
    visit: Visit, evidence_id: int, refs: list[str], advice: dict[str, str]
) -> Taken:
    """Take the choice of one of these photos, with those that came before it was made."""
    back = await _still_back(visit, evidence_id)
    if back is None:
        return Taken([visit.say(Text("This photo need not be taken again. Thank you."))])
    if refs:
        return await _send(visit, back, refs[-1], "", advice.get(refs[-1], ""))
    return await _chosen(visit, back)


def is_the_interview_s(turn: Turn, form: Form, interview: InterviewRow) -> bool:
    """Say whether a photo can only be for the question that waits: so it is for most photos."""
    return turn.chat.stage not in {STAGE, TAKING} and _takes_photos(
        form, State.from_json(interview.state)
    )


async def photo_while_answering(visit: Visit, form: Form, interview: InterviewRow) -> Taken | None:
    """Take a photo that comes while a questionnaire runs, if it is not for that one; else None."""
    if visit.stage == STAGE and visit.stage_data.get("photo"):
        return await take(visit)
    media = visit.turn.incoming.media
    if media is None or not media.sha256:
        return None
    if replaced := await doubted.replaced_by(visit, media, full=False):
        said = await after_replacing(visit, replaced)
        return Taken([said], replaced.interview, asks=bool(replaced.doubts))
    state = State.from_json(interview.state)
    if state.filled or _takes_photos(form, state):
        return None
    offered = await offer(visit, media)
    return Taken(offered) if offered else None


async def end(visit: Visit) -> None:
    """Wait for the photo no longer where the interview goes on: the next one is for what that asks.

    A photo that has come and is not chosen for anything yet is kept (`refs`).
    """
    if visit.stage == STAGE and visit.stage_data.get("photo"):
        await _rest(visit)


def asks_for_a_photo(form: Form, state: State) -> bool:
    """Say whether the present question is for a photo."""
    asking = state.asking if state.phase is Phase.ASKING else ()
    return any(form.question(path).type is QuestionType.IMAGE for path in asking)


def _takes_photos(form: Form, state: State) -> bool:
    """Say whether the interview has a use for a photo where it stands."""
    if state.phase is Phase.ASKING:
        return asks_for_a_photo(form, state)
    return any(
        q.type is QuestionType.IMAGE and (entry := state.answers.get(q.path)) and not entry.value
        for q in form.questions
    )


async def take(visit: Visit) -> Taken:
    """Take a photo that comes at STAGE."""
    media = visit.turn.incoming.media
    if media is None or not media.sha256:
        return Taken([visit.say(refusal(media.refusal if media else ""))])
    wanted = visit.stage_data.get("photo")
    back = await _still_back(visit, wanted) if isinstance(wanted, int) else None
    if back is None:
        await _rest(visit)
        return Taken([visit.say(Text("This photo need not be taken again. Thank you."))])
    return await _send(visit, back, media.sha256, media.album, media.advice)


async def offer(visit: Visit, media: Media) -> list[Outgoing]:
    """Say what to do if a photo that nobody asked for is one to be taken again; [] if none is."""
    backs = await backs_of(visit)
    if not backs:
        return []
    await _wait(visit, 0, [media.sha256], backs, media.advice)
    first = Text("Is this photo one of those to be taken again? Then send RESEND.")
    if len(backs) > 1:
        first = Text("Is this photo for one of these? Then send RESEND and the number.")
    message = visit.say(first, "\n".join(_lines(backs)), buttons=_buttons(visit, backs))
    return [Outgoing(message.text, buttons=message.buttons, hold=ALBUM_SECONDS)]


def of_the_same_album(visit: Visit) -> bool:
    """Say whether a photo belongs to the album whose first one was taken in the place of another."""
    media = visit.turn.incoming.media
    album = media.album if media else ""
    return (
        visit.stage == TAKING
        and bool(album)
        and (album == visit.stage_data.get("album") or sent_together(visit))
    )


async def _chosen(visit: Visit, back: HandedBack) -> Taken:
    refs = visit.stage_data.get("refs") if visit.stage == STAGE else None
    if isinstance(refs, list) and refs:
        return await _send(visit, back, str(refs[-1]), "", str(visit.stage_data.get("advice", "")))
    await _wait(visit, back.evidence.id, [])
    what = Text("Please send the photo now: {what}", {"what": back.question})
    return Taken([visit.say(*([back.reason] if back.reason else []), what)], waits=True)


async def _send(visit: Visit, back: HandedBack, ref: str, album: str, advice: str) -> Taken:
    if await same_as_before(back, ref):
        await _wait(visit, back.evidence.id, [])
        words = Text("This is the photo that was sent before. Please take a new one.")
        return Taken([visit.say(words)], waits=True)
    if advice == Advice.AGAIN:
        advice = await advice_instead(ref, back.evidence)
    interview = await in_open_one(visit, back, ref)
    resent = await resend(visit, back, ref)
    if resent is None:
        await _rest(visit)
        return Taken(
            [visit.say(Text("This photo cannot be sent any more. Please ask the office."))]
        )
    place = (resent.submission.id, resent.path)
    doubts = await doubted.doubts_about(visit, *place, {ref: advice}, album)
    if album or doubts:  # the rest of it, or a better one, belongs to the same question
        shown = {"place": f"{place[0]}|{place[1]}", "album": album, "at": moment(visit)}
        await visit.wait_for(TAKING, **shown, **{doubted.DOUBTS: doubts}, **_kept(visit))
    else:
        await _rest(visit)
    done = Text(
        "The new photo for {title} has been sent, try {times}. Thank you.",
        {"title": back.title, "times": await _times(resent.submission.id, resent.path)},
    )
    left = [b for b in await backs_of(visit) if b.evidence.id != back.evidence.id]
    more = [Text("{count} photos are still to be taken again. Send RESEND.", {"count": len(left)})]
    then = doubted.words(doubts) or (more if left else [])
    message = visit.say(done, *then, buttons=doubted.buttons(visit, doubts))
    hold = ALBUM_SECONDS if album else 0.0
    said = Outgoing(message.text, buttons=message.buttons, hold=hold)
    return Taken([said], interview, asks=bool(doubts))


async def _times(submission_id: int, path: str) -> int:
    newest = (
        await Evidence.filter(submission_id=submission_id, path=path, dropped_at=None)
        .order_by("-id")
        .prefetch_related("area", "file", "submission")
        .first()
    )
    return (await beside(newest)).times if newest else 1


async def _wait(
    visit: Visit,
    photo: int,
    refs: list[str],
    listed: Sequence[HandedBack] = (),
    advice: str = "",
) -> None:
    shown = {LISTED: [_name(b) for b in listed]} if listed else {}
    kept = {"photo": photo, "refs": refs, "advice": advice, **shown, **_kept(visit)}
    await visit.wait_for(STAGE, **kept)


def _kept(visit: Visit) -> dict[str, object]:
    """Return what the chat waited for before, to be waited for again."""
    if visit.stage in {STAGE, TAKING}:
        return {k: v for k, v in visit.stage_data.items() if k in {"then", "then_data"}}
    return {"then": visit.stage, "then_data": visit.kept}


async def _rest(visit: Visit) -> None:
    """Wait again for what the chat waited for before."""
    kept = _kept(visit)
    data = kept.get("then_data")
    stage = str(kept.get("then", ""))
    await visit.wait_for(stage, **(data if isinstance(data, dict) else {}))


def _lines(backs: Sequence[HandedBack | AnswerBack]) -> list[str]:
    return [
        f"{n}. {b.title} ({b.village}): {b.question} {b.reason}".strip()
        for n, b in enumerate(backs, 1)
    ]


def _name(back: HandedBack | AnswerBack) -> str:
    return (
        f"{ANSWER}{back.row.id}" if isinstance(back, AnswerBack) else f"{AGAIN}{back.evidence.id}"
    )


def _named(visit: Visit, rest: str) -> str:
    """Return what stands at a number of the list that was shown, "" for none."""
    listed = visit.stage_data.get(LISTED)
    names = listed if isinstance(listed, list) else []
    return (
        str(names[int(rest[:4]) - 1])
        if rest.isdecimal() and 1 <= int(rest[:4]) <= len(names)
        else ""
    )


def _buttons(visit: Visit, backs: Sequence[HandedBack | AnswerBack]) -> list[Button]:
    again = visit.catalog.say(Text("Send the photo again"))
    answer = visit.catalog.say(Text("Answer again"))
    return [
        Button(
            f"{n}. {b.title}"[:60]
            if len(backs) > 1
            else (answer if isinstance(b, AnswerBack) else again),
            f"0:{_name(b)}",
        )
        for n, b in enumerate(backs, 1)
    ]
