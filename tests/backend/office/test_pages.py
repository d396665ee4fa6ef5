"""Officers sign in and see what is theirs; everybody else sees nothing."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from aiohttp.test_utils import TestClient

from backend.models import BotRules, Chat, Outbox, SentMonth, WebLink
from backend.office.pages import Pages
from backend.office.session import COOKIE, office_link
from backend.people import revoke
from tests.backend.office.house import House, photo_path


async def _enter(client: TestClient, house: House, person_id: int) -> int:
    token = await office_link(person_id, house.clock.now())
    answer = await client.post(f"/login/{token}", allow_redirects=False)
    return answer.status


async def _page(client: TestClient, path: str, status: int = 200) -> str:
    answer = await client.get(path, allow_redirects=False)
    assert answer.status == status, path
    return await answer.text()


async def test_without_signing_in_nothing_is_told(
    house: House, client: TestClient, people: dict[str, int], areas: dict[str, int]
) -> None:
    submission, evidence = await house.submit(people["head"], areas["dal-3"])
    door = await _page(client, "/")
    assert "Thôn 3" not in door
    for path in (
        "/areas/dal",
        f"/submissions/{submission.id}",
        f"/submissions/{submission.id}.xml",
        photo_path(evidence.id),
        "/progress.xlsx",
        "/progress.png?area=huyen",
    ):
        answer = await client.get(path, allow_redirects=False)
        assert (answer.status, answer.headers.get("Location")) == (303, "/"), path
    assert house.asked == []


async def test_no_browser_ends_at_a_line_of_english(
    house: House, client: TestClient, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = {"Accept": "text/html,*/*"}
    nowhere = await client.get("/khong-co", headers=browser)
    assert nowhere.status == 404
    assert "Không có gì ở đây" in await nowhere.text()
    assert (await client.get("/khong-co")).content_type == "text/plain", "a machine's answer stays"
    await _enter(client, house, people["district"])

    async def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Pages, "_roots", broken)
    failed = await client.get("/", headers=browser)
    assert failed.status == 500
    page = await failed.text()
    assert "Máy vừa gặp trục trặc" in page
    assert "disk" not in page
    assert failed.headers["X-Frame-Options"] == "DENY"


async def test_a_sign_in_link_is_spent_by_the_button_and_not_by_a_preview(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    token = await office_link(people["district"], house.clock.now())
    assert token not in (await WebLink.get()).token_sha256
    for _ in range(3):
        assert 'method="post"' in await _page(client, f"/login/{token}")
    answer = await client.post(f"/login/{token}", allow_redirects=False)
    assert answer.status == 303
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "Huyện Ia H&#39;Drai" in await _page(client, "/")
    await _page(client, f"/login/{token}", 303)
    client.session.cookie_jar.clear()
    assert (await client.post(f"/login/{token}")).status == 403


@pytest.mark.parametrize("nick", ["head", "stranger"])
async def test_who_is_no_officer_does_not_come_in(
    house: House, client: TestClient, people: dict[str, int], nick: str
) -> None:
    assert await _enter(client, house, people[nick]) == 403
    assert "Cán bộ" in await _page(client, "/")


async def test_an_old_link_does_not_open(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    token = await office_link(people["district"], house.clock.now())
    house.clock.advance(minutes=31)
    assert (await client.post(f"/login/{token}")).status == 403
    assert (await client.post("/login/nonsense")).status == 403


async def test_a_role_taken_back_closes_the_pages_at_once(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    await _enter(client, house, people["commune"])
    assert "Xã Ia Đal" in await _page(client, "/")
    await revoke(people["commune"], house.clock.now())
    assert "Xã Ia Đal" not in await _page(client, "/")


@pytest.mark.parametrize("code", ["%00", "dal%00", "a" * 300, "..%2f..%2fetc", "%ed%a0%80", "%ff"])
async def test_a_code_that_cannot_be_is_not_there(
    house: House, client: TestClient, people: dict[str, int], code: str
) -> None:
    await _enter(client, house, people["commune"])
    await _page(client, f"/areas/{code}", 404)
    await _page(client, f"/progress.xlsx?area={code}", 404)


async def test_the_table_shows_every_village_and_indicator_and_that_the_data_are_made_up(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    await _enter(client, house, people["district"])
    page = await _page(client, "/")
    for words in (
        "Thôn 3",
        "Thôn 4",
        "Thôn 1",
        "17.1",
        "17.8",
        "DỮ LIỆU",
        "1/6",
        "83",
        "12/12/2026",
    ):
        assert words in page
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', page, re.DOTALL)
    assert [row.count("<td>") for row in rows] == [3, 3, 3, 3]
    assert "còn 12 hộ nữa" in page


ALL = {"huyen", "dal", "dal-3", "dal-4", "toi", "toi-1"}


@pytest.mark.parametrize(
    ("nick", "seen"), [("commune", {"dal", "dal-3", "dal-4"}), ("district", ALL)]
)
async def test_areas_open_as_far_as_the_role_reaches(
    house: House,
    client: TestClient,
    people: dict[str, int],
    nick: str,
    seen: set[str],
) -> None:
    await _enter(client, house, people[nick])
    for code in seen:
        await _page(client, f"/areas/{code}")
        assert (await client.get(f"/progress.xlsx?area={code}")).status == 200
    not_there = await _page(client, "/areas/there-is-none", 404)
    for code in ALL - seen:
        assert await _page(client, f"/areas/{code}", 404) == not_there
        await _page(client, f"/progress.xlsx?area={code}", 404)
        await _page(client, f"/progress.png?area={code}", 404)


async def test_from_a_village_to_its_answers_and_photos(
    house: House, client: TestClient, people: dict[str, int], areas: dict[str, int]
) -> None:
    submission, evidence = await house.submit(people["head"], areas["dal-3"])
    await _enter(client, house, people["commune"])
    page = await _page(client, "/areas/dal-3")
    assert f"/submissions/{submission.id}" in page
    assert photo_path(evidence.id) in page
    answers = await _page(client, f"/submissions/{submission.id}")
    told = re.findall(r"<dd>(.*?)</dd>", answers)
    assert told[0] == "120 hộ"
    assert "ước tính" in told[1]
    assert told[2] == "không rõ"
    assert "Bao nhiêu hộ dùng nước" in answers
    xml = await client.get(f"/submissions/{submission.id}.xml")
    assert xml.content_type == "application/xml"
    assert "<hyg>100</hyg>" in await xml.text()
    photo = await client.get(photo_path(evidence.id))
    assert await photo.read() == house.store.kept["preview-1"]


async def test_another_communes_answers_and_photos_are_not_there(
    house: House, client: TestClient, people: dict[str, int], areas: dict[str, int]
) -> None:
    submission, evidence = await house.submit(people["other_head"], areas["toi-1"])
    await _enter(client, house, people["commune"])
    for path in (
        f"/submissions/{submission.id}",
        f"/submissions/{submission.id}.xml",
        photo_path(evidence.id),
        "/submissions/999999",
        photo_path(999999),
    ):
        await _page(client, path, 404)


async def test_a_dropped_photo_and_a_lost_preview_are_not_there(
    house: House, client: TestClient, people: dict[str, int], areas: dict[str, int]
) -> None:
    _, evidence = await house.submit(people["head"], areas["dal-3"])
    await _enter(client, house, people["commune"])
    del house.store.kept["preview-1"]
    await _page(client, photo_path(evidence.id), 404)
    house.store.kept["preview-1"] = b"back"
    evidence.dropped_at = house.clock.now()
    await evidence.save()
    await _page(client, photo_path(evidence.id), 404)


async def test_the_table_goes_along_as_a_workbook_and_a_picture(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    await _enter(client, house, people["district"])
    sheet = await client.get("/progress.xlsx")
    assert sheet.content_disposition
    assert (sheet.content_disposition.filename or "").endswith(".xlsx")
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(await sheet.read())).namelist()
    picture = await client.get("/progress.png?period=2026-Q3")
    assert (await picture.read()).startswith(b"\x89PNG")
    assert house.asked[-1] == ("huyen", "2026-Q3")
    await _page(client, "/progress.png?page=99", 404)


async def test_no_page_carries_inline_scripts_or_styles(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    await _enter(client, house, people["district"])
    for path in ("/", "/areas/dal-3", "/areas/none"):
        answer = await client.get(path)
        assert not re.search(r"<script|<style|\son\w+=|\sstyle=", await answer.text())
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


async def test_an_officer_sees_whom_messages_do_not_reach_until_one_does(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    now = house.clock.now()
    for nick, reason in (("head", "blocked"), ("other_head", "something new")):
        chat = await Chat.create(
            channel="telegram", external_id=f"secret-{nick}", person_id=people[nick], created_at=now
        )
        await Outbox.create(chat=chat, payload="{}", status=3, reason=reason, created_at=now)
    await _enter(client, house, people["commune"])
    page = await _page(client, "/")
    assert re.search(r">Thôn 3</a> \(Telegram: đã chặn tin nhắn, 08:00 22/11/2026\)", page)
    assert "Thôn 1" not in page
    assert "secret-" not in page
    chat = await Chat.get(person_id=people["head"])
    await Outbox.create(chat=chat, payload="{}", status=1, created_at=now)
    assert "đã chặn" not in await _page(client, "/")


async def test_only_admins_see_how_many_messages_are_left(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    await BotRules.create(channel="zalo_bot", per_month=3_000)
    await SentMonth.create(channel="zalo_bot", month="2026-11", purpose="answer", sent=2_588)
    await _enter(client, house, people["district"])
    assert "còn 412 tin" not in await _page(client, "/")
    client.session.cookie_jar.clear()
    await _enter(client, house, people["admin"])
    assert "Zalo · Tháng này còn 412 tin trong 3.000 tin. · Cứ đà này" in await _page(client, "/")


async def test_an_admin_is_told_which_channel_takes_no_messages(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    told = "Hiện không chuyển được tin:</strong> Zalo OA konplong."
    house.channels = {"web": True, "telegram": False, "zalo-oa konplong": False}
    await _enter(client, house, people["district"])
    assert told not in await _page(client, "/")
    await _enter(client, house, people["admin"])
    assert told in await _page(client, "/")
    house.channels["zalo-oa konplong"] = True
    assert "Hiện không chuyển được tin" not in await _page(client, "/")
