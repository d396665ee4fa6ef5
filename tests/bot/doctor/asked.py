"""What the doctor's stories share: an installation made of variables, and one check's findings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from backend.settings import read_settings
from bot.doctor.shapes import Finding, Mark, Sight
from bot.doors.settings import read_bots
from tests.clock import HandClock


def a_sight(folder: Path, url: str = "", **env: str) -> Sight:
    env = {"DATA_DIR": str(folder / "data")} | ({"DATABASE_URL": url} if url else {}) | env
    settings = read_settings(env)
    return Sight(settings, read_bots(settings.doors), HandClock())


def at_real_time(sight: Sight, **off: float) -> Sight:
    """The servers of these stories tell the real time; the machine's clock may be off."""
    return replace(sight, clock=HandClock(datetime.now(UTC) + timedelta(**off)))


async def found(look: AsyncIterator[Finding]) -> list[tuple[Mark, str]]:
    return [(finding.mark, finding.says.msgid) async for finding in look]


async def marks(look: AsyncIterator[Finding]) -> list[Mark]:
    return [finding.mark async for finding in look]


def in_words(finding: Finding, words: Any) -> str:
    advice = words.say(finding.advice) if finding.advice else ""
    return f"{words.say(finding.says)} {advice}"
