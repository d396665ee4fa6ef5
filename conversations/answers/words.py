"""The vocabulary of answers: what people type, folded (no marks, lower case; see `fold`).

These are words to recognise, never sentences to show. English stands beside Vietnamese because
the English catalogue names English words.
"""

# ruff: noqa: SIM905  (word lists read best as one line of words)
from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from conversations.text import fold

ESTIMATE: Final = frozenset(
    "khoảng độ tầm chừng ước gần hơn trên ngót xấp phỏng áng ~ ≈ about around almost".split()
)
"""First words of «khoảng 50», «độ 50», «tầm 50», «gần 50», «hơn 50»; with marks or without any."""

ESTIMATE_MORE: Final = frozenset("xi lai duoi tinh chung".split())
"""Words that may follow one of ESTIMATE: «ước chừng», «xấp xỉ», «trên dưới»."""

ESTIMATE_AFTER: Final = ("gi do", "or so")
"""«50 gì đó»."""

ESTIMATE_MARKED: Final = "cỡ"
"""«cỡ 50» estimates, «có 50» does not; without marks it is taken for the second."""

ABOUT_MARKED: Final = "tầm"
EIGHT_OR_ABOUT: Final = "tam"
"""«tám» (eight) and «tầm» (about), both written without marks."""

FILLERS: Final = frozenset(
    "co da vang thua la tong cong tat ca duoc het bang chi moi dung hien nay con".split()
)
"""Words before a number that say nothing about it: «dạ 95», «tổng cộng 95», «có 95»."""

FILLERS_AFTER: Final = frozenset(
    "a ah nhe nghe thoi roi em bac anh chi co chu nhi day do ca het . ! , ;".split()
)
"""Words after a number that say nothing about it: «95 ạ», «95 hộ dân», «95 thôi»."""

_SAME: Final = (
    frozenset("ho nha households household houses house".split()) | {"gia dinh"},
    frozenset("nguoi khau dan people persons person".split()) | {"nhan khau"},
    frozenset("lan times time".split()),
    frozenset("cai chiec".split()),
    frozenset("diem cho places place".split()),
)
UNITS: Final = frozenset[str]().union(*_SAME)
"""Unit words taken after a number whose question names none."""


@lru_cache(maxsize=256)  # a form asks for few units, and for each of them again and again
def same_units(*names: str) -> frozenset[str]:
    """Return the words (folded) that count the same as these: a house is a household to a head."""
    units = {fold(name) for name in names}
    return frozenset(units).union(*(group for group in _SAME if not units.isdisjoint(group)))


def is_one_of(word: str, spelt: frozenset[str]) -> bool:
    """Say whether a word (lower case) is one of these, spelt in full or without any marks."""
    return word in spelt or (word.isascii() and word in _folded(spelt))


@lru_cache(maxsize=64)
def _folded(spelt: frozenset[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in spelt)


UNKNOWN: Final = re.compile(
    r"^/?(?:da |vang )?(?:(?:khong|ko|k|kg|hong|chua|toi khong|toi chua)"
    r" (?:ro|biet|nho|nam|nam duoc|nam ro|biet ro|ro lam|chac)"
    r"|kr|\?+|unknown|not known|not sure|(?:i )?(?:don't|do not|dont) know)(?: a| nua| nhe)?[.!]?$"
)

COURTESY_OR_HOUSE: Final = "nha"
"""«nha» ends a friendly sentence; right after a number it may be «nhà»."""

NONE_SPELT: Final = frozenset(
    "không hông hổng chưa có còn hộ người nhà cái lần điểm chỗ gì đâu nào hết cả ạ dạ vâng dân nghèo nhé".split()
)
"""The words of NONE with their marks: «hồng» is no «hông»."""

_OF: Final = r"(?:ho|nguoi|nha|cai|lan|diem|cho|con|ai|gi|dau)(?: dan| ngheo)?"
NONE: Final = re.compile(
    rf"^(?:da |vang )?(?:(?:(?:khong|ko|k|kg|hong)(?: co| con)?|chua co|chua con|no|none|zero)"
    rf"(?: {_OF})?(?: nao)?|chua {_OF} nao)(?: het| ca| dau)?(?: a| nhe)?[.!]*$"
)
"""«không», «ko», «không có», «không có hộ nào», «chưa hộ nào», «chưa có ai»: 0 for a count."""

ALL: Final = re.compile(
    r"^(?:da |vang )?(?:het|tat ca|toan bo|deu|ca (?:thon|lang|xom|buon|ban|to))"
    r"(?: (?:roi|ca|sach|tat|cac|ho|nguoi|nha|dan))*(?: a| nhe)?[.!]*$"
)
"""«hết», «tất cả», «hết rồi»: all of them to one question, nothing left to another."""

TYING: Final = frozenset(
    "tren trong tong khoang tam chung co con voi den toi hay hoac tu thi".split()
)
"""Words by which one number says something of another: «400 trên tổng số 410»."""

PHONE: Final = re.compile(r"^(?:\+?84|0)[35789]\d{8}$")
"""A mobile number of Vietnam, also with its country's code."""

ENOUGH: Final = re.compile(
    r"^(?:(?:du|the|vay|nhieu|bay nhieu|co the|co vay)(?: (?:roi|thoi|day|la du))*"
    r"|(?:co |chi )?(?:\d|mot|hai|ba) (?:anh|hinh|tam)(?: (?:thoi|roi|la du))+)$"
)
"""«đủ rồi», «thế thôi», «1 ảnh thôi»: no more photos come."""

NOT_YET: Final = re.compile(
    r"^(?:(?:chua|khong|ko)(?: co)?(?: chup)?(?: duoc)?(?: anh| hinh)?(?: nao)?"
    r"|(?:de |hen )?(?:mai|ngay mai|chieu|lat|lat nua|sau|hom sau|tuan sau)"
    r"(?: (?:toi|em))?(?: (?:chup|gui|bo sung))?(?: sau)?|(?:chup|bo sung) sau)$"
)
"""«chưa chụp», «mai gửi», «để sau»: the photo comes later."""

ANOTHER_PHOTO: Final = re.compile(
    r"^(?:(?:nham|sai) (?:anh|hinh)(?: roi)?|(?:xoa|bo|thay|doi)(?: (?:anh|hinh))(?: (?:nay|do|cu))?)$"
)
"""«nhầm ảnh», «xóa ảnh»: those that are here are not meant."""

NO: Final = frozenset("khong ko k kg hong no sai".split()) | {
    "khong dung", "chua dung", "khong phai", "chua", "sai roi", "khong a", "ko dung", "k dung",
}  # fmt: skip
"""A bare no; beside an offered value it may mean «0» or «not right», so it is asked again."""

WRONG: Final = NO | {
    "nham",
    "nham roi",
    "co sai",
    "bi sai",
    "chua dung het",
    "sai mot cau",
    "wrong",
}
"""Under the summary: something in it is not right, and which is not said yet."""

YES: Final = frozenset("dung co vang da u uh uhm ok oke okay phai chuan y yes yep right".split()) | {
    "dung roi", "dung vay", "dung a", "van dung", "co a", "vang a", "da dung", "da vang", "vang dung",
    "phai roi", "dung het", "dung het roi", "dung ca", "dung ca roi", "nhu cu", "van vay", "khong doi", "da co",
}  # fmt: skip
