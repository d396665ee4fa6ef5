"""Random lives of an installation: clocks that jump, workers that restart or run twice, answers.

After every tick it is asked of each village head: exactly one message for the latest moment that
has passed, none for who has answered, none while somebody answers, none at night, none twice.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import pytest

from backend.models import Interview, Outbox, Submission
from backend.plans.schema import Pack
from bot.schedule import Schedule, tick
from tests.backend.schedule.office import TITLES, Office, pack
from tests.clock import OFFICE_ZONE, HandClock

BEGIN, END = (
    datetime(2026, 11, 1, 9, tzinfo=OFFICE_ZONE),
    datetime(2026, 12, 20, tzinfo=OFFICE_ZONE),
)
DAYS = [date(2026, 11, 30), date(2026, 12, 4), date(2026, 12, 6), date(2026, 12, 7)]
"""Seven, three, one and no days before the villages' 7 December, read off a calendar."""
REPORT = date(2026, 12, 12)
HALF_PAST_SEVEN = time(7, 30)
HOURS = ("00:00", "06:29", "06:30", "07:29", "07:30", "07:40", "20:59", "21:00", "23:59")
LIVES, STEPS = 25, 8
"""Many short ones: after the last day's message nothing more can come."""
AREAS = ("a1", "a2", "b1")


@dataclass
class Head:
    person_id: int
    area: str
    answered: set[str] = field(default_factory=set)
    busy_since: datetime | None = None
    reminded: list[date] = field(default_factory=list)


class Life:
    """One installation and what must be true of it."""

    def __init__(self, dice: random.Random, clock: HandClock, office: Office) -> None:
        self.dice, self.clock, self.office = dice, clock, office
        self.heads: list[Head] = []
        self.plan = pack()
        self.schedule = self.worker()
        self.seen = 0

    def worker(self) -> Schedule:
        async def in_force() -> Pack:
            return self.plan

        async def attach(_: bytes) -> str:
            return "k"

        return Schedule(in_force, OFFICE_ZONE, attach)

    async def step(self) -> None:
        acts = (self.wait, self.wait, self.jump, self.jump, self.sit_down, self.restart)
        rarely = self.dice.random() < 1 / 30
        await (self.answer if rarely else self.dice.choice(acts))()
        await self.look()

    async def wait(self) -> None:
        self.move(timedelta(minutes=self.dice.choice((1, 10, 60, 600))))

    async def jump(self) -> None:
        """To any of the days that matter, or the day after: forward with the machine off, or back."""
        day = self.dice.choice(DAYS) + timedelta(days=self.dice.choice((0, 0, 0, 0, 0, 1, 5)))
        hour = self.dice.choice(HOURS)
        self.clock.set(datetime.combine(day, time.fromisoformat(hour), OFFICE_ZONE))

    def move(self, by: timedelta) -> None:
        self.clock.set(min(max(self.clock.now() + by, BEGIN), END))

    async def answer(self) -> None:
        head = self.dice.choice(self.heads)
        for form in sorted(TITLES):
            if form not in head.answered and self.dice.random() < 1 / 2:
                head.answered.add(form)
                await Submission.create(
                    instance_id=f"{head.area}-{form}", current_key=f"thu|{form}|{head.area}|2026-Q4",
                    plan="thu", form_version=self.office.forms[form], questionnaire=form,
                    area=self.office.areas[head.area], period="2026-Q4", person_id=head.person_id,
                    answered_at=self.clock.now(), received_at=self.clock.now(), xml="",
                )  # fmt: skip

    async def sit_down(self) -> None:
        """Answer a question, often just before a moment; the interview goes on from there."""
        if self.dice.random() < 1 / 2:
            eve = datetime.combine(self.dice.choice(DAYS), time(7, 29), OFFICE_ZONE)
            self.clock.set(eve)
        head = self.dice.choice(self.heads)
        head.busy_since = self.clock.now()
        await Interview.filter(running_for=head.person_id).update(changed_at=head.busy_since)
        self.move(timedelta(minutes=self.dice.choice((0, 1, 14, 15))))

    async def restart(self) -> None:
        self.schedule = self.worker()

    async def look(self) -> None:
        sittings = await Interview.all().order_by("id").values()
        workers = [self.schedule]
        if self.dice.random() < 0.2:  # a second worker that thinks it leads
            workers.append(self.worker())
        await asyncio.gather(*(tick(self.clock, worker) for worker in workers))
        assert await Interview.all().order_by("id").values() == sittings, "nobody is thrown out"
        await self.check()

    async def check(self) -> None:
        rows = await Outbox.filter(id__gt=self.seen).order_by("id").values_list("id", "once")
        self.seen = max((int(number) for number, _ in rows), default=self.seen)
        told: dict[int, list[date]] = {}
        for _, once in rows:
            kind, plan, day, person = str(once).split("|")
            assert (kind, plan) == ("reminder", "thu")
            told.setdefault(int(person), []).append(date.fromisoformat(day))
        now = self.clock.now().astimezone(OFFICE_ZONE)
        for head in self.heads:
            expected = self.expected(head, now)
            assert told.pop(head.person_id, []) == expected, (head, now)
            head.reminded += expected
        assert not told

    def expected(self, head: Head, now: datetime) -> list[date]:
        """What a head must get at this look, by the days above and by what has been sent."""
        if not time(6, 30) <= now.time() < time(21) or now.date() > REPORT:
            return []
        if now.date() in DAYS and now.time() < HALF_PAST_SEVEN:
            return []
        passed = [d for d in DAYS if d <= now.date()]
        if not passed or head.answered == set(TITLES):
            return []
        if any(sent >= passed[-1] for sent in head.reminded):
            return []
        busy = head.busy_since
        if busy is not None and timedelta(0) <= now - busy < timedelta(minutes=15):
            return []
        return [passed[-1]]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_everybody_gets_what_is_due_once(
    database: str, clock: HandClock, seed: int
) -> None:
    clock.set(BEGIN)
    office = await Office(BEGIN).open()
    heads = []
    for area in AREAS:
        person = await office.person(f"Bác {area}", area)
        await office.begin(person, area, "nuoc", BEGIN)
        heads.append(person.id)
    dice = random.Random(seed)  # noqa: S311  (the same lives each run)
    reminded = 0
    for _ in range(LIVES):
        await Outbox.all().delete()
        await Submission.all().delete()
        await Interview.all().update(changed_at=BEGIN)
        clock.set(BEGIN)
        life = Life(dice, clock, office)
        life.heads = [Head(person, area) for person, area in zip(heads, AREAS, strict=True)]
        for _ in range(STEPS):
            await life.step()
        reminded += sum(len(head.reminded) for head in life.heads)
    assert reminded > LIVES
