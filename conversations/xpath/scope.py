"""What a running expression sees, and what compiling one gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from conversations.xpath.values import Value

Row: TypeAlias = Mapping[str, str]


class Scope(Protocol):
    """What a running expression may look at."""

    item: Row
    """The row that a predicate is being tried on."""

    def read(self, path: str) -> Value:
        """Return the typed value of a node, "" when blank or not relevant."""
        ...

    def is_relevant(self, path: str) -> bool: ...
    def rows(self, instance: str) -> Sequence[Row]: ...
    def last_saved(self, path: str) -> Value: ...
    def today(self) -> Value: ...
    def now(self) -> datetime: ...
    def itext(self, key: str) -> str: ...
    def choice_name(self, value: str, path: str) -> str: ...


Run: TypeAlias = Callable[[Scope], Value]
RunNodes: TypeAlias = Callable[[Scope], "Sequence[Value]"]


@dataclass(slots=True)
class Place:
    """The form around an expression: its nodes with their kind, and where it stands.

    `kinds` has every node and group by path: "number", "date", "string", "group" or "" when
    the kind is known only when it runs. `instances` are the secondary instances that exist,
    `columns` those of the instances whose columns are known.
    """

    context: str
    kinds: Mapping[str, str]
    instances: frozenset[str] = frozenset()
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled expression: call `run` with a scope. `reads` are the paths it may read."""

    run: Run
    kind: str
    reads: frozenset[str]


@dataclass(slots=True)
class Part:
    """One node of the tree as a closure, with what is known of it before it runs."""

    run: Run
    kind: str = ""
    nodes: RunNodes | None = None
    literal: Value | None = None
    path: str = ""
