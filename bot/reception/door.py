"""The door: whoever the office does not know comes no further than here.

Nobody learns here which villages or people there are. A code opens the door, and so does one's
own telephone number when the office has it on its list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.invites import ALPHABET, Outcome, bare_code, looks_like_code, redeem
from backend.models import Area, RoleGrant
from backend.people import (
    Grant,
    Role,
    add_person,
    grant,
    grants_of,
    join_chat,
    person_by_phone,
)
from backend.quota.decide import STRANGER
from backend.roles import role_name
from bot.messages import Incoming, Kind, Outgoing, Wants
from bot.reception.strangers import bounded
from bot.turn.shapes import Turn
from conversations.text import Paragraph, Text
from locales import Catalog


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of knocking: messages, and the person if the door opened."""

    outgoing: list[Outgoing]
    person_id: int | None = None


def code_in(incoming: Incoming, *, known: bool) -> str:
    """Return the code that a message means to give, "" if none.

    What a known person types counts only when every letter can be one of a code.
    """
    if incoming.kind is Kind.START:
        return incoming.text.strip()[:64]
    if incoming.kind is not Kind.TEXT or not looks_like_code(incoming.text):
        return ""
    if known and not set(bare_code(incoming.text)) <= set(ALPHABET):
        return ""
    return incoming.text


async def knock(turn: Turn, catalog: Catalog) -> Entered:
    """Answer somebody whom the office does not know; who stays outside gets only so many answers."""
    incoming = turn.incoming
    if incoming.kind is Kind.CONTACT:
        entered = await _by_phone(turn, catalog)
    elif code := code_in(incoming, known=False):
        entered = await use_code(turn, catalog, code)
    else:
        ended = await _ended(turn)
        entered = Entered([way_in(catalog, ended, greeting=not ended)])
    if entered.person_id is None:
        return Entered(await bounded(turn, entered.outgoing))
    return entered


async def use_code(turn: Turn, catalog: Catalog, code: str) -> Entered:
    """Try a code that somebody gave, known or not."""
    person_id = turn.chat.person_id
    held = await grants_of(person_id) if person_id else ()
    redeemed = await redeem(code, turn.chat.id, held, turn.now, person_id=person_id)
    if redeemed.outcome is Outcome.WAIT:
        wait = Text("That was tried too often. Please wait 15 minutes, then send your code again.")
        return Entered([Outgoing(catalog.say(wait))])
    if redeemed.grant is None:
        refused = Text(
            "This code does not open anything. Please check every letter, or ask the officer "
            "who gave it to you for a new one."
        )
        return Entered([Outgoing(catalog.say(refused))])
    if person_id is None:
        person = await add_person(redeemed.name, turn.now, lang=turn.chat.lang)
        person_id = person.id
        await join_chat(turn.chat.id, person_id)
    await grant(person_id, redeemed.grant, turn.now, by=person_id)
    return Entered([Outgoing(await _welcome(catalog, redeemed.grant, redeemed.name))], person_id)


async def _by_phone(turn: Turn, catalog: Catalog) -> Entered:
    person = await person_by_phone(turn.incoming.phone) if turn.incoming.phone else None
    if person is None:
        unknown = Text("This number is not yet on the office's list.")
        return Entered([way_in(catalog, [unknown])])
    await join_chat(turn.chat.id, person.id)
    held = await grants_of(person.id)
    return Entered([Outgoing(await _welcome(catalog, held[0], person.name))], person.id)


def way_in(
    catalog: Catalog, first: Sequence[Paragraph] = (), *, greeting: bool = False
) -> Outgoing:
    """Return how to come in; a channel that can share one's phone number says so itself."""
    hello = Text("Hello. This is Thôn Mới, the office's questions to the villages.")
    paragraphs = [
        *([hello] if greeting else []),
        *first,
        Text("Please send the invitation code of 8 letters and digits that you were given."),
        Text("No code yet? Please ask the officer in charge."),
    ]
    return Outgoing(catalog.join(paragraphs), wants=Wants.PHONE, purpose=STRANGER)


async def _ended(turn: Turn) -> list[Paragraph]:
    """Return which role of the chat's person ended last, nothing for who never had one."""
    if turn.chat.person_id is None:
        return []
    last = (
        await RoleGrant.filter(person_id=turn.chat.person_id, revoked_at__isnull=False)
        .order_by("-revoked_at", "-id")
        .prefetch_related("area")
        .first()
    )
    if last is None:
        return []
    return [
        Text(
            "Your work here as {role}, {area}, has ended. Thank you very much.",
            {"role": role_name(Role(last.role)), "area": last.area.name},
        )
    ]


async def _welcome(catalog: Catalog, new: Grant, name: str) -> str:
    area = await Area.get(id=new.area_id)
    hello = Text("Welcome, {name}.", {"name": name}) if name else Text("Welcome.")
    return catalog.join(
        [
            hello,
            Text(
                "You are here as: {role}, {area}.", {"role": role_name(new.role), "area": area.name}
            ),
        ]
    )
