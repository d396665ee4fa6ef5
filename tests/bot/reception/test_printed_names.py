"""Areas found as the plan prints them and as they are officially spelt."""

from __future__ import annotations

import pytest

from backend.models import Area
from backend.plans.load import load_pack
from backend.plans.store import load_into_database
from bot.reception.area_names import areas_named
from tests.clock import HandClock


@pytest.mark.parametrize(
    ("plan", "said", "code"),
    [
        ("dak-song-2023", "xã Đắk Môt", "dak-song-dak-mol"),
        ("dak-song-2023", "Đắk Môl", "dak-song-dak-mol"),
        ("dak-song-2023", "nam n'jang", "dak-song-nam-njang"),
        ("kon-plong-2024", "Đắk Nền", "kon-plong-dak-nen"),
        ("kon-plong-2024", "dak nen", "kon-plong-dak-nen"),
    ],
)
async def test_both_spellings_find_the_area(
    database: str, clock: HandClock, plan: str, said: str, code: str
) -> None:
    pack = load_pack(plan)
    await load_into_database(pack, clock)
    everything = await Area.all().values_list("id", flat=True)
    found = await areas_named(said, everything, pack)
    assert [n.area.code for n in found] == [code]
