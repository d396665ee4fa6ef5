"""Signing in and out, forms from elsewhere, and sessions that somebody ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from backend.models import AuditEntry, OfficeSession, Person, WebLink
from backend.office.guard import ELSEWHERE, LOGIN, SAFE
from backend.office.headers import SECURITY_HEADERS
from backend.office.session import COOKIE, DOOR, Sessions, office_link
from backend.people import Grant, Role, grant, revoke
from backend.sessions import COARSE, IDLE, LONGEST, MOST_AT_ONCE, TOKEN, family
from backend.settings import read_settings
from tests.backend.office.house import House
from tests.rights.routes import ABOUT, OPEN, OWN, WHOSE, state
from tests.rights.visitor import Visitor
from tests.rights.world import World

Browser = Callable[[], Visitor]
POSTS = sorted(n for n in {*ABOUT, *WHOSE, *OWN} if n.startswith("POST"))


def path_of(world: World, name: str) -> tuple[str, dict[str, str]]:
    if name in ABOUT:
        about = ABOUT[name]
        return about.path(world, "ia-dal"), about.form(world, "ia-dal") if about.form else {}
    form = WHOSE[name].form if name in WHOSE else None
    return OWN.get(name, name.split()[1]), form(world) if form else {}


async def test_the_cookie_is_random_kept_as_a_hash_and_new_at_every_sign_in(
    world: World, visitor: Browser, house: House
) -> None:
    me, browser = world.people["admin", "ia-dal"], visitor()
    # what somebody else has put there before is never taken over
    browser.client.session.cookie_jar.update_cookies({COOKIE: "A" * 43})
    link = await office_link(me, house.clock.now())
    answer = await browser.client.post(f"/login/{link}", allow_redirects=False)
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
    assert TOKEN.fullmatch(cookie.value)
    assert cookie.value != "A" * 43
    row = await OfficeSession.get()
    assert cookie.value not in row.token_sha256
    again = await office_link(me, house.clock.now())
    answer = await browser.client.post(f"/login/{again}", allow_redirects=False)
    assert answer.cookies[COOKIE].value != cookie.value
    await row.refresh_from_db()
    assert row.revoked_why == "new_sign_in"
    old = {"Cookie": f"{COOKIE}={cookie.value}"}
    assert "Cán bộ" in await (await visitor().client.get("/", headers=old)).text()


def test_with_https_the_cookie_can_be_set_by_this_host_alone() -> None:
    sessions = Sessions("only for tests, nowhere else", https=True)
    assert (sessions.cookie, sessions.door) == (f"__Host-{COOKIE}", f"__Host-{DOOR}")
    response = web.Response()
    sessions._set(response, sessions.cookie, "x", LONGEST)
    cookie = response.cookies[sessions.cookie]
    assert cookie["secure"]
    assert (cookie["path"], cookie["domain"]) == ("/", "")


async def test_a_copied_cookie_is_dead_after_signing_out(world: World, visitor: Browser) -> None:
    browser, thief = visitor(), visitor()
    await browser.enter(world.people["district_officer", "ia-hdrai"])
    stolen = {"Cookie": browser.cookies()}
    assert (await thief.client.get("/areas/ia-dal", headers=stolen)).status == 200
    assert (await browser.post("/logout")).status == 303
    answer = await thief.client.get("/areas/ia-dal", headers=stolen, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_a_session_ends_when_idle_and_after_half_a_day_however_busy(
    world: World, visitor: Browser, house: House
) -> None:
    me = world.people["commune_officer", "ia-dal"]
    idle, busy = visitor(), visitor()
    await idle.enter(me)
    await busy.enter(me)
    began = house.clock.now()
    house.clock.advance(minutes=4)
    assert (await busy.get("/stages")).status == 200
    times = await OfficeSession.all().values_list("used_at", flat=True)
    assert set(times) == {began}, "a use within minutes of the last is not written down"
    while house.clock.now() + IDLE / 2 < began + LONGEST:
        house.clock.advance(minutes=IDLE.total_seconds() / 120)
        assert (await busy.get("/stages")).status == 200
    assert (await idle.get("/stages")).status == 303
    house.clock.advance(minutes=IDLE.total_seconds() / 120)
    assert house.clock.now() >= began + LONGEST
    assert (await busy.get("/stages")).status == 303
    assert COARSE < IDLE < LONGEST


async def test_a_role_taken_and_given_again_does_not_wake_a_session(
    world: World, visitor: Browser, house: House
) -> None:
    me, browser = world.people["admin", "ia-dal"], visitor()
    await browser.enter(me)
    await revoke(me, house.clock.now())
    await grant(me, Grant(Role.ADMIN, world.areas["ia-dal"]), house.clock.now())
    assert (await browser.get("/areas/ia-dal")).status == 303
    assert (await OfficeSession.get()).revoked_why == "role"


async def test_the_list_of_sessions_and_ending_one_or_all(world: World, visitor: Browser) -> None:
    me = world.people["commune_officer", "ia-dal"]
    first, second = visitor(), visitor()
    await first.enter(me)
    await second.enter(me)
    here, there = await OfficeSession.all().order_by("id")
    listed = await (await first.get("/sessions")).text()
    assert listed.count("Đăng xuất máy này") == 2
    assert "Người khác đang đăng nhập" not in listed, "only an admin sees others"
    assert (await first.post(f"/sessions/{there.id}/end")).status == 303
    assert (await second.get("/stages")).status == 303
    assert (await first.get("/stages")).status == 200
    await second.enter(me)
    assert (await first.post("/sessions/end")).status == 303
    for browser in (first, second):
        assert (await browser.get("/stages")).status == 303
    assert await OfficeSession.filter(revoked_at=None).count() == 0
    actions = await AuditEntry.filter(action__startswith="session.").values_list(
        "action", flat=True
    )
    assert actions.count("session.begun") == 3
    assert here.browser == ""


async def test_an_admin_sees_and_ends_the_sessions_of_their_area_and_no_others(
    world: World, visitor: Browser, house: House
) -> None:
    people = world.people
    named = {
        "commune": people["commune_officer", "ia-dal"],
        "district": people["district_officer", "ia-hdrai"],
        "both": world.others["commune_officer", "ia-dal"],
    }
    toi = Grant(Role.COMMUNE_OFFICER, world.areas["ia-toi"])
    await grant(named["both"], toi, house.clock.now())
    rows = {}
    for nick, person in named.items():
        await visitor().enter(person)
        rows[nick] = await OfficeSession.get(person_id=person)
    admin = visitor()
    await admin.enter(people["admin", "ia-dal"])
    page = await (await admin.get("/sessions")).text()
    assert "commune_officer ia-dal" in page
    assert "district_officer ia-hdrai" not in page
    statuses = {n: (await admin.post(f"/sessions/{r.id}/end")).status for n, r in rows.items()}
    assert statuses == {"commune": 303, "district": 404, "both": 404}
    assert (await OfficeSession.get(id=rows["commune"].id)).revoked_why == "admin"
    officer = visitor()
    await officer.enter(people["district_officer", "ia-hdrai"])
    mine = await OfficeSession.get(person_id=people["admin", "ia-dal"])
    assert (await officer.post(f"/sessions/{mine.id}/end")).status == 404
    assert (await officer.post("/sessions/987654321/end")).status == 404


async def test_so_many_sessions_at_once_and_no_more(
    world: World, visitor: Browser, house: House
) -> None:
    me = world.people["commune_officer", "ia-dal"]
    first = visitor()
    await first.enter(me)
    for _ in range(MOST_AT_ONCE):
        house.clock.advance(minutes=1)
        await visitor().client.post(f"/login/{await office_link(me, house.clock.now())}")
    assert await OfficeSession.filter(revoked_at=None).count() == MOST_AT_ONCE
    assert (await first.get("/stages")).status == 303


async def test_no_form_without_its_session_s_token_changes_anything(
    world: World, visitor: Browser
) -> None:
    me = world.people["admin", "ia-hdrai"]
    browser, other = visitor(), visitor()
    await browser.enter(me)
    await other.enter(me)
    before = await state()
    for name in POSTS:
        path, form = path_of(world, name)
        for token in ("", "x", "0" * 64, other.token, "ế" * 64):
            answer = await browser.post(path, form | {"token": token})
            assert answer.status == 403, (name, token)
        assert (await browser.client.post(path, json=form)).status == 400, name
        assert (await browser.client.post(path)).status in {400, 403}, name
    assert await state() == before
    assert await OfficeSession.filter(revoked_at=None).count() == 2


async def test_no_other_site_posts_even_with_the_right_token(
    world: World, visitor: Browser, house: House
) -> None:
    me, browser = world.people["admin", "ia-hdrai"], visitor()
    await browser.enter(me)
    before = await state()
    foreign = (
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
    )
    for name in POSTS:
        path, form = path_of(world, name)
        for headers in foreign:
            answer = await browser.post(path, form, **headers)
            assert answer.status == 403, (name, headers)
            assert answer.headers["X-Frame-Options"] == "DENY"
    link = await office_link(me, house.clock.now())
    for headers in foreign:
        assert (await visitor().post(f"/login/{link}", **headers)).status == 403
        assert (await visitor().post("/password", **headers)).status == 403
    assert await WebLink.filter(kind="office", revoked_at=None).count() == 1, "it is not spent"
    assert await state() == before
    ours = {"Sec_Fetch_Site": "same-origin", "Origin": "null"}
    assert (await browser.post("/logout", **ours)).status == 303


async def test_a_page_that_forgets_to_ask_is_guarded_all_the_same(
    world: World, house: House
) -> None:
    """Whatever somebody adds: the guard stands before every address but the named ones."""
    app = house.app()
    done: list[str] = []

    async def careless(request: web.Request) -> web.Response:
        done.append(f"{request.method} {request.path}")
        return web.Response(text="done")

    for method in ("POST", "PUT", "PATCH", "DELETE"):
        app.router.add_route(method, "/careless", careless)
    app.router.add_post("/c/careless", careless)
    async with TestServer(app) as server:
        browser = Visitor(server, house)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await browser.client.request(method, "/careless", allow_redirects=False)
            assert answer.status == 303
        await browser.enter(world.people["admin", "ia-hdrai"])
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await browser.client.request(method, "/careless", data={"token": "x"})
            assert answer.status == 403
        assert done == []
        assert (await browser.post("/careless")).status == 200
        await browser.client.post("/c/careless")
        await browser.client.close()
    assert done == ["POST /careless", "POST /c/careless"]
    assert ELSEWHERE == ("/c/", "/webhooks/")
    assert ("/login/", {"GET", "HEAD"}) == (LOGIN, SAFE)


async def test_every_answer_carries_the_headers_and_is_kept_by_nobody(
    world: World, visitor: Browser
) -> None:
    browser = visitor()
    await browser.enter(world.people["admin", "ia-hdrai"])
    paths = [a.path(world, "ia-dal") for n, a in ABOUT.items() if n.startswith("GET")]
    paths += [w.path or n.split()[1] for n, w in WHOSE.items() if n.startswith("GET")]
    paths += ["/healthz", "/readyz", "/metrics", "/password", "/nothing/here", "/logout"]
    for who in (browser, visitor()):
        for path in paths:
            answer = await who.get(path)
            for name, value in SECURITY_HEADERS.items():
                assert answer.headers.get(name) == value, (path, name)
    assert len(paths) > len(OPEN)


async def test_nobody_is_led_elsewhere_after_signing_in(
    world: World, visitor: Browser, house: House
) -> None:
    for query in ("?next=https://elsewhere.example", "?next=//elsewhere.example", "?back=//x"):
        browser = visitor()
        link = await office_link(world.people["admin", "ia-dal"], house.clock.now())
        answer = await browser.post(f"/login/{link}{query}")
        assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_a_link_of_another_kind_or_office_opens_nothing_and_tries_are_counted(
    world: World, visitor: Browser, house: House
) -> None:
    me, now = world.people["admin", "ia-dal"], house.clock.now()
    link = await office_link(me, now)
    await WebLink.all().update(kind="chat")
    browser = visitor()
    assert (await browser.post(f"/login/{link}")).status == 403, "the key to a chat"
    for _ in range(40):
        last = await browser.post(f"/login/{'A' * 43}")
    assert last.status == 429
    good = await office_link(me, now)
    neighbour = await visitor().post(f"/login/{good}")
    assert neighbour.status == 303, "a right link from the same address still works"


async def test_on_a_shared_machine_the_page_says_who_is_signed_in(
    world: World, visitor: Browser, house: House
) -> None:
    first, second = world.people["admin", "ia-dal"], world.people["admin", "ia-hdrai"]
    await Person.filter(id=first).update(name="Trần Minh")
    browser = visitor()
    await browser.enter(first)
    assert "Trần Minh" in await (await browser.get("/sessions")).text()
    own = await office_link(first, house.clock.now())
    assert (await browser.get(f"/login/{own}")).status == 303, "nothing to choose"
    link = await office_link(second, house.clock.now())
    page = await browser.get(f"/login/{link}")
    assert page.status == 200
    assert "Máy này đang dùng tên Trần Minh" in await page.text()
    await browser.post(f"/login/{link}")
    assert "Trần Minh" not in await (await browser.get("/sessions")).text()


async def test_the_session_of_another_installation_is_nothing_here(
    world: World, visitor: Browser, house: House
) -> None:
    browser = visitor()
    await browser.enter(world.people["admin", "ia-hdrai"])
    elsewhere = Sessions("a secret of another house", https=False)
    token = browser.cookies().split("=", 1)[1]
    assert elsewhere._form(token) != browser.token
    refused = await browser.post("/logout", {"token": elsewhere._form(token)}, Accept="text/html")
    assert refused.status == 403
    assert "Trang đã cũ" in await refused.text(), "no line of a library's English"
    await OfficeSession.all().delete()  # another database knows none of ours
    assert (await browser.get("/areas/ia-dal")).status == 303


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/126 Mobile Safari/537", "Chrome"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605 Version/17 Mobile/15E148 Safari/604", "Safari"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox"),
        ("Mozilla/5.0 Chrome/126 Safari/537 Edg/126", "Edge"),
        ("Mozilla/5.0 Chrome/118 Safari/537 Zalo android/24", "Zalo"),
        ("curl/8", ""),
    ],
)
def test_of_a_browser_only_its_family_is_kept(agent: str, name: str) -> None:
    assert family(agent) == name


def test_settings_never_show_the_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("data")
    secret = "only for tests, nowhere else"
    assert secret not in repr(read_settings({"DATA_DIR": str(folder), "SECRET_KEY": secret}))
