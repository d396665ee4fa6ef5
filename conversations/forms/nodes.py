"""The parts that a form is compiled to: nodes with their expressions, sentences in pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from conversations.forms.model import Question
from conversations.xpath.scope import Run

Part: TypeAlias = "str | Run"
"""A piece of a sentence: words, or an output to fill in."""
Sentence: TypeAlias = "tuple[Part, ...]"
Words: TypeAlias = "Mapping[str, Sentence]"
"""A sentence by language; "" is the text of a form without languages."""


@dataclass(frozen=True, slots=True)
class Itemset:
    """Where the choices of a select come from: inline rows, or an instance and its filters."""

    instance: str
    filters: tuple[Run, ...]
    value: str
    label: str
    """Column with the label: an itext id when `translated`, else the words themselves."""
    translated: bool


@dataclass(slots=True)
class Node:
    """One node of the form: a question, a calculate, or a group (then `question` is None).

    `kind` is how its text is read in expressions: number, date, string or "".
    """

    path: str
    parent: str
    kind: str = ""
    integer: bool = False
    question: Question | None = None
    relevant: Run | None = None
    required: Run | None = None
    read_only: Run | None = None
    constraint: Run | None = None
    compares: bool = False
    """Whether the constraint looks at other answers."""
    calculate: Run | None = None
    soft: Run | None = None
    static_default: str = ""
    default: Run | None = None
    label: Words = field(default_factory=dict)
    hint: Words = field(default_factory=dict)
    constraint_message: Words = field(default_factory=dict)
    required_message: Words = field(default_factory=dict)
    soft_message: Words = field(default_factory=dict)
    itemset: Itemset | None = None
    reads: frozenset[str] = frozenset()
    """What its calculation, relevance, required and read-only look at: the edges of cycles."""
