"""Command words: with or without marks, in any case, with or without a leading slash.

Where any words may be an answer (a text question), a word that lost its marks could be another
one: «Huy» and «Nghị» are names. There it counts with its exact marks or in capitals only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from conversations.answers.courtesy import within, without_courtesy
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
    letter: str = ""


_WORDS: dict[str, Command] = {
    "sua": Command.EDIT, "sua lai": Command.EDIT, "edit": Command.EDIT, "suacau": Command.EDIT,
    "quay lai": Command.BACK, "quaylai": Command.BACK, "tro lai": Command.BACK, "back": Command.BACK,
    "nghi": Command.PAUSE, "tam nghi": Command.PAUSE, "tam dung": Command.PAUSE, "dung lai": Command.PAUSE,
    "pause": Command.PAUSE,
    "huy": Command.CANCEL, "huy bo": Command.CANCEL, "cancel": Command.CANCEL,
    "tro giup": Command.HELP, "trogiup": Command.HELP, "giup": Command.HELP, "huong dan": Command.HELP,
    "help": Command.HELP,
    "gui": Command.SEND, "gui di": Command.SEND, "nop": Command.SEND, "submit": Command.SEND,
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
_AROUND = " .!\"'“”«»\t\n"
_MARKED: dict[str, tuple[str, ...]] = {
    "sua": ("sửa",), "nghi": ("nghỉ",), "huy": ("hủy", "huỷ"), "giup": ("giúp",), "gui": ("gửi",),
    "nop": ("nộp",), "giu": ("giữ",), "tiep": ("tiếp",),
}  # fmt: skip
"""Words of one syllable as they are spelt in full."""

_NUMBERED = re.compile(
    r"^(?:sua(?: lai)?|edit|sai|quay lai|back)(?: cau| so| question)* ?(\d{1,3}) ?([a-z])?$"
)
_NUMBER = re.compile(r"^(?:cau|so|question)? ?(\d{1,3}) ?([a-z])?$")


def read_command(text: str, *, any_words: bool = False) -> Ordered | None:
    """Return the command that these words are, or None. «không» is never one.

    A word after a slash that is no command is `Command.OTHER`. `any_words` says that the question
    takes any words, so that a word which may be another one is no command.
    """
    trimmed = text.strip(_AROUND)
    folded = fold(trimmed).strip(_AROUND)
    if folded and not folded.strip("?"):
        return Ordered(Command.HELP)  # «???» asks what is meant; it must not be kept as «không rõ»
    slash = folded.startswith("/")
    bare = folded.lstrip("/").replace("_", " ").strip() if slash else folded
    if bare not in _WORDS:
        trimmed, bare = " ".join(within(trimmed.split())), without_courtesy(bare)
    if numbered := _NUMBERED.match(bare):
        return Ordered(Command.EDIT, int(numbered[1]), numbered[2] or "")
    found = _WORDS.get(bare)
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
    """Return the question whose number («3», «câu 8b») was typed under the closing summary."""
    found = _NUMBER.match(fold(text).strip(" .!"))
    return Ordered(Command.EDIT, int(found[1]), found[2] or "") if found else None
