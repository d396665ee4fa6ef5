"""What Zalo's error codes mean for a message. They stand in the body of an HTTP 200.

The codes and their wording come from two SDKs and reports, not from Zalo's own pages. A code
that is not here is taken for a passing trouble, so that nothing is given up by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final


class Meaning(Enum):
    """What is to be done about an answer."""

    DONE = auto()
    TOKEN = auto()
    """The access token is no longer good: get another one, then once more."""
    UPLOAD_AGAIN = auto()
    """The picture's id has expired."""
    RATE = auto()
    """Too many calls by the whole app in this minute."""
    NIGHT = auto()
    """Refused until the morning."""
    ACCOUNT = auto()
    """Something about the account or the app that a person must mend; the message is kept."""
    WINDOW = auto()
    """The person has written too long ago."""
    QUOTA = auto()
    """The whole account's (or, for ZNS, the template's) messages are used up."""
    ENOUGH = auto()
    """This one person gets no more for now; it says nothing about anybody else."""
    BLOCKED = auto()
    """The person does not want messages, or left."""
    GONE = auto()
    REFUSED = auto()
    """This message will never be taken."""
    PASSING = auto()
    """Not known: try again later."""


CODES: Final[Mapping[int, Meaning]] = MappingProxyType(
    {
        0: Meaning.DONE,
        -32: Meaning.RATE,
        -100: Meaning.UPLOAD_AGAIN,
        -201: Meaning.REFUSED,  # bad parameter
        -202: Meaning.ACCOUNT,  # bad mac
        -204: Meaning.ACCOUNT,  # the account was deleted
        -205: Meaning.ACCOUNT,  # no such account
        -209: Meaning.ACCOUNT,  # API not supported
        -210: Meaning.REFUSED,  # a parameter over its limit
        -211: Meaning.QUOTA,
        -212: Meaning.ACCOUNT,  # API not registered
        -213: Meaning.BLOCKED,  # the person does not follow the account
        -216: Meaning.TOKEN,
        -217: Meaning.BLOCKED,  # the person refuses invitations
        -218: Meaning.ENOUGH,  # the person has received as much as may be
        -219: Meaning.ACCOUNT,  # the app is disabled
        -220: Meaning.TOKEN,
        -221: Meaning.ACCOUNT,  # the account is not verified
        -222: Meaning.GONE,  # banned
        -223: Meaning.ACCOUNT,  # no permission
        -224: Meaning.ACCOUNT,  # needs a higher tier
        -227: Meaning.GONE,  # banned, or not seen for 45 days
        -230: Meaning.WINDOW,
        -232: Meaning.WINDOW,
        -233: Meaning.REFUSED,  # type of message
        -234: Meaning.NIGHT,
        -240: Meaning.ACCOUNT,  # this version of the API was shut down
        -242: Meaning.ACCOUNT,  # appsecret_proof
        -244: Meaning.REFUSED,  # the person refuses this type of message
        -305: Meaning.WINDOW,
        -311: Meaning.ENOUGH,  # the free replies to what this person wrote, of an older rule
        -320: Meaning.ACCOUNT,  # the paying account is not linked
        -321: Meaning.ACCOUNT,  # no money left
    }
)
"""Codes of the Official Account's API."""

ZNS_CODES: Final[Mapping[int, Meaning]] = MappingProxyType(
    {
        0: Meaning.DONE,
        -108: Meaning.GONE,  # not a phone number
        -114: Meaning.BLOCKED,  # cannot receive
        -115: Meaning.QUOTA,
        -118: Meaning.GONE,  # no Zalo account has this number
        -124: Meaning.TOKEN,
        -131: Meaning.REFUSED,  # the template is not approved
        -133: Meaning.NIGHT,
        -139: Meaning.BLOCKED,
        -141: Meaning.BLOCKED,
        -144: Meaning.QUOTA,
        -147: Meaning.QUOTA,
    }
)
"""Codes of messages by template to a phone number."""

REASONS: Final[Mapping[Meaning, str]] = MappingProxyType(
    {
        Meaning.WINDOW: "window",
        Meaning.QUOTA: "quota",
        Meaning.ENOUGH: "enough",
        Meaning.BLOCKED: "blocked",
        Meaning.GONE: "gone",
        Meaning.REFUSED: "refused",
        Meaning.UPLOAD_AGAIN: "refused",
    }
)
"""Reasons of `bot.messages.Delivery.failure` for what will not get better by waiting."""


NO_BUTTONS_LIKE_THESE: Final = frozenset({-201, -233})
"""A bad parameter, or a type of message: what a form of buttons that Zalo does not know gets."""


def meaning(code: int, codes: Mapping[int, Meaning] = CODES) -> Meaning:
    """Return what a code means; PASSING for one that nobody has told of."""
    return codes.get(code, Meaning.PASSING)
