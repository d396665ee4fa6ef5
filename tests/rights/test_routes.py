"""Every address of the office, asked by everybody about everything: found exactly where the table says."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable

from aiohttp import web

from backend.consent import give, withdraw
from backend.dossier.jobs import Job, Jobs, State
from backend.models import AdHocReport, AnswerReview, Evidence, Review, RoleGrant, StageMove
from backend.office.photo_address import PhotoAddresses
from backend.people import revoke
from tests.backend.office.house import House, photo_path
from tests.rights.routes import ABOUT, OPEN, OWN, WHOSE, state
from tests.rights.table import RULES, codes
from tests.rights.visitor import Visitor
from tests.rights.world import World

Browser = Callable[[], Visitor]


def addresses(app: web.Application) -> set[str]:
    """Return every method and address of the application, without patterns."""
    found = set()
    for route in app.router.routes():
        assert route.resource is not None
        path = re.sub(r"\{(\w+):[^{}]*(?:\{[^{}]*\})?[^{}]*\}", r"{\1}", route.resource.canonical)
        if route.method != "HEAD":
            found.add(f"{route.method} {path}")
    return found


def every(world: World, code: str) -> list[tuple[str, str, dict[str, str] | None]]:
    """Return each address that wants a session, as one asks it about an area."""
    asked = [
        (name, about.path(world, code), about.form(world, code) if about.form else None)
        for name, about in ABOUT.items()
    ]
    for name, whose in WHOSE.items():
        path = whose.path or name.split()[1]
        asked.append((name, path, whose.form(world) if whose.form else None))
    return [*asked, *((name, path, None) for name, path in OWN.items())]


async def ask(browser: Visitor, name: str, path: str, form: dict[str, str] | None) -> int:
    post = name.startswith("POST")
    answer = await (browser.post(path, form) if post else browser.get(path))
    if answer.status == 303 and answer.headers["Location"] == "/":
        return 401  # as who is not signed in, or no longer
    return answer.status


async def test_every_address_is_in_the_matrix(app: web.Application) -> None:
    """A new page is written into tests/rights/routes.py: what it is about, and for whom."""
    assert addresses(app) == {*ABOUT, *WHOSE, *OWN, *OPEN}


async def test_about_every_area_by_every_role(
    world: World, visitor: Browser, database_kind: str
) -> None:
    wrong = []
    for (role, place), me in world.people.items():
        if role == "village_head" or (place != "ia-dal" and (role, place) != ("admin", "cu")):
            continue  # the functions are asked about every place: this is about the pages
        browser = visitor()
        assert await browser.enter(me) == 303
        for name, about in ABOUT.items():
            before = await state()
            for code in codes(place, database_kind):
                allowed = RULES[about.rule].allows(role, place, code) and about.about(code)
                form = about.form(world, code) if about.form else None
                status = await ask(browser, name, about.path(world, code), form)
                right = (
                    status in about.allowed if allowed else status in about.refused or about.silent
                )
                did = form is not None and await state() != before
                if not right or did is not (allowed and about.writes and form is not None):
                    wrong.append((role, place, name, code, status, did))
                if did:
                    await restore()
                    before = await state()
            if await state() != before:
                wrong.append((role, place, name, "", 0, True))
    assert wrong == []


async def test_a_dossier_is_for_whoever_asked_for_it_while_they_may_have_it(
    world: World, visitor: Browser, house: House, database_kind: str
) -> None:
    jobs = Jobs(house.settings.data_dir / "dossiers", house.clock)
    now = house.clock.now().isoformat()
    rule, wrong = RULES["export the dossier"], []
    for (role, place), me in world.people.items():
        if role == "village_head" or (place != "ia-dal" and (role, place) != ("admin", "cu")):
            continue
        browser = visitor()
        await browser.enter(me)
        for code in codes(place, database_kind):
            for whose in (me, world.people["admin", "ia-hdrai"]):
                token = secrets.token_urlsafe(24)
                jobs._write(Job(token, whose, code, "2026-Q4", State.READY, now, now, name="x"))
                (house.settings.data_dir / "dossiers" / f"{token}.zip").write_bytes(b"PK")
                status = (await browser.get(f"/dossiers/{token}.zip")).status
                allowed = whose == me and rule.allows(role, place, code)
                other = token[:-1] + ("A" if token[-1] != "A" else "B")
                changed = (await browser.get(f"/dossiers/{other}.zip")).status
                if (status, changed) != (200 if allowed else 404, 404):
                    wrong.append((role, place, code, whose == me, status, changed))
    assert wrong == []


async def restore() -> None:
    await AdHocReport.all().update(cancelled_at=None, cancelled_by_id=None)
    await StageMove.all().delete()
    await Review.all().delete()
    await AnswerReview.all().delete()
    await RoleGrant.exclude(revoked_reason="").update(revoked_at=None, revoked_reason="")
    await Evidence.all().update(review="waiting", review_number=0)


async def test_about_no_area_by_every_role(world: World, visitor: Browser) -> None:
    wrong = []
    for (role, place), me in world.people.items():
        if role == "village_head":
            continue
        browser = visitor()
        await browser.enter(me)
        for name, whose in WHOSE.items():
            allowed = role in whose.roles and place in whose.places
            form = whose.form(world) if whose.form else None
            status = await ask(browser, name, whose.path or name.split()[1], form)
            # 409, 422: the page is theirs, what was typed does not do
            if (status in {200, 303, 409, 422}) is not allowed:
                wrong.append((role, place, name, status))
    assert wrong == []


async def test_who_is_not_signed_in_finds_nothing(world: World, visitor: Browser) -> None:
    browser = visitor()
    before = await state()
    for code in ("ia-dal", "ia-dal-thon-3"):
        for name, path, form in every(world, code):
            if name == "GET /":
                continue
            assert await ask(browser, name, path, form) == 401, name
    assert await state() == before
    assert "Thôn 3" not in await (await browser.get("/")).text()


async def test_a_village_head_has_no_way_in(world: World, visitor: Browser) -> None:
    browser = visitor()
    assert await browser.enter(world.people["village_head", "ia-dal-thon-3"]) == 403
    for name, path, form in every(world, "ia-dal-thon-3"):
        if name != "GET /":
            assert await ask(browser, name, path, form) == 401, name


async def test_a_role_taken_back_and_a_consent_withdrawn_end_everything_at_once(
    world: World, visitor: Browser
) -> None:
    now = world.clock.now()
    gone, withdrawn = world.people["admin", "ia-dal"], world.people["admin", "ia-hdrai"]
    await give(withdrawn, "telegram", now)
    for me, ending in ((gone, revoke), (withdrawn, withdraw)):
        browser = visitor()
        assert await browser.enter(me) == 303
        assert (await browser.get("/areas/ia-dal")).status == 200
        await ending(me, now)
        before = await state()
        for name, path, form in every(world, "ia-dal"):
            if name != "GET /":
                assert await ask(browser, name, path, form) == 401, name
        assert await state() == before
        assert await browser.enter(me) == 403, "nor by a new link"


async def test_changed_numbers_and_what_was_never_there_look_the_same(
    world: World, visitor: Browser
) -> None:
    browser = visitor()
    await browser.enter(world.people["commune_officer", "ia-dal"])
    theirs = world.photos["ia-toi"]
    for forbidden_path, missing_path in (
        (f"/submissions/{world.submissions['ia-toi']}", "/submissions/987654321"),
        (photo_path(theirs), photo_path(987654321)),
        (f"/review/{theirs}", "/review/987654321"),
        ("/areas/ia-toi", "/areas/987654321"),
    ):
        forbidden = await browser.get(forbidden_path)
        missing = await browser.get(missing_path)
        assert (forbidden.status, missing.status) == (404, 404)
        assert await forbidden.text() == await missing.text()
        assert forbidden.headers["Content-Length"] == missing.headers["Content-Length"]


async def test_nobody_guesses_or_makes_up_the_address_of_a_photo(
    world: World, visitor: Browser
) -> None:
    browser = visitor()
    await browser.enter(world.people["commune_officer", "ia-dal"])
    mine, next_one = (world.photos[c] for c in ("ia-dal-thon-3", "ia-toi"))
    right = photo_path(mine)
    assert (await browser.get(right)).status == 200
    assert (await browser.get(right)).status == 200, "it stays what it was"
    missing = await (await browser.get(photo_path(987654321))).text()
    other = PhotoAddresses("another installation").path(mine)
    swapped = (
        "/photos/"
        + base64.urlsafe_b64encode(
            base64.urlsafe_b64decode(right[8:])[:16]
            + base64.urlsafe_b64decode(photo_path(next_one)[8:])[16:]
        ).decode()
    )
    changed = [f"{right[:n]}{'A' if right[n] != 'A' else 'B'}{right[n + 1 :]}" for n in (8, 20, 39)]
    numbers = [
        f"/photos/{n}" for n in (mine, next_one, 0, "00001", "9" * 18, "9" * 19, "-1", "1e3")
    ]
    odd = [
        "/photos/%31%00",
        "/photos/%C4%91",
        "/photos/1.xml/../2",
        f"{right}=",
        f"{right}AAAA",
        right[:-4],
    ]
    for wrong in (other, swapped, *changed, *numbers, *odd):
        answer = await browser.get(wrong)
        assert answer.status == 404, wrong
        if "../" not in wrong:
            assert await answer.text() == missing, "old and made-up ones look like none"
    assert len({photo_path(n)[8:20] for n in range(1, 200)}) == 199, "one tells nothing of the next"
