"""Every way in which a photo can be refused has a sentence of its own."""

from __future__ import annotations

import pytest

from backend.evidence.check import Refusal
from bot.reception.refusals import refusal
from bot.turn import media
from locales import Catalog

CODES = [*Refusal, media.GONE, media.TOO_LARGE, media.UNREACHABLE, media.BROKEN]


@pytest.mark.parametrize("code", CODES)
def test_it_says_what_to_do(code: str, catalog_vi: Catalog) -> None:
    said = catalog_vi.say(refusal(str(code)))
    assert "bác" in said
    assert said.endswith(".")


def test_reasons_are_told_apart(catalog_vi: Catalog) -> None:
    same = {"damaged", "broken"}
    assert len({catalog_vi.say(refusal(str(c))) for c in CODES}) == len(set(CODES)) - len(same) + 1
