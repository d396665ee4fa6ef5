"""A village with answers, photos, decisions and stages, whose photos are really kept."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from backend.dossier.collect import Reader
from backend.evidence.keep import Kept, PhotoKeeper
from backend.evidence.store import EvidenceStore
from backend.models import Answer, Area, Evidence, EvidenceFile, Submission
from backend.review.answers import decide_answer
from backend.review.answers_back import AnswerDecision
from backend.review.decide import Decision, decide
from backend.stages.moves import Unit, move
from locales import catalog
from tests.backend.review.scene import PLAN, Scene, make_scene
from tests.clock import OFFICE_ZONE, HandClock

VILLAGE = "ia-dal-thon-1"


def picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((800, 600)).rotate(number * 7).convert("RGB").save(
        out, "JPEG", quality=90
    )
    return out.getvalue()


@dataclass
class Village:
    """What a dossier is built of."""

    scene: Scene
    store: EvidenceStore
    reader: Reader
    keeper: PhotoKeeper
    made: int = 0

    async def file(self) -> EvidenceFile:
        self.made += 1
        kept = await self.keeper.keep_photo(picture(self.made), keep_position=False)
        assert isinstance(kept, Kept)
        return await EvidenceFile.get(sha256=kept.sha256)

    async def sent(self, questionnaire: str, photos: int, village: str = VILLAGE) -> list[Evidence]:
        interview = await self.scene.interview(village, questionnaire, "2026-Q4")
        rows = [await self.scene.photo(interview, file=await self.file()) for _ in range(photos)]
        await self.scene.submit(interview)
        return rows


@pytest.fixture
async def village(database: str, clock: HandClock, tmp_path: Path) -> AsyncIterator[Village]:
    scene = await make_scene(clock)
    store = EvidenceStore(f"file://{tmp_path / 'evidence'}")
    reader = Reader(PLAN, catalog("vi"), OFFICE_ZONE)
    keeper = PhotoKeeper(store, clock)
    yield Village(scene, store, reader, keeper)
    keeper.close()


@pytest.fixture
async def judged(village: Village) -> Village:
    """Two questionnaires with photos; one approved, one handed back, and an answer asked again."""
    scene = village.scene
    housing = await village.sent("nha-o", 2)
    scene.clock.advance(hours=1)
    water = await village.sent("nuoc", 1)
    scene.clock.advance(hours=2)
    await decide(
        scene.people["commune"], housing[0].id, Decision.APPROVED, expected=0, now=scene.now
    )
    await decide(
        scene.people["commune"],
        water[0].id,
        Decision.REJECTED,
        expected=0,
        reason="dark",
        now=scene.now,
    )
    answer = await Answer.get(submission__questionnaire="nuoc", name="households")
    await decide_answer(
        scene.people["commune"],
        (await Submission.get(questionnaire="nuoc")).id,
        answer.path,
        AnswerDecision.REJECTED,
        expected=0,
        words="Xin đếm lại giúp ạ",
        now=scene.now,
    )
    area = await Area.get(code=VILLAGE)
    step = scene.pack.stages[0].id if scene.pack.stages else "registration"
    unit = Unit(scene.pack, area, scene.pack.criteria_sets[0].id)
    assert await move(scene.people["admin"], unit, step, "QĐ 12/QĐ-UBND", scene.now, seen=0)
    return village
