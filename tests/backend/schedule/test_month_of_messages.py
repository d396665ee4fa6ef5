"""Who is sent what in a month that holds a deadline, for every plan, beside tables that were read.

Each line: the moment, what is sent, to how many by role, and person by person for one commune.
The office has set a lead of five days, and a day where the plan states none; where a plan names no
village, two are put into its first commune. Of two villages the first has answered everything two
days before its own day, the second never. The other villages answer nothing either.

To make the tables anew after a change that is meant: `python -m tests.backend.schedule.test_month_of_messages`.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from backend import consent
from backend.database import close_database, open_database
from backend.migrate import migrate
from backend.models import Area, Chat, FormVersion, Outbox, Person, RoleGrant, Submission
from backend.office_settings.keys import Key, Kind
from backend.office_settings.overlay import Act, in_force, laid_over
from backend.people import Role
from backend.plans.load import load_pack
from backend.plans.periods import period_of
from backend.plans.schema import AreaSpec, Cadence, Pack
from backend.plans.store import load_into_database
from backend.schedule.due import Due, due
from backend.schedule.obligations import deadlines, village_due
from tests.backend.schedule.office import queue
from tests.backend.schedule.test_two_years import PLANS
from tests.clock import OFFICE_ZONE, HandClock

HERE = Path(__file__).parent / "messages"
OF_LEVEL = {
    "province": Role.DISTRICT_OFFICER,
    "district": Role.DISTRICT_OFFICER,
    "commune": Role.COMMUNE_OFFICER,
    "village": Role.VILLAGE_HEAD,
}


@dataclass(frozen=True)
class Story:
    """A plan in force, with what the office has set, and what the table is about."""

    pack: Pack
    commune: str
    month: date
    own_day: date | None
    answers: str
    """Code of the village that answers."""


def story_of(plan: str) -> Story:
    """Return a plan with villages, a day and a lead."""
    bare = load_pack(plan)
    areas = list(bare.areas)
    for level, above in (("district", "province"), ("commune", "district")):
        if not any(a.level == level for a in areas):
            parent = next(a.code for a in areas if a.level == above)
            name = "Huyện thử" if level == "district" else "Xã thử"
            areas.append(AreaSpec(code=f"{level}-thu", level=level, name=name, parent=parent))
    if len([a for a in areas if a.level == "village"]) < 2:
        commune = next(a for a in areas if a.level == "commune")
        areas += [
            AreaSpec(code=f"thon-thu-{n}", level="village", name=f"Thôn {n}", parent=commune.code)
            for n in (1, 2)
        ]
    pack = bare.model_copy(update={"areas": areas, "historical": False})
    acts = [_set(1, Key(Kind.LEAD_DAYS), "5", bare)]
    for obligation in bare.obligations:
        wants = obligation.id in {s.obligation for s in bare.surveys}
        if wants and obligation.before_day is None:
            value = {"before_day": 13, "cadence": Cadence.QUARTERLY}
            acts.append(_set(2, Key(Kind.DEADLINE, obligation.id), value, bare))
    start = date(bare.year, 1, 1)
    pack = laid_over(pack, in_force(acts, start))
    survey = pack.surveys[0]
    own = village_due(pack, survey, period_of(survey.period, date(bare.year, 3, 1)))
    villages = [a for a in areas if a.level == "village"]
    village = villages[0]
    return Story(pack, str(village.parent), date(bare.year, 3, 1), own, village.code)


def _set(number: int, key: Key, value: object, pack: Pack) -> Act:
    return Act(number, key, value, "Công văn thử", date(pack.year, 1, 1))


async def people_of(story: Story, clock: HandClock) -> dict[int, str]:
    """Give every unit of the plan its person, and every department; return communes by id."""
    since = datetime.combine(date(story.pack.year, 1, 1), datetime.min.time(), OFFICE_ZONE)
    clock.set(since)
    await load_into_database(story.pack, clock)
    found = {}
    specs = [(a.code, OF_LEVEL[a.level], "") for a in story.pack.areas if a.valid_to is None]
    specs = [(c, r, o) for c, r, o in specs if r is not Role.DISTRICT_OFFICER or c != "kon-tum"]
    owners = sorted(
        {
            o.name
            for s in story.pack.criteria_sets
            for i in (*s.indicators, *s.criteria)
            for o in i.owners
        }
        | {o.name for x in story.pack.obligations for o in x.obliged_owners}
        | {o.name for x in story.pack.sponsors for o in x.by}
    )
    specs += [(story.pack.root, Role.DEPARTMENT_OFFICER, name) for name in owners]
    communes = {a.code: a.parent if a.level == "village" else a.code for a in story.pack.areas}
    rows = []
    for code, role, owner in specs:
        area = await Area.get(code=code)
        person = await Person.create(name=owner or area.name, created_at=since)
        rows.append(RoleGrant(person=person, role=role, area=area, owner=owner, granted_at=since))
        await Chat.create(
            channel="web", external_id=f"c{person.id}", person=person, created_at=since
        )
        await consent.give(person.id, "web", since)
        found[person.id] = str(communes[code])
    await RoleGrant.bulk_create(rows)
    return found


async def answer_all(story: Story, at: datetime) -> None:
    """Let the village answer everything that is asked of it for the period."""
    area = await Area.get(code=story.answers)
    person = await Person.filter(grants__area_id=area.id, grants__role="village_head").first()
    for survey in story.pack.surveys:
        form = await FormVersion.create(
            form_id=survey.questionnaire, version="1", title="", xml="", sha256="", published_at=at
        )
        period = period_of(survey.period, at.date())
        await Submission.create(
            instance_id=f"{area.code}-{survey.questionnaire}",
            current_key=f"{story.pack.id}|{survey.questionnaire}|{area.code}|{period}",
            plan=story.pack.id,
            form_version=form,
            questionnaire=survey.questionnaire,
            area=area,
            period=period,
            person=person,
            answered_at=at,
            received_at=at,
            xml="",
        )


def said(thing: Due) -> str:
    """Return in few words what one person is told: questionnaires that lack, who is late, reports."""
    words = []
    if thing.missing:
        asked = Counter((m.area_name, m.due, m.title * m.activity) for m in thing.missing)
        words += [
            f"{activity or ''}{'' if activity else n} by {day:%d/%m}"
            for (_, day, activity), n in asked.items()
        ]
    if thing.late:
        words.append("late: " + ", ".join(v.name for v in thing.late))
    if thing.reports:
        words += [f"«{'; '.join(r.names)}» by {r.last_day:%d/%m}" for r in thing.reports]
    if thing.owner:
        words.append(f"of {thing.owner}")
    return "; ".join(words) or "(the area's progress)"


def lines(at: datetime, things: Sequence[Due], people: dict[int, str], commune: str) -> list[str]:
    made = []
    for kind in sorted({t.kind for t in things}):
        some = [t for t in things if t.kind is kind]
        roles = Counter(t.role for t in some)
        counts = ", ".join(f"{role} {n}" for role, n in sorted(roles.items()))
        made.append(f"{at:%a %d/%m %H:%M} | {kind} | {counts}")
        here: dict[str, list[str]] = defaultdict(list)
        for thing in some:
            if commune in {people[thing.person_id], thing.area_code}:
                here[said(thing)].append(thing.person_name)
        made += [f"    {', '.join(sorted(names))}: {what}" for what, names in sorted(here.items())]
    return made


async def table(story: Story, clock: HandClock) -> str:
    """Play the month day by day."""
    people = await people_of(story, clock)
    names = {a.code: a.name for a in story.pack.areas}
    made = [f"{story.pack.name}", f"person by person: {names[story.commune]}"]
    last = [d for d in deadlines(story.pack, story.month, 30) if d.last_day]
    made += [f"report: {'; '.join(d.names)}, last day {d.last_day:%d/%m}" for d in last]
    for obligation in story.pack.obligations:
        if any(obligation.name in d.names for d in last):
            way = (obligation.obliged, obligation.via, obligation.to)
            made.append(f"  {obligation.name}: " + " → ".join(w for w in way if w))
    own = f"{story.own_day:%d/%m}" if story.own_day else "none"
    made += [f"the villages' own day: {own}; {names[story.answers]} answers two days before", ""]
    day = story.month
    while day.month == story.month.month:
        if story.own_day and day == story.own_day - timedelta(days=2):
            await answer_all(story, datetime(day.year, day.month, day.day, 6, tzinfo=OFFICE_ZONE))
        for hour in (7, 12) if day == story.own_day else (7,):  # at noon there is nothing more
            at = datetime(day.year, day.month, day.day, hour, 30, tzinfo=OFFICE_ZONE)
            clock.set(at)
            things = await due(at, story.pack, OFFICE_ZONE)
            made += lines(at, things, people, story.commune)
            await queue(things, at)
        day += timedelta(days=1)
    assert await Outbox.all().count() == await Outbox.all().distinct().count()
    return "\n".join(made) + "\n"


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("plan", PLANS)
async def test_the_month_reads_as_it_was_read(plan: str, database: str, clock: HandClock) -> None:
    assert await table(story_of(plan), clock) == (HERE / f"{plan}.txt").read_text(encoding="utf-8")


async def _made(plan: str, folder: Path) -> None:
    url = f"sqlite://{folder / plan}.sqlite3?synchronous=OFF"
    await migrate(url)
    await open_database(url)
    text = await table(story_of(plan), HandClock(datetime(2020, 1, 1, tzinfo=OFFICE_ZONE)))
    (HERE / f"{plan}.txt").write_text(text, encoding="utf-8")
    await close_database()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        for one in PLANS:
            asyncio.run(_made(one, Path(name)))
