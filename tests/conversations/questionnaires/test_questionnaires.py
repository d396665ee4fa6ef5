"""Every check that the four questionnaires make, by its numbers.

A hard check refuses, a soft check asks to confirm; both name the numbers that clash.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import conversations
from backend.plans.questions import shipped_questions
from conversations.forms.compiled import CompiledForm
from conversations.forms.load import load
from conversations.forms.model import ASKED, Context, QuestionType
from conversations.forms.publish import publish

FOLDER = Path(conversations.__file__).parent / "questionnaires"
FORMS = ("nha-o", "nha-tieu", "nuoc", "rac-thai")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
PRESET = {"village": "v1", "period": "2026-Q4", "period_from": "2026-10-01"}
MOST_QUESTIONS = 10
LONGEST_LABEL = 120


@cache
def form(form_id: str) -> CompiledForm:
    return load(publish((FOLDER / f"{form_id}.md").read_bytes(), f"{form_id}.md").xml)


def path(form_id: str, name: str) -> str:
    return next(q.path for q in form(form_id).questions if q.name == name)


def seen(form_id: str, answers: dict[str, object], last=(), book="100", **columns):
    """See a form with these answers by name; `last` are last period's."""
    values = {path(form_id, k): str(v) for k, v in {**PRESET, **answers}.items()}
    row = {"code": "v1", "name": "Thôn 3", "households": book, **columns}
    context = Context(
        NOW,
        external={"village": [row]},
        last_saved={path(form_id, k): str(v) for k, v in dict(last).items()},
    )
    return form(form_id).evaluate(values, context)


HARD = [
    # form, what was answered before, question, allowed, refused, words of the refusal
    ("nha-o", {}, "households", 100, -1, "(-1)"),
    ("nha-o", {"households": 20}, "solid", 20, 21, "(21) phải từ 0 đến 20"),
    ("nha-o", {"households": 20}, "temp", 20, 25, "(25) phải từ 0 đến 20"),
    ("nha-o", {"households": 20, "solid": 12}, "temp", 8, 9, "trừ 12 hộ có nhà chắc chắn"),
    ("nha-o", {"temp": 5}, "temp_poor", 5, 6, "(6) phải từ 0 đến 5"),
    ("nha-o", {"temp": 5}, "in_progress", 5, 6, "(6) phải từ 0 đến 5"),
    ("nha-o", {}, "removed_ytd", 0, -2, "(-2)"),
    ("nha-tieu", {"households": 20}, "toilet", 20, 21, "(21) phải từ 0 đến 20"),
    ("nha-tieu", {"households": 20, "toilet": 15}, "no_toilet", 5, 6, "(6) phải từ 0 đến 5"),
    ("nha-tieu", {"households": 20}, "bath", 20, 21, "(21)"),
    ("nha-tieu", {"households": 20}, "tank", 20, 21, "(21)"),
    ("nha-tieu", {"households": 20}, "clean3", 20, 21, "(21)"),
    (
        "nha-tieu",
        {"households": 20, "toilet": 15, "bath": 16, "tank": 17, "clean3": 18},
        "all4",
        15,
        16,
        "(16) phải từ 6 đến 15",
    ),
    (
        "nha-tieu",
        {"households": 20, "toilet": 15, "bath": 16, "tank": 17, "clean3": 18},
        "all4",
        6,
        5,
        "(5) phải từ 6 đến 15",
    ),
    ("nha-tieu", {"households": 20}, "livestock", 20, 21, "(21)"),
    ("nha-tieu", {"livestock": 8}, "pen_ok", 8, 9, "(9) phải từ 0 đến 8"),
    ("nuoc", {"households": 20}, "hyg", 20, 21, "(21)"),
    ("nuoc", {"households": 20, "hyg": 10}, "piped", 11, 21, "(21)"),
    ("nuoc", {"hyg": 10}, "clean", 10, 11, "(11) phải từ 0 đến 10"),
    ("nuoc", {"households": 20}, "persons", 20, 19, "(19) ít hơn số hộ (20)"),
    ("nuoc", {"persons": 80}, "persons_hyg", 80, 81, "(81) phải từ 0 đến 80"),
    ("nuoc", {"households": 20}, "short", 20, 21, "(21)"),
    ("rac-thai", {"households": 20}, "collected", 20, 21, "(21)"),
    ("rac-thai", {"households": 20, "collected": 15}, "self_treated", 5, 6, "(6) phải từ 0 đến 5"),
    ("rac-thai", {"self_treated": 5}, "mini_inc", 5, 6, "(6) phải từ 0 đến 5"),
    (
        "rac-thai",
        {"households": 20, "collected": 10, "self_treated": 5},
        "untreated",
        5,
        6,
        "trừ 10 hộ có thu gom và 5 hộ tự xử lý",
    ),
    ("rac-thai", {"households": 20}, "sorted", 20, 21, "(21)"),
    ("rac-thai", {}, "dump_sites", 0, -1, "(-1)"),
    ("rac-thai", {}, "cleanups", 0, -1, "(-1)"),
    ("rac-thai", {"cleanups": 1}, "last_cleanup", "2026-11-22", "2026-11-23", "23/11/2026"),
    ("rac-thai", {"cleanups": 1}, "last_cleanup", "2026-10-01", "2026-09-30", "từ 01/10/2026"),
]


@pytest.mark.parametrize("case", HARD, ids=lambda case: f"{case[0]}-{case[2]}")
def test_a_hard_check_refuses_with_the_numbers_that_clash(case):
    form_id, before, name, good, bad, words = case
    here = path(form_id, name)
    view = seen(form_id, before)
    assert view.constraint_ok(here, str(good))
    assert not view.constraint_ok(here, str(bad))
    assert words in view.constraint_message(here, str(bad))


SOFT = [
    # form, what was answered, last period's, question, believed, doubted, words of the doubt
    ("nha-o", {}, {}, "households", 110, 111, "Sổ của xã ghi: 100 hộ"),
    ("nha-o", {}, {"households": 75}, "households", 97, 98, "Kỳ trước: 75 hộ"),
    ("nha-o", {}, {"solid": 10}, "solid", 13, 14, "Kỳ trước là 10 hộ, nay là 14 hộ"),
    ("nha-o", {"households": 20, "solid": 12}, {}, "temp", 8, 5, "còn 3 hộ"),
    ("nha-o", {}, {"temp": 10}, "temp", 7, 6, "Kỳ trước là 10 hộ nhà tạm, nay là 6 hộ"),
    ("nha-o", {}, {"removed_ytd": 4, "period": "2026-Q3"}, "removed_ytd", 4, 3, "4 nhà, nay là 3"),
    (
        "nha-o",
        {"temp": 6},
        {"temp": 10, "removed_ytd": 1, "period": "2026-Q3"},
        "removed_ytd",
        5,
        1,
        "Kỳ trước còn 10 nhà tạm, nay còn 6 nhà",
    ),
    ("nha-tieu", {}, {"toilet": 10}, "toilet", 13, 14, "nay là 14 hộ"),
    ("nuoc", {"hyg": 10}, {}, "piped", 10, 11, "Có thể công trình nước đang hỏng"),
    (
        "nuoc",
        {"households": 100, "hyg": 90, "persons": 400},
        {},
        "persons_hyg",
        320,
        319,
        "90 trong 100 hộ, và 319 trong 400 người",
    ),
    (
        "rac-thai",
        {"households": 20, "collected": 10, "self_treated": 5},
        {},
        "untreated",
        5,
        3,
        "còn 2 hộ chưa rõ để rác ở đâu",
    ),
]


@pytest.mark.parametrize("case", SOFT, ids=lambda case: f"{case[0]}-{case[3]}")
def test_a_soft_check_asks_to_confirm_with_the_numbers(case):
    form_id, now, last, name, good, odd, words = case
    here = path(form_id, name)
    view = seen(form_id, now, last)
    assert view.soft_ok(here, str(good))
    assert not view.soft_ok(here, str(odd))
    assert view.constraint_ok(here, str(odd))
    assert words in view.soft_message(here, str(odd))


def test_removed_houses_may_begin_anew_in_a_new_year():
    view = seen("nha-o", {}, {"removed_ytd": 4, "period": "2025-Q4"})
    assert view.soft_ok("/data/removed_ytd", "1")


@pytest.mark.parametrize("form_id", FORMS)
def test_an_unknown_whole_refuses_no_part(form_id):
    view = seen(form_id, {}, book="")
    for question in form(form_id).questions:
        if question.type is QuestionType.INTEGER:
            assert question.unknown_ok
            assert view.constraint_ok(question.path, "7"), question.name
            assert view.soft_ok(question.path, "7"), question.name


@pytest.mark.parametrize("form_id", FORMS)
def test_the_first_question_offers_the_book_s_number_or_last_period_s(form_id):
    assert seen(form_id, {}).default("/data/households") == "100"
    assert seen(form_id, {}, {"households": 97}, book="").default("/data/households") == "97"
    assert seen(form_id, {}, book="").default("/data/households") == ""
    assert "chưa có số" in seen(form_id, {}, book="").hint("/data/households")


def test_what_cannot_be_is_not_asked():
    none = seen("nha-o", {"temp": 0, "removed_ytd": 0})
    for name in ("temp_poor", "in_progress", "photo_housing"):
        assert not none.relevant(path("nha-o", name))
    assert seen("nha-o", {"temp": 0, "removed_ytd": 1}).relevant("/data/photo_housing")
    assert not seen("rac-thai", {"cleanups": 0}).relevant("/data/cleaning/last_cleanup")
    assert not seen("nuoc", {"clean": 0}).relevant("/data/photo_test")
    assert seen("nha-tieu", {}).relevant("/data/pens/livestock")
    assert not seen("nha-tieu", {}, ask_pens="no").relevant("/data/pens/livestock")


@pytest.mark.parametrize("form_id", FORMS)
def test_a_photo_names_its_purpose_and_may_come_late(form_id):
    photos = [q for q in form(form_id).questions if q.type is QuestionType.IMAGE]
    assert photos
    for photo in photos:
        assert photo.purpose
        assert photo.late_ok
        assert 1 <= photo.max_photos <= 3


@pytest.mark.parametrize("form_id", FORMS)
def test_the_questions_are_few_short_and_ask_one_thing(form_id):
    view = seen(form_id, {}, unit_word="làng")
    asked = [q for q in form(form_id).questions if q.type in ASKED]
    assert 7 <= len(asked) <= MOST_QUESTIONS
    for question in asked:
        label = view.label(question.path)
        assert len(label) <= LONGEST_LABEL
        assert label.count("?") <= 1
        assert not re.search(r"\bthôn\b", label), "the plan names the unit"


@pytest.mark.parametrize("form_id", FORMS)
def test_plans_see_the_same_questions_as_the_form(form_id):
    asked = {q.name for q in form(form_id).questions if q.type in ASKED}
    assert asked <= set(shipped_questions()[form_id])
