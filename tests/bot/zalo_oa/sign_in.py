"""Zalo's sign-in as an object: single-use refresh tokens, and a record of every time one was shown."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

from bot.zalo_oa.oauth import (
    Granted,
    Note,
    NotSentError,
    RefusedError,
    UnknownOutcomeError,
)


class Killed(BaseException):
    """The process is gone: nothing in memory survives, nothing more is written."""


class SignIn:
    """An `OAuth` that enforces what Zalo enforces and misbehaves as lines and servers do."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.shown: Counter[str] = Counter()
        """How often each refresh token reached us, whatever became of it."""
        self.used: set[str] = set()
        self.good = "r0"
        self.at_once = 0
        self.most_at_once = 0
        self.trouble = True
        """Whether lines break and answers are lost."""
        self.lost_answers: set[str] = set()
        """Tokens that were traded while their answer reached nobody."""
        self._number = 0

    def permits(self) -> Granted:
        """A person gives permission: a new pair, whatever was before."""
        self._number += 1
        self.good = f"r{self._number}"
        return Granted(f"a{self._number}", self.good, 90_000)

    async def away(self) -> bool:
        await asyncio.sleep(0)
        return self.trouble and self.random.random() < 0.05

    async def refresh(self, refresh_token: str, before_sending: Note) -> Granted:
        await self._pause()
        if self._happens(0.05):
            raise NotSentError
        await before_sending()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._served(refresh_token)
        finally:
            self.at_once -= 1

    async def _served(self, token: str) -> Granted:
        """From the first byte to the last. A killed client's request may still be served."""
        try:
            await self._pause()
        except Killed:
            if self.random.random() < 0.5:
                self._trade(token)
                self.lost_answers.add(token)
            raise
        if self._happens(0.03):  # the line broke on the way there
            self.shown[token] += 1
            raise UnknownOutcomeError
        granted = self._trade(token)
        try:
            await self._pause()
        except Killed:
            self.lost_answers.add(token)
            raise
        if self._happens(0.03):  # … or on the way back
            self.lost_answers.add(token)
            raise UnknownOutcomeError
        return granted

    def _trade(self, token: str) -> Granted:
        self.shown[token] += 1
        if token in self.used or token != self.good:
            raise RefusedError(-14014)
        self.used.add(token)
        return self.permits()

    async def _pause(self) -> None:
        for _ in range(self.random.randrange(3)):
            await asyncio.sleep(0)

    def _happens(self, share: float) -> bool:
        return self.trouble and self.random.random() < share
