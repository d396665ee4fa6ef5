"""Buttons of an Official Account's message: which form, as data, because sources disagree.

The default is none: every question can be answered by its number or its words. An office tries
a form on its own account and then sets ZALO_OA_BUTTONS. A press comes back as an ordinary text
that equals the payload and names no message, so the payload carries the prompt's number behind
a mark that nobody types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from bot.messages import Button

NO_BUTTONS: Final = "none"
MARK: Final = "TM#"
MAX_TITLE: Final = 100
MAX_PAYLOAD: Final = 1_000
SUBTITLE: Final = "\u200b"
"""A list's element needs words; the message's own stand in its title."""
MAX_LIST_TITLE: Final = 100

Message: TypeAlias = dict[str, Any]
_PRESSED: Final = re.compile(re.escape(MARK) + r"(\d{1,9}):(.{0,64})", re.DOTALL)


def payload_of(button: Button) -> str:
    """Return what a press sends back: the mark and the button's data («prompt:value»)."""
    return MARK + button.data


def pressed(text: str) -> tuple[int, str] | None:
    """Return prompt and value of a text that is a press, None for one that somebody typed."""
    found = _PRESSED.fullmatch(text.strip())
    return (int(found[1]), found[2]) if found else None


def _made(buttons: Sequence[Button], kind: str) -> list[dict[str, str]]:
    return [
        {"type": kind, "title": b.label[:MAX_TITLE], "payload": payload_of(b)[:MAX_PAYLOAD]}
        for b in buttons
    ]


def _attached(text: str, payload: dict[str, Any]) -> Message:
    return {"text": text, "attachment": {"type": "template", "payload": payload}}


def _plain(text: str, buttons: Sequence[Button]) -> Message:
    return _attached(text, {"buttons": _made(buttons, "oa.query.hide")})


def _template(text: str, buttons: Sequence[Button]) -> Message:
    shown = _made(buttons, "oa.query.hide")
    return _attached(text, {"template_type": "button", "buttons": shown})


def _list(text: str, buttons: Sequence[Button]) -> Message:
    """As version 2 had it: no text of its own, so only for a message that fits a title."""
    payload = {
        "template_type": "list",
        "elements": [
            {"title": text[:MAX_LIST_TITLE], "subtitle": text[MAX_LIST_TITLE:] or SUBTITLE}
        ],
        "buttons": _made(buttons, "oa.query.hide"),
    }
    return {"attachment": {"type": "template", "payload": payload}}


FORMS: Final[Mapping[str, Callable[[str, Sequence[Button]], Message] | None]] = MappingProxyType(
    {NO_BUTTONS: None, "plain": _plain, "template": _template, "list": _list}
)
"""ZALO_OA_BUTTONS. «plain» is what most sources show for v3."""


def with_buttons(form: str, text: str, buttons: Sequence[Button], most: int) -> Message | None:
    """Return a message with buttons, or None when this account or these buttons have none."""
    make = FORMS[form]
    if make is None or not 0 < len(buttons) <= most:
        return None
    return make(text, buttons)
