"""How long from a reviewer's key to the next photo on screen.

    python -m bench.review_keys [--photos 200] [--pause 0.7]

Fills a throw-away SQLite office with photos of 1280 x 960 (about 150 kB each), opens the review
in Chromium on loopback, and decides about all of them by keys: once with a pause before each key
(a quick reviewer), once as fast as the page lets one. Measured inside the page, from the key
event's own time until the frame with the next photo, decoded, has been drawn. A run fails unless
the database holds exactly one decision for each photo, in the order of the keys. The server and
the browser share the machine; no line and no slow phone are simulated.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer
from PIL import Image, ImageDraw
from playwright.async_api import Page, async_playwright

from backend.database import close_database, open_database
from backend.migrate import migrate
from backend.models import Evidence, Review
from backend.office.session import office_link
from tests.backend.office.house import House
from tests.backend.review.pictures import many_photos
from tests.backend.review.scene import PLAN, Scene, make_scene
from tests.browser import ARGUMENTS, find_chromium
from tests.clock import HandClock

WATCH = """(() => {
  window.took = [];
  const picture = () => document.querySelector(".card .picture img");
  const number = () => document.querySelector(".card")?.dataset.id;
  addEventListener("keydown", (event) => {
    const before = number(), from = event.timeStamp;
    const look = () => requestAnimationFrame(() => {
      const now = picture();
      if (number() === before || (now && !(now.complete && now.naturalWidth))) return look();
      const channel = new MessageChannel(); // its message comes after the frame is drawn
      channel.port1.onmessage = () => took.push(performance.now() - from);
      channel.port2.postMessage(0);
    });
    look();
  }, true);
})()"""


def photo(number: int) -> bytes:
    """Return a JPEG of a preview's size and weight."""
    image = Image.effect_noise((320, 240), 60).resize((1280, 960)).convert("RGB")
    ImageDraw.Draw(image).text((20, 20), str(number), fill="red", font_size=120)
    body = io.BytesIO()
    image.save(body, "JPEG", quality=85)
    return body.getvalue()


async def review(page: Page, photos: list[Evidence], pause: float) -> list[float]:
    """Approve every photo; return what each key took, in milliseconds."""
    for done in range(len(photos)):
        await asyncio.sleep(pause)
        await page.keyboard.press("a")
        await page.wait_for_function("(n) => took.length > n", arg=done, timeout=60_000)
    await page.wait_for_function(
        "(n) => document.getElementById('review').dataset.sent === String(n)", arg=len(photos)
    )
    return [float(took) for took in await page.evaluate("took")]


def show(name: str, took: list[float]) -> None:
    """Print one line; the last key shows the list's end and is left out."""
    took = sorted(took[:-1])
    p95 = took[int(len(took) * 0.95)]
    over = sum(t >= 100 for t in took)  # the goal
    print(
        f"{name:28} median {statistics.median(took):6.1f} ms   p95 {p95:6.1f} ms   "
        f"longest {took[-1]:6.1f} ms   of {len(took)} keys, {over} took 100 ms or more"
    )


async def once(name: str, count: int, pause: float) -> None:
    """Fill an office, review it, check what was kept, print what it took."""
    with tempfile.TemporaryDirectory(prefix="tm-bench-") as folder:
        url = f"sqlite://{folder}/bench.sqlite3"
        await migrate(url)
        await open_database(url)
        try:
            scene = await make_scene(HandClock())
            photos = await many_photos(scene, count)
            for number, key in enumerate(scene.kept):
                scene.kept[key] = photo(number)
            house = House(scene.clock, Path(folder) / "data", url)
            house.settings = replace(house.settings, plan=PLAN)
            house.store.kept = scene.kept
            async with TestClient(TestServer(house.app())) as client:
                show(name, await _in_browser(client, scene, photos, pause))
            rows = await Review.all().order_by("id").values_list("evidence_id", "number")
            assert list(rows) == [(p.id, 1) for p in photos], "not each once and in order"
        finally:
            await close_database()


async def _in_browser(
    client: TestClient, scene: Scene, photos: list[Evidence], pause: float
) -> list[float]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = await (await browser.new_context(viewport={"width": 1366, "height": 768})).new_page()
        token = await office_link(scene.people["district"], scene.now)
        await page.goto(str(client.make_url(f"/login/{token}")))
        await page.get_by_role("button", name="Vào trang").click()
        await page.wait_for_url("**/")
        await page.goto(str(client.make_url("/review")))
        await page.wait_for_load_state("networkidle")
        await page.evaluate(WATCH)
        took = await review(page, photos, pause)
        await browser.close()
        return took


async def main() -> None:
    """Run both paces."""
    parser = argparse.ArgumentParser(description="Time from key to next photo.")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.7, help="seconds before each key")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    await once(f"a key every {asked.pause} s", asked.photos, asked.pause)
    await once("as fast as the page lets one", asked.photos, 0)


if __name__ == "__main__":
    asyncio.run(main())
