"""A photo that is too dark: told at once in the acknowledgement, taken again, and the new one counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageEnhance

from backend.evidence.signals import Kind, signals_of
from backend.models import Evidence, PhotoLook
from tests.backend.evidence.pictures import encoded, scene
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram
from tests.journeys.house import a_house
from tests.journeys.village import QUESTIONNAIRES, Village


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_dark_photo_is_taken_again_or_kept(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeTelegram(clock) as fake,
        a_house(database_url, tmp_path, clock, fake) as program,
    ):
        lan = fake.user(1, "Lan")
        village = Village(program, clock, fake, lan)
        await village.enrols()
        lan.presses("1. Nhà ở")
        await lan.expect("Câu 1/")
        await village.answers(*QUESTIONNAIRES["1. Nhà ở"])

        dark = [encoded(ImageEnhance.Brightness(scene(n)).enhance(0.15)) for n in (1, 2)]
        told = await village.photographs(dark[0])
        assert "Đã nhận 1 ảnh" in told.text
        assert "Ảnh hơi tối, bác chụp lại giúp ạ. Nếu không chụp lại được, nhắn GIỮ." in told.text
        assert list(told.buttons) == ["Giữ"]

        clock.advance(60)
        again = await village.photographs(encoded(scene(1), quality=90))
        assert "Đã nhận 1 ảnh" in again.text, "the new one stands in the dark one's place"
        assert "tối" not in again.text
        first, second = await Evidence.all().order_by("id")
        assert first.dropped_at is not None
        assert second.dropped_at is None
        assert await PhotoLook.all().count() == 2, "both were looked at, none is lost"

        clock.advance(60)
        told = await village.photographs(dark[1])
        lan.presses("Giữ", told)
        summary = await lan.expect("GỬI")
        assert "2 ảnh" in summary.text
        lan.says("giữ")
        await lan.expect("Ảnh đã được giữ rồi ạ.")
        kept = await Evidence.filter(dropped_at=None).order_by("-id").first()
        assert kept is not None
        assert Kind.DARK in [s.kind for s in await signals_of(kept.id)], "the reviewer sees it too"
