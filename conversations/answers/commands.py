"""Command words: with or without marks, in any case, with or without a leading slash.

Where any words may be an answer (a text question), a word that lost its marks could be another
one: «Huy» and «Nghị» are names. There it counts with its exact marks or in capitals only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conversations.answers.courtesy import within, without_courtesy
from conversations.answers.number_words import spoken_number
from conversations.answers.plain import without_pictures
from conversations.text import fold


class Command(StrEnum):
    """What a person may ask of the interview besides answering. The value is a button's `data`."""

    BACK = "/back"
    EDIT = "/edit"
    PAUSE = "/pause"
    CANCEL = "/cancel"
    HELP = "/help"
    SEND = "/send"
    DONE = "/done"
    SKIP = "/skip"
    KEEP = "/keep"
    YES = "/yes"
    NO = "/no"
    NEXT = "/next"
    UNKNOWN = "/unknown"
    AGAIN = "/again"
    OTHER = "/?"
    """A word with a slash that names none of these."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A command, and the question's number for «SỬA 3», with its letter for «SỬA 8b»."""

    command: Command
    number: int = 0
    """0 when none was named, NOWHERE or WHICH when what was named is none."""
    letter: str = ""


NOWHERE: Final = -1
WHICH: Final = -2
"""Something is to be corrected, and no question was named: «sửa phiếu»."""


_WORDS: dict[str, Command] = {
    "sua": Command.EDIT, "sua lai": Command.EDIT, "edit": Command.EDIT, "suacau": Command.EDIT,
    "quay lai": Command.BACK, "quaylai": Command.BACK, "tro lai": Command.BACK, "back": Command.BACK,
    "nghi": Command.PAUSE, "tam nghi": Command.PAUSE, "tam dung": Command.PAUSE, "dung lai": Command.PAUSE,
    "pause": Command.PAUSE,
    "huy": Command.CANCEL, "huy bo": Command.CANCEL, "cancel": Command.CANCEL,
    "tro giup": Command.HELP, "trogiup": Command.HELP, "giup": Command.HELP, "huong dan": Command.HELP,
    "help": Command.HELP,
    "gui": Command.SEND, "gui di": Command.SEND, "gui luon": Command.SEND, "gui di em": Command.SEND,
    "ok gui": Command.SEND, "dung gui": Command.SEND, "nop": Command.SEND, "submit": Command.SEND,
    "send": Command.SEND,
    "xong": Command.DONE, "xong roi": Command.DONE, "da xong": Command.DONE, "done": Command.DONE,
    "bo qua": Command.SKIP, "boqua": Command.SKIP, "skip": Command.SKIP, "gui sau": Command.SKIP,
    "giu": Command.KEEP, "giu nguyen": Command.KEEP, "keep": Command.KEEP, "nhu cu": Command.KEEP,
    "tiep": Command.NEXT, "tiep tuc": Command.NEXT, "lam tiep": Command.NEXT, "next": Command.NEXT,
    "lam lai": Command.AGAIN, "chup lai": Command.AGAIN, "again": Command.AGAIN,
}  # fmt: skip
_SLASH_ONLY: dict[str, Command] = {
    "dung": Command.YES, "yes": Command.YES, "no": Command.NO, "unknown": Command.UNKNOWN,
    "khong ro": Command.UNKNOWN, "khongro": Command.UNKNOWN,
}  # fmt: skip
_SOUTHERN = re.compile("gởi", re.IGNORECASE)
"""How «gửi» is said and often written in the south; without marks it would be «gọi»."""
_AROUND = " .!\"'“”«»\t\n"
_MARKED: dict[str, tuple[str, ...]] = {
    "sua": ("sửa",), "nghi": ("nghỉ",), "huy": ("hủy", "huỷ"), "giup": ("giúp",), "gui": ("gửi",),
    "nop": ("nộp",), "giu": ("giữ",), "tiep": ("tiếp",),
}  # fmt: skip
"""Words of one syllable as they are spelt in full."""

_NUMBERED = re.compile(
    r"^(?:sua(?: lai)?|edit|sai|quay lai|back)(?: cau| so| question)* ?(\d{1,3}) ?([a-z])?$"
)
_CHANGED = re.compile(
    r"^(?:sua(?: lai)?|edit)(?: cau)?(?: so)? ?(\d{1,3}) ?([a-z])? ?(?:thanh|la|ve|bang|=|:|->|to)(?: .*|$)"
)
"""«sửa câu 3 thành 15»: the question is opened, and asks for the new answer itself."""
_NAMED = re.compile(r"^(?:sua(?: lai)?|edit)((?: cau)?(?: so| thu)?) (\S.{0,40})$")
_NUMBER = re.compile(
    r"^(?:cau|so|question)? ?(\d{1,3}) ?([a-z])?(?: (?:bi )?(?:sai|nham|chua dung|khong dung))?$"
)
_IN_WORDS = re.compile(r"^(?:cau|so|thu)(?: so| thu)? (\S.{0,40})$")


def read_command(
    text: str, *, any_words: bool = False, only_commands: bool = False
) -> Ordered | None:
    """Return the command that these words are, or None. «không» is never one.

    A word after a slash that is no command is `Command.OTHER`.

    Args:
        text: as it was typed.
        any_words: the question takes any words; one that may be another word is no command.
        only_commands: no answer begins with «sửa»; what follows it is meant as a number.

    """
    trimmed = _SOUTHERN.sub("gửi", unicodedata.normalize("NFC", without_pictures(text)))
    trimmed = trimmed.strip(_AROUND)
    folded = fold(trimmed).strip(_AROUND)
    if folded and not folded.strip("?"):
        return Ordered(Command.HELP)  # «???» asks what is meant; it must not be kept as «không rõ»
    slash = folded.startswith("/")
    bare = folded.lstrip("/").replace("_", " ").strip() if slash else folded
    if bare not in _WORDS:
        trimmed, bare = " ".join(within(trimmed.split())), without_courtesy(bare)
    if numbered := _NUMBERED.match(bare) or _CHANGED.match(bare):
        return Ordered(Command.EDIT, int(numbered[1]) or NOWHERE, numbered[2] or "")
    if bare not in _WORDS and (named := _NAMED.match(bare)):
        number = _spoken(trimmed, named[2])
        if (number and (named[1] or not any_words)) or only_commands:
            a_place = named[1] or any(c.isdigit() for c in named[2])
            return Ordered(Command.EDIT, number or (NOWHERE if a_place else WHICH))
    found = _WORDS.get(bare)
    if found is Command.SEND and folded.endswith("?"):
        return None  # «gửi?» asks whether to send
    if found and any_words and not slash and not _is_plain(trimmed, bare):
        return None
    if found is None and slash:
        found = _SLASH_ONLY.get(bare, Command.OTHER)
    return Ordered(found) if found else None


def _is_plain(typed: str, bare: str) -> bool:
    """Say whether the word is spelt in full, or as the prompts write it: in capitals."""
    spellings = _MARKED.get(bare)
    if spellings is None or (typed.isascii() and typed.isupper()):
        return True
    return unicodedata.normalize("NFC", typed).casefold() in spellings


def read_question_number(text: str) -> Ordered | None:
    """Return the question whose number («3», «câu 8b», «câu hai») was typed under the summary."""
    folded = fold(without_pictures(text)).strip(" .!")
    if found := _NUMBER.match(folded):
        return Ordered(Command.EDIT, int(found[1]), found[2] or "")
    said = _IN_WORDS.match(folded)
    number = _spoken(text.strip(_AROUND), said[1]) if said else 0
    return Ordered(Command.EDIT, number) if number else None


def _spoken(typed: str, folded: str) -> int:
    """Return the number that the last words say, of which `folded` has lost the marks; else 0."""
    words = unicodedata.normalize("NFC", typed).casefold().split()[-len(folded.split()) :]
    number = spoken_number(words, counted=True)
    return number if isinstance(number, int) else 0
