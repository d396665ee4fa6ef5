"""What `run`, `web` and `worker` share: start, say so, wait for the end, stop cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

from backend.clock import SystemClock
from backend.database import is_sqlite, sqlite_path
from backend.plans.load import PackRefusedError
from backend.settings import Settings, read_settings
from bot.alone import NotAloneError
from bot.alone import alone as only_one
from bot.cli.plan import refusal_of
from bot.cli.refusal import Refusal
from bot.collector import settle
from bot.doors.settings import read_bots
from bot.first_run import Trial, prepare, trials
from bot.listening import NotListeningError
from bot.program import Duties, Program
from conversations.text import Text
from locales import catalog


def serve(duties: Duties, *, alone: bool) -> int:
    """Run until SIGINT or SIGTERM and return 0.

    `alone` is `thonmoi run`: it also prepares the database, the questionnaires and the plan,
    and prints links for trying a sample plan.
    """
    settings = read_settings(os.environ)
    if is_sqlite(settings.database_url) and not alone:
        raise Refusal(
            Text("DATABASE_URL: SQLite serves one process; use `thonmoi run`, or set postgres://…")
        )
    alone_here = alone and is_sqlite(settings.database_url)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    for chatty in ("apscheduler", "aiohttp.access", "httpx", "tortoise"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    mine = only_one(Path(sqlite_path(settings.database_url))) if alone_here else nullcontext()
    try:
        with mine:
            asyncio.run(_serve(settings, duties, alone=alone))
    except NotAloneError as error:
        told = {"file": str(sqlite_path(settings.database_url))}
        raise Refusal(
            Text("Another `thonmoi run` is at work on {file}; end that one first.", told)
        ) from error
    except PackRefusedError as error:
        raise Refusal(f"PLAN: {refusal_of(error).reason}") from error
    except NotListeningError as error:
        raise Refusal(error.reason) from error
    return 0


async def _serve(settings: Settings, duties: Duties, *, alone: bool) -> None:
    clock = SystemClock()
    program = Program(settings, clock, duties)  # what is set wrong is told before anything is made
    for bot in read_bots(settings.doors).telegram:
        if wrong := bot.wrong_shape():
            _say(catalog(settings.lang).say(wrong))
    pack = await prepare(settings, clock, _say, apart=True) if alone else None
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with program.running():
        settle()
        if pack is not None and pack.sample:
            _show(await trials(settings, clock, pack))
        _say(f"Thôn Mới: {settings.public_url}  (Ctrl+C ends)")
        await stopping.wait()
        _say("stopping: finishing what was begun")


def _show(links: list[Trial]) -> None:
    _say("")
    for trial in links:
        _say(f"{trial.name} – {trial.area}")
        _say(f"    chat    {trial.chat}")
        if trial.office:
            _say(f"    pages   {trial.office}")
    _say("")


def _say(line: str) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever read the links may be gone
        print(line, flush=True)
