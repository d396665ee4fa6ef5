"""A whole program on loopback for stories: real HTTP, a clock moved by hand, sample data."""

from __future__ import annotations

import contextlib
import io
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image

from backend.invites import make_invite
from backend.models import Area
from backend.people import Grant, Role, add_person, grant
from backend.settings import read_settings
from bot.first_run import prepare
from bot.program import Program
from tests.clock import HandClock
from tests.fakes.telegram import FakeTelegram

SECRET = "a-secret_for-the-webhook"
NOT_EPHEMERAL = range(20_000, 32_000)


def free_port() -> int:
    """A port of loopback that nobody listens on.

    Not one that the system would choose for somebody's outgoing connection: between two lives of
    a program, or before the first, nothing else comes by it.
    """
    dice = random.SystemRandom()  # several test runs on one machine choose apart
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", dice.choice(NOT_EPHEMERAL)))
            return int(probe.getsockname()[1])


@asynccontextmanager
async def a_house(
    url: str, folder: Path, clock: HandClock, fake: FakeTelegram | None = None, **env: str
) -> AsyncIterator[Program]:
    """Prepare an empty database as `thonmoi run` does, and run everything in this process."""
    env = {"DATABASE_URL": url, "DATA_DIR": str(folder / "data"), "PORT": str(free_port())} | env
    if fake is not None:
        env |= {"TELEGRAM_TOKEN": fake.token, "TELEGRAM_API_URL": fake.url}
    settings = read_settings(env)
    await prepare(settings, clock, lambda _: None)
    program = Program(settings, clock, sleep=clock.sleep)
    async with program.running():
        yield program


async def invitation(role: Role, area_code: str, clock: HandClock, name: str = "") -> str:
    """A code that the office gave out."""
    area = await Area.get(code=area_code)
    _, code = await make_invite(Grant(role, area.id), clock.now(), name=name)
    return code


async def on_the_list(phone: str, village: str, clock: HandClock) -> None:
    """The office has somebody's number on its list, as head of a village."""
    person = await add_person("Lan", clock.now(), phone=phone)
    area = await Area.get(code=village)
    await grant(person.id, Grant(Role.VILLAGE_HEAD, area.id), clock.now())


def photo(seed: int = 1, size: tuple[int, int] = (640, 480)) -> bytes:
    """A JPEG with position and orientation in it, as a phone makes them."""
    rng = random.Random(seed)  # noqa: S311  (a picture, not a secret)
    image = Image.new("RGB", size, tuple(rng.randrange(256) for _ in range(3)))
    for _ in range(60):
        x, y = rng.randrange(size[0]), rng.randrange(size[1])
        image.paste(tuple(rng.randrange(256) for _ in range(3)), (x, y, x + 60, y + 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (14.0, 5.0, 0.0), 3: "E", 4: (107.0, 30.0, 0.0)}
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()
