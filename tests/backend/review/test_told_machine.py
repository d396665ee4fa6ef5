"""Whatever is decided and undone, in whatever pace: in the end the village head knows how it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from backend.database import close_database, open_database
from backend.models import Chat, Evidence, Outbox, Review
from backend.review.decide import Decision, decide
from bot.messages import Outgoing
from tests.backend.review.scene import Scene, make_scene
from tests.clock import HandClock

T = TypeVar("T")
MINUTE = timedelta(minutes=1)


@dataclass
class Heard:
    """What the village head makes of the messages that went out."""

    again: bool = False
    approved: bool = False
    doubted: bool = False
    """Whether the photo was asked for after the approval was heard."""

    def take(self, message: Outgoing) -> None:
        if message.buttons:
            self.again = self.doubted = True
        elif "không cần chụp lại" in message.text:
            assert self.again, "nothing is taken back that was never said"
            self.again = False
        else:
            assert "đã được duyệt" in message.text
            assert not self.approved or self.doubted, "told already, and nothing was asked since"
            self.again = self.doubted = False
            self.approved = True


class Telling(RuleBasedStateMachine):
    scene: Scene
    runner: asyncio.Runner
    runs = 0

    def run(self, waited: Awaitable[T]) -> T:
        async def whole() -> T:
            return await waited

        return self.runner.run(whole())

    @initialize()
    def a_photo_comes(self) -> None:
        # Each run has a questionnaire of its own: another period's.
        type(self).runs += 1
        [self.photo] = self.run(self.scene.sent(period=f"{2000 + self.runs}-Q4"))
        self.heard = Heard()

    @rule(
        who=st.sampled_from(["commune", "district"]),
        choice=st.sampled_from(["approved", "rejected", "undone"]),
    )
    def decided(self, who: str, choice: str) -> None:
        async def work() -> None:
            self.scene.clock.advance(seconds=1)
            photo = await Evidence.get(id=self.photo.id)
            reason = "dark" if choice == "rejected" else ""
            await decide(
                self.scene.people[who],
                photo.id,
                Decision(choice),
                expected=photo.review_number,
                reason=reason,
                now=self.scene.now,
            )
            for row in await Outbox.filter(status=0):
                assert row.not_before - self.scene.now <= MINUTE

        self.run(work())

    @rule(seconds=st.integers(1, 60))
    def time_passes(self, seconds: int) -> None:
        self.run(self._send(seconds))

    @rule()
    def the_photo_is_replaced(self) -> None:
        async def work() -> None:
            await self._send(61)
            interview, copies = await self.scene.corrected(
                (await Evidence.get(id=self.photo.id)).submission_id
            )
            await Evidence.filter(id__in=[c.id for c in copies]).update(dropped_at=self.scene.now)
            self.photo = await self.scene.photo(interview)
            await self.scene.submit(interview)
            self.heard = (
                Heard()
            )  # what was asked for has been sent; nothing is known of the new one

        self.run(work())

    def teardown(self) -> None:
        if hasattr(self, "photo"):
            self.run(self._ends())

    async def _ends(self) -> None:
        await self._send(61)
        photo = await Evidence.get(id=self.photo.id)
        assert self.heard.again == (photo.review == "rejected")
        assert self.heard.approved or photo.review != "approved"
        await Outbox.all().delete()

    async def _send(self, seconds: int) -> None:
        """Let time pass; what is due goes out."""
        self.scene.clock.advance(seconds)
        for row in await Outbox.filter(status=0, not_before__lte=self.scene.now).order_by("id"):
            self.heard.take(Outgoing.from_json(row.payload))
            await Outbox.filter(id=row.id).update(status=1)


def test_the_village_head_always_knows(database_url: str) -> None:
    with asyncio.Runner() as runner:
        runner.run(open_database(database_url))
        try:
            scene = runner.run(make_scene(HandClock()))
            head = scene.people["head"]
            now = scene.now
            runner.run(_chat(head, now))
            run_state_machine_as_test(
                type("Run", (Telling,), {"scene": scene, "runner": runner}),
                settings=settings(max_examples=20, stateful_step_count=15, database=None),
            )
            assert runner.run(_count())
        finally:
            runner.run(close_database())


async def _chat(person: int, now: object) -> None:
    await Chat.create(
        channel="telegram", external_id="1", person_id=person, created_at=now, last_in_at=now
    )


async def _count() -> int:
    return await Review.all().count()
