"""Every bound on what comes through a door, in one place."""

from typing import Final

MAX_UPDATE_BYTES: Final = 1_000_000
"""Largest webhook body or chat POST that is read."""

MAX_INCOMING_CHARS: Final = 4_096
"""Text longer than this is cut when it is journalled (Telegram's own limit)."""

MAX_PHOTO_BYTES: Final = 20_000_000
"""Largest photo fetched or uploaded (Telegram's getFile limit)."""

MAX_EXTERNAL_ID_CHARS: Final = 190

TURN_BATCH: Final = 64
"""Most turns that share one commit."""

TURN_ATTEMPTS: Final = 3
"""A turn that fails this often is set aside with its error; the chat goes on."""
