"""What a reviewer is shown of a photo, each signal with its number and its limit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import ImageEnhance, ImageFilter

from backend.evidence.alike import Alike, alike
from backend.evidence.judged import (
    FAR_KM,
    TAKEN_BEFORE_DAYS,
    Kind,
    Setting,
    Signal,
    advice,
    kilometres,
    signals,
)
from backend.evidence.keep import Kept, PhotoKeeper
from backend.evidence.looking import Look
from backend.evidence.signals import signals_of, village_point
from backend.evidence.store import EvidenceStore
from backend.models import Area, Evidence, EvidenceFile, FormVersion, Interview, PhotoLook
from conversations.interview.advice import Advice, advice_on
from locales import catalog
from tests.backend.evidence.pictures import encoded, exif, scene
from tests.backend.office_people import make_areas, make_people
from tests.clock import HandClock

GOOD = Look(phash=1, dhash=1, sharpness=300, brightness=120, contrast=50, dark=0.1, bright=0.01)
SIZE = (1280, 960)


def kinds(found: list[Signal]) -> list[Kind]:
    return [s.kind for s in found]


def look(**changed: object) -> Look:
    values = {name: getattr(GOOD, name) for name in Look.__slots__}
    return Look(**{**values, **changed})


def test_a_good_photo_gives_no_signal() -> None:
    assert signals(GOOD, [], Setting(SIZE)) == []
    assert advice(GOOD, SIZE, again=False) is None


@pytest.mark.parametrize(
    ("seen", "size", "kind"),
    [
        (look(brightness=12.0), SIZE, Kind.DARK),
        (look(bright=0.9), SIZE, Kind.BRIGHT),
        (look(sharpness=3.0), SIZE, Kind.BLURRED),
        (GOOD, (200, 150), Kind.TINY),
        (look(screenshot=True), (1080, 2400), Kind.SCREENSHOT),
    ],
)
def test_each_flaw_is_a_signal_with_its_number_and_one_sentence(
    seen: Look, size: tuple[int, int], kind: Kind
) -> None:
    [signal] = signals(seen, [], Setting(size))
    assert signal.kind is kind
    assert signal.number != signal.limit
    told = advice(seen, size, again=False)
    assert told is not None
    assert told.value == kind.value


def test_the_gravest_flaw_is_the_one_that_is_told() -> None:
    bad = look(brightness=5.0, sharpness=1.0)
    assert advice(bad, (100, 100), again=False) is Advice.DARK
    assert advice(bad, (100, 100), again=True) is Advice.AGAIN
    assert kinds(signals(bad, [], Setting((100, 100)))) == [Kind.DARK, Kind.BLURRED, Kind.TINY]


def test_every_advice_has_a_sentence_of_its_own_in_vietnamese() -> None:
    said = {code: advice_on(code) for code in Advice}
    spoken = [catalog("vi").say(text) for text in said.values() if text is not None]
    assert len(set(spoken)) == len(Advice)
    assert not set(spoken) & {catalog("en").say(t) for t in said.values() if t is not None}
    assert advice_on("") is None
    assert advice_on("of a later program") is None


def test_taken_long_before_the_period() -> None:
    setting = Setting(SIZE, period_begins=date(2026, 10, 1))
    begins = datetime(2026, 10, 1, tzinfo=UTC)
    for days, told in ((-20, False), (1, False), (TAKEN_BEFORE_DAYS, False), (40, True)):
        found = signals(look(taken_at=begins - timedelta(days=days)), [], setting)
        assert kinds(found) == ([Kind.TAKEN_BEFORE] if told else []), days
    [found] = signals(look(taken_at=begins - timedelta(days=40)), [], setting)
    assert (found.number, found.limit) == (40, TAKEN_BEFORE_DAYS)


def test_far_from_the_village() -> None:
    hanoi, hcmc = (21.0285, 105.8542), (10.7769, 106.7009)
    assert kilometres(hanoi, hcmc) == pytest.approx(1_143, abs=5)
    here = look(latitude=14.09, longitude=107.5)
    assert signals(here, [], Setting(SIZE, village=(14.12, 107.5))) == []
    [far] = signals(here, [], Setting(SIZE, village=(14.3, 107.5)))
    assert (far.kind, far.limit) == (Kind.FAR, FAR_KM)
    assert far.number == pytest.approx(23.4, abs=0.1)
    assert signals(here, [], Setting(SIZE)) == [], "nobody knows where the village is"


def test_other_uses_are_named_nearest_first() -> None:
    def use(number: int, bits: int, *, same: bool = False) -> Alike:
        return Alike(number, bits, 1, "Thôn 1", "2026-Q3", same_file=same)

    others = [use(9, 13), use(4, 0, same=True), use(7, 1), use(8, 21)]
    same = Signal(Kind.SAME_FILE, 1, 0, (4,))
    assert signals(GOOD, others, Setting(SIZE)) == [same, Signal(Kind.ALIKE, 1, 20, (7, 9))]
    page = signals(look(strokes=1.7), others, Setting(SIZE))
    assert page == [same, Signal(Kind.ALIKE, 1, 5, (7,))], "papers of one print are no copies"


class Office:
    """Two villages that send photos."""

    def __init__(self, keeper: PhotoKeeper, clock: HandClock) -> None:
        self.keeper = keeper
        self.clock = clock
        self.areas: dict[str, int] = {}
        self.people: dict[str, int] = {}
        self.version = 0

    async def open(self) -> None:
        self.areas = await make_areas()
        self.people = await make_people(self.areas, self.clock.now())
        version = await FormVersion.create(
            form_id="nuoc", version="1", title="", xml="", sha256="0" * 64,
            published_at=self.clock.now(),
        )  # fmt: skip
        self.version = version.id

    async def interview(self, village: str, period: str = "2026-Q4") -> Interview:
        return await Interview.create(
            person_id=self.people["head"],
            form_version_id=self.version,
            questionnaire="nuoc",
            area_id=self.areas[village],
            period=period,
            status="running",
            state="{}",
            started_at=self.clock.now(),
            changed_at=self.clock.now(),
        )

    async def send(
        self, data: bytes, interview: Interview, **more: object
    ) -> tuple[Advice | None, Evidence]:
        kept = await self.keeper.keep_photo(data, keep_position=bool(more.pop("position", False)))
        assert isinstance(kept, Kept)
        file = await EvidenceFile.get(sha256=kept.sha256)
        used = await Evidence.create(
            **{
                "file_id": file.id,
                "interview_id": interview.id,
                "area_id": interview.area_id,
                "period": interview.period,
                "questionnaire": "nuoc",
                "path": "/data/photo",
                "sent_at": self.clock.now(),
                "received_at": self.clock.now(),
                **more,
            }
        )
        return kept.advice, used


@pytest.fixture
async def office(database: str, clock: HandClock) -> AsyncIterator[Office]:
    keeper = PhotoKeeper(EvidenceStore("memory:///"), clock)
    made = Office(keeper, clock)
    await made.open()
    yield made
    keeper.close()


async def test_a_photo_used_by_another_village_is_told_at_once_and_shown_with_both(
    office: Office,
) -> None:
    here = await office.interview("dal-3")
    there = await office.interview("dal-4", "2026-Q3")
    photo = encoded(scene(1), quality=90)
    first_advice, first = await office.send(photo, here)
    assert first_advice is None
    assert await signals_of(first.id) == []
    told, second = await office.send(photo, there)
    assert told is Advice.AGAIN
    assert await signals_of(second.id) == [Signal(Kind.SAME_FILE, 1, 0, (first.id,))]
    assert await signals_of(first.id) == [Signal(Kind.SAME_FILE, 1, 0, (second.id,))]
    smaller = encoded(scene(1).resize((480, 360)), quality=60)
    told, third = await office.send(smaller, there, path="/data/other")
    assert told is Advice.AGAIN
    [near] = await signals_of(third.id)
    assert (near.kind, set(near.others)) == (Kind.ALIKE, {first.id, second.id})
    file = await third.file
    uses = await alike(file.sha256)
    assert [(u.evidence_id, u.same_file) for u in uses] == [
        (third.id, True),
        (first.id, False),
        (second.id, False),
    ]
    assert {u.period for u in uses} == {"2026-Q4", "2026-Q3"}
    assert len(await alike(file.sha256, 1)) == 1
    assert await alike("f" * 64) == []
    assert await signals_of(10**9) == []


async def test_the_period_begins_in_the_offices_night(office: Office) -> None:
    """Six days and 23 hours before midnight in Vietnam are more than a week before Greenwich's."""
    _, photo = await office.send(encoded(scene(3), quality=90), await office.interview("dal-3"))
    begins = datetime(2026, 9, 30, 17, tzinfo=UTC)
    look_of_it = PhotoLook.filter(file_id=photo.file_id)
    await look_of_it.update(taken_at=begins - timedelta(days=6, hours=23))
    assert await signals_of(photo.id) == []
    await look_of_it.update(taken_at=begins - timedelta(days=7, hours=3))
    assert [s.kind for s in await signals_of(photo.id)] == [Kind.TAKEN_BEFORE]


async def test_what_was_dropped_or_cancelled_or_copied_is_no_other_use(office: Office) -> None:
    photo = encoded(scene(2), quality=90)
    here = await office.interview("dal-3")
    _, first = await office.send(photo, here)
    again = await office.interview("dal-3")
    _, copied = await office.send(photo, again, copied_from=first.id)
    assert await signals_of(first.id) == []
    assert await signals_of(copied.id) == [], "a correction's copy is the same answer"
    elsewhere = await office.interview("dal-4")
    _, dropped = await office.send(photo, elsewhere, dropped_at=office.clock.now())
    assert await signals_of(first.id) == []
    await Evidence.filter(id=dropped.id).update(dropped_at=None)
    assert kinds(await signals_of(first.id)) == [Kind.SAME_FILE]
    await Interview.filter(id=elsewhere.id).update(status="cancelled")
    assert await signals_of(first.id) == []


async def test_flaws_are_told_to_the_sender_and_kept_for_the_reviewer(office: Office) -> None:
    here = await office.interview("dal-3")
    dark = encoded(ImageEnhance.Brightness(scene(3)).enhance(0.15), quality=90)
    told, use = await office.send(dark, here)
    assert told is Advice.DARK
    assert kinds(await signals_of(use.id))[0] is Kind.DARK
    blurred = encoded(scene(4).filter(ImageFilter.GaussianBlur(9)), quality=90)
    told, use = await office.send(blurred, here)
    assert told is Advice.BLURRED
    assert kinds(await signals_of(use.id)) == [Kind.BLURRED]


async def test_where_and_when_a_photo_was_taken(office: Office) -> None:
    area = await Area.get(code="dal-3")
    taken = encoded(scene(5), exif=exif().tobytes(), quality=90)
    here = await office.interview("dal-3", "2027-Q1")
    _, use = await office.send(taken, here, position=True)
    assert kinds(await signals_of(use.id)) == [Kind.TAKEN_BEFORE]
    assert await village_point(area) is None
    area.info = {"latitude": "15.2", "longitude": "107.5"}
    await area.save()
    assert await village_point(area) == (15.2, 107.5)
    assert kinds(await signals_of(use.id)) == [Kind.TAKEN_BEFORE, Kind.FAR]
    _, without = await office.send(encoded(scene(6), exif=exif().tobytes()), here)
    assert Kind.FAR not in kinds(await signals_of(without.id)), "no position was kept"


async def test_a_device_may_say_when_a_photo_was_taken(office: Office) -> None:
    now = office.clock.now()
    before = (now - timedelta(days=200)).timestamp()
    for seed, said, kept in ((7, before, True), (8, 0.0, False), (9, now.timestamp() + 99, False)):
        data = encoded(scene(seed), quality=90)
        found = await office.keeper.keep_photo(data, keep_position=False, taken_at=said)
        assert isinstance(found, Kept)
        file = await EvidenceFile.get(sha256=found.sha256).prefetch_related("look")
        assert (file.look.taken_at is not None, file.look.taken_from) == (
            kept,
            "file" if kept else "",
        )
