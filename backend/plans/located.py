"""YAML that remembers where it stood: every value with its file and line.

Merging a pack with the one it extends moves values about, so places travel with the values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from conversations.text import Text

MAX_FILE_BYTES: Final = 1_000_000
MAX_NODES: Final = 200_000
"""Most values in one file, counted where they are used: an alias cannot grow without bound."""
MAX_DEPTH: Final = 40

Keys: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class PackError:
    """One mistake in a pack. `key` is where: "targets[2].at_least.value"; `line` is 0 if unknown."""

    file: str
    key: str
    reason: Text
    line: int = 0


@dataclass(frozen=True, slots=True)
class Located:
    """A value with its place. `value` is a dict or list of Located, or a scalar."""

    value: Any
    file: Path
    line: int

    def plain(self) -> Any:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {k: v.plain() for k, v in self.value.items()}
        if isinstance(self.value, list):
            return [v.plain() for v in self.value]
        return self.value

    def at(self, keys: Keys) -> Located:
        """Return the value under these keys, or the nearest one above it that exists."""
        found = self
        for key in keys:
            inner = found.value
            if isinstance(inner, dict) and key in inner:
                found = inner[str(key)]
            elif isinstance(inner, list) and isinstance(key, int) and key < len(inner):
                found = inner[key]
            else:
                break
        return found


class LocatedError(Exception):
    """A file that cannot be read as one mapping; carries the PackError."""

    def __init__(self, error: PackError) -> None:
        super().__init__(error.key)
        self.error = error


def read_yaml(path: Path) -> Located:
    """Return a YAML file as a tree; raise LocatedError for one that is not a plain mapping."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _refused(path, Text("The file cannot be read.")) from error
    if len(raw) > MAX_FILE_BYTES:
        raise _refused(path, Text("The file is too large."))
    try:
        node = yaml.compose(raw, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise _refused(path, Text("This is not YAML that can be read."), line) from error
    if not isinstance(node, yaml.MappingNode):
        raise _refused(path, Text("The file must hold keys with values."), 1)
    return _Reader(path).tree(node, (), 0)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0
        self._scalars = yaml.constructor.SafeConstructor()

    def tree(self, node: Any, keys: Keys, depth: int) -> Located:
        self._count += 1
        line = node.start_mark.line + 1
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            raise _refused(self._path, Text("The file is too large."), line)
        if isinstance(node, yaml.MappingNode):
            return Located(dict(self._pairs(node, keys, depth)), self._path, line)
        if isinstance(node, yaml.SequenceNode):
            items = [self.tree(n, (*keys, i), depth + 1) for i, n in enumerate(node.value)]
            return Located(items, self._path, line)
        return Located(self._scalar(node, keys), self._path, line)

    def _pairs(self, node: Any, keys: Keys, depth: int) -> Iterator[tuple[str, Located]]:
        seen = set()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in seen:
                reason = Text("The key {key} stands here twice.", {"key": key})
                raise LocatedError(PackError(self._path.name, dotted((*keys, key)), reason, line))
            seen.add(key)
            value = self.tree(value_node, (*keys, key), depth + 1)
            # A long value begins lines below its key; people look for the key.
            yield key, Located(value.value, value.file, line)

    def _scalar(self, node: Any, keys: Keys) -> Any:
        if node.tag == "tag:yaml.org,2002:int" and ":" in node.value:
            return node.value  # 21:00 is a time here, not YAML 1.1's number to base 60
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            reason = Text("{value} cannot be read.", {"value": str(node.value)})
            line = node.start_mark.line + 1
            raise LocatedError(PackError(self._path.name, dotted(keys), reason, line)) from error


def dotted(keys: Keys) -> str:
    """Return keys as people write them: "targets[2].at_least.value"."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def join(first: Located, second: Located) -> Located:
    """Put two files of one pack together: lists are joined, other keys may stand in one only.

    Raises LocatedError for a key that both hold.
    """
    merged: dict[str, Located] = dict(first.value)
    for key, value in second.value.items():
        before = merged.get(key)
        if before is None:
            merged[key] = value
        elif isinstance(before.value, list) and isinstance(value.value, list):
            merged[key] = Located([*before.value, *value.value], before.file, before.line)
        else:
            reason = Text(
                "The key {key} stands in {file} already.", {"key": key, "file": before.file.name}
            )
            raise LocatedError(PackError(value.file.name, key, reason, value.line))
    return Located(merged, first.file, first.line)


IDENTITY: Final = ("code", "id", "questionnaire", "area")
"""What names an item of a list, in this order: the first of these that it has."""


def extend(base: Located, own: Located) -> Located:
    """Lay a pack's own values over those of the pack that it extends.

    Mappings are merged key by key. Lists whose items have a name (code, id, questionnaire or area)
    are merged item by item; new items come last. Everything else is replaced, also by null.
    """
    if isinstance(base.value, dict) and isinstance(own.value, dict):
        merged = dict(base.value)
        for key, value in own.value.items():
            merged[key] = extend(merged[key], value) if key in merged else value
        return Located(merged, own.file, own.line)
    if _named(base.value) and _named(own.value):
        items = {_name(item): item for item in base.value}
        for item in own.value:
            name = _name(item)
            items[name] = extend(items[name], item) if name in items else item
        return Located(list(items.values()), own.file, own.line)
    return own


def duplicates(items: Located) -> Iterator[tuple[int, str, Located]]:
    """Yield (index, name, item) of every item of a list whose name stood there before."""
    seen = set()
    for i, item in enumerate(items.value if isinstance(items.value, list) else []):
        name = _name(item)
        if name and name in seen:
            yield i, name[1], item
        seen.add(name)


def _named(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(_name(item) for item in value)


def _name(item: Located) -> tuple[str, str] | None:
    if isinstance(item.value, Mapping):
        for key in IDENTITY:
            if key in item.value:
                return key, str(item.value[key].value)
    return None


def _refused(path: Path, reason: Text, line: int = 0) -> LocatedError:
    return LocatedError(PackError(path.name, "", reason, line))
