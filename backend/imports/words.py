"""Words of an office's list, folded (see `conversations.text.fold`): to recognise, never to show."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from conversations.text import fold


class Column(StrEnum):
    """What a column of the list holds."""

    CODE = "code"
    VILLAGE = "village"
    COMMUNE = "commune"
    PERSON = "person"
    PHONE = "phone"
    HOUSEHOLDS = "households"


HEADINGS: Final[dict[str, Column]] = {
    "ma": Column.CODE, "ma thon": Column.CODE, "code": Column.CODE,
    "thon": Column.VILLAGE, "ten thon": Column.VILLAGE, "lang": Column.VILLAGE, "buon": Column.VILLAGE,
    "bon": Column.VILLAGE, "ban": Column.VILLAGE, "thon/lang": Column.VILLAGE, "village": Column.VILLAGE,
    "thon, buon": Column.VILLAGE, "thon buon": Column.VILLAGE, "thon, bon, ban": Column.VILLAGE,
    "xa": Column.COMMUNE, "ten xa": Column.COMMUNE, "thuoc xa": Column.COMMUNE, "commune": Column.COMMUNE,
    "xa/phuong": Column.COMMUNE, "xa, phuong": Column.COMMUNE, "xa, thi tran": Column.COMMUNE,
    "nguoi phu trach": Column.PERSON, "ho ten": Column.PERSON, "ho va ten": Column.PERSON,
    "truong thon": Column.PERSON, "ten truong thon": Column.PERSON, "ho ten truong thon": Column.PERSON,
    "ho va ten truong thon": Column.PERSON, "person": Column.PERSON, "person in charge": Column.PERSON,
    "so dien thoai": Column.PHONE, "dien thoai": Column.PHONE, "sdt": Column.PHONE, "so dt": Column.PHONE,
    "dien thoai di dong": Column.PHONE, "phone": Column.PHONE, "telephone": Column.PHONE,
    "so ho": Column.HOUSEHOLDS, "tong so ho": Column.HOUSEHOLDS, "so ho dan": Column.HOUSEHOLDS,
    "ho": Column.HOUSEHOLDS, "households": Column.HOUSEHOLDS,
}  # fmt: skip
"""Headings as offices write them, without what stands in brackets."""

_LEVEL: Final = re.compile(
    r"(xa|phuong|thi tran|tt|thon|lang|buon|bon|ban|to dan pho|khu|ap) (?=\S)"
)
"""Words that may stand before a name or not: «Xã Ia Tơi» and «Ia Tơi» are one."""

_FORMER: Final = re.compile(r"(.*?) ?\((.+)\)")
_BRACKETS = re.compile(r"\([^)]*\)")


def column_of(heading: str) -> Column | None:
    """Return what a column with this heading holds, None when the list does not need it."""
    bare = _BRACKETS.sub(" ", fold(heading)).replace("_", " ")
    return HEADINGS.get(" ".join(bare.strip(" .:*").split()))


def bare(name: str) -> str:
    """Return a name for comparing: folded, without the level word before it."""
    return _LEVEL.sub("", key(name), count=1) if has_level(name) else key(name)


def has_level(name: str) -> bool:
    """Say whether a name begins with a level word."""
    return _LEVEL.match(key(name)) is not None


def key(name: str) -> str:
    """Return a name folded; a former commune in brackets behind it loses its level word."""
    folded = fold(name)
    if found := _FORMER.fullmatch(folded):
        former = _LEVEL.sub("", found[2], count=1) if _LEVEL.match(found[2]) else found[2]
        return f"{found[1]} ({former})"
    return folded
