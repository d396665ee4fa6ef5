"""`thonmoi form`: check, publish, play and evaluate questionnaires."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.forms import VersionTakenError, publish_form
from backend.settings import Settings, read_settings
from bot.cli import play
from bot.cli.form_file import read_bytes, read_form, read_published
from bot.cli.refusal import Refusal
from bot.cli.speaking import speaker
from conversations.forms.compiled import CompiledForm
from conversations.forms.model import Context, QuestionType
from conversations.forms.publish import Problem, Published, PublishError, publish
from conversations.forms.submission import submission_xml
from conversations.forms.wording import language_code
from conversations.text import Text

QUESTIONNAIRES = Path(__file__).parents[2] / "conversations" / "questionnaires"
NO_INSTANCE_ID = "uuid:00000000-0000-0000-0000-000000000000"
"""form eval writes the same XML for the same answers."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="say everything that is wrong with a questionnaire")
    check.add_argument("file", type=Path)
    check.add_argument("--json", action="store_true", help="print the result as JSON")
    check.set_defaults(act=_check)
    publishing = actions.add_parser("publish", help="convert and store a questionnaire")
    publishing.add_argument("file", type=Path, nargs="*")
    publishing.add_argument("--all", action="store_true", help="publish the four that come along")
    publishing.add_argument("--json", action="store_true", help="print the result as JSON")
    publishing.set_defaults(act=_publish)
    evaluating = actions.add_parser(
        "eval", help="answers as JSON on stdin, the form's view on stdout"
    )
    evaluating.add_argument("file", type=Path, help="XLSForm (.md .xlsx .xls .csv) or XForm (.xml)")
    evaluating.set_defaults(act=_eval)
    playing = actions.add_parser("play", help="answer a questionnaire in the terminal")
    play.add_arguments(playing)
    playing.set_defaults(act=play.run)


def run(args: argparse.Namespace) -> int:
    """Carry out one of the actions; returns the exit code."""
    return int(args.act(args))


def _check(args: argparse.Namespace) -> int:
    if args.json:
        return _check_json(args.file)
    if args.file.suffix.lower() == ".xml":
        form = read_form(args.file)
        print(f"{args.file.name}: {form.id} {form.version}")
        return 0
    published = read_published(args.file)
    for warning in published.warnings:
        print(f"{args.file.name}: {speaker().say(warning.text())}", file=sys.stderr)
    good = Text("{title} ({id}, version {version}) is in order.", _facts(published))
    print(speaker().say(good))
    return 0


def _check_json(path: Path) -> int:
    try:
        published = publish(read_bytes(path), path.name)
    except PublishError as error:
        problems = _said(error.problems)
        print(json.dumps({"ok": False, "problems": problems}, ensure_ascii=False))
        return 2
    result = {
        "ok": True,
        **_facts(published),
        "problems": [],
        "warnings": _said(published.warnings),
    }
    print(json.dumps(result, ensure_ascii=False))
    return 0


def _said(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    say = speaker().say
    return [
        {"sheet": p.sheet, "row": p.row, "column": p.column, "reason": say(p.reason)}
        for p in problems
    ]


def _facts(published: Published) -> dict[str, str]:
    return {
        "id": published.form_id,
        "version": published.version,
        "title": published.title,
    }


def _publish(args: argparse.Namespace) -> int:
    files = [*args.file, *(sorted(QUESTIONNAIRES.rglob("*.md")) if args.all else ())]
    if not files:
        raise Refusal(speaker().say(Text("Name a file, or --all.")))
    published = [read_published(path) for path in files]
    stored = asyncio.run(_store(published, read_settings(os.environ)))
    if args.json:
        print(json.dumps({"forms": stored}, ensure_ascii=False))
        return 0
    for facts in stored:
        if facts["new"]:
            line = Text("{title} ({id}, version {version}) is published.", facts)
        else:
            line = Text("{title} ({id}, version {version}) was published before.", facts)
        print(speaker().say(line))
    return 0


async def _store(published: list[Published], settings: Settings) -> list[dict[str, Any]]:
    await open_database(settings.database_url)
    try:
        stored: list[dict[str, Any]] = []
        for form in published:
            row, new = await publish_form(form, SystemClock())
            stored.append({**_facts(form), "form_version_id": row.id, "new": new})
    except VersionTakenError as error:
        reason = Text(
            "{id} version {version} is already published with other content: give it a new version.",
            {"id": error.form_id, "version": error.version},
        )
        raise Refusal(speaker().say(reason)) from error
    finally:
        await close_database()
    return stored


def _eval(args: argparse.Namespace) -> int:
    form = read_form(args.file)
    request = _request(sys.stdin.read())
    print(json.dumps(evaluate(form, request), ensure_ascii=False))
    return 0


def _request(text: str) -> dict[str, Any]:
    try:
        request = json.loads(text)
    except ValueError as error:
        raise Refusal(
            Text("{file}: not JSON ({error})", {"file": "stdin", "error": str(error)})
        ) from error
    if not isinstance(request, dict) or not isinstance(request.get("answers", {}), dict):
        shape = '{"now", "lang", "answers": {path: value}}'
        raise Refusal(Text("stdin: expected {shape}", {"shape": shape}))
    return request


def evaluate(form: CompiledForm, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `form eval` prints (design.md 8).

    `answers` are XForm strings by path, "" is a blank; a question that is not named keeps its
    default as it is when a new submission is opened. `now` is ISO with an offset, or taken to be in Viet Nam.
    Further keys: `external` (pulldata tables by name, each a list of rows) and `last_saved`
    (values by path).

    Raises:
        Refusal: `now` is no time, or an answer names a question that is not there.

    """
    context = Context(
        now=_now(request.get("now")),
        lang=language_code(str(request.get("lang") or "")) or next(iter(form.languages), ""),
        external=request.get("external") or {},
        last_saved=request.get("last_saved") or {},
    )
    given = {str(path): _answer(value) for path, value in request.get("answers", {}).items()}
    known = {question.path for question in form.questions}
    for path in given:
        if path not in known:
            raise Refusal(Text("answers: the form has no question {path}", {"path": path[:80]}))
    answers = form.first_load(context) | given
    evaluation = form.evaluate(answers, context)
    nodes: dict[str, Any] = {}
    for question in form.questions:
        path = question.path
        value = evaluation.value(path)
        relevant, required = evaluation.relevant(path), evaluation.required(path)
        fits = evaluation.constraint_ok(path, value)
        missing = required and relevant and value == "" and question.type is not QuestionType.NOTE
        message = ""
        if not fits:
            message = evaluation.constraint_message(path, value)
        elif missing:
            message = evaluation.required_message(path)
        nodes[path] = {
            "relevant": relevant,
            "required": required,
            "value": value,
            "valid": not relevant or (fits and not missing),
            "message": message if relevant else "",
            "label": evaluation.label(path),
        }
    xml = submission_xml(form, answers, context, instance_id=NO_INSTANCE_ID)
    return {"nodes": nodes, "submission_xml": xml}


def _answer(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return str(value)


def _now(text: Any) -> datetime:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    if not text:
        return SystemClock().now().astimezone(zone)
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        told = {"name": "now", "text": str(text)[:40]}
        raise Refusal(Text("{name}: {text} is no time such as 2026-12-07T07:30.", told)) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
