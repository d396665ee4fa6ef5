"""From a claimed row to a Turn, without parsing again what this process has just written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import limits
from bot.messages import Incoming
from bot.turn import sql
from bot.turn.shapes import ChatRow, InterviewRow, Turn


class Loader:
    """Makes Turns of rows. Messages are known by their payload, so a changed one is parsed."""

    def __init__(self) -> None:
        """Know nothing yet: the rows of an earlier run are parsed."""
        self._just_kept: dict[str, Incoming] = {}

    def remember(self, payloads: Sequence[str], incoming: Sequence[Incoming]) -> None:
        """Note what was written; its turn is most often in the same commit."""
        if len(self._just_kept) > limits.JOURNAL_BATCH:  # one sent twice is never asked for
            self._just_kept.clear()
        self._just_kept.update(zip(payloads, incoming, strict=True))

    def turn(self, row: sql.Row, now: datetime) -> Turn:
        """Return the Turn of a row that `Statements.claim` gave."""
        chat = ChatRow(
            row["chat_id"], row["channel"], row["bot"], row["external_id"], bool(row["private"]),
            row["person_id"], row["lang"], row["stage"],
        )  # fmt: skip
        interview = None
        if row["interview_id"] is not None:
            interview = InterviewRow(
                row["interview_id"], row["form_version_id"], row["questionnaire"], row["area_id"],
                row["period"], row["state"],
            )  # fmt: skip
        payload = row["payload"]
        incoming = self._just_kept.pop(payload, None) or Incoming.from_json(payload)
        return Turn(row["inbox_id"], chat, incoming, interview, now)
