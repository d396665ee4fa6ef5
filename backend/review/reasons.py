"""Why a photo or an answer is handed back: short lists of codes, each with a sentence that blames nobody.

The sentence is what the village head reads, so it says what the office sees and never what
somebody did wrong. Words of the reviewer's own go before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from conversations.text import N_
from locales import Catalog

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dark": N_("The photo is too dark, it cannot be seen clearly yet."),
        "blurred": N_("The photo is blurred, it cannot be seen clearly yet."),
        "no_house": N_("The photo does not show the house yet."),
        "no_water": N_("The photo does not show the water source or the tank yet."),
        "no_toilet": N_("The photo does not show the toilet yet."),
        "not_shown": N_("The photo does not show what was asked for yet."),
        "part_only": N_("The photo shows a part only, please stand a little further back."),
        "used_before": N_("This photo was already used for an earlier period."),
        "other_place": N_("This photo seems to be of another place."),
        "people": N_("There are people's faces in the photo, please take one without people."),
        "screen": N_("This is a picture of a screen, please photograph the place itself."),
    }
)
"""Sentences about a photo by code, in the order in which they are offered."""
OF_ANSWERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_fit": N_("This does not fit the other answers yet."),
        "changed": N_("This is very different from last time."),
        "office_list": N_("The office's own list says something else."),
        "photo_differs": N_("The photo seems to show something else."),
        "unclear": N_("The office has not quite understood this answer."),
    }
)
"""Sentences about an answer, the same way. No code is in both lists."""
_OF_PURPOSE: Final[Mapping[str, str]] = MappingProxyType(
    {"no_house": "housing", "no_water": "water_source", "no_toilet": "latrine"}
)
"""Codes that fit photos of one purpose only (`Evidence.purpose`); `not_shown` fits the others."""
MOST_WORDS: Final = 300
"""Characters of a reason in one's own words: it must fit into one message."""


def offered(purpose: str) -> tuple[str, ...]:
    """Return the codes that fit a photo of this purpose, in order: the first is number 1."""
    known = purpose in _OF_PURPOSE.values()
    return tuple(
        code
        for code in REASONS
        if _OF_PURPOSE.get(code, purpose) == purpose and not (code == "not_shown" and known)
    )


def said(reason: str, words: str, catalog: Catalog) -> str:
    """Return a decision's reason as people read it: one's own words, or the code's sentence.

    A code that is no longer in the list and no words: "".
    """
    sentence = REASONS.get(reason) or OF_ANSWERS.get(reason)
    return words or (catalog.get(sentence) if sentence else "")


def own_words(text: str) -> str:
    """Return typed words on one line, bounded by MOST_WORDS."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST_WORDS]
