"""Consent: asked before the first question, in few words; taken back whenever the person likes.

Only plain words give it: nothing that could have been meant for something else does.
"""

from __future__ import annotations

import re
from typing import Final

from backend import consent
from backend.models import Interview
from bot.messages import Button, Kind, Outgoing
from bot.reception.house import Visit
from bot.reception.together import together
from conversations.text import Text, fold

ASKING: Final = "consent"
WITHDRAWING: Final = "withdraw"

_GIVEN: Final = re.compile(
    r"(?:(?:da|vang|u|uh|ok|oke|co|rat|toi|bac|em|con|chau|minh|i) )*(?:dong y|agree)"
    r"(?: (?:a|nhe|roi|luon|day))*"
)
_YES_TO_THE_QUESTION: Final = frozenset(
    {"1", "co", "co a", "da co", "vang", "vang a", "da vang", "da vang a", "yes"}
)
"""Consent only as the answer to «Bác có đồng ý không?»; a bare «dạ» may only say «I hear»."""
_AGREE: Final = Text("Do you agree? Please send:\n1. AGREE\n2. DO NOT AGREE")

_REFUSED: Final = frozenset(
    {"khong", "khong dong y", "ko", "ko dong y", "toi khong dong y", "2", "no", "do not agree"}
)
_TAKE_BACK: Final = frozenset(
    {"rut", "rut lai", "rut lai dong y", "huydongy", "huy dong y", "1", "withdraw", "take it back"}
)
_KEEP: Final = frozenset({"giu", "giu nguyen", "khong", "thoi", "2", "keep", "keep it"})


async def ask(visit: Visit) -> list[Outgoing]:
    """Show what is collected, by whom and why, and ask for consent."""
    await visit.wait_for(ASKING)
    pack = await visit.house.pack()
    office = pack.supervising_office or Text("the office in charge of new-rural development")
    return [
        visit.say(
            Text("Before we begin, please read these few lines."),
            Text(
                "What we keep: your name, your phone number, your answers and photos about the village. We count households; we keep no household's name."
            ),
            Text(
                "Who keeps it: {office}, to know what the village has and still needs.",
                {"office": office},
            ),
            Text("You may change your mind at any time: just send WITHDRAW."),
            _AGREE,
            buttons=_buttons(visit),
        )
    ]


def _question(visit: Visit) -> Outgoing:
    """Ask once more, without all that was read before."""
    return visit.say(_AGREE, buttons=_buttons(visit))


def _buttons(visit: Visit) -> list[Button]:
    return [
        visit.button(Text("AGREE"), "c.yes"),
        visit.button(Text("DO NOT AGREE"), "c.no"),
    ]


async def answer(visit: Visit) -> list[Outgoing] | None:
    """Take the answer to `ask`; None when consent is given and the visit goes on."""
    said = _said(visit)
    if _GIVEN.fullmatch(said) or said in _YES_TO_THE_QUESTION or said == "c.yes":
        await consent.give(visit.person_id, visit.turn.chat.channel, visit.now)
        await visit.wait_for("")
        return None
    if said in _REFUSED or said == "c.no":
        await visit.wait_for("")
        return [
            visit.say(
                Text("That is all right. Nothing will be asked."),
                Text("If you change your mind, send AGREE."),
            )
        ]
    await visit.wait_for(ASKING)
    return [_question(visit)]


async def again(visit: Visit, first: Text) -> list[Outgoing] | None:
    """Show once more what is asked, where a mere «1» or «vâng» might have meant something else."""
    said = _said(visit)
    if visit.stage == ASKING and said in _YES_TO_THE_QUESTION:
        return together([visit.say(first)], await ask(visit))
    if visit.stage == WITHDRAWING and said == "1":
        interview = visit.stage_data.get("interview")
        return together([visit.say(first)], await begin_withdrawal(visit, interview))
    return None


def agrees(visit: Visit) -> bool:
    """Say whether a message gives consent by itself, without a question just asked («1» does not)."""
    said = _said(visit)
    return said == "c.yes" or bool(_GIVEN.fullmatch(said))


async def begin_withdrawal(visit: Visit, interview_id: int | None) -> list[Outgoing]:
    """Ask whether consent is really to be taken back; a running interview waits meanwhile."""
    if not await consent.consented(visit.person_id):
        return [visit.say(Text("You have not agreed to anything, so nothing will be asked."))]
    await visit.wait_for(WITHDRAWING, interview=interview_id)
    return [
        visit.say(
            Text("Do you want to take back your consent? Questions and reminders will stop."),
            Text("What you have sent stays in the village's report."),
            Text("Please send:\n1. TAKE IT BACK\n2. KEEP IT"),
            buttons=[
                visit.button(Text("TAKE IT BACK"), "w.yes"),
                visit.button(Text("KEEP IT"), "w.no"),
            ],
        )
    ]


async def end_withdrawal(visit: Visit) -> tuple[list[Outgoing], Interview | None]:
    """Take the answer to `begin_withdrawal`; the interview is the one to go on with."""
    said = _said(visit)
    if said in _TAKE_BACK or said == "w.yes":
        await consent.withdraw(visit.person_id, visit.now)
        await visit.wait_for("")
        done = visit.say(
            Text(
                "Your consent is taken back. There will be no more questions and no more reminders."
            ),
            Text(
                "To see what is kept of you, or to have your name deleted, please ask the office."
            ),
            Text("If you change your mind, send AGREE."),
        )
        return [done], None
    if said in _KEEP or said == "w.no":
        await visit.wait_for("")
        number = visit.stage_data.get("interview")
        waiting = (
            await Interview.get_or_none(id=number, person_id=visit.person_id, status="paused")
            if number
            else None
        )
        return [visit.say(Text("All right, everything stays as it was."))], waiting
    return await begin_withdrawal(visit, visit.stage_data.get("interview")), None


def _said(visit: Visit) -> str:
    incoming = visit.turn.incoming
    if incoming.kind is Kind.PRESS:
        return incoming.text
    return fold(incoming.text).strip(" .!/") if incoming.kind is Kind.TEXT else ""
