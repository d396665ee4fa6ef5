"""Which address under /c/ leads where.

pages.py: what a browser opens and a phone installs. posts.py: words, choices, files. uploads.py:
photos over a bad line. stream.py: news as they come.
"""

from __future__ import annotations

from aiohttp import web

from backend.office.headers import secured
from bot.web_chat.pages import Pages
from bot.web_chat.parts import WebChat
from bot.web_chat.posts import Posts
from bot.web_chat.stream import Stream
from bot.web_chat.uploads import Uploads

__all__ = ["WebChat", "web_chat_routes"]

CHAT = r"/c/{token:[A-Za-z0-9_-]{43}}"
PHOTO = CHAT + r"/photos/{id:[A-Za-z0-9-]{8,64}}"


def web_chat_routes(app: web.Application, parts: WebChat) -> None:
    """Add the web chat to an application; ends open streams when the application shuts down."""
    pages, posts, stream, uploads = Pages(parts), Posts(parts), Stream(parts), Uploads(parts)
    app.add_routes(
        [
            web.get("/c", secured(pages.to_door)),
            web.get("/c/", secured(pages.door)),
            web.post("/c/", secured(pages.begin)),
            web.get("/c/shell", secured(pages.shell)),
            web.get("/c/sw.js", secured(pages.worker)),
            web.get("/c/app.webmanifest", secured(pages.manifest)),
            web.get(r"/c/icon-{size:192|512}.png", secured(pages.icon)),
            web.get("/c/static/{name}", pages.assets.serve),
            web.get(CHAT, secured(pages.chat)),
            web.post(CHAT + "/leave", secured(pages.leave)),
            web.get(CHAT + "/messages", secured(posts.messages)),
            web.post(CHAT + "/messages", secured(posts.post)),
            web.get(CHAT + r"/files/{id:\d{1,18}}", secured(posts.file)),
            web.post(CHAT + "/photos", secured(uploads.upload)),
            web.head(PHOTO, secured(uploads.arrived)),
            web.patch(PHOTO, secured(uploads.piece)),
            web.get(CHAT + "/events", secured(stream.events)),
            web.get("/c/{wrong:.*}", secured(pages.wrong)),
        ]
    )

    async def close(_app: web.Application) -> None:
        parts.wakes.close()

    app.on_shutdown.append(close)
