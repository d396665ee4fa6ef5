"""The vocabulary of answers: what people type, folded (no marks, lower case; see `fold`).

These are words to recognise, never sentences to show. English stands beside Vietnamese because
the English catalogue names English words.
"""

# ruff: noqa: SIM905  (word lists read best as one line of words)
from __future__ import annotations

import re
from typing import Final

ESTIMATE: Final = frozenset(
    "khoang do tam chung uoc gan hon tren ngot xap phong ang ~ ≈ about around almost".split()
)
"""First words of «khoảng 50», «độ 50», «tầm 50», «gần 50», «hơn 50»."""

ESTIMATE_MORE: Final = frozenset("xi lai duoi tinh".split())
"""Words that may follow one of ESTIMATE: «ước chừng», «xấp xỉ», «trên dưới»."""

ESTIMATE_AFTER: Final = ("gi do", "or so")
"""«50 gì đó»."""

ESTIMATE_MARKED: Final = "cỡ"
"""«cỡ 50» estimates, «có 50» does not; without marks it is taken for the second."""

ABOUT_MARKED: Final = "tầm"
EIGHT_OR_ABOUT: Final = "tam"
"""«tám» (eight) and «tầm» (about), both written without marks."""

FILLERS: Final = frozenset("co da vang thua la tong cong tat ca duoc het bang chi moi dung".split())
"""Words before a number that say nothing about it: «dạ 95», «tổng cộng 95», «có 95»."""

FILLERS_AFTER: Final = frozenset("a nhe nhe. thoi roi em bac nhi day dan gia dinh . !".split())
"""Words after a number that say nothing about it: «95 ạ», «95 hộ dân», «95 thôi»."""

UNITS: Final = frozenset("ho nguoi cai lan nha diem households people".split())
"""Unit words taken after any number; a question may name one more."""

UNKNOWN: Final = re.compile(
    r"^/?(?:da |vang )?(?:(?:khong|ko|k|kg|hong|chua|toi khong|toi chua)"
    r" (?:ro|biet|nho|nam|nam duoc|nam ro|biet ro|ro lam|chac)"
    r"|kr|\?+|unknown|not known|not sure|(?:i )?(?:don't|do not|dont) know)(?: a| nua| nhe)?[.!]?$"
)

NONE: Final = re.compile(
    r"^(?:da |vang )?(?:(?:khong|ko|k|kg|hong)(?: co| con)?|chua co|chua con|het|no|none|zero)"
    r"(?: (?:ho|nguoi|nha|cai|lan|diem|ai|gi|dau))?(?: nao)?(?: het| ca| dau)?(?: a)?[.!]?$"
)
"""«không», «ko», «không có», «không có hộ nào», «chưa có ai»: 0 for a count."""

NO: Final = frozenset("khong ko k kg hong no sai".split()) | {
    "khong dung", "chua dung", "khong phai", "chua", "sai roi", "khong a", "ko dung", "k dung",
}  # fmt: skip
"""A bare no; beside an offered value it may mean «0» or «not right», so it is asked again."""

YES: Final = frozenset("dung co vang da u uh uhm ok oke okay phai chuan y yes yep right".split()) | {
    "dung roi", "dung vay", "dung a", "van dung", "co a", "vang a", "da dung", "da vang", "vang dung",
    "phai roi", "nhu cu", "van vay", "khong doi", "da co",
}  # fmt: skip
