"""Small pictures that a person and a hash tell apart, and a queue full of them."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from backend.models import Evidence
from tests.backend.review.scene import PHOTO, Scene


def picture(number: int) -> bytes:
    """Return a JPEG of 480 x 360 with a number on it."""
    image = Image.new("RGB", (480, 360), (number * 37 % 200, number * 91 % 200, number * 53 % 200))
    draw = ImageDraw.Draw(image)
    for bar in range(8):
        if number >> bar & 1:
            draw.rectangle((bar * 60, 60, bar * 60 + 40, 300), fill="khaki")
    draw.text((10, 10), str(number), fill="white", font_size=40)
    body = io.BytesIO()
    image.save(body, "JPEG", quality=70)
    return body.getvalue()


async def many_photos(scene: Scene, most: int) -> list[Evidence]:
    """Let villages of two communes send so many photos, five to each questionnaire, in order."""
    villages = [
        a.code
        for a in scene.pack.areas
        if a.level == "village" and a.parent in {"ia-dal", "ia-toi"}
    ]
    sent: list[Evidence] = []
    for village in villages:
        for questionnaire in PHOTO:
            interview = await scene.interview(village, questionnaire, "2026-Q4")
            for _ in range(min(5, most - len(sent))):
                scene.clock.advance(minutes=1)
                sent.append(await scene.photo(interview, picture(len(sent))))
            await scene.submit(interview)
            if len(sent) == most:
                return sent
    raise AssertionError("too few villages")
