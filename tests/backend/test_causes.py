"""Every change of a status has a cause that can be told: answers, reviews, settings, the plan."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from backend.areas.log import note_change
from backend.causes import About, CauseKind, causes_between
from backend.models import OfficeSetting, Person, Review
from backend.plans.load import load_pack
from backend.plans.schema import Number
from backend.plans.store import load_into_database
from backend.status.model import Proof, Status
from backend.status.recorded import progress_of
from tests.backend.status.office import submit
from tests.clock import OFFICE_ZONE

Q4 = "2026-Q4"
VILLAGE = "ia-toi-thon-9"
WATER = ("thon", "17.1-hvs")


@pytest.fixture
async def pack(database, clock):
    loaded = load_pack("vi-du")
    await load_into_database(loaded, clock)
    return loaded


def key_of_water(pack):
    return next(
        (s.id, i.code) for s in pack.criteria_sets for i in s.indicators if i.code == WATER[1]
    )


async def told(pack, clock, catalog_vi, after, **about):
    found = await causes_between(
        About(pack, about.pop("area", VILLAGE), Q4, **about),
        after,
        clock.now(),
        catalog_vi,
        OFFICE_ZONE,
    )
    return found, [c.line(catalog_vi, OFFICE_ZONE) for c in found]


async def test_a_correction_and_a_review_are_told_in_order(pack, clock, catalog_vi):
    first = await submit(clock, "nuoc", VILLAGE, Q4, households=70, hyg=20, photos=["photo_source"])
    looked = clock.now()
    clock.advance(60)
    second = await submit(
        clock, "nuoc", VILLAGE, Q4, households=70, hyg=70, photos=["photo_source"]
    )
    await type(second).filter(id=second.id).update(version=2)
    clock.advance(60)
    photo = (await second.evidence.all())[0]
    minh = await Person.create(name="Minh", created_at=clock.now())
    await Review.create(
        evidence_id=photo.id, number=1, decision="rejected", reason="dark", by=minh, at=clock.now()
    )
    await type(photo).filter(id=photo.id).update(review="rejected", review_number=1)

    found, lines = await told(pack, clock, catalog_vi, looked, indicator=key_of_water(pack))
    assert [c.kind for c in found] == [CauseKind.SUBMISSION, CauseKind.REVIEW]
    assert "bản 1 thành bản 2" in lines[0]
    assert "Minh" in lines[1]
    assert "tối quá" in lines[1]
    assert found[0].subject == f"submission:{second.id}"
    assert first.id != second.id

    # The flag moved with the review, the status with the correction.
    progress = await progress_of(VILLAGE, Q4, clock, pack)
    result = next(i for i in progress.villages[0].indicators if i.code == WATER[1])
    assert (result.status, result.proof) == (Status.MET, Proof.REJECTED)


async def test_what_concerns_other_villages_periods_or_indicators_is_not_told(
    pack, clock, catalog_vi
):
    looked = clock.now()
    clock.advance(60)
    await submit(clock, "nha-o", VILLAGE, Q4, households=70)
    await submit(clock, "nuoc", "ia-toi-thon-1", Q4, households=70)
    await submit(clock, "nuoc", VILLAGE, "2026-Q3", households=70)
    found, _ = await told(pack, clock, catalog_vi, looked, indicator=key_of_water(pack))
    assert found == []
    found, _ = await told(pack, clock, catalog_vi, looked, area="ia-hdrai")
    assert len(found) == 2
    assert await told(pack, clock, catalog_vi, looked, area="nowhere") == ([], [])


async def test_a_setting_a_threshold_that_begins_and_another_plan_are_told(pack, clock, catalog_vi):
    looked = clock.now()
    set_id, code = key_of_water(pack)
    clock.advance(60)
    await OfficeSetting.create(
        token="t", plan=pack.id, kind="threshold", target=f"{set_id}/{code}", number=1, act="set",
        value={"is": "90"}, source="QĐ 1", valid_from=date(2026, 12, 1), set_by_name="Hoa",
        via="chat", set_at=clock.now(),
    )  # fmt: skip
    clock.set(datetime(2026, 12, 2, 8, 0, tzinfo=OFFICE_ZONE))
    await load_into_database(pack.model_copy(update={"name": "Kế hoạch khác"}), clock)
    ours = Number(value=Decimal(90), valid_from=date(2026, 12, 1), valid_to=date(2026, 12, 1))
    sets = []
    for s in pack.criteria_sets:
        indicators = [
            i.model_copy(update={"thresholds_set": [ours]})
            if (s.id, i.code) == (set_id, code)
            else i
            for i in s.indicators
        ]
        sets.append(s.model_copy(update={"indicators": indicators}))
    laid = pack.model_copy(update={"criteria_sets": sets})
    found, lines = await told(laid, clock, catalog_vi, looked, indicator=(set_id, code))
    assert [c.kind for c in found] == [
        CauseKind.SETTING,
        CauseKind.THRESHOLD,
        CauseKind.THRESHOLD,
        CauseKind.PLAN,
    ]
    assert "Hoa" in lines[0]
    assert found[1].at == datetime(2026, 11, 30, 17, 0, tzinfo=UTC), "midnight of the office"
    assert "hết hiệu lực" in lines[2]


async def test_a_late_photo_and_a_change_of_the_tree_are_told(pack, clock, catalog_vi):
    sent = await submit(clock, "nuoc", VILLAGE, Q4, households=70, hyg=70, photos=["photo_source"])
    looked = clock.now()
    clock.advance(60)
    photo = (await sent.evidence.all())[0]
    await type(photo).filter(id=photo.id).update(late=True, received_at=clock.now())
    clock.advance(60)
    await note_change("import", "thon-2026.xlsx", clock.now(), {"changes": []})
    found, lines = await told(pack, clock, catalog_vi, looked, indicator=key_of_water(pack))
    assert [c.kind for c in found] == [CauseKind.PHOTO, CauseKind.AREAS]
    assert "gửi thêm một ảnh" in lines[0]
    assert "thon-2026.xlsx" in lines[1]
    elsewhere, _ = await told(pack, clock, catalog_vi, looked, area="ia-dal-thon-3")
    assert [c.kind for c in elsewhere] == [CauseKind.AREAS]
