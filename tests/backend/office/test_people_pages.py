"""/people: an officer sees whose role they may take away, writes why, and it is gone."""

from __future__ import annotations

import re
from html import unescape

from aiohttp.test_utils import TestClient

from backend.models import RoleGrant
from backend.office.session import office_link
from tests.backend.office.house import House


async def test_a_role_is_taken_away_with_a_reason(
    house: House, client: TestClient, people: dict[str, int]
) -> None:
    async def enter(nick: str) -> None:
        client.session.cookie_jar.clear()
        link = await office_link(people[nick], house.clock.now())
        await client.post(f"/login/{link}", allow_redirects=False)

    async def page(path: str) -> str:
        answer = await client.get(path)
        assert answer.status == 200, path
        return unescape(await answer.text())

    row = await RoleGrant.get(person_id=people["head"])
    await enter("commune")
    text = await page("/people")
    assert "Người head · trưởng thôn" in text
    assert "Người commune ·" not in text, "nobody ends their own"
    token = re.findall(r'name="token" value="(\w+)"', text)[0]

    async def end(number: int, reason: str, **more: str) -> int:
        form = {"token": token, "reason": reason, "area": "dal"} | more
        answer = await client.post(f"/people/{number}/end", data=form, allow_redirects=False)
        return answer.status

    assert await end(row.id, REASON, token="0" * 64) == 403, "only by our own form"
    assert await end(row.id, " ") == 422
    department = await RoleGrant.get(person_id=people["department"])
    assert await end(department.id, REASON) == 404, "not theirs"
    assert await RoleGrant.filter(revoked_at=None).count() == len(people) - 1
    assert await end(row.id, REASON) == 303
    assert await end(row.id, REASON) == 404, "it is gone"
    assert "Đã thôi giao việc" in await page("/people?area=dal&ended")
    await row.refresh_from_db()
    assert (row.revoked_reason, row.revoked_at) == (REASON, house.clock.now())
    await enter("admin")
    assert "Xã Ia Đal</a>" in await page("/people"), "further down by unit"
    assert "Người head" not in await page("/people?area=dal")


REASON = "Nghỉ hưu"
