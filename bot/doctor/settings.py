"""The variables: every one that cannot be used, by name; names that nobody reads; weak secrets."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

from backend.settings import Settings, SettingsError, read_settings
from bot.doctor.shapes import Finding, good, look, mend
from bot.doors.settings import Bots, read_bots
from bot.zalo_oa.options import read_options
from conversations.text import Text

MOST_FAULTS: Final = 40
OFFICE: Final = (
    "DATA_DIR", "DATABASE_URL", "EVIDENCE_URL", "HOST", "OFFICE_LANG", "PLAN", "PORT",
    "KEEP_MESSAGE_DAYS", "KEEP_PHOTO_MONTHS", "PUBLIC_URL", "QUOTA_PER_PERSON", "QUOTA_RESERVE",
    "SECRET_KEY", "TZ_OFFICE",
)  # fmt: skip
KNOWN: Final = {
    "TELEGRAM": ("TOKEN", "API_URL", "MODE", "WEBHOOK_SECRET", "BOT_NAME", "AREA"),
    "ZALO_BOT": (
        "TOKEN", "API_URL", "MODE", "SECRET", "LINK", "PER_MONTH", "PEOPLE", "PER_SECOND", "AREA",
    ),
    "ZALO_OA": (
        "APP_ID", "APP_SECRET", "SECRET_KEY", "REFRESH_TOKEN", "API_URL", "LINK", "PER_MONTH",
        "AREA", "SIGNATURE", "BUTTONS", "MOST_BUTTONS", "PHONE", "ID", "PER_SECOND", "REPLY_HOURS",
        "FREE_REPLIES", "NIGHT", "ZNS_TEMPLATE", "ZNS_FIELDS", "ZNS_URL", "ZNS_MODE",
        "ZNS_LONGEST",
    ),
    "ZALO": ("OAUTH_URL",),
}  # fmt: skip
"""What each channel reads; a bot's name may stand after each."""
_NAME: Final = r"(_[A-Z0-9]{1,20})?"
_CHANNEL: Final = re.compile(
    "|".join(f"{prefix}_({'|'.join(keys)}){_NAME}" for prefix, keys in KNOWN.items())
)
GOOD_SECRET: Final = 24
GOOD_KINDS: Final = 8
"""Fewer different characters than this are easily guessed, however many there are."""


def read_all(env: Mapping[str, str]) -> tuple[Settings, Bots] | list[SettingsError]:
    """Return the settings, or every mistake in them that can be found one after the other."""
    env, faults = dict(env), list[SettingsError]()
    while len(faults) < MOST_FAULTS:
        try:
            settings = read_settings(env)
            bots = read_bots(settings.doors)
            for account in bots.zalo_oas:
                read_options(account.options, account.per_month)
        except SettingsError as error:
            faults.append(error)
            if error.variable == "DATA_DIR" or env.pop(error.variable, None) is None:
                break  # nothing to leave out: what comes after cannot be seen yet
        else:
            return faults or (settings, bots)
    return faults


async def variables(env: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Look at the variables themselves; that they can be read is known."""
    ours = [k for k in env if k in OFFICE or k.startswith(("TELEGRAM_", "ZALO_"))]
    unknown = sorted(k for k in ours if k not in OFFICE and not _CHANNEL.fullmatch(k))
    names = ", ".join(sorted(set(ours) - set(unknown))) or "–"
    yield good(Text("read: {names}; all else has its usual value", {"names": names}))
    for name in unknown:
        yield look(
            Text("{name}: nothing reads this variable", {"name": name[:60]}),
            Text("Please see whether its name is spelt right."),
        )


async def secrets(env: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Look at how hard the secrets are to guess, and whether two bots share one."""
    weak = [("SECRET_KEY", env.get("SECRET_KEY", ""))]
    tokens: dict[str, list[str]] = {}
    for name, value in sorted(env.items()):
        if _CHANNEL.fullmatch(name) and "SECRET" in name and "APP_SECRET" not in name:
            weak.append((name, value))
        if name.startswith(("TELEGRAM_TOKEN", "ZALO_BOT_TOKEN", "ZALO_OA_APP_ID")) and value:
            tokens.setdefault(value, []).append(name)
    fine = True
    for name, value in weak:
        if value and (len(value) < GOOD_SECRET or len(set(value)) < GOOD_KINDS):
            fine = False
            advice = Text("Please set a long one: openssl rand -hex 32")
            said = Text("{name}: easy to guess", {"name": name})
            yield mend(said, advice) if len(set(value)) < GOOD_KINDS else look(said, advice)
    for names in tokens.values():
        if len(names) > 1:
            fine = False
            yield mend(
                Text("{names}: the same value for several bots", {"names": ", ".join(names)}),
                Text("Please give each bot its own."),
            )
    if fine:
        yield good(Text("none is easy to guess"))
