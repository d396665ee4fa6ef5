"""The terminal player's words, and how a played conversation becomes a case."""

import io
import json
import sys
from pathlib import Path

import pytest

from bot.cli import main
from conversations.player import event_of, turn_of_words

FORM = Path(__file__).parents[1] / "cases" / "every-type.md"


@pytest.mark.parametrize(
    ("line", "turn"),
    [
        ("95 hộ", {"typed": "95 hộ"}),
        ("20\\n15", {"typed": "20\n15"}),
        (":photo my house.jpg", {"photo": "my_house.jpg"}),
        (":photo", {"photo": "photo"}),
        (":press 2", {"press": "#2"}),
        (":press tap", {"press": "tap"}),
        (":sticker", {"unsupported": "sticker"}),
        (":resume", {"resumed": True}),
        (":at 14.35, 107.6", {"located": [14.35, 107.6]}),
        (":at home", {"typed": "home"}),
    ],
)
def test_a_line_in_the_terminal_is_an_event(line, turn):
    assert turn_of_words(line) == turn
    assert event_of(turn, prompt=1)


def test_a_turn_without_an_event_is_refused():
    with pytest.raises(ValueError, match="no event"):
        event_of({"says": []}, prompt=1)


def test_play_writes_a_case_that_plays_again(tmp_path, monkeypatch, capsys):
    saved = tmp_path / "every-type.story.json"
    monkeypatch.setattr(sys, "stdin", io.StringIO("95\nNGHỈ\n:quit\n"))
    arguments = ["form", "play", str(FORM), "--save", str(saved)]
    assert main([*arguments, "--now", "2026-11-22T09:00:00"]) == 0
    case = json.loads(saved.read_text(encoding="utf-8"))
    assert case["phase"] == "paused"
    assert case["answers"] == {"/data/households": "95"}
    assert "Câu 1/10" in capsys.readouterr().out

    monkeypatch.setattr(sys, "stdin", io.StringIO("HỦY\nHỦY\n"))
    again = tmp_path / "every-type.again.json"
    assert main(["form", "play", str(FORM), "--from", str(saved), "--save", str(again)]) == 0
    continued = json.loads(again.read_text(encoding="utf-8"))
    assert continued["turns"][:2] == case["turns"]
    assert continued["phase"] == "cancelled"


def test_play_refuses_what_it_cannot_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    for name, content in (("a.json", "{"), ("b.json", "[]"), ("c.json", '{"turns": [{}]}')):
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert main(["form", "play", str(FORM), "--from", str(tmp_path / name)]) == 2
    assert main(["form", "play", str(FORM), "--from", str(tmp_path / "none.json")]) == 2
    assert main(["form", "play", str(FORM), "--now", "soon"]) == 2
    assert main(["form", "play", str(FORM), "--save", str(tmp_path / "no" / "x.json")]) == 2
    assert "Traceback" not in capsys.readouterr().err
