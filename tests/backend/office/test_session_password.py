"""An admin signs in with a password and a second factor, for the day on which no chat works."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import pyotp
import pytest
from aiohttp.test_utils import TestClient

from backend.models import AdminKey, AuditEntry, OfficeSession, RecoveryCode, Throttle
from backend.office import password as passwords
from backend.office.admin_keys import OF_ACCOUNT, AdminKeys, Signed, Wait
from backend.office.known_browser import Known
from backend.office.session import office_link
from backend.people import revoke
from tests.backend.office.house import House

SECRET = "only for tests, nowhere else"
PASSWORD = "bốn chữ rời nhau 7"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password is looked at in milliseconds; the real parameters have a test of their own."""
    monkeypatch.setattr(passwords, "LOG2_N", 4)
    monkeypatch.setattr(passwords, "P", 1)
    monkeypatch.setattr(passwords, "NOBODYS", passwords.hashed("nobody"))


def code(keys: AdminKeys, key: AdminKey, house: House, steps: int = 0) -> str:
    step = int(house.clock.now().timestamp()) // 30 + steps
    return keys.second._totp(key.second_salt).generate_otp(step)


async def ready(house: House, person: int) -> tuple[AdminKeys, AdminKey, list[str]]:
    """Give an admin a key that is in force, its first code long past."""
    keys = AdminKeys(SECRET)
    key = await keys.begin(person, "Hanh.Nguyen", PASSWORD, house.clock.now())
    first = code(keys, key, house)
    codes = await keys.confirm(person, first, house.clock.now(), but=None)
    assert codes is not None
    house.clock.advance(minutes=2)
    return keys, await AdminKey.get(id=key.id), codes


async def sign_in(keys: AdminKeys, house: House, said: str, **other: str) -> object:
    given = {"login": "hanh.nguyen", "password": PASSWORD, "address": "203.0.113.7"} | other
    return await keys.sign_in(
        given["login"], given["password"], said, given["address"], house.clock.now()
    )


async def test_all_three_open_and_no_two_of_them(house: House, people: dict[str, int]) -> None:
    keys, key, _ = await ready(house, people["admin"])
    now = code(keys, key, house)
    assert await sign_in(keys, house, now, password="another password") is None
    assert await sign_in(keys, house, "000000") is None
    assert await sign_in(keys, house, now, login="somebody") is None
    signed = Signed(people["admin"], recovery=False)
    assert await sign_in(keys, house, now, login=" HANH.nguyen ") == signed, "nothing was used up"


async def test_a_code_opens_once_and_one_step_of_the_clock_is_forgiven(
    house: House, people: dict[str, int]
) -> None:
    keys, key, _ = await ready(house, people["admin"])
    for steps, opens in ((-2, False), (2, False), (-1, True), (-1, False), (1, True), (0, False)):
        found = await sign_in(keys, house, code(keys, key, house, steps))
        assert isinstance(found, Signed) is opens, steps
        await Throttle.all().delete()


async def test_of_many_at_one_moment_one_comes_in(house: House, people: dict[str, int]) -> None:
    keys, key, codes = await ready(house, people["admin"])
    for said in (code(keys, key, house), codes[0]):
        found = await asyncio.gather(*(sign_in(keys, house, said) for _ in range(4)))
        assert sum(isinstance(f, Signed) for f in found) == 1
        await Throttle.all().delete()


async def test_ten_recovery_codes_each_once_and_kept_as_their_hash(
    house: House, people: dict[str, int]
) -> None:
    keys, _, codes = await ready(house, people["admin"])
    assert len(set(codes)) == 10
    kept = {row.code_hmac for row in await RecoveryCode.all()}
    assert not any(part in mark for mark in kept for part in codes)
    signed = Signed(people["admin"], recovery=True)
    assert await sign_in(keys, house, codes[3].lower().replace("-", " ")) == signed
    assert await sign_in(keys, house, codes[3]) is None
    assert await RecoveryCode.filter(used_at=None).count() == 9


async def test_tries_are_counted_for_names_that_nobody_has_too(
    house: House, people: dict[str, int]
) -> None:
    keys, key, _ = await ready(house, people["admin"])
    until = house.clock.now() + OF_ACCOUNT.window
    for login in ("hanh.nguyen", "nobody"):
        tries = [await sign_in(keys, house, "000000", login=login) for _ in range(7)]
        assert tries == [None] * 5 + [Wait(until)] * 2
    assert await sign_in(keys, house, code(keys, key, house)) == Wait(until), "right comes too late"
    house.clock.advance(minutes=16)
    assert isinstance(await sign_in(keys, house, code(keys, key, house)), Signed)


async def test_a_stranger_uses_up_strangers_tries_and_not_those_of_the_admin_s_browser(
    house: House, people: dict[str, int]
) -> None:
    keys, key, _ = await ready(house, people["admin"])
    known, elsewhere = Known(key.id, "the office's own"), Known(key.id + 1, "of another key")
    for _ in range(30):
        await sign_in(keys, house, "000000", address="203.0.113.7")
    now = house.clock.now()
    right = ("hanh.nguyen", PASSWORD, code(keys, key, house), "203.0.113.7", now)
    assert isinstance(await keys.sign_in(*right), Wait)
    assert isinstance(await keys.sign_in(*right, elsewhere), Wait)
    assert isinstance(await keys.sign_in(*right, known), Signed)
    wrong = ("hanh.nguyen", PASSWORD, "000000", "203.0.113.7", now)
    tries = [await keys.sign_in(*wrong, known) for _ in range(7)]
    assert [t is None for t in tries] == [True] * 5 + [False] * 2, (
        "it has no more tries than others"
    )


@pytest.mark.parametrize("jump", [{"days": 400}, {"days": -400}, {"minutes": 20}])
async def test_a_clock_that_was_wrong_keeps_nobody_out(
    house: House, people: dict[str, int], jump: dict[str, int]
) -> None:
    keys, _, _ = await ready(house, people["admin"])
    house.clock.advance(**jump)
    await AdminKey.all().update(created_at=house.clock.now())
    key = await AdminKey.get()
    assert isinstance(await sign_in(keys, house, code(keys, key, house)), Signed)
    for _ in range(9):
        await sign_in(keys, house, "000000")
    assert isinstance(await sign_in(keys, house, "000000"), Wait)
    house.clock.advance(**{unit: -n for unit, n in jump.items()})
    opened = await sign_in(keys, house, code(keys, key, house))
    assert isinstance(opened, Signed)
    assert await sign_in(keys, house, code(keys, key, house)) is None, "no code opens twice"


async def test_many_tries_at_one_moment_are_all_counted(
    house: House, people: dict[str, int]
) -> None:
    keys, _, _ = await ready(house, people["admin"])
    found = await asyncio.gather(*(sign_in(keys, house, "000000") for _ in range(12)))
    assert sum(f is None for f in found) <= OF_ACCOUNT.guesses
    counted = await Throttle.exclude(key__endswith="address").get(key__startswith="password|")
    assert counted.count == 12


async def test_one_address_does_not_try_many_names(house: House, people: dict[str, int]) -> None:
    keys, _, _ = await ready(house, people["admin"])
    tries = [await sign_in(keys, house, "0", login=f"name{n}") for n in range(25)]
    assert sum(t is None for t in tries) == 20
    assert await sign_in(keys, house, "0", login="other", address="198.51.100.9") is None
    assert not any("203.0.113" in row.key for row in await Throttle.all())


async def test_the_same_work_is_done_whatever_is_wrong(
    house: House, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, key, _ = await ready(house, people["admin"])
    looked: list[str] = []
    monkeypatch.setattr(
        passwords, "matches", lambda said, kept: looked.append(kept.split("$")[1]) or False
    )
    for other in ({"login": "nobody"}, {}, {"password": ""}):
        await sign_in(keys, house, code(keys, key, house), **other)
    assert looked == ["4", "4", "4"]


async def test_only_admins_and_only_while_they_are(house: House, people: dict[str, int]) -> None:
    keys = AdminKeys(SECRET)
    with pytest.raises(ValueError, match="Only admins"):
        await keys.begin(people["district"], "district", PASSWORD, house.clock.now())
    keys, key, _ = await ready(house, people["admin"])
    await revoke(people["admin"], house.clock.now())
    assert await sign_in(keys, house, code(keys, key, house)) is None
    assert (await AdminKey.get(id=key.id)).in_force is None


async def test_a_copy_of_the_database_holds_no_second_factor(
    house: House, people: dict[str, int]
) -> None:
    keys, key, codes = await ready(house, people["admin"])
    thief = AdminKeys("guessed, and wrong")
    real = {code(keys, key, house, steps) for steps in (-1, 0, 1)}
    made = next(c for n in range(99) if (c := code(thief, key, house, n)) not in real)
    assert await sign_in(keys, house, made) is None
    assert not await thief.second.take_recovery(key.id, codes[0], house.clock.now())
    assert await keys.second.take_recovery(key.id, codes[0], house.clock.now())


@pytest.mark.parametrize(
    ("login", "password"),
    [("x", PASSWORD), ("hạnh", PASSWORD), ("hanh", "short"), ("hanh", "my hanh is in here")],
)
async def test_what_cannot_be_a_key(
    house: House, people: dict[str, int], login: str, password: str
) -> None:
    with pytest.raises(ValueError, match=r"sign-in name|password"):
        await AdminKeys(SECRET).begin(people["admin"], login, password, house.clock.now())
    assert await AdminKey.all().count() == 0


async def test_a_password_kept_with_older_parameters_is_kept_anew(
    house: House, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, key, _ = await ready(house, people["admin"])
    monkeypatch.setattr(passwords, "LOG2_N", 5)
    assert isinstance(await sign_in(keys, house, code(keys, key, house)), Signed)
    kept = (await AdminKey.get(id=key.id)).password
    assert kept.startswith("scrypt$5$8$1$")
    assert passwords.matches(PASSWORD, kept)


def test_how_a_password_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    kept = passwords.hashed("mật khẩu dài")
    assert kept.startswith("scrypt$15$8$3$")
    assert kept != passwords.hashed("mật khẩu dài"), "salted"
    assert passwords.matches("mật khẩu dài", kept)
    assert not passwords.matches("mat khau dai", kept)
    assert not passwords.matches("", passwords.NOBODYS)
    assert not passwords.outdated(kept)


def token(page: str) -> dict[str, str]:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found
    return {"token": found[1]}


async def test_from_the_chat_s_link_to_a_password_and_in_again_without_a_chat(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    told: list[tuple[int, str]] = []

    async def tell(person: int, words: object, once: str) -> None:
        told.append((person, once))

    house.tell = tell
    link = await office_link(people["admin"], house.clock.now())
    await client.post(f"/login/{link}")
    page = await (await client.get("/account")).text()
    form = {"login": "hanh", "password": PASSWORD, "again": PASSWORD} | token(page)
    refused = await client.post("/account/begin", data=form | {"again": "another one"})
    assert refused.status == 422
    page = await (await client.post("/account/begin", data=form)).text()
    assert "<svg" in page
    assert not re.search(r"<script|<style|\son\w+=|\sstyle=", page)
    key = await AdminKey.get()
    assert key.in_force is None
    keys = AdminKeys(SECRET)
    uri = keys.second.uri(key.second_salt, "hanh", "Thôn Mới")
    right = pyotp.parse_uri(uri).at(house.clock.now())
    wrong = await client.post("/account/confirm", data={"code": "1"} | token(page))
    assert wrong.status == 422
    assert "<svg" not in await wrong.text(), "the picture is shown once"
    page = await (await client.post("/account/confirm", data={"code": right} | token(page))).text()
    codes = re.findall(r"<code>(.*?)</code>", page)
    assert len(codes) == 10

    house.clock.advance(hours=5)  # nobody signed out: the cookie of a session that ended by itself
    door = await client.get("/password")
    assert door.status == 200
    said = {"login": "hanh", "password": PASSWORD, "code": codes[0]}
    assert (await client.post("/password", data=said)).status == 403, "a form of ours"
    page = await door.text()
    texts = set()
    for other in ({"login": "nobody"}, {"password": "x" * 20}, {"code": "123456"}):
        answer = await client.post("/password", data=said | token(page) | other)
        assert answer.status == 403
        texts.add(unescape(await answer.text()))
    assert len(texts) == 1
    for _ in range(30):
        await keys.sign_in("hanh", "guessed", "000000", "127.0.0.1", house.clock.now())
    answer = await client.post("/password", data=said | token(page), allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert [person for person, _ in told] == [people["admin"]], "a stranger's tries kept nobody out"
    assert (await OfficeSession.all().order_by("-id").first()).way == "password"
    assert await AuditEntry.filter(action="password.set", by=people["admin"]).exists()

    page = await (await client.get("/account")).text()
    assert "Mã dự phòng còn lại: 9" in page
    assert "/account/begin" not in page, "a new one wants a new link from the chat"
    assert (await client.post("/account/begin", data=form | token(page))).status == 403
    await client.post("/account/end", data=token(page))
    assert (await AdminKey.get()).in_force is None
    assert await OfficeSession.filter(revoked_at=None).count() == 0
