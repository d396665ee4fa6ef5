"""What people may ask of the bot besides answering: command words, typed in any way.

With or without a slash, with or without Vietnamese marks, in any case. The words are to be
recognised, never shown. Commands of a running interview itself (SỬA, NGHỈ, GỬI …) are
`conversations.answers.commands`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conversations.answers.courtesy import within
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
_SPOKEN: Final = frozenset(set(_WORDS.values()) - {Command.START, Command.INVITE})
"""Commands that may be said with courtesy; «mới ạ», «bắt đầu nhé» answer something else."""
_THE_INTERVIEW_S: Final = frozenset({Command.RESUME, Command.HELP, Command.PHOTO})
"""Commands that mean something of its own while a question waits."""
_SLASH_ONLY: Final = frozenset({"anh"})
"""Words that mean something else when they stand without a slash."""
_HOW: Final = (
    r"(?:thi )?(?:the nao|sao|ra sao|nhu the nao|den dau|toi dau)(?: roi)?(?: (?:vay|the))?"
)
_MY_PHOTOS: Final = re.compile(
    r"(?:(?:may|cac|nhung) )?(?:tam )?(?:anh|hinh)(?: chup)?(?: cua)?"
    r"(?: (?:toi|em|chau|minh|bac|thon|thon toi|thon minh))?(?: gui)? "
    rf"(?:{_HOW}|(?:da )?(?:duoc )?(?:duyet|xem|dat|duoc)(?: (?:roi|chua|khong|roi chua|roi khong)))"
)
"""«Ảnh của tôi thế nào rồi», «ảnh tôi đã duyệt chưa»."""
_AT_THE_END: Final = re.compile(
    r"(?:the nao|sao roi|ra sao|nhu the nao|den dau|toi dau)(?: roi)?(?: (?:vay|the))?$"
)
"""What turns a word into a question: «tiến độ thế nào», «tiến độ Ia Đal đến đâu rồi»."""
_MOST_WORDS: Final = 6
_MOST_CHARS: Final = 600


def command_of(text: str, *, answering: bool = False, writing: bool = False) -> Asked | None:
    """Return the command that a text is, or None.

    While a question waits (`answering`), a word without a slash counts only when it stands
    alone and can be no answer; a slash word that is not ours is left to the interview. Courtesy
    around a word («dạ tiến độ ạ») is no part of it. Where words of one's own are waited for
    (`writing`), only a slash or a word that stands quite alone is a command.
    """
    slash = text.lstrip().startswith("/")
    words = text[:_MOST_CHARS].strip().lstrip("/").split()
    if not words:
        return Asked(Command.OTHER) if slash and not answering else None
    if writing and not slash:
        alone = _found(words, slash=False)
        return Asked(alone) if alone else None
    spoken = _spoken(words)
    if spoken and (slash or not answering or spoken in _ALSO_IN_INTERVIEW):
        asked: Asked | None = Asked(spoken)
    else:
        asked = _with_rest(within(words, marked=True) or words, slash=slash, answering=answering)
    if asked and answering and asked.command in _THE_INTERVIEW_S:
        return None
    return asked or (Asked(Command.OTHER) if slash and not answering else None)


def _with_rest(words: Sequence[str], *, slash: bool, answering: bool) -> Asked | None:
    """Return the command that words begin with, the longest one, and what stands behind it."""
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        found = _found(words[:count], slash=slash)
        if found is None:
            continue
        rest = " ".join(words[count:])
        if found is Command.PROGRESS:
            rest = _without_how(rest)
        numbered = found is Command.RESEND and rest.isdecimal()
        if rest and (
            found not in _TAKES_REST or not (slash or numbered or found is Command.PROGRESS)
        ):
            continue
        if answering and not slash and found not in _ALSO_IN_INTERVIEW:
            continue
        if answering and not slash and rest and not numbered:
            continue
        return Asked(found, rest)
    return None


def _found(words: Sequence[str], *, slash: bool) -> Command | None:
    """Return the command that these words are together."""
    joined = "".join(fold(w.partition("@")[0]) for w in words)
    word = joined.replace("_", "").strip(" .!?\"'")
    return None if word in _SLASH_ONLY and not slash else _WORDS.get(word)


def _spoken(words: Sequence[str]) -> Command | None:
    """Return the command that is said with courtesy around it, or as a question, and nothing more."""
    said = within(words)
    folded = " ".join(fold(w).strip(" .,!?\"'") for w in said).strip()
    if _MY_PHOTOS.fullmatch(folded):
        return Command.MY_PHOTOS
    found = _found(said, slash=False) or _found(_without_how(" ".join(said)).split(), slash=False)
    return found if found in _SPOKEN else None


def _without_how(rest: str) -> str:
    """Return words without «thế nào», «đến đâu rồi» at their end."""
    words = rest.split()
    for count in range(min(_MOST_WORDS, len(words)), 1, -1):
        folded = " ".join(fold(w).strip(" .,!?\"'") for w in words[-count:])
        if _AT_THE_END.fullmatch(folded):
            return " ".join(words[:-count])
    return rest
