"""Closures that read: one node, several, the rows of a list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from conversations.xpath.scope import Part, Row, Run, RunNodes, Scope
from conversations.xpath.values import Value, to_bool


def first(nodes: RunNodes) -> Run:
    """Return what reads the first of some nodes, "" without any."""

    def run(scope: Scope) -> Value:
        found = nodes(scope)
        return found[0] if found else ""

    return run


def gather(part: Part) -> RunNodes:
    """Return what reads all values of a part; a question that is not asked has none."""
    if part.nodes is not None:
        return part.nodes
    run, path = part.run, part.path
    if path:
        return lambda scope: (run(scope),) if scope.is_relevant(path) else ()
    return lambda scope: (run(scope),)


@lru_cache(maxsize=4096)
def reader(path: str) -> Run:
    """Return the closure that reads a node."""
    return lambda scope: scope.read(path)


def rows(instance: str, filters: Sequence[Run], column: str) -> RunNodes:
    """Return what reads a column of the rows that fit."""

    def nodes(scope: Scope) -> Sequence[Value]:
        fitting = matching(scope, instance, filters)
        if not column:
            return ["" for _ in fitting]
        return [row[column] for row in fitting if column in row]

    return nodes


def matching(scope: Scope, instance: str, filters: Sequence[Run]) -> list[Row]:
    """Return the rows of an instance on which every filter holds, in order."""
    every = scope.rows(instance)
    if not filters:
        return list(every)
    kept: list[Row] = []
    outer = scope.item
    try:
        for row in every:
            scope.item = row
            if all(to_bool(run(scope)) for run in filters):
                kept.append(row)
    finally:
        scope.item = outer
    return kept
