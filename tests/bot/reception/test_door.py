"""Who may come in, and what somebody unknown learns: nothing."""

from __future__ import annotations

import pytest

from backend import consent
from backend.invites import PER_CHAT
from backend.models import Area, AuditEntry, Chat, Consent, Interview, Person, RoleGrant
from backend.people import Grant, Role, add_person, grant, revoke
from bot.messages import Kind, Wants
from tests.bot.reception.talk import Office

SAYINGS = (
    "alo", "/menu", "/tiendo", "/tiendo Thôn 3", "thôn 3", "1", "đồng ý", "/hanchot", "/web", "/moi",
    "/trogiup", "xin chào bác", "AAAA-AAAA", "gửi", "RÚT LẠI", "", "Ia Đal", "ia-dal-thon-3",
)  # fmt: skip


async def test_an_unknown_person_learns_nothing(office: Office) -> None:
    await office.head()
    names = set(await Area.all().values_list("name", flat=True)) - {""}
    talk = await office.chat()
    for saying in SAYINGS:
        said = await talk.send(saying)
        assert said, saying
        assert "mã" in said.casefold(), saying
    for kind in (Kind.UNSUPPORTED, Kind.LOCATION, Kind.START, Kind.CONTACT, Kind.PRESS):
        assert "mã mời" in await talk.take(kind, text="m.1.nuoc" if kind is Kind.PRESS else "")
    assert "mã mời" in await talk.photo("x")
    for message in talk.everything:
        assert not message.buttons
        assert not any(name in message.text for name in names), message.text
        assert "nuoc" not in message.text
    assert talk.last[0].wants is Wants.PHONE
    assert await Interview.all().count() == 0


async def test_guessing_is_throttled_and_wrong_is_one_sentence(office: Office) -> None:
    talk = await office.chat()
    used = await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3")
    await (await office.chat()).send(used)
    right = await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-4")
    answers = {await talk.send(code) for code in (used, "AAAA-AAAA", "CCCC CCCC", "deaf hkln")}
    assert len(answers) == 1
    await talk.take(Kind.START, text="Z" * 300)
    assert PER_CHAT.guesses == 5
    assert "15 phút" in await talk.send(right)
    office.clock.advance(minutes=16)
    assert "Thôn 4" in await talk.send(right)


async def test_a_deep_link_opens_the_door(office: Office) -> None:
    talk = await office.chat()
    code = await office.invite(Role.COMMUNE_OFFICER, "ia-dal")
    assert "cán bộ xã" in await talk.take(Kind.START, text=code)
    assert "/moi" in talk.last[-1].text


async def test_enrolling_twice_is_harmless(office: Office) -> None:
    talk = await office.chat()
    code = await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3")
    await talk.send(code)
    await talk.send(code)
    await talk.take(Kind.START, text=code)
    assert await Person.all().count() == 1
    assert await RoleGrant.all().count() == 1


async def test_a_second_role_joins_the_first(office: Office) -> None:
    talk = await office.head()
    await talk.answer("3", "128")
    code = await office.invite(Role.COMMUNE_OFFICER, "ia-dal")
    said = await talk.take(Kind.START, text=code)
    assert "cán bộ xã" in said
    assert "Câu 2/8" in said
    assert await Person.all().count() == 1
    assert await RoleGrant.all().count() == 2


async def test_an_own_number_on_the_list_opens_the_door(office: Office) -> None:
    area = await Area.get(code="ia-dal-thon-3")
    person = await add_person("A Nhà", office.clock.now(), phone="0901234567")
    await grant(person.id, Grant(Role.VILLAGE_HEAD, area.id), office.clock.now())
    stranger = await office.chat()
    assert "chưa có trong danh sách" in await stranger.take(Kind.CONTACT, phone="+84909999999")
    assert "chưa có trong danh sách" in await stranger.take(Kind.CONTACT, phone="")
    for _ in range(2):
        talk = await office.chat()
        assert "A Nhà" in await talk.take(Kind.CONTACT, phone="+84901234567")
    assert await Chat.filter(person_id=person.id).count() == 2
    assert "đã có trong danh sách" not in talk.last[-1].text


async def test_nothing_is_asked_before_consent(office: Office) -> None:
    talk = await office.chat()
    await talk.send(await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3"))
    for saying in ("3", "nước", "/menu", "ok", "đúng", "95", "thêm ảnh"):
        said = await talk.send(saying)
        assert "ĐỒNG Ý" in said, saying
        assert "Câu 1" not in said
    assert "Không sao ạ" in await talk.send("KHÔNG")
    # «1» is no answer to a question that was not just asked.
    assert "1. ĐỒNG Ý" in await talk.send("1")
    assert await Consent.all().count() == 0
    await talk.send("không")
    assert "Các phiếu" in await talk.send("Đồng ý.")


@pytest.mark.parametrize("word", ["RÚT LẠI", "/huydongy", "rut lai", "/HuyDongY"])
async def test_consent_can_be_taken_back_and_given_again(office: Office, word: str) -> None:
    talk = await office.head()
    await talk.answer("3", "128")
    assert "rút lại" in (await talk.send(word)).casefold()
    assert "Câu 2/8" in await talk.send("GIỮ")
    await talk.send(word)
    assert "Đã rút lại" in await talk.send(word)
    assert (await Consent.get()).withdrawn_at is not None
    assert (await Interview.get()).status == "paused"
    assert "ĐỒNG Ý" in await talk.send("3")
    assert "đang làm" in await talk.send("đồng ý")
    assert "Câu 2/8" in await talk.send("3")
    assert await Consent.all().count() == 2
    who = (await Person.get()).id
    noted = AuditEntry.filter(action__startswith="consent.").order_by("number")
    assert await noted.values_list("action", "by", "subject") == [
        (f"consent.{what}", who, f"person:{who}") for what in ("given", "withdrawn", "given")
    ]


async def test_consent_that_cannot_be_noted_is_neither_given_nor_taken_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await office.chat()
    await talk.send(await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-3"))
    who = (await Person.get()).id

    async def full(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("backend.audit.record", full)
        with pytest.raises(OSError, match="full"):
            await consent.give(who, "telegram", office.clock.now())
    assert not await Consent.all().exists()
    await consent.give(who, "telegram", office.clock.now())
    await consent.give(who, "web", office.clock.now())
    assert await AuditEntry.filter(action="consent.given").count() == 1
    with monkeypatch.context() as broken:
        broken.setattr("backend.audit.record", full)
        with pytest.raises(OSError, match="full"):
            await consent.withdraw(who, office.clock.now())
    assert await consent.consented(who)


async def test_taking_consent_back_by_buttons(office: Office) -> None:
    talk = await office.head()
    await talk.send("/huydongy")
    assert "giữ nguyên" in await talk.press("GIỮ")
    await talk.send("/huydongy")
    assert "1. RÚT LẠI" in await talk.send("95")
    assert "Đã rút lại" in await talk.press("RÚT LẠI")
    assert "chưa đồng ý" in await talk.send("rút lại")


async def test_a_revoked_person_is_told_so_and_comes_in_like_anybody(office: Office) -> None:
    talk = await office.head()
    await talk.answer("3", "128")
    person = await Person.get()
    await revoke(person.id, office.clock.now(), reason="nghỉ hưu")
    said = await talk.send("120")
    assert said.startswith("Văn phòng đã ghi: bác thôi làm trưởng thôn, phụ trách Thôn 3.")
    assert "nghỉ hưu" not in said, "the reason is the office's"
    assert "mã mời" in said
    assert "mã mời" in await talk.send("/menu")
