"""A full bot shows the web chat; admins ask what is left; officers, whom to phone."""

from __future__ import annotations

from backend.models import BotRules, Chat, Invite, SentMonth
from backend.people import Role
from tests.bot.reception.talk import Office


async def rules(**limits: int) -> None:
    await BotRules.update_or_create(channel="telegram", bot="", defaults=limits)


async def test_whoever_comes_to_a_full_bot_gets_the_web_chat_with_their_code(
    office: Office,
) -> None:
    await rules(people=1)
    first = await office.head("ia-dal-thon-3")
    code = await office.invite(Role.VILLAGE_HEAD, "ia-dal-thon-1", uses=2)
    late = await office.chat()
    said = await late.send(code)
    assert f"https://example.test/c/?code={code}" in said
    assert "đã đủ người" in said
    assert all(m.once for m in late.last), "each sentence once a day: it costs messages too"
    assert (await Invite.all().order_by("-id").first()).uses_left == 2, "the code is not used up"
    assert "https://example.test/c/" in await late.send("xin chào")
    assert "'" not in await late.send("a'b\"cde")
    # Whoever is inside stays inside, also with another code.
    assert "Thôn 1" in await first.send(code)
    await rules(people=2)
    assert "Chào mừng" in await late.send(code)


async def test_admins_ask_what_is_left_and_nobody_else(office: Office) -> None:
    admin = await office.officer(Role.ADMIN, "ia-hdrai")
    assert await admin.send("/hanmuc") == "Không kênh nào ở đây bị giới hạn số tin."
    await rules(per_month=3_000, people=50)
    for purpose, sent in (("answer", 2_000), ("reminder", 588)):
        await SentMonth.create(channel="telegram", month="2026-11", purpose=purpose, sent=sent)
    said = await admin.send("hạn mức")
    assert "Tháng này còn 412 tin trong 3.000 tin." in said
    assert "Đã gửi: trả lời 2.000, nhắc 588." in said
    assert "Cứ đà này thì hết vào ngày 25/11/2026." in said
    assert "Số người: 1/50." in said
    assert "/hanmuc" in await admin.send("trợ giúp")
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    assert "chỉ dành cho quản trị" in await officer.send("/hanmuc")
    assert "/hanmuc" not in await officer.send("trợ giúp")


async def test_an_officer_asks_whom_to_phone_and_hears_why(office: Office) -> None:
    await rules(reply_seconds=7 * 86_400)
    head = await office.head("ia-dal-thon-3")
    await Chat.filter(id=head.chat_id).update(last_in_at=office.clock.now())
    officer = await office.officer(Role.DISTRICT_OFFICER, "ia-hdrai")
    assert "CẦN GỌI" not in await officer.send("/hanchot")
    office.clock.advance(days=8)
    said = await officer.send("/hanchot")
    assert "CẦN GỌI (1)" in said
    assert "• Thôn 3: Telegram: quá 7 ngày chưa nhắn" in said
    assert "CẦN GỌI" not in await head.send("/hanchot"), "that is for officers"
    await Chat.filter(id=head.chat_id).update(last_in_at=office.clock.now())
    assert "CẦN GỌI" not in await officer.send("/hanchot")
