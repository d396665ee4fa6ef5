"""`thonmoi form play`: answer any questionnaire in the terminal, and keep it as a test case."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from backend.clock import SystemClock
from bot.cli.form_file import read_form
from bot.cli.refusal import Refusal
from conversations.interview.transitions import FINAL
from conversations.player import WORDS_HELP, Player, turn_of_words
from conversations.text import Text
from locales import catalog

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("file", type=Path, help="XLSForm (.md .xlsx .xls .csv) or XForm (.xml)")
    parser.add_argument("--lang", default="vi", help="language of the conversation (vi, en)")
    parser.add_argument("--now", help="play as if it were this moment (ISO, office's zone)")
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="CASE.json",
        help="take the setting (presets, external, last_saved) of a case and play its turns first",
    )
    parser.add_argument(
        "--save", type=Path, metavar="CASE.json", help="write what was played as a test case"
    )


def run(args: argparse.Namespace) -> int:
    """Play until the questionnaire is over or the input ends; returns the exit code."""
    form = read_form(args.file)
    case = _read_case(args.source) if args.source else {}
    setting = {**case, "lang": case.get("lang") or args.lang}
    if args.now or not case.get("now"):
        setting["now"] = _moment(args.now).isoformat()
    player = Player(form, catalog(setting["lang"]).say, setting)
    print(f"{form.title} ({form.id} {form.version})   {WORDS_HELP}\n")
    _show(player.begins)
    for turn in case.get("turns", []):
        print(f"> {json.dumps({k: v for k, v in turn.items() if k != 'says'}, ensure_ascii=False)}")
        _show(_played(player, turn))
    _listen(player)
    if args.save:
        text = json.dumps(player.case(), ensure_ascii=False, indent=1)
        try:
            args.save.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise Refusal(Text("{file} cannot be written.", {"file": str(args.save)})) from error
        print(f"→ {args.save}")
    return 0


def _listen(player: Player) -> None:
    while player.state.phase not in FINAL:
        print("> ", end="", flush=True)
        line = sys.stdin.readline()
        if not line or line.strip() == ":quit":
            print()
            return
        if not sys.stdin.isatty():
            print(line.rstrip("\n"))
        _show(_played(player, turn_of_words(line.rstrip("\n"))))


def _played(player: Player, turn: dict[str, Any]) -> list[str]:
    try:
        return player.play(turn)
    except ValueError as error:
        told = {"turn": json.dumps(turn, ensure_ascii=False)[:80]}
        raise Refusal(Text("This turn of the case is not understood: {turn}", told)) from error


def _show(lines: list[str]) -> None:
    print("\n".join(f"  {line}" if line else "" for line in lines) + "\n")


def _read_case(path: Path) -> dict[str, Any]:
    try:
        case = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal(Text("{file} cannot be read.", {"file": str(path)})) from error
    except ValueError as error:
        told = {"file": str(path), "error": str(error)}
        raise Refusal(Text("{file}: not JSON ({error})", told)) from error
    if not isinstance(case, dict):
        raise Refusal(Text("{file}: not a case (a JSON object)", {"file": str(path)}))
    return case


def _moment(text: str | None) -> datetime:
    if not text:
        return SystemClock().now().astimezone(ZONE)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        told = {"name": "--now", "text": text[:40]}
        raise Refusal(Text("{name}: {text} is no time such as 2026-12-07T07:30.", told)) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
