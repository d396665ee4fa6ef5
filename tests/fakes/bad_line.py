"""A line between a phone and a server that can be cut: a TCP proxy on loopback."""

from __future__ import annotations

import asyncio
from typing import Self


class BadLine:
    """Carries bytes both ways while it is `up`.

    `cut()` ends every connection and refuses new ones until `restore()`. With `breaks_after` each
    connection dies once it has carried so many bytes towards the server. With `swallows`, a request
    that contains these bytes reaches the server, but the connection dies instead of answering, once.
    """

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.up = True
        self.sent = 0
        self.cuts = 0
        self.breaks_after = 0
        self.swallows = b""
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._end()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        self.up = False
        self._end()

    def restore(self) -> None:
        self.up = True

    def _end(self) -> None:
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if not self.up:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(*self._to)
        both = {writer, back}
        self._open |= both
        swallowing = asyncio.Event()
        try:
            await asyncio.gather(
                self._forward(reader, back, swallowing), self._answer(there, writer, swallowing)
            )
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._open -= both
            writer.transport.abort()
            back.close()  # what was carried has arrived

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallowing: asyncio.Event
    ) -> None:
        carried = 0
        while data := await reader.read(8_192):
            carried += len(data)
            self.sent += len(data)
            if self.swallows and self.swallows in data:
                self.swallows = b""
                swallowing.set()
            writer.write(data)
            await writer.drain()
            if self.breaks_after and carried >= self.breaks_after:
                self.cuts += 1
                raise ConnectionResetError
        raise ConnectionResetError

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallowing: asyncio.Event
    ) -> None:
        while data := await reader.read(65_536):
            if swallowing.is_set():
                self.cuts += 1
                raise ConnectionResetError
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError
