"""A journal that a test can break, for the tests of what receives."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.messages import Incoming


class Notebook:
    """A journal in memory: one row per (channel, bot, external id), as the table has it."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], Incoming] = {}
        self.given = 0
        self.failures = 0
        self.refuses: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def record(self, incoming: Sequence[Incoming]) -> None:
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise ConnectionRefusedError("the database is down")
        if any(i.text in self.refuses for i in incoming):
            raise ValueError("the database refuses this one")
        self.given += len(incoming)
        for i in incoming:
            self.rows.setdefault((i.channel, i.bot, i.external_id), i)

    @property
    def kept(self) -> list[Incoming]:
        return list(self.rows.values())
