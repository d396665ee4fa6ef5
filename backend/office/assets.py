"""Files that pages load: served with their content's hash in the address, kept by the browser."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from aiohttp import web

from backend.office.headers import SECURITY_HEADERS

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
KEPT = "public, max-age=31536000, immutable"


class Assets:
    """One folder of small text files, read once."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self._folder = folder
        self._prefix = prefix

    def address(self, name: str) -> str:
        """Return the address of a file; it changes with the content."""
        return f"{self._prefix}/{name}?v={_load(self._folder / name)[1]}"

    async def serve(self, request: web.Request) -> web.Response:
        """Answer GET for `name` in the route."""
        name = request.match_info["name"]
        path = self._folder / name
        if not NAME.fullmatch(name) or path.suffix not in TYPES or not path.is_file():
            raise web.HTTPNotFound
        headers = {**SECURITY_HEADERS, "Cache-Control": KEPT}
        response = web.Response(
            body=_load(path)[0], content_type=TYPES[path.suffix], charset="utf-8", headers=headers
        )
        response.enable_compression()
        return response


@cache
def _load(path: Path) -> tuple[bytes, str]:
    data = path.read_bytes()
    return data, hashlib.sha256(data).hexdigest()[:12]
