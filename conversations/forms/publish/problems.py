"""What is wrong with a questionnaire's source, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.text import Param, Text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the sentence, and as much of sheet, row (header = 1), column as is known."""

    reason: Text
    sheet: str = ""
    row: int = 0
    column: str = ""

    def text(self) -> Text:
        """Return the place and the reason as one sentence."""
        values: dict[str, Param] = {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "reason": self.reason,
        }
        if self.sheet and self.row and self.column:
            return Text("Sheet {sheet}, row {row}, column {column}: {reason}", values)
        if self.sheet and self.row:
            return Text("Sheet {sheet}, row {row}: {reason}", values)
        if self.sheet:
            return Text("Sheet {sheet}: {reason}", values)
        return self.reason


class PublishError(Exception):
    """A source that cannot be published; `problems` are all that were found, in order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.sheet}:{p.row}:{p.column} {p.reason}" for p in problems))
        self.problems = tuple(problems)
