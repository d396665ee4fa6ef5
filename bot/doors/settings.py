"""The doors' part of the environment: the bots of each channel, several of one channel by name.

`TELEGRAM_TOKEN` is the only bot of most offices. `TELEGRAM_TOKEN_KONPLONG` adds one named
«konplong»; every other variable of that bot may be given with the same ending and else falls
back to the one without (`TELEGRAM_MODE_KONPLONG`, then `TELEGRAM_MODE`). Tokens and secrets
have no fall-back: two bots never share one. `TELEGRAM_AREA_KONPLONG` is the code of the area
whose people are invited through that bot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from backend.settings import SettingsError
from conversations.text import Text

MAX_NAME: Final = 20
MODES: Final = ("poll", "webhook")
_NAME: Final = re.compile(rf"[a-z0-9]{{1,{MAX_NAME}}}")
_TELEGRAM_TOKEN: Final = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")
_TELEGRAM_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ZALO_SECRET: Final = range(8, 257)


@dataclass(frozen=True, slots=True)
class TelegramBot:
    """One Telegram bot. `username` is "" until Telegram has told it."""

    name: str
    area: str
    token: str = field(repr=False)
    api_url: str = ""
    mode: str = "poll"
    secret: str = field(default="", repr=False)
    username: str = ""

    @property
    def variable(self) -> str:
        """The variable that holds the token."""
        return f"TELEGRAM_TOKEN_{self.name.upper()}".rstrip("_")

    def wrong_shape(self) -> Text | None:
        """Return what is said when the token cannot be one; the other channels work all the same."""
        if _TELEGRAM_TOKEN.fullmatch(self.token):
            return None
        told = {"name": self.variable}
        return Text(
            "{name}: this is no token of a Telegram bot, such as 123456:ABC-DEF. Telegram stays off.",
            told,
        )

    def link(self, code: str) -> str:
        """Return the deep link that carries an invitation's code; "" without a user name."""
        return f"https://t.me/{self.username}?start={code}" if self.username else ""


@dataclass(frozen=True, slots=True)
class ZaloBot:
    """One bot of the Zalo Bot Platform. `chat_link` is where a person opens its chat."""

    name: str
    area: str
    token: str = field(repr=False)
    api_url: str = ""
    mode: str = "poll"
    secret: str = field(default="", repr=False)
    chat_link: str = ""
    per_month: int | None = None
    people: int | None = None
    per_second: float | None = None

    def link(self, code: str) -> str:  # noqa: ARG002  (a Zalo link carries no code: channels.md A)
        """Return where the chat is opened; the person sends the code there."""
        return self.chat_link


@dataclass(frozen=True, slots=True)
class ZaloOA:
    """One Zalo Official Account. `options` are its further variables, without `ZALO_OA_`."""

    name: str
    area: str
    app_id: str
    app_secret: str = field(repr=False)
    secret_key: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    api_url: str = ""
    oauth_url: str = ""
    chat_link: str = ""
    per_month: int | None = None
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def link(self, code: str) -> str:  # noqa: ARG002  (a Zalo link carries no code: channels.md A)
        """Return where the chat is opened; the person sends the code there."""
        return self.chat_link


@dataclass(frozen=True, slots=True)
class Bots:
    """All bots of an installation, the unnamed one of each channel first."""

    telegram: tuple[TelegramBot, ...] = ()
    zalo_bots: tuple[ZaloBot, ...] = ()
    zalo_oas: tuple[ZaloOA, ...] = ()


def read_bots(env: Mapping[str, str]) -> Bots:
    """Return the bots that `env` names; raise SettingsError, naming the variable, for a wrong value."""
    for prefix in ("TELEGRAM", "ZALO_BOT"):
        _Reader(env, prefix, "").mode()  # also where no bot is set up: a slip is told at once
    accounts = [_Reader(env, "ZALO_OA", name) for name in _names(env, "ZALO_OA_APP_ID")]
    _tell_apart(accounts)
    return Bots(
        tuple(_telegram(_Reader(env, "TELEGRAM", name)) for name in _names(env, "TELEGRAM_TOKEN")),
        tuple(_zalo_bot(_Reader(env, "ZALO_BOT", name)) for name in _names(env, "ZALO_BOT_TOKEN")),
        tuple(_zalo_oa(account) for account in accounts),
    )


class _Reader:
    """The variables of one bot."""

    def __init__(self, env: Mapping[str, str], prefix: str, name: str) -> None:
        self.env = env
        self._prefix = prefix
        self.name = name

    def variable(self, key: str) -> str:
        """Return the name of a variable of this bot."""
        return f"{self._prefix}_{key}" + (f"_{self.name.upper()}" if self.name else "")

    def own(self, key: str) -> str:
        """Return a value that bots never share, "" if it is not set."""
        return (self.env.get(self.variable(key)) or "").strip()

    def get(self, key: str, default: str = "") -> str:
        """Return a value, the unnamed bot's if this one has none."""
        shared = self.env.get(f"{self._prefix}_{key}") or ""
        return self.own(key) or shared.strip() or default

    def refuse(self, key: str, rule: Text) -> SettingsError:
        """Return the error for a wrong value."""
        return SettingsError(self.variable(key), rule)

    def needed(self, key: str, because: Text) -> str:
        """Return a value that must be there; `because` says it."""
        if not (value := self.own(key)):
            raise self.refuse(key, because)
        return value

    def address(self, key: str, default: str) -> str:
        """Return an http(s) address without a slash at its end."""
        value = self.get(key, default).rstrip("/")
        if value and (
            urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc
        ):
            raise self.refuse(key, Text("must begin with http:// or https://"))
        return value

    def mode(self) -> str:
        """Return how messages come in."""
        mode = self.get("MODE", "poll")
        if mode not in MODES:
            raise self.refuse("MODE", Text("must be poll or webhook"))
        return mode

    def count(self, key: str) -> int | None:
        """Return a whole number from 1, None if it is not set."""
        value = self.get(key)
        if not value:
            return None
        if not value.isdecimal() or not 0 < int(value) < 10**9:
            raise self.refuse(key, Text("must be a whole number from 1"))
        return int(value)

    def rate(self, key: str) -> float | None:
        """Return a number above 0 and at most 1,000, None if it is not set."""
        value = self.get(key)
        if not value:
            return None
        if not re.fullmatch(r"\d{1,4}(\.\d{1,3})?", value) or not 0 < float(value) <= 1_000:  # noqa: PLR2004  (said in the sentence)
            raise self.refuse(key, Text("must be a number above 0 and at most 1000"))
        return float(value)


def _for_webhook(env: _Reader) -> Text:
    return Text("must be set when {name} is webhook", {"name": env.variable("MODE")})


def _telegram(env: _Reader) -> TelegramBot:
    mode, secret = env.mode(), env.own("WEBHOOK_SECRET")
    if mode == "webhook":
        env.needed("WEBHOOK_SECRET", _for_webhook(env))
        if not _TELEGRAM_SECRET.fullmatch(secret):
            raise env.refuse("WEBHOOK_SECRET", Text("1 to 256 of A-Z a-z 0-9 _ -"))
    return TelegramBot(
        name=env.name,
        area=env.own("AREA"),
        token=env.own("TOKEN"),
        api_url=env.address("API_URL", "https://api.telegram.org"),
        mode=mode,
        secret=secret,
        username=env.own("BOT_NAME").lstrip("@"),
    )


def _zalo_bot(env: _Reader) -> ZaloBot:
    mode, secret = env.mode(), env.own("SECRET")
    if mode == "webhook":
        env.needed("SECRET", _for_webhook(env))
        if len(secret) not in _ZALO_SECRET:
            raise env.refuse("SECRET", Text("must have 8 to 256 characters"))
    return ZaloBot(
        name=env.name,
        area=env.own("AREA"),
        token=env.own("TOKEN"),
        api_url=env.address("API_URL", "https://bot-api.zaloplatforms.com"),
        mode=mode,
        secret=secret,
        chat_link=env.address("LINK", "") if env.own("LINK") else "",
        per_month=env.count("PER_MONTH"),
        people=env.count("PEOPLE"),
        per_second=env.rate("PER_SECOND"),
    )


def _zalo_oa(env: _Reader) -> ZaloOA:
    because = Text("must be set when {name} is set", {"name": env.variable("APP_ID")})
    return ZaloOA(
        name=env.name,
        area=env.own("AREA"),
        app_id=env.own("APP_ID"),
        app_secret=env.needed("APP_SECRET", because),
        secret_key=env.needed("SECRET_KEY", because),
        refresh_token=env.own("REFRESH_TOKEN"),
        api_url=env.address("API_URL", "https://openapi.zalo.me"),
        oauth_url=_Reader(env.env, "ZALO", env.name).address(
            "OAUTH_URL", "https://oauth.zaloapp.com"
        ),
        chat_link=env.address("LINK", "") if env.own("LINK") else "",
        per_month=env.count("PER_MONTH"),
        options=_options(env),
    )


def _tell_apart(accounts: Sequence[_Reader]) -> None:
    """Refuse accounts that sign their events with one key and do not say which account they are."""
    keys = [account.own("SECRET_KEY") for account in accounts]
    for account in accounts:
        if keys.count(account.own("SECRET_KEY")) > 1:
            account.needed("ID", Text("must be set when several accounts have one secret key"))


def _options(env: _Reader) -> dict[str, str]:
    """Return what only the channel itself reads (templates, forms of buttons).

    The account's own id is never another's.
    """
    ending = f"_{env.name.upper()}" if env.name else ""
    found: dict[str, str] = {}
    for key, value in env.env.items():
        if not key.startswith("ZALO_OA_"):
            continue
        bare = key.removeprefix("ZALO_OA_")
        if ending and bare.endswith(ending):
            found[bare.removesuffix(ending)] = value
        else:
            found.setdefault(bare, value)
    for secret in ("APP_SECRET", "SECRET_KEY", "REFRESH_TOKEN"):
        found.pop(secret, None)
    return found | {"ID": env.own("ID")}


def _names(env: Mapping[str, str], key: str) -> list[str]:
    """Return the names of the bots whose `key` is set, "" first."""
    names = [""] if env.get(key) else []
    for variable in sorted(env):
        if not variable.startswith(f"{key}_") or not env[variable]:
            continue
        name = variable.removeprefix(f"{key}_").lower()
        if not _NAME.fullmatch(name):
            told = Text("a bot's name has 1 to {count} of A-Z and 0-9", {"count": MAX_NAME})
            raise SettingsError(variable, told)
        names.append(name)
    return names
