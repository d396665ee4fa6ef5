"""Whoever has the machine gives an admin a password, sees who is signed in, and ends it."""

from __future__ import annotations

import io
import json
import re

import pytest

from backend.clock import SystemClock
from backend.database import close_database, open_database
from backend.models import Area
from backend.office import password as passwords
from backend.people import Grant, Role, add_person, grant
from backend.sessions import Way, begin
from bot.cli import main
from tests.postgres import run_apart


@pytest.fixture
def office(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path) -> dict[str, int]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(passwords, "LOG2_N", 4)
    found: dict[str, int] = {}

    async def make() -> None:
        await open_database(database_url)
        now = SystemClock().now()
        area = await Area.create(code="x", level="district", name="X", folded="x")
        for nick, role in (("admin", Role.ADMIN), ("officer", Role.DISTRICT_OFFICER)):
            person = await add_person(nick, now)
            await grant(person.id, Grant(role, area.id), now)
            found[nick] = person.id
        await begin(found["admin"], Way.LINK, "Firefox", now)
        await close_database()

    run_apart(make)
    return found


def test_a_password_is_set_and_taken_away(
    office: dict[str, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(*argv: str, said: str = "") -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        return main(list(argv))

    admin, officer = str(office["admin"]), str(office["officer"])
    assert call("session", "list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(s["person"], s["browser"], s["way"]) for s in listed] == [
        (office["admin"], "Firefox", "link")
    ]
    good = "a long pass phrase\n"
    assert call("password", "set", "--id", officer, "--login", "officer.x", said=good) == 2
    assert call("password", "set", "--id", admin, "--login", "hanh", said="short\n") == 2
    capsys.readouterr()
    assert call("password", "set", "--id", admin, "--login", "hanh", said=good) == 0
    told = capsys.readouterr().out
    assert "otpauth://totp/" in told
    assert len(re.findall(r"^  [A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}$", told, re.MULTILINE)) == 10
    assert "long pass" not in told
    assert call("session", "list") == 0
    assert "Chưa có ai đăng nhập" in capsys.readouterr().out, "a new password signs everybody out"
    assert call("password", "end", "--id", admin) == 0
    assert call("password", "end", "--id", admin) == 2
    assert call("session", "end", "--id", "99999") == 2
