"""Photos that come when no question waits for one: for which questionnaire are they?

A questionnaire is submitted without a photo that nobody could take that day; the photo comes
later, for days. If one photo is missing it is offered at once, else the person is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from backend.models import Interview, Submission
from backend.photo_answers import Shown, keep_photo
from bot.messages import Kind, Media, Outgoing
from bot.reception import doubted, menu
from bot.reception.doubted import DOUBTS
from bot.reception.effects import ALBUM_SECONDS
from bot.reception.house import Visit, sent_at
from bot.reception.photo_places import (
    TAKING,
    Place,
    kept_places,
    moment,
    place_kept,
    places_of,
    sent_together,
)
from bot.reception.photo_said import acknowledged, after_replacing
from bot.reception.refusals import refusal
from bot.reception.sittings import interview_of
from conversations.text import Text

WHICH: Final = "photo_which"
"""Photos wait (or none yet) until the person says what they show."""
MOST_WAITING: Final = 10
"""Photos that wait at a time: more than any question takes (conversations.limits)."""
SOON_SECONDS: Final = 600
"""A photo too many that comes so soon after the last one is for the same question."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Photos that wait to be told what they show: those kept, and how many were sent."""

    refs: list[str]
    sent: int
    album: str = ""
    advice: dict[str, str] = field(default_factory=dict)
    """What is wrong with some of them, by their refs."""

    @classmethod
    def of(cls, media: Media) -> _Waiting:
        """Return one photo that has just come."""
        wrong = {media.sha256: media.advice} if media.advice else {}
        return cls([media.sha256], 1, media.album, wrong)

    @property
    def data(self) -> dict[str, object]:
        return {
            "refs": self.refs,
            "sent": self.sent,
            "album": self.album,
            "advice": self.advice,
        }


async def ask_which(visit: Visit, submissions: list[Submission] | None = None) -> list[Outgoing]:
    """Begin to add a photo: choose for what, then send it."""
    places = await places_of(visit, submissions)
    if not places:
        return await menu.show(visit, Text("No photo is missing. Thank you."))
    if len(places) == 1:
        return await _take_for(visit, places[0], _Waiting([], 0))
    return await _choose(visit, places, _Waiting([], 0))


async def photo_in_between(visit: Visit) -> list[Outgoing]:
    """Take a photo that came while no question waited for one."""
    media = visit.turn.incoming.media
    if media is None or not media.sha256:
        return [visit.say(refusal(media.refusal if media else ""))]
    if visit.stage == WHICH:
        return await _wait_with_the_others(visit, media)
    if (
        visit.stage == TAKING
        and (place := await place_kept(visit))
        and (taken := await _take_another(visit, place, media)) is not None
    ):
        return taken
    places = await places_of(visit)
    missing = [p for p in places if p.question.missing]
    if missing or places:
        return await _choose(visit, missing or places, _Waiting.of(media))
    if await _paused(visit):
        return [
            visit.say(
                Text(
                    "Please send NEXT to go on with your questionnaire, and then this photo again."
                )
            )
        ]
    return await menu.show(
        visit,
        Text(
            "I do not know yet what this photo is for. Please choose a questionnaire first; the photo is asked for at its end."
        ),
    )


async def choose(visit: Visit) -> list[Outgoing]:
    """Take what the waiting photos are for."""
    places = await kept_places(visit)
    waiting = _waiting(visit)
    said = visit.said("p.")
    if len(places) == 1 and said in {"dung", "co", "ok", "vang", "phai", "yes"}:
        said = "1"
    if said.isdecimal() and 1 <= int(said[:4]) <= len(places):
        place = places[int(said[:4]) - 1]
        if place is not None:
            return await _take_for(visit, place, waiting)
        if any(places):
            gone = Text("Nothing more is needed there. Please choose another one.")
            return await _choose(visit, places, waiting, gone)
    await visit.wait_for("")
    return await menu.show(visit, Text("The photo was not added.") if waiting.refs else None)


async def _wait_with_the_others(visit: Visit, media: Media) -> list[Outgoing]:
    """Keep one more photo until the person says what they show; one list for an album."""
    waiting = _waiting(visit)
    if media.sha256 not in waiting.refs:
        refs = [*waiting.refs, media.sha256][:MOST_WAITING]
        advice = {**waiting.advice, **_Waiting.of(media).advice}
        waiting = _Waiting(refs, waiting.sent + 1, waiting.album, advice)
    if media.album and media.album == waiting.album:
        await visit.wait_for(WHICH, **{**visit.kept, **waiting.data})
        return []
    places = await kept_places(visit)
    waiting = replace(waiting, album=media.album)
    if any(places):
        return await _choose(visit, places, waiting, again=True)
    return await _choose(visit, list(await places_of(visit)), waiting)


async def _choose(
    visit: Visit,
    places: Sequence[Place | None],
    waiting: _Waiting,
    first: Text | None = None,
    *,
    again: bool = False,
) -> list[Outgoing]:
    """Ask what the photos are for; a place that is gone leaves its number unused.

    `again`: the list that is shown already once more, whose buttons stay good.
    """
    keys = [p.key if p else "" for p in places]
    data = {**(visit.kept if again else {}), "places": keys, **waiting.data}
    await visit.wait_for(WHICH, **data)
    of = visit.listed if again else 0
    shown = [(n, p) for n, p in enumerate(places, 1) if p is not None]
    titles = [p.title for _, p in shown]
    lines = [
        f"{n}. {p.title}" + (f": {p.question.label}" if titles.count(p.title) > 1 else "")
        for n, p in shown
    ]
    none = len(places) + 1
    lines.append(f"{none}. {visit.catalog.say(Text('None of these'))}")
    buttons = [visit.button(f"{n}. {p.title}", f"p.{n}", of=of) for n, p in shown]
    buttons.append(visit.button(Text("None of these"), f"p.{none}", of=of))
    if first is None:
        first = Text("What is this photo for?")
        if not waiting.refs:
            first = Text("What will the photo be for?")
    message = visit.say(first, "\n".join(lines), Text("Send a number to choose."), buttons=buttons)
    return [
        Outgoing(
            message.text,
            buttons=message.buttons,
            prompt=menu.MENU_PROMPT,
            hold=ALBUM_SECONDS if waiting.refs else 0.0,
        )
    ]


async def _take_for(visit: Visit, place: Place, waiting: _Waiting) -> list[Outgoing]:
    if place.back:
        from bot.reception.asked_again import for_photo  # noqa: PLC0415  (the two call each other)

        return (await for_photo(visit, place.back, waiting.refs, waiting.advice)).outgoing
    if waiting.refs:
        return await _keep(visit, place, waiting)
    await visit.wait_for(TAKING, place=place.key)
    return [visit.say(Text("Please send the photo now: {what}", {"what": place.question.label}))]


async def _take_another(visit: Visit, place: Place, media: Media) -> list[Outgoing] | None:
    """Take one more photo for the same question; None when it must be for something else.

    A photo too many is refused once an album, and it too is for something else when it comes
    long after that.
    """
    data = visit.stage_data
    same = bool(media.album) and media.album == data.get("album")
    already = _number(data.get("count")) if same or sent_together(visit) else 0
    full = place.question.kept >= place.question.most
    if replaced := await doubted.replaced_by(visit, media, full=full):
        return [await after_replacing(visit, replaced)]
    if not full:
        silent = same and not media.advice
        return await _keep(visit, place, _Waiting.of(media), already, silent=silent)
    full_at = _number(data.get("full_at"))
    if same and full_at:
        return []
    if full_at and visit.now.timestamp() - full_at > SOON_SECONDS:
        return None
    told = {"album": media.album, "full_at": int(visit.now.timestamp())}
    await visit.wait_for(TAKING, **{**visit.kept, **told})
    doubts = doubted.open_doubts(visit)
    return [acknowledged(visit, _too_many(place, already), doubts=doubts)]


async def _keep(
    visit: Visit, place: Place, waiting: _Waiting, already: int = 0, *, silent: bool = False
) -> list[Outgoing]:
    """Keep as many of these photos as the question takes, and say how many.

    `already` is how many of the same album were kept before; `silent` when that was said.
    """
    interview = await interview_of(place.submission)
    if interview is None:
        return await menu.show(visit)
    room = max(0, place.question.most - place.question.kept)
    fitting = waiting.refs[:room]
    for ref in fitting:
        await keep_photo(
            Shown(
                interview_id=interview.id,
                area_id=interview.area_id,  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
                period=place.submission.period,
                questionnaire=place.submission.questionnaire,
                path=place.question.path,
                purpose=place.question.purpose,
                submission_id=place.submission.id,
            ),
            ref,
            caption=visit.turn.incoming.text if visit.turn.incoming.kind is Kind.PHOTO else "",
            sent_at=sent_at(visit.turn),
            received_at=visit.now,
        )
    count, left_out = already + len(fitting), waiting.sent - len(fitting)
    wrong = {ref: code for ref, code in waiting.advice.items() if ref in fitting}
    key, album = (place.submission.id, place.question.path), waiting.album
    doubts = doubted.open_doubts(visit)
    doubts = [*doubts, *await doubted.doubts_about(visit, *key, wrong, album)]
    then = {k: v for k, v in visit.stage_data.items() if k in {"then", "then_data"}}
    full = {"full_at": int(visit.now.timestamp())} if left_out else {}
    when = {"at": moment(visit)} if visit.turn.incoming.kind is Kind.PHOTO else {}
    kept = {"place": place.key, "album": album, "count": count, DOUBTS: doubts}
    await visit.wait_for(TAKING, **kept, **when, **full, **then)
    if silent and not left_out:
        return []  # one acknowledgement for an album
    if left_out:
        return [acknowledged(visit, _too_many(place, count), doubts=doubts)]
    named: dict[str, str | int] = {"title": place.title, "count": count}
    done = Text("{count} photos are added to {title}. Thank you.", named)
    if count == 1:
        done = Text("The photo is added to {title}. Thank you.", named)
    more = Text("You may send another one, or MENU for the list.")
    rest = [more] if len(fitting) < room and not doubts else []
    return [acknowledged(visit, done, *rest, doubts=doubts)]


def _too_many(place: Place, count: int) -> Text:
    if not count:
        most = {"count": place.question.kept}
        return Text("There are already {count} photos here; that is enough. Thank you.", most)
    named: dict[str, str | int] = {"title": place.title, "most": place.question.most}
    named["count"] = count
    return Text("{count} photos are added to {title}. This question takes only {most}.", named)


async def _paused(visit: Visit) -> bool:
    return await Interview.exists(person_id=visit.person_id, status="paused")


def _waiting(visit: Visit) -> _Waiting:
    data = visit.stage_data
    refs = data.get("refs")
    kept = [str(r) for r in refs] if isinstance(refs, list) else []
    sent, album, advice = data.get("sent"), str(data.get("album", "")), data.get("advice")
    wrong = {str(r): str(c) for r, c in advice.items()} if isinstance(advice, dict) else {}
    return _Waiting(kept, _number(sent) or len(kept), album, wrong)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
