"""How long until the first prompt can be answered, on a slow line and a slow phone.

    python -m bench.first_prompt [--rounds 4]

Starts `thonmoi run` in an empty folder and opens the chat in Chromium at 360 × 640 with the
DevTools profile of slow 3G (400 ms for each request, 400 kbit/s down and up) and a processor six
times slower. "Usable" is when the consent's button stands there, enabled and on the screen, by the
page's own clock from the moment of opening it. The profile delays requests, not the connection's
own handshakes, and the server is on loopback: a real line adds one to three journeys for these.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser import ARGUMENTS, PHONE, find_chromium
from tests.journeys.house import free_port

SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}
SLOWER = 6
READY = """() => {
  const find = () => {
    const button = [...document.querySelectorAll("button")].find((b) => b.textContent === "ĐỒNG Ý");
    return button && !button.disabled && button.getBoundingClientRect().bottom <= innerHeight;
  };
  const look = () => { if (find()) window.readyAt = performance.now(); else requestAnimationFrame(look); };
  look();
  addEventListener("submit", () => { sessionStorage.pressed = Date.now(); });
}"""


def slow(context: BrowserContext, page: Page) -> Any:
    """Put a page on the slow line and the slow phone."""
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", SLOW_3G)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return tools


def usable(page: Page) -> float:
    """Milliseconds from opening the page until its first prompt could be answered."""
    for _ in range(600):
        if page.evaluate("window.readyAt || 0"):
            break
        page.wait_for_timeout(50)
    else:
        raise TimeoutError(page.inner_text("body"))
    return float(page.evaluate("window.readyAt"))


def measured(context: BrowserContext, door: str) -> dict[str, float]:
    """One person's way in: the code, the conversation at first, by its link, and from the phone."""
    page = context.new_page()
    page.add_init_script(f"({READY})()")
    tools = slow(context, page)
    carried = [0]
    tools.on(
        "Network.loadingFinished",
        lambda e: carried.__setitem__(0, carried[0] + e["encodedDataLength"]),
    )
    page.goto(door)
    took = {
        "the door, until the code can be sent": float(
            page.evaluate(
                "performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart"
            )
        )
    }
    page.get_by_role("button", name="Bắt đầu").click()
    page.wait_for_url(re.compile(r"/c/[\w-]{43}$"))
    usable(page)
    took["from «Bắt đầu» to the first prompt"] = float(
        page.evaluate("performance.timeOrigin + window.readyAt - Number(sessionStorage.pressed)")
    )
    took["kB on the way until then (compressed)"] = carried[0] / 1000
    link = page.url
    page.evaluate("navigator.serviceWorker.ready")
    page.close()

    page = context.new_page()
    page.add_init_script(f"({READY})()")
    slow(context, page)
    page.goto(link)
    took["opened again, from the phone's own shell"] = usable(page)
    page.close()

    fresh = context.browser.new_context(locale="vi-VN", service_workers="block", **PHONE)
    page = fresh.new_page()
    page.add_init_script(f"({READY})()")
    slow(fresh, page)
    page.goto(link)
    took["its link, opened on a phone that has nothing"] = usable(page)
    fresh.close()
    return took


def invited(village: str, env: dict[str, str]) -> str:
    """Return the door's address with a village head's code."""
    command = [sys.executable, "-m", "bot", "invite", "--role", "village_head", "--area", village]
    out = subprocess.run([*command, "--json"], env=env, check=True, capture_output=True, text=True)
    return f"http://127.0.0.1:{env['PORT']}/c/?code={json.loads(out.stdout)['code']}"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="each with a person who is new")
    rounds = parser.parse_args().rounds
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "DATA_DIR": str(Path(folder) / "data"), "PORT": str(free_port())}
        command = [sys.executable, "-m", "bot", "run"]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as run:
            assert run.stdout is not None
            for line in run.stdout:
                if "Ctrl+C" in line:
                    break
            try:
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(
                        executable_path=find_chromium(), args=ARGUMENTS
                    )
                    for number in range(rounds):
                        door = invited(f"ia-dal-thon-{number + 1}", env)
                        context = browser.new_context(locale="vi-VN", **PHONE)
                        for what, value in measured(context, door).items():
                            found.setdefault(what, []).append(value)
                        context.close()
                    browser.close()
            finally:
                run.terminate()
    print(
        f"slow 3G (400 ms, 400 kbit/s), processor {SLOWER} times slower, {rounds} rounds, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'':48} {'median':>9} {'worst':>9}")
    for what, values in found.items():
        unit = "kB" if what.startswith("kB") else "ms"
        print(f"{what:48} {statistics.median(values):>6.0f} {unit} {max(values):>6.0f} {unit}")


if __name__ == "__main__":
    main()
