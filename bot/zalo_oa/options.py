"""What one Official Account's settings say beyond its keys (`ZALO_OA_…`).

Everything here that a source could not settle has a cautious default: no buttons, no phone
number taken on trust, no paid messages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Final

from backend.settings import SettingsError
from bot.messages import Allowance
from bot.zalo_oa.buttons import FORMS, NO_BUTTONS
from bot.zalo_oa.signature import COMPOSITIONS
from conversations.text import Text

HOUR: Final = 3_600.0
_NIGHT: Final = re.compile(r"(\d{1,2})-(\d{1,2})")
_HOURS: Final = 24
FILLED: Final = (None, "text", "name", "day")
"""Places in a template's parameter; None is plain text."""


@dataclass(frozen=True, slots=True)
class Zns:
    """Messages by template to a phone number: paid, for reminders that the window keeps out.

    `fields` maps each parameter of the template to a text in which {text} is the message,
    {name} the person's name and {day} today's date.
    """

    template: str
    fields: Mapping[str, str]
    url: str = "https://business.openapi.zalo.me"
    mode: str = ""
    longest: int = 200
    """Characters of one parameter; longer ones are cut."""


@dataclass(frozen=True, slots=True)
class Options:
    """The further settings of one account."""

    signature: str = "app-id"
    """Which of `signature.COMPOSITIONS` webhooks are signed by."""
    buttons: str = NO_BUTTONS
    """Which of `buttons.FORMS` this account's buttons have."""
    most_buttons: int = 4
    phone_is_proof: bool = False
    """Whether a number from user_submit_info counts as the sender's own; also asks for it."""
    account: str = ""
    """Id of the Official Account; events and permissions of another one are refused."""
    per_second: float = 5.0
    allowance: Allowance = field(
        default_factory=lambda: Allowance(reply_seconds=168 * HOUR, free_replies=8, night=(22, 6))
    )
    zns: Zns | None = None

    @property
    def has_buttons(self) -> bool:
        """Whether this account shows any buttons."""
        return self.buttons != NO_BUTTONS


def read_options(values: Mapping[str, str], per_month: int | None = None) -> Options:
    """Return what settings without their `ZALO_OA_` say; SettingsError names the wrong one."""
    reading = _Reading(values)
    zns = reading.zns()
    window = reading.number("REPLY_HOURS", 168, 1, 10_000) * HOUR
    return Options(
        signature=reading.one_of("SIGNATURE", "app-id", COMPOSITIONS),
        buttons=reading.one_of("BUTTONS", NO_BUTTONS, FORMS),
        most_buttons=reading.number("MOST_BUTTONS", 4, 1, 5),
        phone_is_proof=reading.one_of("PHONE", "off", ("off", "proof")) == "proof",
        account=values.get("ID", "").strip(),
        per_second=float(reading.number("PER_SECOND", 5, 1, 100)),
        allowance=Allowance(
            per_month=per_month,
            # With templates Zalo itself says that the window is over, and they go on from there.
            reply_seconds=None if zns else window,
            free_replies=reading.number("FREE_REPLIES", 8, 0, 10_000) or None,
            night=reading.night("NIGHT", (22, 6)),
        ),
        zns=zns,
    )


class _Reading:
    """Reads one value after the other."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def one_of(
        self, key: str, default: str, allowed: Mapping[str, object] | tuple[str, ...]
    ) -> str:
        value = self._get(key) or default
        if value not in allowed:
            told = Text("must be one of {names}", {"names": ", ".join(allowed)})
            raise SettingsError(f"ZALO_OA_{key}", told)
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        value = self._get(key)
        if not value:
            return default
        if not value.isdecimal() or not least <= int(value) <= most:
            told = Text(
                "must be a whole number from {least} to {most}", {"least": least, "most": most}
            )
            raise SettingsError(f"ZALO_OA_{key}", told)
        return int(value)

    def night(self, key: str, default: tuple[int, int]) -> tuple[int, int] | None:
        value = self._get(key)
        if value == "none":
            return None
        found = _NIGHT.fullmatch(value) if value else None
        if value and (found is None or max(int(found[1]), int(found[2])) >= _HOURS):
            told = Text("must be two hours such as 22-6, or none")
            raise SettingsError(f"ZALO_OA_{key}", told)
        return (int(found[1]), int(found[2])) if found else default

    def zns(self) -> Zns | None:
        template = self._get("ZNS_TEMPLATE")
        if not template:
            return None
        try:
            fields = json.loads(self._get("ZNS_FIELDS"))
        except ValueError:
            fields = None
        right = isinstance(fields, dict) and bool(fields) and all(map(_fillable, fields.values()))
        if not right:
            example = '{"noi_dung": "{text}"}; {text} {name} {day}'
            told = Text("must be JSON such as {example}", {"example": example})
            raise SettingsError("ZALO_OA_ZNS_FIELDS", told)
        return Zns(
            template=template,
            fields={str(k): str(v) for k, v in fields.items()},
            url=(self._get("ZNS_URL") or "https://business.openapi.zalo.me").rstrip("/"),
            mode=self.one_of("ZNS_MODE", "", ("", "development")),
            longest=self.number("ZNS_LONGEST", 200, 10, 2_000),
        )

    def _get(self, key: str) -> str:
        return self._values.get(key, "").strip()


def _fillable(value: object) -> bool:
    """Say whether a text names nothing but what a template is filled with."""
    try:
        parts = list(Formatter().parse(str(value)))
    except ValueError:
        return False
    return all(name in FILLED and not spec and not how for _, name, spec, how in parts)
