"""Of several bots the nearest office's is named in an invitation."""

from __future__ import annotations

import pytest

from backend.models import Area
from bot.doors.links import Way, invite_links

pytestmark = pytest.mark.usefixtures("database")


async def test_the_bot_of_the_nearest_area_is_named() -> None:
    province = await Area.create(code="p", level="province", name="P", folded="p")
    commune = await Area.create(code="c", level="commune", name="C", folded="c", parent=province)
    village = await Area.create(code="v", level="village", name="V", folded="v", parent=commune)
    other = await Area.create(code="o", level="commune", name="O", folded="o", parent=province)

    def way(area: str, name: str) -> Way:
        return Way("telegram", area, lambda code: f"https://t.me/{name}?start={code}")

    ways = [way("", "everybody"), way("c", "of_c"), way("p", "of_p"), Way("zalo", "", lambda _: "")]
    assert await invite_links(ways, "https://a.example", "K7", village.id) == {
        "telegram": "https://t.me/of_c?start=K7",
        "web": "https://a.example/c/?code=K7",
    }
    found = await invite_links(ways, "https://a.example", "K7", other.id)
    assert found["telegram"] == "https://t.me/of_p?start=K7"


async def test_without_any_bot_the_browser_is_left() -> None:
    village = await Area.create(code="v", level="village", name="V", folded="v")
    ways = [Way("telegram", "elsewhere", lambda _: "https://t.me/other")]
    assert await invite_links(ways, "https://a.example", "K7", village.id) == {
        "web": "https://a.example/c/?code=K7"
    }
