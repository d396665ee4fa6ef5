"""Photos that come when no question waits for one: for which questionnaire are they?

A questionnaire is submitted without a photo that nobody could take that day; the photo comes
later, for days. If one photo is missing it is offered at once, else the person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from backend.models import Interview, Submission
from backend.people import villages_of
from backend.photo_answers import PhotoQuestion, Shown, keep_photo
from bot.messages import Button, Kind, Outgoing
from bot.reception import menu
from bot.reception.effects import ALBUM_SECONDS
from bot.reception.house import Visit, sent_at
from bot.reception.refusals import refusal
from bot.reception.sittings import interview_of
from conversations.interview.advice import advice_on
from conversations.text import Text, fold

WHICH: Final = "photo_which"
"""Photos wait (or none yet) until the person says what they show."""
TAKING: Final = "photo_for"
"""Every photo that comes is for one question of one submission."""
DAYS: Final = 60
"""How long after submission a photo may be added; the period's own report is long closed then."""
MOST_WAITING: Final = 10


@dataclass(frozen=True, slots=True)
class Place:
    """An image question of a submission that a photo can be for."""

    submission: Submission
    question: PhotoQuestion
    title: str
    back: int = 0
    """Id of the photo there that was handed back and is to be taken again; 0: one is added."""

    @property
    def key(self) -> str:
        """How the place is kept while the person chooses."""
        again = f"|{self.back}" if self.back else ""
        return f"{self.submission.id}|{self.question.path}{again}"


async def places_of(visit: Visit, submissions: list[Submission] | None = None) -> list[Place]:
    """Return where a photo can go, missing ones first; by default in all recent submissions."""
    if submissions is None:
        villages = [v.id for v in await villages_of(visit.person_id)]
        submissions = (
            await Submission.filter(
                area_id__in=villages,
                current_key__isnull=False,
                received_at__gt=visit.now - timedelta(days=DAYS),
            )
            .order_by("-received_at", "-id")
            .limit(20)
            .prefetch_related("form_version")
        )
    places = [
        Place(s, q, s.form_version.title)
        for s in submissions
        for q in await menu.photo_state(visit, s)
        if q.kept < q.most
    ]
    places.sort(key=lambda p: not p.question.missing)
    return [*await _to_be_taken_again(visit, submissions), *places]


async def _to_be_taken_again(visit: Visit, submissions: list[Submission]) -> list[Place]:
    from bot.reception.asked_again import backs_of  # noqa: PLC0415  (the two call each other)

    known = {s.id: s for s in submissions}
    found = []
    for back in await backs_of(visit):
        old = back.evidence
        submission = known.get(old.submission.id) if old.submission else None
        if submission is not None:
            question = PhotoQuestion(old.path, back.question, old.purpose, 0, 1, required=True)
            found.append(Place(submission, question, back.title, old.id))
    return found


async def ask_which(visit: Visit, submissions: list[Submission] | None = None) -> list[Outgoing]:
    """Begin to add a photo: choose for what, then send it."""
    places = await places_of(visit, submissions)
    if not places:
        return await menu.show(visit, Text("No photo is missing. Thank you."))
    if len(places) == 1:
        return await _take_for(visit, places[0], [])
    return await _choose(visit, places, [], "")


async def photo_in_between(visit: Visit) -> list[Outgoing]:
    """Take a photo that came while no question waited for one."""
    media = visit.turn.incoming.media
    if media is None or not media.sha256:
        return [visit.say(refusal(media.refusal if media else ""))]
    if visit.stage == WHICH:
        waiting = [*_refs(visit), media.sha256]
        if len(waiting) <= MOST_WAITING:
            await visit.wait_for(WHICH, **{**visit.stage_data, "refs": waiting})
        if media.album and media.album == visit.stage_data.get("album"):
            return []  # one acknowledgement for an album
        places = await _kept_places(visit)
        return await _choose(visit, places, waiting[:MOST_WAITING], media.album)
    if visit.stage == TAKING and (place := await _place_kept(visit)):
        return await _keep(visit, place, [media.sha256], media.album)
    places = await places_of(visit)
    missing = [p for p in places if p.question.missing]
    if missing or places:
        return await _choose(visit, missing or places, [media.sha256], media.album)
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
    places = await _kept_places(visit)
    incoming = visit.turn.incoming
    said = incoming.text if incoming.kind is Kind.PRESS else fold(incoming.text).strip(" .!")
    said = said.removeprefix("p.")
    if said.isdecimal() and 1 <= int(said) <= len(places):
        return await _take_for(visit, places[int(said) - 1], _refs(visit))
    if len(places) == 1 and said in {"dung", "co", "ok", "vang", "phai", "yes"}:
        return await _take_for(visit, places[0], _refs(visit))
    await visit.wait_for("")
    return await menu.show(visit, Text("The photo was not added.") if _refs(visit) else None)


async def _choose(visit: Visit, places: list[Place], refs: list[str], album: str) -> list[Outgoing]:
    await visit.wait_for(WHICH, places=[p.key for p in places], refs=refs, album=album)
    titles = [p.title for p in places]
    lines = [
        f"{n}. {p.title}" + (f": {p.question.label}" if titles.count(p.title) > 1 else "")
        for n, p in enumerate(places, 1)
    ]
    none = len(places) + 1
    lines.append(f"{none}. {visit.catalog.say(Text('None of these'))}")
    buttons = [Button(f"{n}. {p.title}"[:60], f"0:p.{n}") for n, p in enumerate(places, 1)]
    buttons.append(Button(visit.catalog.say(Text("None of these")), f"0:p.{none}"))
    first = Text("What is this photo for?") if refs else Text("What will the photo be for?")
    message = visit.say(first, "\n".join(lines), Text("Send a number to choose."), buttons=buttons)
    return [
        Outgoing(
            message.text,
            buttons=message.buttons,
            prompt=menu.MENU_PROMPT,
            hold=ALBUM_SECONDS if refs else 0.0,
        )
    ]


async def _take_for(visit: Visit, place: Place, refs: list[str]) -> list[Outgoing]:
    if place.back:
        from bot.reception.asked_again import for_photo  # noqa: PLC0415  (the two call each other)

        return (await for_photo(visit, place.back, refs)).outgoing
    if refs:
        return await _keep(visit, place, refs, str(visit.stage_data.get("album", "")))
    await visit.wait_for(TAKING, place=place.key)
    return [visit.say(Text("Please send the photo now: {what}", {"what": place.question.label}))]


async def _keep(visit: Visit, place: Place, refs: list[str], album: str) -> list[Outgoing]:
    room = place.question.most - place.question.kept
    if room <= 0:
        await visit.wait_for("")
        return [
            visit.say(
                Text(
                    "There are already {count} photos here; that is enough. Thank you.",
                    {"count": place.question.kept},
                )
            )
        ]
    interview = await interview_of(place.submission)
    if interview is None:
        return await menu.show(visit)
    for ref in refs[:room]:
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
    await visit.wait_for(TAKING, place=place.key, album=album)
    if album and visit.stage == TAKING and album == visit.stage_data.get("album"):
        return []  # one acknowledgement for an album
    media = visit.turn.incoming.media
    advice = advice_on(media.advice) if media else None
    return [
        visit.say(
            Text("The photo is added to {title}. Thank you.", {"title": place.title}),
            *([advice] if advice else []),
            Text("You may send another one, or MENU for the list."),
        )
    ]


async def _paused(visit: Visit) -> bool:
    return await Interview.exists(person_id=visit.person_id, status="paused")


async def _kept_places(visit: Visit) -> list[Place]:
    """Return the places that were offered, in the order that was shown."""
    keys = visit.stage_data.get("places")
    known = {p.key: p for p in await places_of(visit)}
    return [known[k] for k in keys if k in known] if isinstance(keys, list) else []


async def _place_kept(visit: Visit) -> Place | None:
    key: Any = visit.stage_data.get("place")
    number, bar, path = str(key or "").partition("|")
    if not bar:
        return None
    villages = [v.id for v in await villages_of(visit.person_id)]
    submission = await Submission.get_or_none(
        id=int(number), current_key__isnull=False, area_id__in=villages
    ).prefetch_related("form_version")
    if submission is None:
        return None
    for question in await menu.photo_state(visit, submission):
        if question.path == path:
            return Place(submission, question, submission.form_version.title)
    return None


def _refs(visit: Visit) -> list[str]:
    refs = visit.stage_data.get("refs")
    return [str(r) for r in refs] if isinstance(refs, list) else []
