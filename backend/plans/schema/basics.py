"""What the other parts of a plan are made of: codes, sources, numbers, how often."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Level = Literal["province", "district", "commune", "village"]


class Strict(BaseModel):
    """Unknown keys are mistakes and are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where a value comes from: `line` of the document `doc`, and the words that say it.

    Words that run over several lines, such as a table's row, stand in `line` to `to_line`.
    """

    doc: str
    line: int | None = None
    to_line: int | None = None
    quote: str = ""


class Number(Strict):
    """A number that a source states, or null when none does."""

    value: Decimal | None = None
    source: Source | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Cadence(StrEnum):
    """How often something is due."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SIX_MONTH = "six_month"
    NINE_MONTH = "nine_month"
    ANNUAL = "annual"
    ONE_OFF = "one_off"
    AD_HOC = "ad_hoc"
    UNSTATED = "unstated"
    """Again and again («thường xuyên»), and the source does not say how often."""


class Document(Strict):
    """A source document; `file` is its text in the pack, when the pack carries it."""

    title: str
    issuer: str = ""
    dated: str = ""
    file: str = ""
