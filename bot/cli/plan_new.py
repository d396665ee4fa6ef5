"""`thonmoi plan new`: a folder with a commented plan for an office to fill in."""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path
from string import Template

from backend.clock import SystemClock
from backend.plans.check import LEVELS
from backend.plans.load import PACKS, PackRefusedError, load_pack, pack_ids
from backend.settings import read_settings
from bot.cli.refusal import Refusal
from bot.cli.speaking import speaker
from conversations.text import N_, Param, Text, fold
from locales import catalog

SKELETON = PACKS / "skeleton"
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LEVEL_OF = {"tinh": "province", "huyen": "district", "xa": "commune", "phuong": "commune"}
"""What the first word of a unit's name says of its level."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("id", metavar="ID", help="letters, digits, dots and dashes")
    parser.add_argument("--name", required=True, help="the plan's name as people read it")
    parser.add_argument("--root", required=True, metavar="NAME", help='its area, e.g. "Xã Ia Tơi"')
    parser.add_argument(
        "--root-code", metavar="CODE", help="the area's code; default: from its name"
    )
    parser.add_argument(
        "--level", choices=LEVELS[:-1], help="the area's level, if its name hides it"
    )
    parser.add_argument("--year", type=int, help="default: this year")
    parser.add_argument("--into", metavar="DIR", type=Path, help="the new folder; default: ID")
    parser.set_defaults(act=run)


def run(args: argparse.Namespace) -> int:
    """Write the folder and check it; Refusal for a name that cannot be or a folder that is there."""
    settings = read_settings(os.environ)
    say = catalog(settings.lang).say
    if not CODE.fullmatch(args.id) or args.id in pack_ids():
        reason = Text(
            "{name} cannot be a new plan's id: it is taken, or has other signs than letters, digits, dots and dashes.",
            {"name": args.id},
        )
        raise Refusal(say(reason))
    words = fold(args.root).split()
    level = args.level or LEVEL_OF.get(words[0] if words else "")
    if level is None:
        raise Refusal(
            say(
                Text(
                    "Is {name} a province, a district or a commune? Say it with --level.",
                    {"name": args.root},
                )
            )
        )
    named = words[1:] if len(words) > 1 and words[0] in LEVEL_OF else words
    code = args.root_code or re.sub(r"[^a-z0-9]+", "-", " ".join(named)).strip("-")
    if not CODE.fullmatch(code):
        raise Refusal(
            say(Text("{name} cannot be a code. Choose one with --root-code.", {"name": code}))
        )
    folder: Path = args.into or Path(args.id)
    values = {
        "id": json.dumps(args.id),
        "name": json.dumps(args.name, ensure_ascii=False),
        "year": str(args.year or SystemClock().now().astimezone(settings.zone).year),
        "root": json.dumps(code),
        "root_name": json.dumps(args.root, ensure_ascii=False),
        "level": level,
    }
    _write(folder, values)
    try:
        load_pack(folder)
    except PackRefusedError as refused:
        raise Refusal(say(refused.errors[0].reason)) from refused
    params: dict[str, Param] = {"folder": str(folder)}
    print(
        say(
            Text(
                "The plan is in {folder}. Fill in what is marked there, then: thonmoi plan check {folder}",
                params,
            )
        )
    )
    print(say(Text("To use it: thonmoi plan load {folder}, and set PLAN={folder}", params)))
    return 0


def _write(folder: Path, values: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        sentence = N_("{file} is there already. Please choose another name.")
        raise Refusal(speaker().get(sentence, file=str(folder))) from error
    except OSError as error:
        raise Refusal(f"{folder}: {error.strerror}") from error
    for part in sorted(SKELETON.glob("*.yaml.txt")):
        text = Template(part.read_text(encoding="utf-8")).safe_substitute(values)
        (folder / part.name.removesuffix(".txt")).write_text(text, encoding="utf-8")
