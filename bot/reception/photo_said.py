"""What is said of a photo outside of an interview: one acknowledgement an album, with the advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.messages import Kind, Outgoing
from bot.reception import doubted, menu
from bot.reception.doubted import DOUBTS, Doubted, Replaced
from bot.reception.effects import ALBUM_SECONDS
from bot.reception.house import Visit
from bot.reception.photo_places import TAKING, moment
from conversations.text import Text


def acknowledged(visit: Visit, *said: Text, doubts: Sequence[Doubted] = ()) -> Outgoing:
    """Return what is said of a photo: it waits a moment, and what is said of the next replaces it.

    Not where an interview runs: its question, which follows, must not be replaced.
    """
    keep = doubted.buttons(visit, list(doubts))
    message = visit.say(*said, *doubted.words(doubts), buttons=keep)
    if visit.turn.incoming.kind is not Kind.PHOTO or visit.turn.interview is not None:
        return message
    return replace(message, prompt=menu.MENU_PROMPT, hold=ALBUM_SECONDS)


async def after_replacing(visit: Visit, replaced: Replaced) -> Outgoing:
    """Say that a photo stands in the place of a doubted one, and wait for what comes next."""
    media = visit.turn.incoming.media
    album = media.album if media else ""
    data = {k: v for k, v in visit.kept.items() if k not in {DOUBTS, "full_at"}}
    data["place"] = f"{replaced.submission_id}|{replaced.path}"
    data |= {"at": moment(visit), "album": album, "count": 1}
    if replaced.doubts:
        data[DOUBTS] = replaced.doubts
    if replaced.doubts or album or "then" not in data:
        await visit.wait_for(TAKING, **data)
    else:
        await doubted.settle(visit)
    named = {"title": replaced.title}
    done = Text("The new photo is in the place of the one before, in {title}. Thank you.", named)
    if len(replaced.doubts) == 1 and replaced.doubts[0].at != moment(visit):
        done = Text("This photo is good. One from before should still be taken again.")
    return acknowledged(visit, done, doubts=replaced.doubts)
