"""A Word document with its marks replaced by small pictures, one at a time, the same bytes always."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from PIL import Image

from backend.dossier.fixed_zip import entry
from backend.dossier.paper import MARK

SIDE: Final = 640
"""Longest side of a picture in the document, in pixels: about 50 kB; the originals lie beside."""
QUALITY: Final = 70
FIRST: Final = "[Content_Types].xml"
GREY: Final = (221, 221, 221)


async def with_pictures(
    draft: Path, target: Path, read: Callable[[str], Awaitable[bytes | None]]
) -> None:
    """Copy a document entry by entry; `read` gives a preview's bytes by its key, None if lost."""
    with zipfile.ZipFile(draft) as source, zipfile.ZipFile(target, "w") as made:
        for name in sorted(source.namelist(), key=lambda n: (n != FIRST, n)):
            body = source.read(name)
            picture = body.startswith(MARK)
            if picture:
                found = await read(body.removeprefix(MARK).decode())
                body = await asyncio.to_thread(small, found)
            await asyncio.to_thread(made.writestr, entry(name, packed=not picture), body)


def small(preview: bytes | None) -> bytes:
    """Return a preview as it stands in the document; a grey one for what cannot be read."""
    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(preview or b""), formats=("JPEG",)) as image:
            image.draft("RGB", (SIDE, SIDE))
            image.thumbnail((SIDE, SIDE))
            image.convert("RGB").save(out, "JPEG", quality=QUALITY)
    except (OSError, ValueError, SyntaxError):
        out = io.BytesIO()
        Image.new("RGB", (16, 16), GREY).save(out, "JPEG")
    return out.getvalue()
