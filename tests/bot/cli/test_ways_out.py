"""Every command: what of people and villages leaves by it or is changed, and what is noted then.

The list is the one in docs/law.md, walked. A new command is written into it first.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path

import pytest

from backend.audit import verify
from backend.models import AuditEntry, Inbox, Person
from backend.sessions import Way, begin
from bot.cli import COMMANDS, SERVING, main
from tests.backend.test_forms import SOURCE
from tests.bot.cli.test_office_files import built, look, office
from tests.clock import HandClock

__all__ = ["built", "office"]

NOTED: dict[str, tuple[str, ...]] = {
    "export --area ia-dal -o {out}/a.csv": ("export.made area:ia-dal",),
    "dossier --area ia-dal-thon-1 -o {out}/b.zip": ("dossier.built area:ia-dal-thon-1",),
    "backup -o {out}/c.zip": ("backup.made backup",),
    "audit list": ("accesses.exported accesses",),
    "audit report -o {out}/d.xlsx": ("accesses.exported accesses",),
    "role list": ("people.listed people",),
    "sent --since 2020-01-01 --answers": ("people.listed people",),
    "session list": ("people.listed people",),
    "session end --id {admin}": ("session.ended person:{admin}",),
    "setting set deadline:quarterly 13 --source CV7": ("setting.set setting:1",),
    "setting end deadline:quarterly --source CV7": ("setting.ended setting:2",),
    "invite --role village_head --area ia-dal-thon-1": ("invite.made invite:1",),
    "role end --id {commune} --reason hưu": ("role.ended person:{commune}",),
    "area import {out}/list.csv --apply": ("area.import area_change:1",),
    "area reform reform-2025": ("area.reform area_change:2",),
    "plan load ia-hdrai-2022": ("plan.loaded plan:ia-hdrai-2022",),
    "form publish {out}/f.md": ("form.published form:thu",),
    "retention": ("retention.removed retention",),
    "person export --id {head} -o {out}/e.zip": ("person.exported person:{head}",),
    "person erase --id {head} --yes": (
        "consent.withdrawn person:{head}",
        "role.ended person:{head}",
        "person.erased person:{head}",
    ),
}
"""A command as it is given, in this order, to the rows that it leaves."""
OTHERS: dict[str, str] = {
    "restore": "backup.restored: tests/bot/cli/test_office_files.py",
    "password set": "password.set: tests/bot/cli/test_session_password.py",
    "password end": "password.ended: tests/bot/cli/test_session_password.py",
    "zalo-oa": "tokens of the office's own account",
    **dict.fromkeys(("plan check", "plan list", "plan show", "plan new"), "the office's plan"),
    **dict.fromkeys(("form check", "form eval", "form play"), "questionnaires without answers"),
    **dict.fromkeys(("setting list", "setting log"), "who has set what"),
    **dict.fromkeys(("progress", "due", "area template"), "counts and names of villages"),
    **dict.fromkeys(("migrate", "doctor", "audit verify"), "nothing of people or villages"),
    **dict.fromkeys(SERVING, "the program itself"),
}
"""The others, and why they leave none, or where it is shown."""


def leaves() -> set[str]:
    """Return every command, with its action where it has several."""
    found = set()
    for name, (module, _) in COMMANDS.items():
        parser = argparse.ArgumentParser()
        importlib.import_module(module).add_arguments(parser)
        actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if name == "zalo-oa" or not actions:
            found.add(name)
        else:
            found |= {f"{name} {action}" for action in actions[0].choices}
    return found


def named(line: str) -> str:
    one, two = [*line.split(), ""][:2]
    return one if one in leaves() else f"{one} {two}"


def test_what_leaves_or_changes_by_every_command_is_noted_with_the_account(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leaves() == {named(line) for line in NOTED} | {*OTHERS}, (
        "write the new command into the list, and into docs/law.md"
    )
    (office / "f.md").write_text(SOURCE.replace("VERSION", "1"), encoding="utf-8")
    (office / "list.csv").write_text(
        "Xã,Tên thôn,Họ và tên trưởng thôn,Số hộ\n"
        + "".join(f"Ia Đal,Thôn Mới {n},Người {n},10\n" for n in range(30)),
        encoding="utf-8",
    )
    people = {p.name: p.id for p in look(office, Person.all)}
    names = {
        "out": office,
        "admin": people["Minh admin"],
        "head": people["A Nhà"],
        "commune": people["Minh commune"],
    }
    clock = HandClock()
    look(office, lambda: begin(people["Minh admin"], Way.LINK, "Firefox", clock.now()))
    monkeypatch.setattr("bot.cli.session.SystemClock", lambda: clock)
    monkeypatch.setenv("KEEP_MESSAGE_DAYS", "30")
    look(office, lambda: Inbox.all().update(received_at="2020-01-01", done_at="2020-01-02"))

    async def rows() -> list[AuditEntry]:
        return await AuditEntry.all().order_by("number")

    before = len(look(office, rows))
    for line, expected in NOTED.items():
        assert main([word.format(**names) for word in line.split()]) == 0, (
            line,
            capsys.readouterr().err,
        )
        new = look(office, rows)[before:]
        before += len(new)
        told = [f"{e.action} {e.subject}" for e in new]
        assert told == [e.format(**names) for e in expected], line
        for entry in new:
            details = json.loads(entry.details)
            assert (details["via"], details["uid"]) == ("command", os.getuid()), line
    assert look(office, verify).broken == 0
    kept = json.dumps([[e.subject, e.details] for e in look(office, rows)], ensure_ascii=False)
    for person in [*people, *(p.name for p in look(office, Person.all))]:
        assert not person or person not in kept, "the log names nobody"
