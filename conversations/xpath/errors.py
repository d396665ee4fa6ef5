"""How an expression is refused."""

from __future__ import annotations

from conversations.text import Text


class XPathError(Exception):
    """An expression that cannot be used.

    `reason` is the sentence for its author; `position` counts characters from 0 in `expression`;
    `path` is the node that it stands at, when a form is loaded.
    """

    def __init__(self, reason: Text, expression: str, position: int) -> None:
        super().__init__(
            f"{reason.msgid.format_map(reason.params)} [{position}: {expression[:200]}]"
        )
        self.reason = reason
        self.expression = expression
        self.position = position
        self.path = ""
