"""The command line `thonmoi`.

Each command is a module of this package with `add_arguments(parser)` and `run(args) -> int`,
imported only when it is called. A wrong input raises `Refusal`: one sentence on stderr, exit 2.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext

from backend.audit import by_command
from backend.evidence.away import StoreAwayError
from backend.migrate import NewerDatabaseError
from backend.settings import SettingsError, read_settings
from backend.unreachable import why_unreachable
from bot.cli.refusal import Refusal
from locales import LANGUAGES, Catalog, catalog

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("bot.cli.run", "start everything in one process"),
    "web": ("bot.cli.web", "start the web process (pages, web chat, webhooks)"),
    "worker": ("bot.cli.worker", "start the worker process (sending, polling, schedule)"),
    "migrate": ("bot.cli.migrate", "bring the database's tables up to date"),
    "plan": ("bot.cli.plan", "check, load, list and show plan packs"),
    "form": ("bot.cli.form", "check, publish, play and evaluate questionnaires"),
    "area": ("bot.cli.area", "apply reforms of the tree; import villages and people"),
    "invite": ("bot.cli.invite", "invite a person to a role in an area"),
    "role": ("bot.cli.role", "list who has which role; take a role away"),
    "progress": ("bot.cli.progress", "show what /tiendo is made of"),
    "due": ("bot.cli.due", "show what would be sent at a moment, without sending"),
    "sent": ("bot.cli.sent", "show what was sent to whom, when, and how it ended"),
    "doctor": ("bot.cli.doctor", "check the installation and say what to do; sends nothing"),
    "audit": ("bot.cli.audit", "verify and list the log of who saw, decided and changed what"),
    "backup": ("bot.cli.backup", "write everything into one file, of either database"),
    "restore": ("bot.cli.restore", "put a backup into an empty installation, of either database"),
    "dossier": ("bot.cli.dossier", "build the evidence dossier of a village or a commune"),
    "export": ("bot.cli.export", "hand out submissions as CSV, workbook or standard XML"),
    "person": ("bot.cli.person", "hand out or erase what is kept of a person"),
    "retention": ("bot.cli.retention", "delete what has been kept long enough; --dry-run counts"),
    "zalo-oa": ("bot.cli.zalo_oa", "give a Zalo Official Account's permission; see its tokens"),
    "session": ("bot.cli.session", "list who is signed in to the office's pages; end sessions"),
    "password": ("bot.cli.password", "give an admin a password and a second factor; take it away"),
    "setting": (
        "bot.cli.setting",
        "set thresholds, deadlines, reminding and days off; show the log",
    ),
}

SERVING = frozenset({"run", "web", "worker"})
"""Commands that are the program itself at work; the others are somebody's hand."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (2 for a refused input, never a traceback)."""
    if argv is None:  # a process of its own
        os.umask(0o077)  # answers, photos and numbers are for nobody else on this machine
        for stream in (sys.stdout, sys.stderr):  # Vietnamese, also where the machine's locale is C
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:  # also while modules are being read
        return 130


def _run(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="thonmoi", description="Thôn Mới")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if argv[:1] == [name]:
            importlib.import_module(module).add_arguments(command)
    args = parser.parse_args(argv)
    at_work = nullcontext() if args.command in SERVING else by_command()
    try:
        with at_work:
            code = int(importlib.import_module(COMMANDS[args.command][0]).run(args))
        sys.stdout.flush()  # here, where a closed pipe is no traceback
    except (Refusal, SettingsError, StoreAwayError, NewerDatabaseError) as refusal:
        # A command takes what the database refuses for missing tables; the cause knows better.
        cause = refusal.__cause__ if isinstance(refusal, Refusal) else None
        return _refused(_no_database(cause) or refusal.said)
    except BrokenPipeError:  # «| head» has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        told = _no_database(error)
        if told is None:
            raise
        return _refused(told)
    return code


def _refused(said: Callable[[Catalog], str]) -> int:
    """Print the sentence in the office's language; return 2."""
    lang = os.environ.get("OFFICE_LANG")
    words = catalog(lang if lang in LANGUAGES else "vi")
    print(f"thonmoi: {said(words)}", file=sys.stderr)
    return 2


def _no_database(error: BaseException | None) -> Callable[[Catalog], str] | None:
    """Return what says why the database cannot be used; None when that is not the trouble."""
    if error is None:
        return None
    try:
        url = read_settings(os.environ).database_url
    except SettingsError:
        return None
    told = why_unreachable(error, url)
    return None if told is None else lambda words: words.say(told)
