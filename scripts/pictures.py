"""Make the README's pictures with the program itself and its sample plan.

    python scripts/pictures.py        writes docs/pictures/*.png

Starts `thonmoi run` in an empty folder, lets a few villages answer over HTTP with made-up
numbers, then photographs a conversation in Chromium and keeps what `/tiendo` draws.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
PORT = 8765
BASE = f"http://127.0.0.1:{PORT}"
CHROMIUM = next(
    (
        p
        for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
        if Path(p).exists()
    ),
    None,
)
VILLAGES = {  # code: households, of which good for each questionnaire in percent (all made up)
    "ia-dal-thon-1": (96, 97),
    "ia-dal-thon-2": (112, 91),
    "ia-dal-thon-3": (128, 98),
    "ia-dal-thon-7": (75, 88),
    "ia-toi-thon-9": (70, 100),
}


class Person:
    """Somebody with a browser, without the browser."""

    def __init__(self, code: str) -> None:
        """Open the door with a code."""
        form = urllib.parse.urlencode({"code": code}).encode()
        with urllib.request.urlopen(f"{BASE}/c/", form) as page:
            self.url = page.geturl()
        self.seen: set[str] = set()
        self.news()

    def says(self, text: str) -> str:
        """Send words and return what came back; a doubt is confirmed."""
        self._post(
            "/messages",
            json.dumps({"id": str(uuid.uuid4()), "kind": "text", "text": text}).encode(),
            "application/json",
        )
        answer = self.news()
        return self.says("đúng") if "nhắn ĐÚNG" in answer else answer

    def photographs(self, data: bytes) -> str:
        """Send a photo and return what came back."""
        self._post(f"/photos?id={uuid.uuid4()}", data, "image/jpeg")
        return self.news()

    def news(self) -> str:
        """Wait for the office's next messages."""
        for _ in range(100):
            with urllib.request.urlopen(f"{self.url}/messages") as page:
                messages = [m for m in json.load(page)["messages"] if m["from"] == "office"]
            new = [m["text"] for m in messages if m["key"] not in self.seen]
            if new:
                self.seen.update(m["key"] for m in messages)
                return "\n".join(new)
            time.sleep(0.1)
        raise TimeoutError("the program did not answer")

    def _post(self, path: str, data: bytes, kind: str) -> None:
        request = urllib.request.Request(self.url + path, data, {"Content-Type": kind})
        urllib.request.urlopen(request).close()


def photo(shade: int) -> bytes:
    """Return a drawing of a water tank: no real place is shown."""
    image = Image.new("RGB", (800, 600), (150, 190, 225))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 420, 800, 600), fill=(120, 95 + shade, 70))
    draw.rounded_rectangle((270, 170, 530, 470), 40, fill=(70, 110, 150))
    draw.ellipse((270, 140, 530, 210), fill=(95, 140, 180))
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def answers(households: int, percent: int) -> dict[str, list[str]]:
    """Return made-up answers to the four questionnaires, in the order of the list."""
    good = households * percent // 100
    n, g, bad = str(households), str(good), str(households - good)
    housing = [n, g, bad, *(["1", "0"] if good < households else []), "2"]
    return {
        "1": housing,
        "2": [n, g, bad, g, g, g, g, "20, 15"],
        "3": [n, g, str(good // 2), "không rõ", f"{households * 4}, {good * 4}", "0"],
        "4": [n, g, f"{bad}, 0", "0", str(good // 3), "0", "1", "hôm nay"],
    }


def village(code: str, number: int) -> None:
    """Let one village answer some of the questionnaires."""
    head = Person(invite("village_head", code))
    head.says("đồng ý")
    for choice, words in list(answers(*VILLAGES[code]).items())[: 4 - number % 3]:
        head.says(choice)
        for word in words:
            head.says(word)
        if "GỬI" not in head.photographs(photo(number * 10)):
            head.says("xong")
        head.says("gửi")


def invite(role: str, area: str) -> str:
    """Return a code, made by the command line."""
    command = [sys.executable, "-m", "bot", "invite", "--role", role, "--area", area, "--json"]
    out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return str(json.loads(out)["code"])


def conversation(page: Page) -> None:
    """Photograph a village head's conversation."""
    page.goto(f"{BASE}/c/?code={invite('village_head', 'ia-toi-thon-1')}")
    page.get_by_role("button", name="Bắt đầu").click()
    page.get_by_role("button", name="ĐỒNG Ý").click()
    page.get_by_role("button", name="3. Nước").click()
    for n, word in {1: "118 hộ", 2: "khoảng 110"}.items():
        page.get_by_role("log").get_by_text(f"Câu {n}/").last.wait_for()
        page.get_by_role("textbox").fill(word)
        page.get_by_role("button", name="Gửi", exact=True).last.click()
    page.get_by_role("log").get_by_text("Câu 3/").last.wait_for()
    page.wait_for_timeout(600)
    page.screenshot(path=PICTURES / "conversation.png")


def without_a_line(phone: BrowserContext) -> None:
    """Photograph answers that wait on the phone until the line is back."""
    page = phone.new_page()
    page.goto(f"{BASE}/c/?code={invite('village_head', 'ia-dal-thon-8')}")
    page.get_by_role("button", name="Bắt đầu").click()
    page.get_by_role("button", name="ĐỒNG Ý").click()
    page.get_by_role("button", name="3. Nước").click()
    page.get_by_role("log").get_by_text("Câu 1/").last.wait_for()
    phone.set_offline(True)
    page.get_by_role("textbox").fill("118 hộ")
    page.get_by_role("button", name="Gửi", exact=True).last.click()
    page.locator("#camera").set_input_files(
        {"name": "be-nuoc.jpg", "mimeType": "image/jpeg", "buffer": photo(20)}
    )
    page.locator("article.waiting img").wait_for()
    page.wait_for_timeout(600)
    page.screenshot(path=PICTURES / "offline.png")
    phone.set_offline(False)
    page.locator("article.waiting").first.wait_for(state="detached")
    page.close()


def progress(page: Page) -> None:
    """Keep what `/tiendo` draws for the district, and photograph the office's table."""
    page.goto(f"{BASE}/c/?code={invite('district_officer', 'ia-hdrai')}")
    page.get_by_role("button", name="Bắt đầu").click()
    page.get_by_role("log").get_by_text("TIẾN ĐỘ").first.wait_for()
    page.get_by_role("textbox").fill("/tiendo")
    page.get_by_role("button", name="Gửi", exact=True).last.click()
    picture = page.get_by_role("log").locator("img").last
    picture.wait_for()
    address = urllib.parse.urljoin(page.url, picture.get_attribute("src") or "")
    with urllib.request.urlopen(address) as drawn:
        (PICTURES / "tiendo.png").write_bytes(drawn.read())


def main() -> None:
    """Make all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DATA_DIR=folder, PORT=str(PORT), PLAN="vi-du")
        with subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as run:
            assert run.stdout is not None  # noqa: S101  (a pipe was asked for)
            for line in run.stdout:
                print(line, end="")
                if "Ctrl+C" in line:
                    break
            try:
                for number, code in enumerate(VILLAGES):
                    print("answers:", code, flush=True)
                    village(code, number)
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(
                        executable_path=CHROMIUM, args=["--no-sandbox"]
                    )
                    phone = browser.new_context(
                        viewport={"width": 360, "height": 720},
                        device_scale_factor=2,
                        locale="vi-VN",
                        timezone_id="Asia/Ho_Chi_Minh",
                    )
                    conversation(phone.new_page())
                    without_a_line(phone)
                    progress(phone.new_page())
                    browser.close()
            finally:
                run.terminate()


if __name__ == "__main__":
    main()
