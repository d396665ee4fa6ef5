"""The machine under the doctor's eye: clock, address, disk, database, files, secrets."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web

from backend.database import dedicated_connection
from backend.office.machines import own_answer
from backend.settings import read_settings
from bot.doctor import database as databases
from bot.doctor import machine, public, storage, traffic
from bot.doctor.clock import clock
from bot.doctor.running import run_checks
from bot.doctor.settings import read_all, secrets, variables
from bot.doctor.shapes import Check, Finding, Mark, good
from bot.doors.settings import read_bots
from bot.tick_note import note_tick
from bot.turn.leader import SCHEDULE_LOCK, SENDER_LOCK
from conversations.text import Text
from tests.bot.doctor.asked import a_sight, at_real_time, found, marks
from tests.fakes.telegram import FakeTelegram

KEY = "a key of this story that is long 0123456789"
NO_OPENSSL = "These tests need openssl: install it, for instance with `apt-get install openssl`."
HOST = "127.0.0.2"
"""Not one of the names by which the doctor knows its own machine, and still loopback."""


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


# -- clock ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        (0, (Mark.GOOD, "right within a minute; here it is {now}")),
        (10, (Mark.MEND, "the clock is {count} seconds fast; here it is {now}")),
        (-10, (Mark.MEND, "the clock is {count} seconds slow; here it is {now}")),
    ],
)
async def test_a_clock_that_is_off(minutes: int, says: tuple[Mark, str], tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        sight = a_sight(tmp_path, TELEGRAM_TOKEN=fake.token, TELEGRAM_API_URL=fake.url)
        assert await found(clock(at_real_time(sight, minutes=minutes))) == [says]
        assert not fake.calls, "no method is called to learn the time"


async def test_a_zone_that_is_not_vietnams_and_nobody_to_ask(tmp_path: Path) -> None:
    assert await marks(clock(a_sight(tmp_path, TZ_OFFICE="Europe/Paris"))) == [
        Mark.LOOK,
        Mark.UNSEEN,
    ]


# -- public address -------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[int], Path]:
    """Make a certificate of the host that holds so many days; signed by itself."""
    if shutil.which("openssl") is None:
        pytest.skip(NO_OPENSSL)

    def made(days: int) -> Path:
        path = tmp_path / f"{days}.pem"
        subprocess.run(  # noqa: S603  (our own command)
            ["openssl", "req",  # noqa: S607  (wherever it is)
              "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=thonmoi",
             "-addext", f"subjectAltName=IP:{HOST}", "-days", str(days),
             "-keyout", str(path) + ".key", "-out", str(path)],
            check=True, capture_output=True,
        )  # fmt: skip
        return path

    return made


@asynccontextmanager
async def a_server(answer: Callable[[str], str], pem: Path | None = None) -> AsyncIterator[str]:
    """Answer /healthz with `answer(nonce)`; one webhook is there."""
    app = web.Application()

    async def health(request: web.Request) -> web.Response:
        return web.Response(text=answer(request.query["nonce"]))

    async def hook(request: web.Request) -> web.Response:
        raise AssertionError("the doctor posts nothing")

    app.add_routes([web.get("/healthz", health), web.post("/webhooks/telegram", hook)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    context = None
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, f"{pem}.key")
    await web.TCPSite(runner, HOST, 0, ssl_context=context).start()
    try:
        yield f"{'https' if pem else 'http'}://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_certificate_that_holds_that_ends_and_that_nobody_trusts(
    tmp_path: Path, certificate: Callable[[int], Path]
) -> None:
    for days, wanted in ((90, Mark.GOOD), (10, Mark.LOOK), (3, Mark.MEND)):
        pem = certificate(days)
        async with a_server(lambda nonce: f"ok {own_answer(KEY, nonce)}\n", pem) as url:
            sight = a_sight(tmp_path, PUBLIC_URL=url, SECRET_KEY=KEY)
            sight = at_real_time(replace(sight, ca_file=str(pem)))
            assert await marks(public.address(sight)) == [wanted, Mark.GOOD]
            strict = replace(sight, ca_file=None)
            assert (await found(public.address(strict)))[0] == (
                Mark.MEND,
                "the certificate is not valid ({code})",
            )


async def test_webhooks_are_looked_for_without_posting(
    tmp_path: Path, certificate: Callable[[int], Path]
) -> None:
    pem = certificate(90)
    env = {"TELEGRAM_MODE": "webhook", "SECRET_KEY": KEY}
    for name in ("", "_XA"):
        env |= {
            f"TELEGRAM_TOKEN{name}": f"1:{name or 'a'}",
            f"TELEGRAM_WEBHOOK_SECRET{name}": "abc-123",
        }
    async with a_server(lambda nonce: nonce, pem) as url:
        sight = a_sight(tmp_path, PUBLIC_URL=url, **env)
        seen = await found(public.webhooks(replace(sight, ca_file=str(pem))))
    assert seen == [(Mark.GOOD, "{path} is reached"), (Mark.MEND, "{path} is not reached ({kind})")]


async def test_somebody_else_at_our_address_and_at_our_port(tmp_path: Path) -> None:
    async with a_server(lambda nonce: f"ok {own_answer('another key', nonce)}\n") as url:
        port = url.rsplit(":", 1)[1]
        sight = a_sight(tmp_path, PUBLIC_URL=url, SECRET_KEY=KEY, HOST=HOST, PORT=port)
        assert await marks(public.address(sight)) == [Mark.LOOK, Mark.MEND]
        assert await marks(public.program(sight)) == [Mark.MEND]
    assert await marks(public.address(sight)) == [Mark.LOOK, Mark.MEND]
    assert await marks(public.program(sight)) == [Mark.LOOK]


async def test_a_webhook_without_https(tmp_path: Path) -> None:
    sight = a_sight(
        tmp_path, TELEGRAM_TOKEN="1:a", TELEGRAM_MODE="webhook", TELEGRAM_WEBHOOK_SECRET="abc"
    )
    assert await marks(public.webhooks(sight)) == [Mark.MEND]
    assert await marks(public.address(sight)) == [Mark.LOOK]


# -- database -------------------------------------------------------------------------------------


async def test_a_database_that_a_power_cut_could_harm(database: str, tmp_path: Path) -> None:
    sight = a_sight(tmp_path, database)  # both kinds run without fsync in tests
    assert await marks(databases.answers(sight)) == [Mark.GOOD]
    assert (await found(databases.safety(sight)))[0][0] is Mark.MEND


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
async def test_who_holds_the_leaders_locks(database: str, tmp_path: Path) -> None:
    sight = a_sight(tmp_path, database)
    assert await marks(databases.leaders(sight)) == [Mark.LOOK, Mark.LOOK]
    worker: asyncpg.Connection = await dedicated_connection(database)
    for lock in (SENDER_LOCK, SCHEDULE_LOCK):
        await worker.execute("SELECT pg_advisory_lock($1)", lock)
    assert await marks(databases.leaders(sight)) == [Mark.GOOD]
    await worker.close()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_two_programs_on_one_sqlite_file(database: str, tmp_path: Path) -> None:
    sight = a_sight(tmp_path, database)
    file = Path(database.removeprefix("sqlite://").split("?")[0])
    proc = tmp_path / "proc"
    for process in ("11", "12"):
        (proc / process / "fd").mkdir(parents=True)
        (proc / process / "fd" / "3").symlink_to(file)
        (proc / process / "fd" / "4").symlink_to(file)
    seen = await found(databases.safety(replace(sight, proc=proc)))
    assert (Mark.MEND, "{count} programs use the same SQLite file") in seen


# -- storage, files, memory -----------------------------------------------------------------------


async def test_photos_can_be_kept_and_nothing_stays_behind(tmp_path: Path) -> None:
    sight = a_sight(tmp_path)
    assert (await marks(storage.stores(sight)))[-1] is not Mark.MEND
    assert [p for p in (tmp_path / "data" / "evidence").rglob("*") if p.is_file()] == []


async def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "photos").write_text("a file where a folder should be")
    sight = a_sight(tmp_path, EVIDENCE_URL=f"file://{tmp_path}/evidence")
    assert await marks(storage.stores(sight)) == [Mark.MEND]


async def test_files_that_others_may_open(tmp_path: Path) -> None:
    sight = a_sight(tmp_path)
    assert await marks(machine.files(sight)) == [Mark.GOOD]
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "secret_key").chmod(0o644)
    assert await marks(machine.files(sight)) == [Mark.LOOK, Mark.LOOK]


@pytest.mark.parametrize(
    ("told", "mark"), [("4000000", Mark.GOOD), ("100000", Mark.LOOK), ("9000", Mark.MEND)]
)
async def test_memory(told: str, mark: Mark, tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(f"MemTotal: 8000000 kB\nMemAvailable:   {told} kB\n")
    sight = replace(a_sight(tmp_path), proc=tmp_path)
    assert await marks(machine.memory(sight)) == [mark]
    assert await marks(machine.memory(replace(sight, proc=tmp_path / "none"))) == [Mark.UNSEEN]


async def test_fonts_and_libraries_of_this_very_installation(tmp_path: Path) -> None:
    assert await marks(machine.fonts()) == [Mark.GOOD]
    assert Mark.MEND not in await marks(machine.libraries(a_sight(tmp_path)))


# -- schedule, settings, secrets ------------------------------------------------------------------


async def test_a_schedule_that_stands_still(tmp_path: Path) -> None:
    sight = a_sight(tmp_path)
    assert await marks(traffic.ticks(sight)) == [Mark.LOOK]
    note_tick(sight.settings.data_dir, sight.clock.now())
    assert await marks(traffic.ticks(sight)) == [Mark.GOOD]
    note_tick(sight.settings.data_dir, sight.clock.now() - timedelta(hours=2))
    assert await marks(traffic.ticks(sight)) == [Mark.LOOK]


def test_every_wrong_variable_is_named_at_once(tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path), "PORT": "x", "TZ_OFFICE": "Nowhere", "ZALO_BOT_MODE": "push"}
    faults = read_all(env)
    assert isinstance(faults, list)
    assert [fault.variable for fault in faults] == ["PORT", "TZ_OFFICE", "ZALO_BOT_MODE"]


async def test_a_name_that_nobody_reads() -> None:
    env = {"TELEGRAM_TOKEN_XA": "1:a", "TELEGRAM_TOKN": "1:b", "PATH": "/bin"}
    assert await found(variables(env)) == [
        (Mark.GOOD, "read: {names}; all else has its usual value"),
        (Mark.LOOK, "{name}: nothing reads this variable"),
    ]


async def test_secrets_that_are_easily_guessed_or_shared() -> None:
    assert await marks(secrets({"SECRET_KEY": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})) == [Mark.MEND]
    assert await marks(secrets({"TELEGRAM_WEBHOOK_SECRET": "short-1234"})) == [Mark.LOOK]
    shared = {"TELEGRAM_TOKEN": "1:a", "TELEGRAM_TOKEN_XA": "1:a"}
    assert await marks(secrets(shared)) == [Mark.MEND]
    assert await marks(secrets({"SECRET_KEY": KEY})) == [Mark.GOOD]


# -- side by side ---------------------------------------------------------------------------------


async def test_one_check_that_hangs_or_breaks_costs_the_others_nothing() -> None:
    told: list[list[str]] = []

    async def hangs() -> AsyncIterator[Finding]:
        yield good(Text("as far as that"))
        await asyncio.Event().wait()

    async def breaks() -> AsyncIterator[Finding]:
        raise KeyError("123456:AAtoken")
        yield

    async def works() -> AsyncIterator[Finding]:
        yield good(Text("well"))

    results = await run_checks(
        [
            Check("hangs", "Clock", hangs, seconds=0.05),
            Check("breaks", "Clock", breaks),
            Check("works", "Clock", works),
        ],
        lambda checks: told.append([check.name for check in checks]),
        patience=0.01,
    )
    assert [[f.mark for f in findings] for _, findings in results] == [
        [Mark.GOOD, Mark.MEND],
        [Mark.MEND],
        [Mark.GOOD],
    ]
    assert results[1][1][0].says.params == {"kind": "KeyError"}
    assert told[0] == ["hangs"]


class Asked(dict[str, str]):
    """An environment that notes which variables are looked at."""

    def __init__(self, **values: str) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: object = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


async def test_every_variable_that_the_program_reads_is_known_to_the_doctor(tmp_path: Path) -> None:
    env = Asked(
        DATA_DIR=str(tmp_path), TELEGRAM_TOKEN="1:a", ZALO_BOT_TOKEN="1:b", ZALO_OA_APP_ID="1",
        ZALO_OA_APP_SECRET="b", ZALO_OA_SECRET_KEY="c",
    )  # fmt: skip
    read_settings(env)
    read_bots(env)
    assert len(env.names) > 20
    unknown = dict.fromkeys(env.names, "x")
    assert await marks(variables(unknown)) == [Mark.GOOD]
