"""A real browser for tests marked `browser`: Chromium with a phone's viewport.

Load as a plugin (`pytest_plugins`) or import the fixtures. Nothing is downloaded by tests,
except that a machine with apt and root installs its own Chromium once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
PHONE = {"viewport": {"width": 360, "height": 640}, "device_scale_factor": 2, "has_touch": True}
HERE = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
PATIENCE_MS = 30_000
"""How long a page is waited for; only a failing test uses it up."""
CHROMIUM, LIBATOMIC = "chromium", "libatomic1"
"""Debian packages. The second one's library is what Playwright's own program begins with."""
INSTALL = "Browser tests need Chromium and libatomic: install them, for instance with `apt-get install chromium libatomic1`."

expect.set_options(timeout=PATIENCE_MS)  # its own default is 5 s, whatever the page's is


def find_chromium() -> str | None:
    """Return the path of an installed Chromium or Chrome, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def playwright_runs() -> bool:
    """Say whether Playwright's own program, which speaks with the browser, can be started."""
    command = [sys.executable, "-m", "playwright", "--version"]
    return not subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603  (a fixed command)


def missing() -> list[str]:
    """Return the packages that a browser test needs and this machine lacks."""
    chromium = [] if find_chromium() else [CHROMIUM]
    return chromium if playwright_runs() else [*chromium, LIBATOMIC]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of Chromium."""
    return provide_chromium()


def provide_chromium() -> str:
    """Return Chromium's path; install what is missing where that can be done without asking anybody.

    Skips the test with one sentence that says what to install where it cannot.
    """
    apt = shutil.which("apt-get")
    if missing() and apt and os.geteuid() == 0:
        _install_with(apt)
    path = find_chromium()
    if path is None or missing():
        pytest.skip(INSTALL)
    return path


def _install_with(apt: str) -> None:
    """Install the Debian packages; workers that come to it meanwhile wait: apt would refuse them."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with Path(__file__).open() as lock:
        flock(lock, LOCK_EX)
        if packages := missing():
            for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
                subprocess.run(  # noqa: S603  (a fixed command)
                    [apt, "-qq", *command], env=quiet, check=False, stdout=subprocess.DEVNULL
                )


@pytest.fixture
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """A running headless Chromium."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield running
        await running.close()


class Phone:
    """A browser context of a small phone; remembers what pages complained of."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []

    async def page(self) -> Page:
        """Open a new page that reports errors of its scripts and its security policy."""
        page = await self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        return page

    def _heard(self, message: Any) -> None:
        # Chromium reports each failed request as an error of the console; being offline is no fault.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Phone]:
    """A phone of 360 × 640; the test fails when one of its pages reported an error."""
    context = await browser.new_context(**HERE, **PHONE)
    phone = Phone(context)
    yield phone
    await context.close()
    assert phone.complaints == []


@pytest.fixture
async def laptop(browser: Browser) -> AsyncIterator[Phone]:
    """An officer's machine with a mouse and keys, as strict about errors."""
    context = await browser.new_context(**HERE, viewport={"width": 1280, "height": 720})
    laptop = Phone(context)
    yield laptop
    await context.close()
    assert laptop.complaints == []
