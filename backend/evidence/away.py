"""The evidence store cannot be used, for a reason that a person can mend."""

from __future__ import annotations

from typing import Final

from conversations.text import Text
from locales import Catalog, catalog

NOT_THERE: Final = Text(
    "EVIDENCE_URL: the folder with the photos is not there. Is its disk mounted?"
)


class StoreAwayError(OSError):
    """Nothing can be read or written there now. str() is English, for logs."""

    def __init__(self, reason: Text = NOT_THERE) -> None:
        super().__init__(catalog("en").say(reason))
        self.reason = reason

    def said(self, words: Catalog) -> str:
        """Return the sentence in a language; it names EVIDENCE_URL."""
        return words.say(self.reason)
