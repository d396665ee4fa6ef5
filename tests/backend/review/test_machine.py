"""Two reviewers, undo, corrections and new photos in any order: what holds is what was decided.

The machine remembers on its own what each reviewer has seen and what must hold; the database is
asked after every step. One database serves all runs of a machine, each with a photo of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend import audit
from backend.database import close_database, open_database
from backend.models import Evidence, Interview, Review
from backend.review.decide import Decided, Decision, Overtaken, decide, to_review
from backend.review.history import reviews_of
from tests.backend.review.scene import Scene, make_scene
from tests.clock import HandClock

REVIEWERS = st.sampled_from(["commune", "district"])
CHOICES = st.sampled_from(
    [("approved", ""), ("rejected", "dark"), ("rejected", "blurred"), ("undone", "")]
)
T = TypeVar("T")
Row = tuple[int, str, str, str]


@dataclass
class Held:
    """What must be so of the photo that is in force now."""

    photo: Evidence
    log: list[Row] = field(default_factory=list)
    stack: list[tuple[str, str]] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.log[-1][0] if self.log else 0

    @property
    def state(self) -> str:
        return self.stack[-1][0] if self.stack else "waiting"


class Reviewing(RuleBasedStateMachine):
    scene: Scene
    runner: asyncio.Runner

    def run(self, waited: Awaitable[T]) -> T:
        async def whole() -> T:
            return await waited

        return self.runner.run(whole())

    @initialize()
    def a_photo_comes(self) -> None:
        [photo] = self.run(self.scene.sent())
        self.held = Held(photo)
        self.correction: Interview | None = None
        self.seen = {"commune": (photo.id, 0), "district": (photo.id, 0)}

    @rule(who=REVIEWERS)
    def look(self, who: str) -> None:
        photo = self.held.photo
        found = self.run(to_review(self.scene.people[who], photo.id, self.scene.now))
        assert found is not None
        self.seen[who] = (found.id, found.review_number)

    @rule(who=REVIEWERS, choice=CHOICES)
    def choose(self, who: str, choice: tuple[str, str]) -> None:
        self.scene.clock.advance(seconds=30)
        photo, expected = self.seen[who]
        decision, reason = choice
        found = self.run(
            decide(
                self.scene.people[who],
                photo,
                Decision(decision),
                expected=expected,
                reason=reason,
                now=self.scene.now,
            )
        )
        held = self.held
        if photo != held.photo.id:
            assert found is None
            return
        assert found is not None
        if expected == held.number:
            self._first(who, choice, found)
        else:
            own_again = held.log[-1] == (expected + 1, *choice, who)
            assert isinstance(found, Decided if own_again else Overtaken)
            if isinstance(found, Overtaken):
                assert found.by_name == f"Minh {held.log[-1][3]}"
                assert found.review.decision == held.log[-1][1]
        assert (found.state, found.number) == (held.state, held.number)
        self.seen[who] = (photo, found.number)

    def _first(self, who: str, choice: tuple[str, str], found: Decided | Overtaken) -> None:
        held = self.held
        assert isinstance(found, Decided)
        undone = choice[0] == "undone"
        unchanged = not held.stack if undone else held.stack[-1:] == [choice]
        assert found.again is unchanged
        if unchanged:
            return
        held.log.append((held.number + 1, *choice, who))
        if undone:
            held.stack.pop()
        else:
            held.stack.append(choice)

    @precondition(lambda self: self.correction is None)
    @rule()
    def a_correction_begins(self) -> None:
        self.correction, _ = self.run(self.scene.corrected(self.held.photo.submission_id))

    @precondition(lambda self: self.correction is not None)
    @rule()
    def the_correction_keeps_the_photo(self) -> None:
        submission = self.run(self.scene.submit(self.correction))
        self.held.photo = self.run(Evidence.get(submission_id=submission.id))
        self.correction = None

    @precondition(lambda self: self.correction is not None)
    @rule()
    def another_photo_is_sent(self) -> None:
        async def sent() -> Evidence:
            self.scene.clock.advance(seconds=30)
            old = Evidence.filter(interview_id=self.correction.id)
            await old.update(dropped_at=self.scene.now)
            new = await self.scene.photo(self.correction)
            await self.scene.submit(self.correction)
            return await Evidence.get(id=new.id)

        self.held = Held(self.run(sent()))
        self.correction = None

    @invariant()
    def what_is_kept_is_what_was_decided(self) -> None:
        if not hasattr(self, "held"):
            return
        photo = self.run(Evidence.get(id=self.held.photo.id))
        assert (photo.review, photo.review_number) == (self.held.state, self.held.number)
        names = {self.scene.people[nick]: nick for nick in self.seen}
        rows = self.run(reviews_of(photo))
        kept = [(r.number, r.decision, r.reason, names[r.by.id]) for r in rows]
        assert kept == self.held.log


async def counted() -> int:
    return await Review.all().count()


def test_whatever_two_reviewers_and_a_village_do(database_url: str) -> None:
    with asyncio.Runner() as runner:
        runner.run(open_database(database_url))
        try:
            scene = runner.run(make_scene(HandClock()))
            run_state_machine_as_test(
                type("Run", (Reviewing,), {"scene": scene, "runner": runner}),
                settings=settings(max_examples=8, stateful_step_count=15, database=None),
            )
            assert runner.run(counted())
            assert not runner.run(audit.verify()).broken
        finally:
            runner.run(close_database())
