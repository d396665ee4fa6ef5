"""What a phone loads and installs: little of it, nothing new-fangled in it, nothing of anybody in it."""

from __future__ import annotations

import io
import json
import re

import pytest
from aiohttp.test_utils import TestClient
from PIL import Image

from bot.messages import Outgoing
from bot.web_chat.bundle import CHAT, DOOR, STATIC, bundle
from bot.web_chat.links import link_chat
from tests.bot.web_chat.house import House, water_interview

BUDGET = 60_000
"""Bytes that a first visit may cost, uncompressed, before any photo."""

TOO_NEW = {  # what Chrome 80 or Safari 13 cannot read or does not have
    r"\?\.(?!\d)": "optional chaining",
    r"\?\?": "nullish coalescing and its assignment",
    r"(\|\||&&)=": "logical assignment",
    r"\.at\(": "at()",
    r"replaceAll|structuredClone|allSettled|Promise\.any|Object\.hasOwn|randomUUID|AggregateError": "a newer library",
    r"\.(toSorted|toReversed|findLast|flatMap|groupBy)\(": "newer arrays",
    r"(?<![\w.])#\w+\s*[=(;]": "private fields",
    r"^(await|static) ": "top-level await, static blocks",
    r"\(\?<[=!]": "lookbehind (Safari 16)",
    r"\d_\d": "numeric separators",
    r"`": "a string over lines, which the bundle would spoil",
    r"import\(|^import |^export ": "modules",
}


@pytest.mark.parametrize("name", sorted({*CHAT, *DOOR, "sw.js"}))
def test_a_phone_of_2020_can_read_every_script(name: str) -> None:
    code = re.sub(r"^\s*//.*$|\s// .*$", "", (STATIC / name).read_text(), flags=re.MULTILINE)
    code = re.sub(r"/(?:\\.|\[[^\]]*\]|[^/\n*])+/[gimu]*(?=[.)\],;])", "RE", code)
    for pattern, what in TOO_NEW.items():
        found = re.search(pattern, code, re.MULTILINE)
        assert not found, f"{name}: {what}: {code[max(0, found.start() - 30) : found.end() + 30]!r}"


def test_a_phone_of_2020_can_read_the_style() -> None:
    css = (STATIC / "chat.css").read_text()
    for new in (
        r"\bgap:",
        r":has\(",
        r":is\(",
        r":where\(",
        r"aspect-ratio",
        r"\binset:",
        r"@layer",
        r"color-mix",
    ):
        assert not re.search(new, css), new
    assert "height: 100vh; height: 100dvh" in css, "the older unit stands first"


def test_nothing_moves_by_itself() -> None:
    """Nobody need ask for less motion where there is none."""
    everything = "".join(p.read_text() for p in STATIC.glob("*.[cj]s*"))
    assert not re.search(r"transition|animation|@keyframes|behavior:\s*[\"']?smooth", everything)


async def test_a_first_visit_costs_less_than_60_kilobytes_before_photos(
    house: House, client: TestClient
) -> None:
    house.script = water_interview
    begun = await client.post("/c/", data={"code": "IAHDRAI-7"}, allow_redirects=False)
    page = await (await client.get(begun.headers["Location"])).text()
    assert "Chào bác trưởng thôn Thôn 1" in page, "the first prompt comes with the page"
    weight = {"page": len(page.encode())}
    paths = [*re.findall(r'(?:src|href)="(/c/[^"]+\.[^"]+)"', page), "/c/sw.js"]
    manifest = json.loads(await (await client.get("/c/app.webmanifest")).text())
    paths += {icon["src"] for icon in manifest["icons"]}
    for path in dict.fromkeys(paths):
        answer = await client.get(path)
        assert answer.status == 200
        weight[path] = len(await answer.read())
    assert sum(weight.values()) < BUDGET, weight
    assert not re.search(r'(?:src|href)="(?!/c/)', page), "nothing is asked of anybody else"


async def test_the_page_stays_light_however_long_the_conversation(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    for n in range(150):
        await house.say(chat, Outgoing(f"{n} " + "rất dài " * 60))
    page = await (await client.get(f"/c/{token}")).text()
    assert len(page.encode()) < BUDGET
    assert "149 rất dài" in page
    part = json.loads(await (await client.get(f"/c/{token}/messages?few")).text())
    assert part["more"] is True
    assert 1 <= len(part["messages"]) < 40
    whole = json.loads(await (await client.get(f"/c/{token}/messages")).text())
    assert len(whole["messages"]) == 150


async def test_one_message_longer_than_the_room_comes_all_the_same(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("trước"))
    await house.say(chat, Outgoing("ạ" * 13_000))
    part = json.loads(await (await client.get(f"/c/{token}/messages?few")).text())
    assert [m["text"][0] for m in part["messages"]] == ["ạ"]


async def test_it_can_be_installed(client: TestClient) -> None:
    answer = await client.get("/c/app.webmanifest")
    assert answer.content_type == "application/manifest+json"
    manifest = json.loads(await answer.text())
    assert (manifest["name"], manifest["scope"], manifest["display"]) == (
        "Thôn Mới",
        "/c/",
        "standalone",
    )
    assert re.fullmatch(r"/c/\?app=1", manifest["start_url"]), "it names no conversation"
    sizes = set()
    for icon in manifest["icons"]:
        picture = Image.open(io.BytesIO(await (await client.get(icon["src"])).read()))
        assert f"{picture.width}x{picture.height}" == icon["sizes"]
        colours = picture.convert("RGB").getcolors(1 << 20)
        assert colours is not None
        assert {c for n, c in colours if n > picture.width} >= {(11, 93, 51), (255, 255, 255)}
        sizes.add((picture.width, icon["purpose"]))
    assert sizes == {(n, p) for n in (192, 512) for p in ("any", "maskable")}


async def test_the_worker_keeps_only_what_is_nobodys(house: House, client: TestClient) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("95 hộ của thôn tôi"))
    worker = await (await client.get("/c/sw.js")).text()
    assert re.findall(r'= "(/c/[^"]*)"', worker) == ["/c/shell", "/c/"]
    shell = await client.get("/c/shell")
    assert "95 hộ" not in await shell.text()
    assert token not in await shell.text()
    version = re.search(r'"thonmoi-([0-9a-f]{12})"', worker)
    assert version
    assert worker == await (await client.get("/c/sw.js")).text()


def test_a_new_script_is_a_new_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = bundle(DOOR)
    monkeypatch.setattr("bot.web_chat.bundle.source", lambda name: f"// {name}\nlet x = 1;")
    bundle.cache_clear()
    try:
        assert bundle(DOOR).policy != before.policy
    finally:
        bundle.cache_clear()


async def test_signing_out_ends_the_link_for_everybody_who_has_copied_it(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    async with client.get(f"/c/{token}/events") as stream:
        assert b"hello" in await stream.content.readuntil(b"\n\n")
        answer = await client.post(f"/c/{token}/leave")
        assert await answer.json() == {"ok": True}
        await house.say(chat, Outgoing("not for whoever listens still"))
        assert b"not for" not in await stream.content.read()
    for path in ("", "/messages", "/events"):
        dead = await client.get(f"/c/{token}{path}")
        assert (dead.status, dead.headers["Link-Closed"]) == (404, "1")
    for path, method in (("/messages", "POST"), ("/leave", "POST"), ("/photos/12345678", "PATCH")):
        assert (await client.request(method, f"/c/{token}{path}", data=b"{}")).status == 404


async def test_other_links_to_the_same_chat_live_on(house: House, client: TestClient) -> None:
    chat, token = await house.chat()
    other = await link_chat(chat.id, house.clock.now())
    await client.post(f"/c/{token}/leave")
    assert (await client.get(f"/c/{other}/messages")).status == 200


async def test_nobody_is_signed_out_by_a_page_elsewhere(house: House, client: TestClient) -> None:
    _, token = await house.chat()
    answer = await client.post(f"/c/{token}/leave", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
    assert (await client.get(f"/c/{token}/messages")).status == 200
