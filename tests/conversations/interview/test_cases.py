"""Every pair of a form and a conversation in `cases/` plays as it is written.

A case is `FORM.STORY.json`; FORM.md stands beside it or among the questionnaires. Write one with
`thonmoi form play FORM.md --save FORM.STORY.json`; after changing a sentence on purpose, play it
again with `--from CASE.json --save CASE.json` and read the difference.
"""

import json
from functools import cache
from pathlib import Path

import pytest

import conversations
from conversations.forms.load import load
from conversations.forms.publish import publish
from conversations.interview.state import State
from conversations.interview.step import step
from conversations.player import Player, event_of
from locales import catalog

CASES = Path(__file__).parents[1] / "cases"
QUESTIONNAIRES = Path(conversations.__file__).parent / "questionnaires"


@cache
def form_named(name):
    path = CASES / f"{name}.md"
    if not path.exists():
        path = QUESTIONNAIRES / f"{name}.md"
    return load(publish(path.read_bytes(), path.name).xml)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.*.json")), ids=lambda p: p.stem)
def test_the_conversation_goes_as_written(path):
    case = json.loads(path.read_text(encoding="utf-8"))
    form = form_named(path.name.partition(".")[0])
    player = Player(form, catalog(case.get("lang", "vi")).say, case)
    assert player.begins == case["begins"]
    for number, turn in enumerate(case["turns"], 1):
        before = player.state
        said = player.play(turn)
        assert said == turn["says"], f"turn {number}: {turn}"
        again, _ = step(
            form, State.from_json(before.to_json()), event_of(turn, before.prompt), player.now
        )
        assert again == player.state, f"turn {number} plays differently from its stored state"
    assert player.case() == case


def test_there_are_cases():
    assert len(list(CASES.glob("*.*.json"))) >= 20
