"""What a supervisor and Prometheus ask."""

from __future__ import annotations

import asyncio

from aiohttp.test_utils import TestClient
from tortoise import Tortoise

from backend.models import BotRules, Chat, Outbox, SentMonth
from backend.office.machines import metrics_token
from backend.plans.load import load_pack
from backend.plans.store import load_into_database
from tests.backend.office.house import House


async def test_alive_and_ready_say_so(house: House, client: TestClient) -> None:
    assert (await client.get("/healthz")).status == 200
    without = await client.get("/readyz")
    assert without.status == 503
    assert (await without.json())["plan"] is False, "nobody can be asked or shown anything"
    await load_into_database(load_pack(house.settings.plan), house.clock)
    ready = await client.get("/readyz")
    assert ready.status == 200
    assert await ready.json() == {
        "ready": True,
        "database": True,
        "migrations": True,
        "plan": True,
        "evidence": True,
        "channels": {"web": True, "telegram": False},
    }


async def test_a_database_without_its_tables_is_not_ready_but_alive(
    house: House, client: TestClient
) -> None:
    connection = Tortoise.get_connection(
        next(iter(Tortoise.apps["models"].values()))._meta.default_connection
    )
    await connection.execute_script("ALTER TABLE inbox RENAME TO hidden")
    ready = await client.get("/readyz")
    assert ready.status == 503
    assert (await ready.json())["database"] is False
    assert (await client.get("/healthz")).status == 200


async def test_metrics_count_what_waits(house: House, client: TestClient) -> None:
    now = house.clock.now()
    chat = await Chat.create(channel="web", external_id="x", created_at=now)
    for status in (0, 0, 1, 3):
        await Outbox.create(chat=chat, payload="{}", status=status, created_at=now)
    house.clock.advance(90)
    text = await (await client.get("/metrics")).text()
    assert 'thonmoi_outbox{status="to_send"} 2.0' in text
    assert 'thonmoi_outbox{status="undeliverable"} 1.0' in text
    assert "thonmoi_outbox_oldest_seconds 90.0" in text
    assert "process_resident_memory_bytes" in text


async def test_metrics_are_for_this_machine_or_the_token(house: House, client: TestClient) -> None:
    through_proxy = {"X-Forwarded-For": "203.0.113.5"}
    assert (await client.get("/metrics", headers=through_proxy)).status == 403
    token = metrics_token(house.settings.secret_key)
    with_token = {**through_proxy, "Authorization": f"Bearer {token}"}
    assert (await client.get("/metrics", headers=with_token)).status == 200
    wrong = {**through_proxy, "Authorization": "Bearer ü"}
    assert (await client.get("/metrics", headers=wrong)).status == 403
    strange = {**through_proxy, "Authorization": "Bearer \udce9"}
    raw = "".join(f"{name}: {value}\r\n" for name, value in strange.items())
    reader, writer = await asyncio.open_connection(client.server.host, client.server.port)
    head = f"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{raw}\r\n"
    writer.write(head.encode("utf-8", "surrogateescape"))
    assert (await reader.read()).startswith(b"HTTP/1.1 403 ")
    writer.close()


async def test_metrics_tell_each_bots_month(house: House, client: TestClient) -> None:
    await BotRules.create(channel="zalo_bot", per_month=3_000, people=50)
    await SentMonth.create(channel="zalo_bot", month="2026-11", purpose="answer", sent=2_588)
    await SentMonth.create(channel="zalo_bot", month="2026-10", purpose="answer", sent=9)
    text = await (await client.get("/metrics")).text()
    assert 'thonmoi_month_left{bot="",channel="zalo_bot"} 412.0' in text
    assert 'thonmoi_month_sent{bot="",channel="zalo_bot",purpose="answer"} 2588.0' in text
    assert 'thonmoi_month_kept{bot="",channel="zalo_bot"} 412.0' in text
    assert 'thonmoi_bot_people{bot="",channel="zalo_bot"} 0.0' in text
