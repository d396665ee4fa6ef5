"""Settings from the environment (design.md 8). A wrong value is refused with its variable's name."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.quota.rules import PER_PERSON
from conversations.text import Text
from locales import LANGUAGES, Catalog, catalog

MAX_PORT = 65_535
SECRET_CHARS = 16
MOST_RESERVE = 50
MOST_DIGITS = 6


class SettingsError(ValueError):
    """A variable cannot be used; says its name and what it takes. str() is English, for logs."""

    def __init__(self, variable: str, reason: Text) -> None:
        super().__init__(f"{variable}: {catalog('en').say(reason)}")
        self.variable = variable
        self.reason = reason

    def said(self, words: Catalog) -> str:
        """Return the sentence in a language, after the variable's name."""
        return f"{self.variable}: {words.say(self.reason)}"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations. Tokens never appear in repr."""

    database_url: str
    data_dir: Path
    evidence_url: str
    host: str
    port: int
    public_url: str
    secret_key: str
    plan: str
    zone: ZoneInfo
    lang: str
    quota_reserve: float = 0.2
    """Part of a bot's month that is kept for answers (backend.quota.decide)."""
    quota_per_person: int | None = PER_PERSON
    """Paid answers a person and day, before they are gathered (bot.turn.quota); None: no bound."""
    keep_photo_months: int | None = None
    """In place of what the office has set (backend.retention); None: kept for good."""
    keep_message_days: int | None = None
    """The same for the words of messages; None: for good."""
    keep_given: frozenset[str] = frozenset()
    """Which of these two the environment names: "photo_months", "message_days"."""
    doors: Mapping[str, str] = field(default_factory=dict)
    """The variables of the channels, which `bot.doors.settings` reads; secrets are among them."""

    def __repr__(self) -> str:
        """Say which installation this is without any secret."""
        return f"Settings(plan={self.plan!r}, public_url={self.public_url!r})"


def read_settings(env: Mapping[str, str]) -> Settings:
    """Return the settings in `env`; raise SettingsError for a value that cannot be used.

    Side effect: on first run makes DATA_DIR, for this user alone, and a random SECRET_KEY file in it.
    """
    data_dir = Path(env.get("DATA_DIR") or "data").absolute()
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = str(error.strerror or type(error).__name__)
        told = Text("{path} cannot be made: {reason}", {"path": str(data_dir), "reason": reason})
        raise SettingsError("DATA_DIR", told) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise SettingsError("DATA_DIR", Text("{path} cannot be written", {"path": str(data_dir)}))
    port = _port(env.get("PORT") or "8080")
    host = env.get("HOST") or "127.0.0.1"
    public_url = _public_url((env.get("PUBLIC_URL") or f"http://127.0.0.1:{port}").rstrip("/"))
    database_url = env.get("DATABASE_URL") or f"sqlite://{data_dir / 'thonmoi.sqlite3'}"
    _check_database_url(database_url)
    evidence_url = env.get("EVIDENCE_URL") or f"file://{data_dir / 'evidence'}"
    _check_evidence_url(evidence_url)
    try:
        zone = ZoneInfo(env.get("TZ_OFFICE") or "Asia/Ho_Chi_Minh")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # «Asia» is a folder
        told = Text("not a time zone name such as Asia/Ho_Chi_Minh")
        raise SettingsError("TZ_OFFICE", told) from error
    lang = env.get("OFFICE_LANG") or "vi"
    if lang not in LANGUAGES:
        languages = ", ".join(LANGUAGES)
        raise SettingsError("OFFICE_LANG", Text("must be one of: {names}", {"names": languages}))
    return Settings(
        database_url=database_url,
        data_dir=data_dir,
        evidence_url=evidence_url,
        host=host,
        port=port,
        public_url=public_url,
        secret_key=_secret(env, data_dir),
        plan=env.get("PLAN") or "vi-du",
        zone=zone,
        lang=lang,
        quota_reserve=_share(env.get("QUOTA_RESERVE") or "20"),
        quota_per_person=_per_person(env.get("QUOTA_PER_PERSON") or str(PER_PERSON)),
        keep_photo_months=_time(env, "KEEP_PHOTO_MONTHS", 1, 1_200),
        keep_message_days=_time(env, "KEEP_MESSAGE_DAYS", 30, 36_500),
        keep_given=frozenset(
            name for name in ("photo_months", "message_days") if env.get(f"KEEP_{name.upper()}")
        ),
        doors={k: v for k, v in env.items() if k.startswith(("TELEGRAM_", "ZALO_"))},
    )


def _share(text: str) -> float:
    if not _digits(text) or int(text[:MOST_DIGITS]) > MOST_RESERVE:
        told = Text("must be a number of per cent from 0 to {most}", {"most": MOST_RESERVE})
        raise SettingsError("QUOTA_RESERVE", told)
    return int(text) / 100


def _per_person(text: str) -> int | None:
    if not _digits(text) or len(text) > MOST_DIGITS:
        told = Text("must be a whole number; 0 is no bound")
        raise SettingsError("QUOTA_PER_PERSON", told)
    return int(text) or None


def _time(env: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """Return a number of days or months, None for «never» and for nothing."""
    text = env.get(name) or "never"
    if text == "never":
        return None
    if not _digits(text) or not least <= int(text[:MOST_DIGITS]) <= most:
        told = Text(
            "must be a number from {least} to {most}, or never", {"least": least, "most": most}
        )
        raise SettingsError(name, told)
    return int(text)


def _port(text: str) -> int:
    if not _digits(text) or not 0 < int(text[:MOST_DIGITS]) <= MAX_PORT:
        raise SettingsError("PORT", Text("must be a number from 1 to 65535"))
    return int(text)


def _digits(text: str) -> bool:
    """Say whether a text is a number in the digits that everybody reads as such."""
    return text.isascii() and text.isdecimal()


def _public_url(url: str) -> str:
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        told = Text("must be an address such as https://thonmoi.example.vn")
        raise SettingsError("PUBLIC_URL", told)
    return url


def _check_database_url(url: str) -> None:
    """Refuse what names no database. The sentence never shows the value: a password is in it."""
    kind, there, rest = url.partition("://")
    if not there or kind not in {"sqlite", "postgres", "postgresql", "asyncpg"}:
        raise SettingsError("DATABASE_URL", Text("must begin with sqlite:// or postgres://"))
    if kind == "sqlite":
        file = rest.partition("?")[0]
        if not file or file.endswith("/") or Path(file).is_dir():
            told = Text("must name a file: sqlite:///folder/thonmoi.sqlite3")
            raise SettingsError("DATABASE_URL", told)
    elif _split(url) is None:
        told = Text("must be written as postgres://USER:PASSWORD@HOST:PORT/NAME")
        raise SettingsError("DATABASE_URL", told)


def _check_evidence_url(url: str) -> None:
    parts = _split(url)
    if parts is None or parts.scheme not in {"file", "s3", "memory"}:
        raise SettingsError("EVIDENCE_URL", Text("must begin with file:/// or s3://"))
    if parts.scheme == "file" and (parts.netloc or not parts.path.strip("/")):
        raise SettingsError("EVIDENCE_URL", Text("must name a folder: file:///folder"))
    if parts.scheme == "s3" and not parts.netloc:
        raise SettingsError("EVIDENCE_URL", Text("must name a bucket: s3://bucket"))


def _split(url: str) -> SplitResult | None:
    """Return the parts of an address; None for one that is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read when it is asked for
    except ValueError:
        return None
    return parts


def _secret(env: Mapping[str, str], data_dir: Path) -> str:
    given = env.get("SECRET_KEY")
    if given is None or given == "":
        return _kept_secret(data_dir / "secret_key")
    if len(given) < SECRET_CHARS:
        told = Text("must have at least {count} characters", {"count": SECRET_CHARS})
        raise SettingsError("SECRET_KEY", told)
    return given


def _kept_secret(path: Path) -> str:
    try:
        kept = _made_or_read(path)
    except OSError as error:
        told = {"path": str(path), "reason": error.strerror or type(error).__name__}
        raise SettingsError(
            "DATA_DIR", Text("{path} cannot be read or made: {reason}", told)
        ) from error
    if len(kept) < SECRET_CHARS:
        told = {"path": str(path)}
        raise SettingsError(
            "DATA_DIR", Text("{path} holds no secret; delete it and a new one is made", told)
        )
    return kept


def _made_or_read(path: Path) -> str:
    """Return the secret in a file, made whole or not at all: with an empty one anybody could sign."""
    if not path.exists():
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            part.touch(mode=0o600)
            part.write_text(secrets.token_urlsafe(48), encoding="ascii")
            with contextlib.suppress(FileExistsError):  # another process was first: theirs holds
                os.link(part, path)
        finally:
            part.unlink(missing_ok=True)
    return path.read_text(encoding="ascii", errors="replace").strip()
