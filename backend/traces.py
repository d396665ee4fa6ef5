"""A person's name and words where they stand outside of their own rows, taken out with them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from backend.areas.log import NAMES
from backend.models import Area, AreaChange, Chat, Inbox, Invite, Person, RoleGrant
from backend.retention import GONE_IN


async def erase_name(person: Person) -> None:
    """Blank the name in invitations to their units, and in the log of lists for those units.

    Somebody else of the same name elsewhere keeps theirs. Joins the caller's transaction; call it
    before the person's own row and roles are changed.
    """
    if not person.name:
        return
    grants = await RoleGrant.filter(person_id=person.id).values_list("area_id", flat=True)
    places = await Area.filter(id__in=[int(str(n)) for n in grants])
    await Invite.filter(name=person.name, area_id__in=[p.id for p in places]).update(name="")
    names = {p.name for p in places}
    for change in await AreaChange.filter(kind="import"):
        kept = json.loads(change.details or "{}")
        if _blanked(kept.get("changes", []), person.name, names):
            change.details = json.dumps(kept, ensure_ascii=False)
            await change.save(update_fields=["details"])


def _blanked(changes: list[list[Any]], name: str, places: set[str]) -> bool:
    found = False
    for change in changes:
        if places & {change[2], change[3]} and name in change[NAMES]:
            change[NAMES] = ["" if value == name else value for value in change[NAMES]]
            found = True
    return found


async def erase_said_in_groups(chats: Iterable[Chat]) -> None:
    """Take the words that somebody of these private chats wrote in groups of the same bots.

    Joins the caller's transaction; call it before the chats' own ids are changed.
    """
    for chat in chats:
        said = Inbox.filter(
            channel=chat.channel,
            bot=chat.bot,
            chat__private=False,
            payload__contains=chat.external_id,
        )
        mine = [
            row.id for row in await said if json.loads(row.payload).get("user") == chat.external_id
        ]
        await Inbox.filter(id__in=mine).update(payload=GONE_IN)
