"""Codes: spoken, short-lived, used once, and not to be guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.invites import (
    ALPHABET,
    EVERYBODY,
    PER_CHAT,
    UNDER_ATTACK,
    Outcome,
    looks_like_code,
    make_invite,
    redeem,
    spoken,
)
from backend.models import Invite, Throttle
from backend.people import Grant, Role
from tests.backend.office_people import make_areas
from tests.clock import HandClock

pytestmark = pytest.mark.usefixtures("database")

WRONG = "AAAA-AAAA"


async def head_of_thon_3() -> Grant:
    return Grant(Role.VILLAGE_HEAD, (await make_areas())["dal-3"])


async def test_a_code_opens_one_role_once(clock: HandClock) -> None:
    role = await head_of_thon_3()
    invite, code = await make_invite(role, clock.now(), name="A Nhà")
    assert set(code) <= set(ALPHABET)
    assert code not in invite.code_sha256
    first = await redeem(spoken(code).lower(), 1, (), clock.now())
    assert (first.outcome, first.grant, first.name) == (Outcome.TAKEN, role, "A Nhà")
    second = await redeem(code, 2, (), clock.now())
    assert second.outcome is Outcome.REFUSED
    assert second.grant is None


async def test_the_same_person_may_use_it_again(clock: HandClock) -> None:
    role = await head_of_thon_3()
    _, code = await make_invite(role, clock.now(), uses=2)
    await redeem(code, 1, (), clock.now())
    again = await redeem(code, 1, (role,), clock.now())
    assert again.outcome is Outcome.TAKEN
    assert (await Invite.get()).uses_left == 1


async def test_wrong_expired_and_used_are_one_answer(clock: HandClock) -> None:
    role = await head_of_thon_3()
    _, used = await make_invite(role, clock.now())
    _, old = await make_invite(role, clock.now(), days=1)
    await redeem(used, 1, (), clock.now())
    clock.advance(days=1)
    answers = [await redeem(code, 2, (), clock.now()) for code in (WRONG, used, old)]
    assert answers[0] == answers[1] == answers[2]


async def test_guessing_is_stopped_in_one_chat(clock: HandClock) -> None:
    role = await head_of_thon_3()
    _, code = await make_invite(role, clock.now())
    for _ in range(PER_CHAT.guesses):
        assert (await redeem(WRONG, 1, (), clock.now())).outcome is Outcome.REFUSED
    assert (await redeem(code, 1, (), clock.now())).outcome is Outcome.WAIT
    assert (await redeem(WRONG, 2, (), clock.now())).outcome is Outcome.REFUSED
    clock.advance(seconds=PER_CHAT.window.total_seconds())
    assert (await redeem(code, 1, (), clock.now())).outcome is Outcome.TAKEN


async def everybody_guesses(clock: HandClock) -> None:
    await Throttle.create(
        key="code:*", count=EVERYBODY.guesses, window_from=clock.now() - timedelta(minutes=59)
    )


async def test_chats_that_guess_wait_while_everybody_guesses(clock: HandClock) -> None:
    role = await head_of_thon_3()
    _, code = await make_invite(role, clock.now())
    await everybody_guesses(clock)
    for _ in range(UNDER_ATTACK.guesses):
        assert (await redeem(WRONG, 99, (), clock.now())).outcome is Outcome.REFUSED
    assert (await redeem(code, 99, (), clock.now())).outcome is Outcome.WAIT
    clock.advance(minutes=1)
    assert (await redeem(code, 99, (), clock.now())).outcome is Outcome.TAKEN


async def test_nobody_can_close_the_door_to_others_by_guessing(clock: HandClock) -> None:
    role = await head_of_thon_3()
    _, code = await make_invite(role, clock.now())
    for chat in range(EVERYBODY.guesses // PER_CHAT.guesses + 1):
        for _ in range(PER_CHAT.guesses):
            await redeem(WRONG, chat, (), clock.now())
    mistyped = await redeem(WRONG, 1_000, (), clock.now())
    assert mistyped.outcome is Outcome.REFUSED
    assert (await redeem(code, 1_000, (), clock.now())).outcome is Outcome.TAKEN


async def test_a_chat_kept_for_guessing_does_not_become_new_again(clock: HandClock) -> None:
    role = await head_of_thon_3()
    _, code = await make_invite(role, clock.now())
    for _ in range(UNDER_ATTACK.guesses):
        await redeem(WRONG, 99, (), clock.now())
    clock.advance(days=10)
    await Throttle.filter(key="code:*").delete()
    await everybody_guesses(clock)
    assert (await redeem(code, 99, (), clock.now())).outcome is Outcome.WAIT


@pytest.mark.parametrize(("days", "uses"), [(0, 1), (366, 1), (1, 0), (1, 1001)])
async def test_bounds_are_kept(clock: HandClock, days: int, uses: int) -> None:
    with pytest.raises(ValueError, match="an invitation"):
        await make_invite(await head_of_thon_3(), clock.now(), days=days, uses=uses)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("acde-fhkl", True), ("ACDE FHKL", True), ("0O1I-BGJS", True), ("xin chào", False),
     ("95", False), ("", False), ("acdefhklm", False), ("ACDE_FHK", False)],
)  # fmt: skip
def test_what_is_meant_as_a_code(*, typed: str, meant: bool) -> None:
    assert looks_like_code(typed) is meant
