"""Coming in: the code page, links that open one conversation, and links that open none."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from aiohttp.test_utils import TestClient

from backend.models import Chat, WebLink
from backend.office.access_log import redacted
from bot.messages import Kind, Outgoing
from bot.web_chat.links import chat_of
from tests.bot.web_chat.house import House


async def test_opening_an_invite_link_begins_nothing_yet(house: House, client: TestClient) -> None:
    page = await client.get("/c/?code=ABCD-1234")
    assert 'value="ABCD-1234"' in await page.text()
    assert await Chat.all().count() == 0


async def test_a_code_begins_a_chat_whose_first_message_is_the_code(
    house: House, client: TestClient
) -> None:
    gone = await client.post("/c/", data={"code": " ABCD-1234 "}, allow_redirects=False)
    assert gone.status == 303
    path = gone.headers["Location"]
    assert re.fullmatch(r"/c/[A-Za-z0-9_-]{43}", path)
    first = house.received[0]
    assert (first.kind, first.text) == (Kind.START, "ABCD-1234")
    assert (await client.get(path)).status == 200
    token = path.removeprefix("/c/")
    link = await WebLink.get()
    assert token not in link.token_sha256
    assert first.chat not in path


async def test_the_code_itself_is_not_shown_in_the_conversation(
    house: House, client: TestClient
) -> None:
    gone = await client.post("/c/", data={"code": "GEHEIM-99"}, allow_redirects=False)
    conversation = await client.get(gone.headers["Location"] + "/messages")
    assert "GEHEIM-99" not in await conversation.text()


async def test_an_empty_code_is_asked_for_again(house: House, client: TestClient) -> None:
    page = await client.post("/c/", data={"code": "  "})
    assert 'role="alert"' in await page.text()
    assert await Chat.all().count() == 0


async def test_what_was_typed_is_text_and_never_html(house: House, client: TestClient) -> None:
    page = await client.get("/c/", params={"code": '"><script>alert(1)</script>'})
    assert "<script>alert" not in await page.text()


async def test_chats_from_one_address_are_throttled_until_the_window_has_passed(
    house: House, client: TestClient
) -> None:
    statuses = [
        (await client.post("/c/", data={"code": f"X{n}"}, allow_redirects=False)).status
        for n in range(21)
    ]
    assert statuses == [303] * 20 + [429]
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    other = await client.post("/c/", data={"code": "Y"}, headers=elsewhere, allow_redirects=False)
    assert other.status == 303
    house.clock.advance(minutes=11)
    again = await client.post("/c/", data={"code": "Z"}, allow_redirects=False)
    assert again.status == 303


async def test_one_subscriber_is_one_address(house: House, client: TestClient) -> None:
    addresses = [f"2001:db8:0:7:{n:x}::1" for n in range(1, 21)]
    addresses += ["2001:db8:0:7::ffff", "2001:db8:0:8::1", "::ffff:203.0.113.9"]
    statuses = [
        (
            await client.post(
                "/c/",
                data={"code": "X"},
                headers={"X-Forwarded-For": f"198.51.100.1, {address}"},
                allow_redirects=False,
            )
        ).status
        for address in addresses
    ]
    assert statuses == [303] * 20 + [429, 303, 303]


async def test_a_form_is_read_only_as_far_as_a_code_goes(house: House, client: TestClient) -> None:
    read = 0

    async def endless():
        nonlocal read
        for _ in range(2_000):
            read += 16_384
            yield b"a=b&" * 4_096

    form = "application/x-www-form-urlencoded"
    answer = await client.post("/c/", data=endless(), headers={"Content-Type": form})
    assert answer.status == 413
    assert read < 20_000_000
    for body, kind in (
        (b"a=b&" * 100 + b"code=x", form),
        (b"code=ABCD1234", "text/plain"),
    ):
        answer = await client.post("/c/", data=body, headers={"Content-Type": kind})
        assert answer.status in {400, 415}
    odd = await client.post(
        "/c/",
        data=b"code=ABCD-1234&code2=%ff%fe\xff",
        headers={"Content-Type": f"{form}; charset=no-such"},
        allow_redirects=False,
    )
    assert odd.status == 303
    assert [m.text for m in house.received] == ["ABCD-1234"]


@pytest.mark.parametrize("spoilt", ["wrong", "expired", "revoked", "other kind"])
async def test_every_link_that_opens_nothing_shows_the_same_page(
    house: House, client: TestClient, spoilt: str
) -> None:
    _, token = await house.chat()
    if spoilt == "wrong":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    elif spoilt == "expired":
        house.clock.advance(days=181)
    elif spoilt == "revoked":
        await WebLink.all().update(revoked_at=house.clock.now())
    else:
        await WebLink.all().update(kind="office")
    page = await client.get(f"/c/{token}")
    nowhere = await client.get("/c/nonsense")
    assert page.status == nowhere.status == 404
    assert await page.text() == await nowhere.text()
    for tail in ("messages", "events", "files/1"):
        assert (await client.get(f"/c/{token}/{tail}")).status == 404
    for tail in ("messages", "photos?id=12345678"):
        assert (await client.post(f"/c/{token}/{tail}", data=b"{}")).status == 404
    assert house.received == []


async def test_a_link_in_use_lives_on(house: House) -> None:
    chat, token = await house.chat()
    for _ in range(4):
        house.clock.advance(days=120)
        found = await chat_of(token, house.clock.now())
        assert found is not None
        assert found.id == chat.id
    house.clock.advance(days=181)
    assert await chat_of(token, house.clock.now()) is None


async def test_every_answer_carries_the_headers_that_bind_the_browser(
    house: House, client: TestClient
) -> None:
    _, token = await house.chat()
    for path in ("/c/", "/c/nonsense", f"/c/{token}", f"/c/{token}/messages"):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


async def test_only_our_own_inline_script_may_run_and_the_page_asks_for_nothing_before_it(
    house: House, client: TestClient
) -> None:
    chat, token = await house.chat()
    await house.say(chat, Outgoing("</script><script>alert(1)</script>"))
    for path in ("/c/", f"/c/{token}", "/c/shell", "/c/nonsense"):
        answer = await client.get(path)
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert "</script><script>alert" not in page
        assert not re.search(r"<link[^>]*stylesheet|<script[^>]*src=|\son\w+=|\sstyle=", page)
        for tag, directive in (("script", "script-src"), ("style", "style-src")):
            (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert re.search(rf"{directive} 'self' 'sha256-{re.escape(digest)}'", policy)


async def test_only_its_own_files_are_served(client: TestClient) -> None:
    for name in (
        "..%2froutes.py",
        "%2e%2e/routes.py",
        "nothing.js",
        "chat.html",
        "a" * 300 + ".js",
    ):
        assert (await client.get(f"/c/static/{name}")).status == 404


def test_a_token_stands_in_no_log_line() -> None:
    token = "t" * 43
    for path in (f"/c/{token}", f"/c/{token}/messages", f"/login/{token}"):
        assert token not in redacted(path)
    assert redacted("/c/") == "/c/"
    assert redacted("/xa/ia-toi") == "/xa/ia-toi"
