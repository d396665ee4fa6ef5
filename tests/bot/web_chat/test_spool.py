"""Uploads that wait on the disk do not stay there when nobody uploads any more."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from bot.limits import WEB_HALF_DAYS, WEB_SPOOL_DAYS
from bot.web_chat.spool import Spool
from tests.clock import HandClock


async def test_what_is_old_goes_though_nothing_new_comes(tmp_path: Path, clock: HandClock) -> None:
    folder = tmp_path / "spool"
    await Spool(folder).sweep(clock.now())
    assert not folder.exists(), "an office without a web chat has no such folder"
    whole, half = folder / ("a" * 64), folder / "halves" / ("c" * 32) / "1.half"
    for path in (whole, half):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a photo with its place")
        os.utime(path, (clock.now().timestamp(),) * 2)
    spool, now = Spool(folder), clock.now()
    await spool.sweep(now + timedelta(days=WEB_HALF_DAYS - 1))
    assert (whole.exists(), half.exists()) == (True, True)
    await spool.sweep(now + timedelta(days=WEB_HALF_DAYS + 1))
    assert (whole.exists(), half.exists()) == (True, False)
    await spool.sweep(now + timedelta(days=WEB_SPOOL_DAYS + 1))
    assert not whole.exists()


async def test_nothing_outside_is_forgotten_whatever_a_chat_is_called(tmp_path: Path) -> None:
    folder, other = tmp_path / "spool", tmp_path / "other"
    for path in (folder / "halves" / "x", other):
        path.mkdir(parents=True)
    (other / "1.half").write_bytes(b"x")
    chats = ("..", "../../other", ".", "", "/", str(other))
    await Spool(folder).forget(chats, ["../other/1.half", "", "x"])
    assert (other / "1.half").exists()
    assert (folder / "halves" / "x").exists()
