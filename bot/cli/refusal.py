"""How a command says no."""

from conversations.text import Paragraph
from locales import Catalog, catalog


class Refusal(Exception):  # noqa: N818  (it is an answer to the person, not a fault of the program)
    """An input that cannot be used; `reason` is the one sentence that is shown.

    A Text is said in the office's language by whoever shows it; str() is English, for logs.
    """

    def __init__(self, reason: Paragraph) -> None:
        super().__init__(catalog("en").say(reason))
        self.reason = reason

    def said(self, words: Catalog) -> str:
        """Return the sentence in a language."""
        return words.say(self.reason)
