"""What was queued is looked at again when it goes out: nobody who has answered is reminded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from backend.adhoc.kept import Wanted, open_report
from backend.models import Area, CameBack, Chat, Interview, Outbox, Person, RoleGrant
from backend.people import Role
from backend.plans.schema import Pack
from bot.messages import Delivery, Outgoing
from bot.quota_watch import go_another_way
from bot.schedule import Schedule, tick
from bot.still_wanted import NEWER, NOTHING_MISSING, still_wanted
from bot.turn.sender import Sender
from tests.backend.schedule import test_by_area as by_area
from tests.backend.schedule.office import TITLES, Office, pack
from tests.clock import OFFICE_ZONE, HandClock, local
from tests.fakes.channel import FakeChannel


@pytest.fixture
async def office(database: str) -> Office:
    return await Office(local(11, 1)).open()


class Line(FakeChannel):
    """The channel of everybody's first chat."""

    name = "telegram"


async def plan() -> Pack:
    return pack()


async def attach(_content: bytes) -> str:
    return "key"


async def ticked(clock: HandClock) -> None:
    await tick(clock, Schedule(plan, OFFICE_ZONE, attach))


async def sent(
    clock: HandClock,
    channel: FakeChannel | None = None,
    pack_of: Callable[[], Awaitable[Pack]] = plan,
) -> list[str]:
    """Let the sender have one look and return what went out."""
    channel = channel or Line()
    ask = still_wanted(pack_of, clock, OFFICE_ZONE)
    sender = Sender([channel], clock, still_wanted=ask, sleep=clock.sleep)
    await sender.open()
    await sender.delivered()
    await sender.stop()
    return [text for texts in channel.sent.values() for text in texts]


async def reasons(purpose: str = "reminder") -> list[tuple[int, str | None]]:
    rows = await Outbox.filter(purpose=purpose).order_by("id")
    return [(row.status, row.reason) for row in rows]


async def test_who_has_answered_by_then_is_not_reminded(office: Office, clock: HandClock) -> None:
    head = await office.person("Bác Hai", "a1")
    clock.set(local(12, 4, 7, 30))
    await ticked(clock)
    for form in TITLES:
        await office.submit(head, "a1", form, clock.advance(minutes=1))
    assert await sent(clock) == []
    assert await reasons() == [(2, NOTHING_MISSING)]


async def test_whom_an_officer_reminded_and_who_has_answered_by_the_morning(
    office: Office, clock: HandClock
) -> None:
    head = await office.person("Bác Hai", "a1")
    other = await office.person("Bác Ba", "a2")
    clock.set(local(12, 9, 20, 59))
    for person in (head, other):
        message = Outgoing("late", purpose="reminder", once=f"follow|thu|2026-12-09|{person.id}")
        await Outbox.create(
            chat=await Chat.get(person=person), payload=message.to_json(), once=message.once,
            purpose="reminder", created_at=clock.now(), not_before=local(12, 10, 6, 30),
        )  # fmt: skip
    for form in TITLES:
        await office.submit(head, "a1", form, clock.advance(hours=1))
    clock.set(local(12, 10, 6, 31))
    (text,) = await sent(clock)
    assert "Bác Ba" in text
    assert "Thôn 2 còn 2 phiếu" in text, "said in the words of the day on which it goes out"
    assert sorted(await reasons()) == [(1, None), (2, NOTHING_MISSING)]


async def test_it_names_what_is_missing_when_it_goes_out(office: Office, clock: HandClock) -> None:
    head = await office.person("Bác Hai", "a1")
    clock.set(local(12, 4, 7, 30))
    await ticked(clock)
    queued = Outgoing.from_json((await Outbox.get(purpose="reminder")).payload)
    assert "Nước" in queued.text
    await office.submit(head, "a1", "nuoc", clock.advance(minutes=1))
    (text,) = await sent(clock)
    assert "Rác thải" in text
    assert "Nước" not in text


async def test_a_backlog_waits_for_the_office_s_morning_and_is_one_message(
    office: Office, clock: HandClock
) -> None:
    await office.person("Bác Hai", "a1")
    await office.person("Chị Xã", "xa-a", Role.COMMUNE_OFFICER)
    for day in (4, 6, 7, 8, 9):  # the channel is away for days, the program is not
        clock.set(local(12, day, 7, 30))
        await ticked(clock)
    clock.set(local(12, 9, 23))
    assert await sent(clock) == [], "the line is back, but it is night"
    assert {r.not_before for r in await Outbox.filter(status=0)} == {local(12, 10, 6, 30)}
    clock.set(local(12, 10, 6, 31))
    texts = await sent(clock)
    assert sum("Bác Hai" in t and "MENU" in t for t in texts) == 1
    assert sum("DANH SÁCH QUÁ HẠN" in t for t in texts) == 1
    said = await reasons()
    assert said == [(2, NEWER)] * (len(said) - 1) + [(1, None)]


async def test_a_unit_has_its_own_night_and_its_own_days(office: Office, clock: HandClock) -> None:
    async def of_b() -> Pack:
        return by_area.plan()  # Xã B: five days before, quiet from 20:00 to 09:00

    for village in ("a1", "b1"):
        await office.person(village, village)
    clock.set(local(12, 2, 10))
    await tick(clock, Schedule(of_b, OFFICE_ZONE, attach))
    chat = await Chat.get(person__name="a1")
    other = Outgoing("hello", purpose="notice")
    await Outbox.create(
        chat=chat, payload=other.to_json(), purpose="notice", created_at=clock.now()
    )
    clock.set(local(12, 2, 20, 30))
    assert [text[:11] for text in await sent(clock, pack_of=of_b)] == ["Chào bác a1", "hello"]
    assert (await Outbox.get(status=0, purpose="reminder")).not_before == local(12, 3)
    clock.set(local(12, 3, 9, 1))
    (text,) = await sent(clock, pack_of=of_b)
    assert text.startswith("Chào bác b1")


async def test_answers_go_out_at_night(office: Office, clock: HandClock) -> None:
    head = await office.person("Bác Hai", "a1")
    clock.set(local(12, 4, 23))
    chat = await Chat.get(person=head)
    for purpose in ("answer", "notice"):
        message = Outgoing(purpose, purpose=purpose)
        await Outbox.create(
            chat=chat, payload=message.to_json(), purpose=purpose, created_at=clock.now()
        )
    assert await sent(clock) == ["answer"]


async def test_who_is_answering_is_left_alone_until_they_are_done(
    office: Office, clock: HandClock
) -> None:
    head = await office.person("Bác Hai", "a1")
    clock.set(local(12, 4, 7, 30))
    await ticked(clock)
    form = office.forms["nuoc"]
    await Interview.create(
        person=head, running_for=head.id, form_version=form, questionnaire="nuoc",
        area=await Area.get(code="a1"), period="2026-Q4", status="running", state="{}",
        started_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    assert await sent(clock) == []
    assert await reasons() == [(0, None)]
    clock.advance(minutes=16)
    (text,) = await sent(clock)
    assert "Nước (đang làm dở)" in text or "Nước" in text


async def test_who_no_longer_has_the_village_and_who_took_the_consent_back(
    office: Office, clock: HandClock
) -> None:
    await office.person("Bác Hai", "a1")
    clock.set(local(12, 4, 7, 30))
    await ticked(clock)
    await RoleGrant.filter(person__name="Bác Hai").update(revoked_at=clock.now())
    assert await sent(clock) == []
    assert await reasons() == [(2, NOTHING_MISSING)]


async def test_what_came_back_goes_no_other_way_once_it_is_answered(
    office: Office, clock: HandClock
) -> None:
    people: dict[str, Person] = {}
    for name, area in (("Bác Hai", "a1"), ("Bác Ba", "a2")):
        people[name] = await office.person(name, area)
        await office.chat(people[name], "web", clock.now())
    clock.set(local(12, 4, 7, 30))
    things = await queued_reminders(clock)
    channel = Line()
    channel.answers = [Delivery(failure="blocked")] * len(things)
    await sent(clock, channel)
    assert await CameBack.all().count() == 2
    for form in TITLES:
        await office.submit(people["Bác Hai"], "a1", form, clock.advance(minutes=1))
    moved = await go_another_way(clock.now(), OFFICE_ZONE, still_wanted(plan, clock, OFFICE_ZONE))
    assert moved == 1
    row = await Outbox.get(once__contains=">").prefetch_related("chat__person")
    assert row.chat.person.name == "Bác Ba"


async def queued_reminders(clock: HandClock) -> list[Outbox]:
    await ticked(clock)
    # The newest chat is the web's; the other one is tried first here.
    for row in await Outbox.filter(purpose="reminder").prefetch_related("chat"):
        person: int = row.chat.person_id
        row.chat = await Chat.get(person_id=person, channel="telegram")
        await row.save()
    return list(await Outbox.filter(purpose="reminder"))


async def test_that_a_report_was_opened_is_no_news_to_who_has_answered_it(
    office: Office, clock: HandClock
) -> None:
    head = await office.person("Bác Hai", "a1")
    await office.person("Bác Ba", "a2")
    opener = await office.person("Anh Huyện", "huyen", Role.DISTRICT_OFFICER)
    clock.set(local(11, 10))
    units = frozenset(office.areas[code].id for code in ("a1", "a2"))
    wanted = Wanted("Bão số 9", "nuoc", "", "village", units, local(11, 14).date())
    report = await open_report(opener.id, await plan(), wanted, clock.now(), OFFICE_ZONE)
    await ticked(clock)
    await office.submit(head, "a1", "nuoc", clock.advance(minutes=1), report.period or "")
    (text,) = [t for t in await sent(clock) if "Bão số 9" in t and "TỔNG HỢP" not in t]
    assert "Thôn 2" in text
    row = await Outbox.get(status=2, purpose="notice").prefetch_related("chat__person")
    assert (row.chat.person.name, row.reason) == ("Bác Hai", NOTHING_MISSING)
