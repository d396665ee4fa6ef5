"""How a form is refused."""

from __future__ import annotations

from conversations.text import Text


class FormError(Exception):
    """An XForm that cannot be loaded; `reason` is the sentence for its author, `path` where."""

    def __init__(self, reason: Text, path: str = "") -> None:
        super().__init__(f"{reason.msgid} {dict(reason.params)} {path}".strip())
        self.reason = reason
        self.path = path
