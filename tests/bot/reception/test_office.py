"""What officers ask: progress, deadlines, invitations, links; in groups, only commands."""

from __future__ import annotations

import re

import pytest

from backend.models import Invite, WebLink
from backend.people import Role
from bot.messages import Kind
from tests.bot.reception.talk import Office

WATER = ("128", "128", "100", "ko rõ", "400 380", "0", "bỏ qua", "gửi")


@pytest.mark.parametrize("word", ["/tiendo", "tiendo", "Tiến độ", "TIEN DO", "/TienDo@thonmoi_bot"])
async def test_an_officer_sees_text_and_picture(office: Office, word: str) -> None:
    head = await office.head()
    await head.answer("3", *WATER)
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    said = await officer.send(word)
    assert "Đã nộp: 1/" in said
    assert "DỮ LIỆU MẪU" in said
    picture = officer.last[-1].picture
    drawn = await office.pictures.get(picture)
    assert drawn.startswith(b"\x89PNG")
    assert await office.pictures.get(picture) == drawn


async def test_an_officer_asks_for_a_commune_and_a_village(office: Office) -> None:
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    assert "TIẾN ĐỘ · Xã Ia Đal" in await officer.send("tiến độ ia dal")
    assert "TIẾN ĐỘ · Thôn 3" in await officer.send("/tiendo ia-dal-thon-3")
    which = await officer.send("/tiendo thôn 7")
    assert "1. Thôn 7 (" in which
    assert "TIẾN ĐỘ · Thôn 7" in await officer.send("2")
    assert "Không tìm thấy" in await officer.send("/tiendo Hà Nội")


async def test_a_commune_sees_itself_alone(office: Office) -> None:
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    assert "Xã Ia Đal" in await officer.send("/tiendo")
    assert "Không tìm thấy" in await officer.send("/tiendo Ia Tơi")
    assert "Không tìm thấy" in await officer.send("/tiendo ia-toi-thon-1")


async def test_a_head_sees_the_own_village_whatever_they_name(office: Office) -> None:
    head = await office.head()
    assert "TIẾN ĐỘ · Thôn 3" in await head.send("/tiendo Thôn 4")
    assert not any(m.picture for m in head.last)


async def test_what_is_due(office: Office) -> None:
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    said = await officer.send("hạn chót")
    assert "12/12/2026" in said


async def test_an_invitation_goes_downwards_and_works(office: Office) -> None:
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    assert "1. trưởng thôn" in await officer.send("/moi")
    assert "nơi nào" in await officer.send("1")
    assert "Không tìm thấy" in await officer.send("Thôn 1 Ia Tơi")
    said = await officer.send("thôn 4")
    code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", said)
    assert code is not None
    assert f"https://t.me/thonmoi_bot?start={code[0].replace('-', '')}" in said
    assert "/c/?code=" in said
    assert "Thôn 4" in await (await office.chat()).send(code[0])
    assert "Thôn 8" in await officer.send("/moi trưởng thôn thôn 8")
    assert "chưa mời ai" in await officer.answer("/moi", "hủy")


async def test_a_head_invites_nobody(office: Office) -> None:
    head = await office.head()
    before = await Invite.all().count()
    assert "Chỉ cán bộ" in await head.send("/moi trưởng thôn thôn 4")
    assert await Invite.all().count() == before


async def test_links(office: Office) -> None:
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    assert "https://example.test/login/" in await officer.send("/web")
    head = await office.head()
    assert "https://example.test/c/" in await head.send("/web")
    assert sorted(await WebLink.all().values_list("kind", flat=True)) == ["chat", "office"]


async def test_in_a_group_only_officers_commands_are_heard(office: Office) -> None:
    officer = await office.officer(Role.COMMUNE_OFFICER, "ia-dal")
    head = await office.head("ia-dal-thon-4")
    group = await office.chat("-100", private=False)
    for chatter in ("tiến độ thế nào?", "alo", "1", "/xyz", "tiendo"):
        assert await group.send(chatter, user=officer.external_id) == ""
    assert await group.send("/tiendo", user="999") == ""
    assert await group.send("/tiendo", user=head.external_id) == ""
    assert "Xã Ia Đal" in await group.send("/tiendo", user=officer.external_id)
    assert "nhắn riêng" in await group.send("/moi", user=officer.external_id)
    assert await group.take(Kind.UNSUPPORTED, text="sticker") == ""
    assert await group.photo("x") == ""


@pytest.mark.parametrize("kind", list(Kind))
async def test_whatever_is_sent_gets_a_sentence(office: Office, kind: Kind) -> None:
    head = await office.head()
    officer = await office.officer(Role.ADMIN, "ia-hdrai")
    for talk in (head, officer):
        for text in ("", "/", "/xyz abc", "🙂", "12345678901234567890", "x" * 4000):
            assert await talk.take(kind, text=text) != "", (kind, text[:9])
    await head.send("3") if "Câu" not in head.last[-1].text else None
    for text in ("", "/xyz", "🙂", "-5", "1" + "0" * 30):
        assert "Câu" in await head.take(kind, text=text), (kind, text[:9])
