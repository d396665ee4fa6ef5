"""Every check of an installation, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from backend.database import close_database, is_sqlite, open_database, sqlite_path
from backend.settings import SettingsError
from bot.doctor import database, machine, office, public, storage, traffic
from bot.doctor.clock import clock
from bot.doctor.running import run_checks
from bot.doctor.settings import secrets, variables
from bot.doctor.shapes import Check, Finding, Sight, mend, unseen
from bot.doctor.telegram import telegram
from bot.doctor.zalo_bot import zalo_bot
from bot.doctor.zalo_oa import zalo_oa
from conversations.text import N_, Text

Found = list[tuple[Check, list[Finding]]]
Waiting = Callable[[Sequence[Check]], None]
LONG: Final = 20.0


def checks_of(sight: Sight, env: Mapping[str, str]) -> list[Check]:
    """Return the checks of an installation whose settings can be read."""
    bots = sight.bots
    found = [
        Check("settings", N_("Settings"), partial(variables, env)),
        Check("secrets", N_("Secrets"), partial(secrets, env)),
        Check("files", N_("Files"), partial(machine.files, sight)),
        Check("libraries", N_("Libraries"), partial(machine.libraries, sight)),
        Check("memory", N_("Memory"), partial(machine.memory, sight)),
        Check("fonts", N_("Font"), machine.fonts),
        Check("storage.folder", N_("Data folder"), partial(storage.folder, sight)),
        Check("storage.photos", N_("Photos"), partial(storage.stores, sight), seconds=LONG),
        Check("clock", N_("Clock"), partial(clock, sight), seconds=LONG),
        Check("program", N_("Program"), partial(public.program, sight)),
        Check("public", N_("Public address"), partial(public.address, sight), seconds=LONG),
        Check("webhooks", N_("Webhooks"), partial(public.webhooks, sight), seconds=LONG),
        *(
            Check("telegram", N_("Telegram"), partial(telegram, sight, b), b.name, LONG)
            for b in bots.telegram
        ),
        *(
            Check("zalo-bot", N_("Zalo bot"), partial(zalo_bot, sight, b), b.name, LONG)
            for b in bots.zalo_bots
        ),
        Check("database", N_("Database"), partial(database.answers, sight)),
    ]
    kept = [
        Check("database.safety", N_("Database"), partial(database.safety, sight)),
        *(
            Check("zalo-oa", N_("Zalo OA"), partial(zalo_oa, sight, b), b.name, LONG)
            for b in bots.zalo_oas
        ),
        Check("plan", N_("Plan"), partial(office.plan, sight), seconds=LONG),
        Check("forms", N_("Questionnaires"), partial(office.forms, sight)),
        Check("people", N_("People"), partial(office.people, sight)),
        Check("outbox", N_("Sending"), partial(traffic.outbox, sight)),
        Check("inbox", N_("Receiving"), partial(traffic.inbox, sight)),
        Check("month", N_("This month"), partial(traffic.month, sight)),
        Check("schedule", N_("Schedule"), partial(traffic.ticks, sight)),
    ]
    if not is_sqlite(sight.settings.database_url):
        kept.append(Check("leaders", N_("Workers"), partial(database.leaders, sight)))
    return [*found, *kept] if _there(sight) else found


def _there(sight: Sight) -> bool:
    """Say whether there may be a database: looking into a SQLite file that is not there makes it."""
    url = sight.settings.database_url
    return not is_sqlite(url) or Path(sqlite_path(url)).exists()


async def examine(sight: Sight, env: Mapping[str, str], waiting: Waiting = lambda _: None) -> Found:
    """Return what every check finds. Opens the database, and closes it again."""
    await open_database(sight.settings.database_url)
    try:
        return await run_checks(checks_of(sight, env), waiting)
    finally:
        await close_database()


def refused(faults: Sequence[SettingsError]) -> Found:
    """Return what is known of an installation whose settings cannot be read."""
    told = [
        mend(Text("{name}: {reason}", {"name": f.variable, "reason": f.reason})) for f in faults
    ]
    rest = unseen(Text("All else is looked at once the settings can be read."))
    check = Check("settings", N_("Settings"), partial(variables, {}))
    return [(check, [*told, rest])]
