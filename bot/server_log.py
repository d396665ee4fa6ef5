"""The HTTP server's own log without what people sent.

aiohttp logs whatever fails with a traceback, and its words quote the request: the address of a
conversation, which is its key, or what a person wrote. Here a line says what failed and where.
"""

from __future__ import annotations

import logging
from typing import Final

from aiohttp.http_exceptions import HttpProcessingError

from bot.faults import where

NAME: Final = "thonmoi.http"


def server_log() -> logging.Logger:
    """Return the logger for `web.AppRunner(logger=…)`."""
    log = logging.getLogger(NAME)
    log.filters[:] = [_Bare()]
    return log


class _Bare(logging.Filter):
    """One line a failure; none for what is no HTTP, which anybody on the network can send."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            return False
        if error is not None:
            record.msg, record.args = "a request failed: %s", (where(error),)
            record.exc_info = record.exc_text = None
        return True
