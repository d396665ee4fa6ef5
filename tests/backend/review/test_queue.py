"""Which photos stand in whose queue, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.access import photo_to_review
from backend.models import Area, Evidence, PhotoLook
from backend.people import Grant, Role, grant, revoke
from backend.plans.schema import Owner, Pack
from backend.review import queue
from backend.review.beside import beside
from backend.review.decide import Decision, decide
from backend.review.history import State
from backend.review.queue import Filters, communes_of, due_of, indicators_of, queue_of
from tests.backend.review.scene import Scene

WATER = "Trung tâm Nước sạch"


async def ids(scene: Scene, who: str, filters: Filters | None = None, pack: Pack | None = None):
    found = await queue_of(scene.people[who], pack or scene.pack, filters or Filters())
    return list(found.ids)


def owned(pack: Pack) -> Pack:
    """The plan with the water indicators owned by one department."""
    sets = [
        s.model_copy(
            update={
                "indicators": [
                    i.model_copy(update={"owners": [Owner(name=WATER)]})
                    if i.questionnaire == "nuoc"
                    else i
                    for i in s.indicators
                ]
            }
        )
        for s in pack.criteria_sets
    ]
    return pack.model_copy(update={"criteria_sets": sets})


async def test_what_is_due_first_comes_first_then_what_came_first(scene: Scene) -> None:
    [late] = await scene.sent(questionnaire="nuoc", period="2026-Q4")
    scene.clock.advance(minutes=1)
    [early] = await scene.sent(period="2026-Q3")
    scene.clock.advance(minutes=1)
    [later] = await scene.sent("ia-toi-thon-1", period="2026-Q4")
    assert await due_of(scene.pack, "nha-o", "2026-Q3") < await due_of(
        scene.pack, "nha-o", "2026-Q4"
    )
    assert await ids(scene, "district") == [early.id, late.id, later.id]
    assert await ids(scene, "commune") == [early.id, late.id]
    assert await ids(scene, "head") == []


async def test_the_list_and_the_single_photo_let_through_the_same(scene: Scene) -> None:
    photos = [
        photo
        for village in ("ia-dal-thon-1", "ia-toi-thon-1")
        for questionnaire in ("nha-o", "nuoc", "nha-tieu", "rac-thai")
        for photo in await scene.sent(village, questionnaire)
    ]
    pack = owned(scene.pack)
    await scene.person("water", Role.DEPARTMENT_OFFICER, "ia-hdrai", "TRUNG TÂM nước sạch")
    await scene.person("water_there", Role.DEPARTMENT_OFFICER, "ia-toi", WATER)
    await scene.person("nameless", Role.DEPARTMENT_OFFICER, "ia-hdrai")
    await scene.person("both", Role.VILLAGE_HEAD, "ia-dal-thon-1")
    await scene.person("gone", Role.ADMIN, "ia-hdrai")
    await revoke(scene.people["gone"], scene.now)
    counts = {}
    for who, person in scene.people.items():
        listed = set(await ids(scene, who, pack=pack))
        single = {p.id for p in photos if await photo_to_review(person, p.id, pack)}
        assert listed == single, who
        counts[who] = len(listed)
    assert counts == {
        "head": 0,
        "commune": 4,
        "other_commune": 4,
        "district": 8,
        "admin": 8,
        "water": 2,
        "water_there": 1,
        "nameless": 0,
        "both": 0,
        "gone": 0,
    }


async def test_an_officer_who_is_also_a_village_head_leaves_their_own_village_to_others(
    scene: Scene,
) -> None:
    await scene.sent("ia-dal-thon-1")
    [other] = await scene.sent("ia-dal-thon-2")
    village = await Area.get(code="ia-dal-thon-1")
    await grant(scene.people["commune"], Grant(Role.VILLAGE_HEAD, village.id), scene.now)
    assert await ids(scene, "commune") == [other.id]


async def test_filters(scene: Scene) -> None:
    [house] = await scene.sent()
    [water] = await scene.sent("ia-toi-thon-1", "nuoc")
    [toilet] = await scene.sent("ia-toi-thon-1", "nha-tieu")
    who = scene.people["district"]
    assert await ids(scene, "district", Filters(commune="ia-dal")) == [house.id]
    assert await ids(scene, "commune", Filters(commune="ia-toi")) == []
    assert await ids(scene, "district", Filters(commune="nowhere")) == []
    assert await ids(scene, "district", Filters(indicator="thon-khao-sat:17.8")) == [toilet.id]
    assert await ids(scene, "district", Filters(indicator="x:y")) == []
    assert [c.code for c in await communes_of(scene.people["commune"], scene.pack)] == ["ia-dal"]
    assert "thon-khao-sat:9.1" in await indicators_of(who, scene.pack)
    await decide(who, water.id, Decision.APPROVED, expected=0, now=scene.now)
    assert await ids(scene, "district", Filters(state=State.APPROVED)) == [water.id]
    assert await ids(scene, "district") == [house.id, toilet.id]
    await decide(who, house.id, Decision.APPROVED, expected=0, now=scene.now)
    assert await ids(scene, "district", Filters(state=State.APPROVED)) == [water.id, house.id]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("dark", [0]), ("blurred", [1]), ("same_file", [2, 3]), ("tiny", []), ("nonsense", [])],
)
async def test_the_queue_of_one_signal(scene: Scene, kind: str, wanted: list[int]) -> None:
    dark, blurred = await scene.sent(photos=2)
    [once] = await scene.sent("ia-dal-thon-2")
    interview = await scene.interview("ia-toi-thon-1", "nuoc", "2026-Q4")
    again = await scene.photo(interview, file=once.file)
    await scene.submit(interview)
    for photo, light, sharp in ((dark, 12.0, 90.0), (blurred, 120.0, 5.0), (once, 120.0, 90.0)):
        await PhotoLook.create(
            file_id=photo.file.id,
            version=1,
            sharpness=sharp,
            brightness=light,
            contrast=40,
            dark=0,
            bright=0,
        )
    photos = [dark, blurred, once, again]
    found = await ids(scene, "district", Filters(signal=kind))
    assert found == [photos[n].id for n in wanted]


async def test_a_signal_is_looked_for_behind_the_first_photos_too(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two looks of two photos each find what a long look would; days and times keep their order."""
    monkeypatch.setattr(queue, "LOOKED_THROUGH", 2)
    before = await scene.sent(period="2026-Q3")
    scene.clock.advance(minutes=1)
    once = await scene.sent("ia-dal-thon-2")
    interview = await scene.interview("ia-toi-thon-1", "nuoc", "2026-Q4")
    again = await scene.photo(interview, file=once[0].file)
    await scene.submit(interview)
    await scene.sent("ia-dal-thon-1")
    who, wanted = scene.people["district"], Filters(signal="same_file")
    first = await queue_of(who, scene.pack, wanted)
    assert (first.ids, first.further) == ((once[0].id,), once[0].id)
    second = await queue_of(who, scene.pack, replace(wanted, after=first.further))
    assert second.ids == (again.id,)
    third = await queue_of(who, scene.pack, replace(wanted, after=second.further))
    assert (third.ids, third.further) == ((), 0)
    one = await queue_of(who, scene.pack, wanted, most=1)
    assert (one.ids, one.further) == ((once[0].id,), once[0].id)
    everything = await queue_of(who, scene.pack, Filters(after=before[0].id))
    assert everything.ids[0] == once[0].id


async def test_what_is_replaced_not_submitted_or_dropped_waits_for_nobody(scene: Scene) -> None:
    old, dropped = await scene.sent(photos=2)
    interview, copies = await scene.corrected(old.submission_id)
    assert await ids(scene, "district") == [old.id, dropped.id]
    copies[1].dropped_at = scene.now
    await copies[1].save()
    await scene.submit(interview)
    assert await ids(scene, "district") == [copies[0].id]
    assert (await queue_of(scene.people["district"], scene.pack, Filters())).total == 1


async def test_beside_a_photo_stand_the_last_periods_and_what_was_handed_back(
    scene: Scene,
) -> None:
    await scene.sent(period="2026-Q1")
    before = await scene.sent(period="2026-Q2", photos=2)
    [first] = await scene.sent()
    who = scene.people["commune"]
    await decide(who, first.id, Decision.REJECTED, expected=0, reason="dark", now=scene.now)
    scene.clock.advance(minutes=5)
    interview, [copy] = await scene.corrected(first.submission_id)
    copy.dropped_at = scene.now
    await copy.save()
    new = await scene.photo(interview)
    other = await scene.photo(interview)
    await scene.submit(interview)
    found = await Evidence.get(id=new.id).prefetch_related("area", "file", "submission")
    seen = await beside(found)
    assert [p.id for p in seen.before] == [p.id for p in before]
    assert [p.id for p in seen.others] == [other.id]
    assert [p.file.id for p in seen.handed_back] == [first.file.id]
    assert seen.times == 2
