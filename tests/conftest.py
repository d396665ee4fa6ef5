"""What every test may ask for: a database of either kind, a clock moved by hand, the catalogue."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.migrate import migrate
from locales import Catalog, catalog
from tests.clock import HandClock, MorningClock
from tests.loopback import nothing_beyond_loopback  # noqa: F401  (a fixture for all)
from tests.postgres import NoPostgresError, Postgres, in_memory, run_apart

_numbers = count(1)

if (memory := in_memory()) is not None:
    os.environ.setdefault("TMPDIR", str(memory))  # also for browsers and what else we start
    tempfile.tempdir = None  # chosen anew

# A busy machine is no failure: what is generated counts, not how long it took. The same examples on
# every run and machine; `--hypothesis-profile=hunt` looks for new ones.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thonmoi", PATIENT, derandomize=True, database=None)
settings.register_profile("hunt", PATIENT, derandomize=False)
settings.load_profile("thonmoi")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--order`: no test may need another one before it."""
    parser.addoption("--order", help="run the tests `reversed`, or shuffled by this seed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests into the order asked for; else the long ones first, beside which others run."""
    order = config.getoption("--order")
    if order == "reversed":
        items.reverse()
    elif order:
        random.Random(order).shuffle(items)  # noqa: S311  (the same seed is the same order)
    else:
        items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    run_apart(lambda: migrate(f"sqlite://{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for the whole session, without fsync; no installing needed."""
    try:
        server = Postgres()
    except NoPostgresError as error:
        pytest.fail(str(error))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Postgres) -> str:
    """Name of an empty migrated database, to be copied."""
    postgres_server.sql("CREATE DATABASE template_empty")
    run_apart(lambda: migrate(postgres_server.url("template_empty")))
    return "template_empty"


@pytest.fixture(params=["sqlite", "postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database `database` is; override with parametrize(..., indirect=True) for one only."""
    return str(request.param)


@pytest.fixture
async def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str]:
    """URL of an empty migrated database of this test's own; nothing is opened."""
    if database_kind == "sqlite":
        path = tmp_path / "thonmoi.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite://{path}?synchronous=OFF"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    template: str = request.getfixturevalue("postgres_template")
    name = f"t{next(_numbers)}"
    admin = await asyncpg.connect(host=str(server.folder), user="postgres", database="postgres")
    try:
        # Copied as files: ten times faster here than row by row through the log, the default
        # since version 15, because nothing is synced.
        how = " STRATEGY file_copy" if admin.get_server_version().major >= 15 else ""
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}{how}")
        yield server.url(name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """An empty migrated database, opened for the models; the same test runs on both kinds."""
    await open_database(database_url)
    yield database_url
    await close_database()


@pytest.fixture(autouse=True)
def the_machines_clock() -> Iterator[None]:
    """Whoever asks the machine for the time, as every command does, begins in the stories' morning.

    So nothing depends on the day on which the tests are run. Processes that a test starts have
    the machine's own clock, unless it gives them another one.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SystemClock, "now", MorningClock().now)
        yield


@pytest.fixture
def clock() -> HandClock:
    """Sunday 2026-11-22, 08:00 in the office; moved by hand."""
    return HandClock()


@pytest.fixture
def catalog_vi() -> Catalog:
    """The Vietnamese catalogue as shipped."""
    return catalog("vi")
