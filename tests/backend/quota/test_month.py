"""What an admin reads of a bot's month; on both databases."""

from __future__ import annotations

import pytest

from backend.models import Chat, Outbox, SentMonth
from backend.quota.books import Bot, note_bots
from backend.quota.month import month_text, months
from backend.quota.rules import Allowance
from locales import Catalog
from tests.clock import OFFICE_ZONE, HandClock

OA = "zalo-oa"


async def sent(purpose: str, count: int) -> None:
    await SentMonth.create(channel=OA, month="2026-11", purpose=purpose, sent=count)


@pytest.mark.usefixtures("database")
async def test_paid_templates_are_shown_beside_the_messages_and_take_none_of_them(
    clock: HandClock, catalog_vi: Catalog
) -> None:
    await note_bots([Bot(OA, "", Allowance(per_month=2_000))], clock.now())
    await sent("answer", 500)
    await sent("zns", 12)
    (month,) = await months(clock.now(), OFFICE_ZONE)
    assert (month.left, month.templates) == (1_500, 12)
    text = month_text(month, catalog_vi)
    assert "Tháng này còn 1.500 tin trong 2.000 tin." in text
    assert "Đã gửi: trả lời 500." in text
    assert "Tin mẫu trả phí (ZNS): 12." in text


@pytest.mark.usefixtures("database")
async def test_an_account_without_a_limit_is_shown_once_it_has_paid_for_templates(
    clock: HandClock, catalog_vi: Catalog
) -> None:
    await note_bots([Bot(OA, "", Allowance(reply_seconds=604_800))], clock.now())
    assert await months(clock.now(), OFFICE_ZONE) == []
    await sent("zns", 3)
    (month,) = await months(clock.now(), OFFICE_ZONE)
    assert month_text(month, catalog_vi) == "Zalo OA\nTin mẫu trả phí (ZNS): 3."


@pytest.mark.usefixtures("database")
async def test_it_says_for_how_many_people_an_answer_waits(
    clock: HandClock, catalog_vi: Catalog
) -> None:
    await note_bots([Bot(OA, "", Allowance(per_month=10))], clock.now())
    for name in ("lan", "lan", "nhi"):
        chat, _ = await Chat.get_or_create(
            channel=OA, external_id=name, defaults={"created_at": clock.now()}
        )
        await Outbox.create(chat=chat, payload="{}", reason="later", created_at=clock.now())
    (month,) = await months(clock.now(), OFFICE_ZONE)
    assert "2 người sẽ được trả lời sau." in month_text(month, catalog_vi)
    await sent("answer", 10)
    (month,) = await months(clock.now(), OFFICE_ZONE)
    assert "2 người chờ trả lời đến tháng sau." in month_text(month, catalog_vi)
