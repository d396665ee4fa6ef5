"""What people may ask of the bot besides answering: command words, typed in any way.

With or without a slash, with or without Vietnamese marks, in any case. The words are to be
recognised, never shown. Commands of a running interview itself (SỬA, NGHỈ, GỬI …) are
`conversations.answers.commands`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conversations.text import fold


class Command(StrEnum):
    """One thing to ask for."""

    START = "start"
    MENU = "menu"
    RESUME = "tiep"
    PHOTO = "themanh"
    PROGRESS = "tiendo"
    DEADLINES = "hanchot"
    HELP = "trogiup"
    WITHDRAW = "huydongy"
    INVITE = "moi"
    WEB = "web"
    FOLLOW_UP = "nhacnho"
    ENTER = "nhapho"
    STAGES = "giaidoan"
    AD_HOC = "dotxuat"
    SETTINGS = "caidat"
    QUOTA = "hanmuc"
    REVIEW = "duyet"
    RESEND = "guilai"
    MY_PHOTOS = "anhcuatoi"
    OTHER = "?"
    """A word with a slash that names none of these."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command and what stands behind it (an area, a role), as typed."""

    command: Command
    rest: str = ""


_WORDS: Final[dict[str, Command]] = {
    "start": Command.START,
    "batdau": Command.START,
    "menu": Command.MENU,
    "danhsach": Command.MENU,
    "tiep": Command.RESUME,
    "tieptuc": Command.RESUME,
    "lamtiep": Command.RESUME,
    "themanh": Command.PHOTO,
    "addphoto": Command.PHOTO,
    "next": Command.RESUME,
    "guianh": Command.PHOTO,
    "tiendo": Command.PROGRESS,
    "progress": Command.PROGRESS,
    "hanchot": Command.DEADLINES,
    "hannop": Command.DEADLINES,
    "deadlines": Command.DEADLINES,
    "trogiup": Command.HELP,
    "giup": Command.HELP,
    "huongdan": Command.HELP,
    "help": Command.HELP,
    "huydongy": Command.WITHDRAW,
    "rutlai": Command.WITHDRAW,
    "rutlaidongy": Command.WITHDRAW,
    "withdraw": Command.WITHDRAW,
    "moi": Command.INVITE,
    "invite": Command.INVITE,
    "web": Command.WEB,
    "nhacnho": Command.FOLLOW_UP,
    "nhac": Command.FOLLOW_UP,
    "followup": Command.FOLLOW_UP,
    "nhapho": Command.ENTER,
    "nhaphothon": Command.ENTER,
    "enter": Command.ENTER,
    "giaidoan": Command.STAGES,
    "stages": Command.STAGES,
    "dotxuat": Command.AD_HOC,
    "baocaodotxuat": Command.AD_HOC,
    "adhoc": Command.AD_HOC,
    "hanmuc": Command.QUOTA,
    "sotin": Command.QUOTA,
    "quota": Command.QUOTA,
    "duyet": Command.REVIEW,
    "duyetanh": Command.REVIEW,
    "review": Command.REVIEW,
    "guilai": Command.RESEND,
    "guilaianh": Command.RESEND,
    "resend": Command.RESEND,
    "anh": Command.MY_PHOTOS,
    "anhcuatoi": Command.MY_PHOTOS,
    "anhcuatoithenao": Command.MY_PHOTOS,
    "anhcuatoithenaoroi": Command.MY_PHOTOS,
    "anhthenao": Command.MY_PHOTOS,
    "anhtoithenao": Command.MY_PHOTOS,
    "myphotos": Command.MY_PHOTOS,
    "caidat": Command.SETTINGS,
    "thietlap": Command.SETTINGS,
    "settings": Command.SETTINGS,
}
_TAKES_REST: Final = frozenset(
    {
        Command.PROGRESS,
        Command.INVITE,
        Command.START,
        Command.ENTER,
        Command.STAGES,
        Command.AD_HOC,
        Command.SETTINGS,
        Command.RESEND,
    }
)
_ALSO_IN_INTERVIEW: Final = frozenset(
    {
        Command.MENU,
        Command.PROGRESS,
        Command.DEADLINES,
        Command.WITHDRAW,
        Command.RESEND,
        Command.MY_PHOTOS,
    }
)
"""Words that need no slash even while a question waits: no answer is spelt like these."""
_SLASH_ONLY: Final = frozenset({"anh"})
"""Words that mean something else when they stand without a slash."""
_MOST_WORDS: Final = 6
_MOST_CHARS: Final = 600


def command_of(text: str, *, answering: bool = False) -> Asked | None:
    """Return the command that a text is, or None.

    While a question waits (`answering`), a word without a slash counts only when it stands
    alone and can be no answer; a slash word that is not ours is left to the interview.
    """
    slash = text.lstrip().startswith("/")
    words = text[:_MOST_CHARS].strip().lstrip("/").split()
    if not words:
        return Asked(Command.OTHER) if slash and not answering else None
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        joined = "".join(fold(w.partition("@")[0]) for w in words[:count])
        word = joined.replace("_", "").strip(" .!?\"'")
        found = _WORDS.get(word)
        if found is None or (word in _SLASH_ONLY and not slash):
            continue
        rest = " ".join(words[count:])
        numbered = found is Command.RESEND and rest.isdecimal()
        if rest and (
            found not in _TAKES_REST or not (slash or numbered or found is Command.PROGRESS)
        ):
            continue
        if answering and not slash and found not in _ALSO_IN_INTERVIEW:
            continue
        if answering and not slash and rest and not numbered:
            continue
        if answering and found in (Command.RESUME, Command.HELP, Command.PHOTO):
            return None
        return Asked(found, rest)
    return Asked(Command.OTHER) if slash and not answering else None
