"""Every bound on what comes through a door, in one place."""

from typing import Final

MAX_UPDATE_BYTES: Final = 1_000_000
"""Largest webhook body or chat POST that is read."""

MAX_INCOMING_CHARS: Final = 4_096
"""Text longer than this is cut when it is journalled (Telegram's own limit)."""

MAX_PHOTO_BYTES: Final = 20_000_000
"""Largest photo fetched or uploaded (Telegram's getFile limit)."""

MAX_EXTERNAL_ID_CHARS: Final = 190

TURN_BATCH: Final = 128
"""Most turns that share one commit."""

TURN_ATTEMPTS: Final = 3
"""A turn that fails this often is set aside with its error; the chat goes on."""

WEB_MESSAGE_BYTES: Final = 32_000
"""Largest JSON body of one message from the web chat's page."""

WEB_POSTS_PER_MINUTE: Final = 90
"""Most messages and photos one web chat may post a minute; the page waits and sends again."""

WEB_CHATS_PER_ADDRESS: Final = 20
WEB_CHATS_WINDOW_SECONDS: Final = 600
"""Most web chats begun from one network address in this window; a whole meeting may share one."""

WEB_HISTORY: Final = 200
"""Most messages one read of a web chat returns."""

WEB_STREAMS: Final = 1_000
WEB_STREAMS_STRANGERS: Final = 250
WEB_STREAMS_PER_CHAT: Final = 4
WEB_STREAM_SECONDS: Final = 300.0
"""Open event streams; each ends after this long, so that a revoked link stops being served. When
so many are open, chats that have given no code get no more: they ask now and then instead."""

WEB_UPLOADS: Final = 64
WEB_UPLOADS_PER_CHAT: Final = 4
WEB_UPLOAD_SECONDS: Final = 900.0
"""Photos uploaded at one time, in all and by one chat, and the longest that one may take on a bad
line: whoever sends very slowly holds few places."""

WEB_LEAST_FREE_BYTES: Final = 500_000_000
"""With less room on the disk no more photos are taken by HTTP: the database needs the rest."""

WEB_CHUNKS_PER_MINUTE: Final = 600
"""Most pieces of photos that one web chat may send a minute."""

WEB_HALF_BYTES_PER_CHAT: Final = 60_000_000
WEB_HALF_FILES_PER_CHAT: Final = 20
WEB_HALF_BYTES: Final = 4_000_000_000
"""Photos whose upload has begun and not ended: most bytes and files of one chat, and of all."""

WEB_HALF_DAYS: Final = 7
"""How long a photo that arrived in part waits for the rest."""

WEB_FIRST_CHARS: Final = 12_000
"""Most characters of a conversation that come with the page itself; the rest is asked for."""

WEB_LINK_DAYS: Final = 180
"""How long a web chat's link works after it was last used."""

WEB_SPOOL_DAYS: Final = 14
"""How long an uploaded photo waits in the spool to be looked at."""

MAX_SOURCE_CHARS: Final = 2_048
"""Longest handle or address of a photo at its channel."""

MAX_NAME_CHARS: Final = 190
"""Longest file name or media type that is kept."""

MAX_PHONE_CHARS: Final = 20

JOURNAL_BATCH: Final = 500
"""Most messages that are kept in one commit."""

MEDIA_FETCHES: Final = 4
"""Photos fetched at the same time."""

MEDIA_ATTEMPTS: Final = 5
"""A photo that cannot be fetched this often is refused as unreachable."""

SENDS_AT_ONCE: Final = 100
"""Messages of one bot on their way at the same time (rate × latency, turn.md 9)."""

MESSAGE_ID: Final = 64
"""Longest id that a channel gives a message and that we keep (`backend.models.Outbox`)."""

SEND_BACKLOG: Final = 1_000
"""Most unsent messages read from the database at once."""

SEND_HOURS: Final = 24
"""A message that could not be delivered for this long is given up as unreachable."""
