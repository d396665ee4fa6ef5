"""States, buttons, corrections: what the office keeps between two messages."""

import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from conversations.forms.load import load
from conversations.forms.publish import publish
from conversations.interview.effects import Ask, PhotoKept, PhotosDropped, Submitted
from conversations.interview.events import Photographed, Pressed, Resumed, Typed
from conversations.interview.state import State
from conversations.interview.step import begin, reopen, step
from conversations.interview.transitions import FINAL, TABLE, Phase, Signal, move

NOW = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
ANSWERS = ["95", "87,5", "2", "2", "1, 3", "20, 15, 3", "hôm qua", "14.35, 107.60"]


@cache
def form():
    path = Path(__file__).parents[1] / "cases" / "every-type.md"
    return load(publish(path.read_bytes(), path.name).xml)


def play(events, state=None, now=NOW):
    effects = ()
    if state is None:
        state, effects = begin(form(), lang="vi", now=now, instance_id="uuid:1")
    for event in events:
        given = Typed(event) if isinstance(event, str) else event
        state, effects = step(form(), state, given, now)
    return state, effects


def sent():
    return play([*ANSWERS, Photographed("a"), "XONG", "BỎ QUA", "GỬI"])


def test_a_submission_has_everything_and_standard_xml():
    state, effects = sent()
    submitted = next(e for e in effects if isinstance(e, Submitted))
    assert submitted.answers["/data/households"].value == "95"
    assert submitted.answers["/data/households"].typed == "95"
    assert submitted.answers["/data/share"].value.startswith("0.21")
    assert "/data/word" not in submitted.answers
    assert "instanceID>uuid:1<" in submitted.xml
    assert "deprecatedID" not in submitted.xml
    assert state.phase is Phase.SUBMITTED


def test_a_correction_is_a_new_instance_that_names_the_old_one():
    state, effects = reopen(form(), sent()[0], now=NOW, instance_id="uuid:2")
    assert PhotoKept("/data/photo", "a") in effects
    state, effects = play(["1", "96", "GỬI"], state)
    submitted = next(e for e in effects if isinstance(e, Submitted))
    assert submitted.answers["/data/households"].value == "96"
    assert "instanceID>uuid:2<" in submitted.xml
    assert "deprecatedID>uuid:1<" in submitted.xml


def test_one_question_is_asked_again_and_nothing_else():
    done = sent()[0]
    state, effects = reopen(form(), done, now=NOW, instance_id="uuid:2", ask="/data/households")
    assert (state.phase, state.asking) == (Phase.ASKING, ("/data/households",))
    assert effects[-1].path == "/data/households"
    state, _ = play(["96"], state)
    assert state.phase is Phase.REVIEWING
    assert state.answers["/data/households"].value == "96"
    state, _ = reopen(form(), done, now=NOW, instance_id="uuid:2", ask="/data/nothing")
    assert state.phase is Phase.REVIEWING, "a question that is not there: the summary"


def test_a_second_send_does_nothing():
    state, _ = sent()
    again, effects = step(form(), state, Typed("GỬI"), NOW)
    assert again == state
    assert not any(isinstance(e, Submitted | Ask) for e in effects)


def test_a_button_pressed_twice_counts_once():
    state, effects = play(["95", "87,5"])
    ask = effects[-1]
    state, _ = step(form(), state, Pressed(ask.prompt, "tap"), NOW)
    again, effects = step(form(), state, Pressed(ask.prompt, "tap"), NOW)
    assert again.answers == state.answers
    assert again.asking == state.asking
    assert isinstance(effects[-1], Ask)


def test_photos_started_again_are_dropped_by_name():
    _, effects = play([*ANSWERS, Photographed("a"), "LÀM LẠI"])
    assert PhotosDropped("/data/photo", ("a",)) in effects


def test_a_state_of_a_later_program_is_refused():
    raw = json.loads(sent()[0].to_json())
    raw["v"] = 99
    with pytest.raises(ValueError, match="99"):
        State.from_json(json.dumps(raw))


def test_a_day_that_passed_reopens_what_no_longer_holds():
    """The summary was shown yesterday; a date that must not be in the future stays fine, and
    coming back shows the summary again."""
    state, _ = play([*ANSWERS, Photographed("a"), "XONG", "BỎ QUA", "NGHỈ"])
    state, effects = play([Resumed()], state, NOW + timedelta(days=40))
    assert state.phase is Phase.REVIEWING
    state, effects = play(["GỬI"], state, NOW - timedelta(days=5))
    assert state.phase is Phase.ASKING
    assert effects[-1].path == "/data/cleaned"


def test_hidden_values_and_presets():
    state, _ = begin(
        form(),
        lang="vi",
        now=NOW,
        instance_id="uuid:1",
        presets={"/data/village": "v1", "/data/rate": "50", "/data/nowhere": "x"},
    )
    assert state.fixed == {"/data/village": "v1"}
    state, _ = play(["95", "GIỮ"], state)
    assert state.answers["/data/rate"].value == "50"


def test_every_phase_can_be_left_but_the_final_ones():
    assert {Phase.SUBMITTED, Phase.CANCELLED} == FINAL
    for phase, moves in TABLE.items():
        for signal in Signal:
            if signal in moves:
                assert move(phase, signal, Phase.REVIEWING)
            else:
                with pytest.raises(KeyError):
                    move(phase, signal, Phase.REVIEWING)
    assert move(Phase.REVIEWING, Signal.PAUSE, Phase.ASKING) == (Phase.PAUSED, Phase.REVIEWING)
    assert move(Phase.PAUSED, Signal.RESUME, Phase.REVIEWING)[0] is Phase.REVIEWING
