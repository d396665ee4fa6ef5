"""`thonmoi role`: whoever has the machine sees who has which role, and takes one away."""

from __future__ import annotations

import json

import pytest

from backend.database import close_database, open_database
from backend.people import Grant, Role, grant
from bot.cli import main
from tests.backend.office_people import make_areas, make_people
from tests.clock import HandClock
from tests.postgres import run_apart

REASON = "Chuyển công tác"


@pytest.fixture
def people(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path, clock: HandClock
) -> dict[str, int]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    found: dict[str, int] = {}

    async def make() -> None:
        await open_database(database_url)
        areas = await make_areas()
        found.update(await make_people(areas, clock.now()))
        await grant(found["district"], Grant(Role.COMMUNE_OFFICER, areas["dal"]), clock.now())
        await close_database()

    run_apart(make)
    return found


def test_listed_and_taken_away(people: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    def call(*argv: str) -> tuple[int, str]:
        code = main(["role", *argv])
        said = capsys.readouterr()
        return code, said.out + said.err

    code, said = call("list", "--area", "dal", "--json")
    assert code == 0
    assert [(r["person"], r["role"], r["area"]) for r in json.loads(said)] == [
        (people["commune"], "commune_officer", "dal"),
        (people["district"], "commune_officer", "dal"),
        (people["head"], "village_head", "dal-3"),
    ]
    code, said = call("list", "--person", "nguoi district")
    assert (code, said.count(f"#{people['district']} Người district")) == (0, 2)
    assert call("list", "--area", "nowhere")[0] == 2
    assert call("list", "--person", "Người lạ")[0] == 2

    ending = ["end", "--reason", REASON]
    code, said = call(*ending, "--phone", "0901 000 005")
    assert code == 2
    assert "--role commune_officer --area dal" in said, "which of the two is asked"
    code, said = call(*ending, "--phone", "0901 000 005", "--role", "commune_officer")
    assert (code, "Xã Ia Đal" in said) == (0, True)
    code, said = call(*ending, "--person", "Người head", "--json")
    assert (code, json.loads(said)["reason"]) == (0, REASON)
    code, said = call(*ending, "--id", str(people["admin"]))
    assert (code, "người quản trị cuối cùng" in said) == (2, True)
    assert call(*ending, "--id", str(people["head"]))[0] == 2, "it has ended already"
    assert call("end", "--id", str(people["commune"]), "--reason", " ")[0] == 2
    code, said = call("list", "--ended", "--role", "village_head")
    assert code == 0
    assert REASON in said
    code, said = call("list", "--role", "department_officer", "--area", "toi")
    assert (code, said) == (0, "Chưa có ai giữ việc này.\n")
