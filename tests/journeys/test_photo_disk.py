"""The disk with the photos is not mounted for a while: no photo is said to be kept that is not."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest

from backend.models import Evidence, EvidenceFile
from backend.people import Role
from bot.program import Program
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram
from tests.journeys.house import a_house, invitation, photo
from tests.journeys.village import QUESTIONNAIRES, Village


async def ready(program: Program) -> dict[str, object]:
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{program.settings.port}/readyz"
        async with session.get(url) as response:
            assert response.status == 200, "messages are taken all the same"
            return dict(json.loads(await response.text()))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_photo_is_asked_for_again_and_the_interview_goes_on(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with (
        FakeTelegram(clock) as fake,
        a_house(database_url, tmp_path, clock, fake) as program,
    ):
        lan, admin = fake.user(1, "Lan"), fake.user(2, "Hà")
        village = Village(program, clock, fake, lan)
        await village.enrols()
        admin.starts(await invitation(Role.ADMIN, "ia-hdrai", clock, "Hà"))
        await admin.expect("Chào mừng bác Hà")
        lan.presses("1. Nhà ở")
        await lan.expect("Câu 1/")
        await village.answers(*QUESTIONNAIRES["1. Nhà ở"])
        assert (await ready(program))["evidence"] is True

        disk, away = tmp_path / "data" / "evidence", tmp_path / "away"
        disk.rename(away)
        disk.mkdir()
        told = await village.photographs(photo())
        assert told.text.startswith("Chưa giữ được ảnh lúc này. Xin bác gửi lại sau ạ.")
        assert list(disk.iterdir()) == [], "nothing is written in the disk's place"
        assert (await ready(program))["evidence"] is False
        await program.tick()
        await admin.expect("Không thấy ổ đĩa chứa ảnh.")
        lan.says("bỏ qua")
        await lan.expect("GỬI")
        lan.says("gửi")
        await lan.expect("Các phiếu")
        assert not await EvidenceFile.exists()

        disk.rmdir()
        away.rename(disk)
        assert (await ready(program))["evidence"] is True
        assert "Ảnh này cho phiếu nào?" in (await village.photographs(photo())).text
        lan.says("1")
        await lan.expect("Đã thêm ảnh vào phiếu Nhà ở.")
        [late] = await Evidence.all().prefetch_related("file")
        assert await program.photos.get(late.file.sha256)
