"""The access log without secrets: a link's token is the key to a conversation or an office."""

from __future__ import annotations

import logging
import re

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

SECRET = re.compile(r"^(?:(/c|/p|/login|/webhooks/[a-z-]+)/[^/]+|(/oauth)/.+)")


def redacted(path: str) -> str:
    """Return a request's path without its query and without a token."""
    return SECRET.sub(lambda found: f"{found[1] or found[2]}/…", path)


class RedactedAccessLogger(AbstractAccessLogger):
    """For `web.AppRunner(access_log_class=…)`: method, redacted path, status, milliseconds."""

    @property
    def enabled(self) -> bool:
        """Say whether anybody reads the lines, so that none is made for nothing."""
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write one line; no address, no query, no user agent."""
        self.logger.info(
            "%s %s %s %.0f ms", request.method, redacted(request.path), response.status, time * 1000
        )
