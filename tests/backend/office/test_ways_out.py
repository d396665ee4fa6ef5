"""Every address of the office: what of people and villages leaves by it, and what is noted then.

The list is the one in docs/law.md, walked. A new address is written into it first.
"""

from __future__ import annotations

import json

from backend.audit import verify
from backend.models import AuditEntry, Evidence, Person
from tests.backend.dossier.conftest import VILLAGE, Village, village
from tests.backend.office.house import photo_path
from tests.backend.office.test_dossier_pages import Desk, desk
from tests.clock import HandClock
from tests.rights.test_routes import addresses

__all__ = ["desk", "village"]

ID = r"{id}"
COUNTS = "counts of villages, and names of officers beside what they have decided"
OWN = "one's own"
NOBODY = "nothing of people or villages"
OUT: dict[str, tuple[str, tuple[str, ...]]] = {
    "GET /sessions": ("/sessions", ("sessions.seen sessions:others",)),
    "GET /photos/{address}": ("{photo_path}", ("photo.seen photo:{photo}",)),
    f"GET /submissions/{ID}": (
        "/submissions/{submission}",
        ("submission.seen submission:{submission}",),
    ),
    f"GET /submissions/{ID}.xml": (
        "/submissions/{submission}.xml",
        ("submission.exported submission:{submission}",),
    ),
    "GET /review": ("/review", ("submission.seen submission:{submission}",)),
    f"GET /review/{ID}": ("/review/{photo}", ("submission.seen submission:{submission}",)),
    "GET /progress.xlsx": (
        "/progress.xlsx?area=ia-dal&period=2026-Q4",
        ("progress.exported area:ia-dal",),
    ),
    "GET /dossiers/{token}.zip": ("{dossier}", (f"dossier.fetched area:{VILLAGE}",)),
    "GET /people": ("/people?area=ia-dal", ("people.seen area:ia-dal",)),
    "GET /accesses": ("/accesses?area=ia-dal", ("accesses.seen accesses:ia-dal",)),
    "GET /accesses.xlsx": (
        "/accesses.xlsx?area=ia-dal",
        ("accesses.exported accesses:ia-dal",),
    ),
}
"""Address to how it is asked and what is noted, before anything goes."""
NOTHING: dict[str, tuple[str, str]] = {
    "GET /": ("/", COUNTS),
    "GET /areas/{code}": ("/areas/ia-dal-thon-1", COUNTS),
    "GET /progress.png": ("/progress.png?area=ia-dal", COUNTS),
    "GET /stages": ("/stages?area=ia-dal", COUNTS),
    "GET /month": ("/month?area=ia-dal", COUNTS),
    "GET /goals": ("/goals", COUNTS),
    "GET /reports": ("/reports", COUNTS),
    "GET /settings": ("/settings", COUNTS),
    "GET /settings/change": ("/settings/change?key=threshold:thon-khao-sat/17.1", COUNTS),
    "GET /dossiers": (f"/dossiers?area={VILLAGE}", "what oneself has had built"),
    "GET /review/ids": ("/review/ids", "numbers of photos"),
    "GET /review/grid": ("/review/grid", "its photos are asked for one by one"),
    "GET /account": ("/account", OWN),
    "GET /login/{token}": ("/login/x", NOBODY),
    "GET /password": ("/password", NOBODY),
    "GET /static/{name}": ("/static/office.css", NOBODY),
    "GET /healthz": ("/healthz", NOBODY),
    "GET /readyz": ("/readyz", NOBODY),
    "GET /metrics": ("/metrics", NOBODY),
}
"""Address to how it is asked and why nothing is noted."""


async def noted() -> list[str]:
    rows = AuditEntry.all().order_by("number").values_list("action", "subject")
    return [" ".join(row) for row in await rows]


async def test_what_leaves_by_every_address_is_noted_and_nothing_else(
    desk: Desk, village: Village, clock: HandClock
) -> None:
    app = desk.house.app()
    gets = {name for name in addresses(app) if name.startswith("GET")}
    assert gets == {*OUT, *NOTHING}, "write the new address into the list, and into docs/law.md"
    photo = await Evidence.get().prefetch_related("submission")
    await desk.enter("commune")
    await desk.enter("admin")
    assert await desk.press(VILLAGE, "2026-Q4") == 303
    names = {
        "photo": photo.id,
        "photo_path": photo_path(photo.id),
        "submission": photo.submission.id,
        "dossier": await desk.link(),
    }
    for name, (path, expected) in OUT.items():
        before = await noted()
        status, body = await desk.get(path.format(**names))
        assert (status, bool(body)) == (200, True), name
        assert (await noted())[len(before) :] == [e.format(**names) for e in expected], name
        clock.advance(hours=1, minutes=1)
    for name, (path, _) in NOTHING.items():
        before = await noted()
        status, _ = await desk.get(path)
        assert status in {200, 303}, name
        assert await noted() == before, name
    assert (await verify()).broken == 0
    told = json.dumps([list(row) for row in await AuditEntry.all().values_list()], default=str)
    for person in await Person.all():
        assert person.name not in told
