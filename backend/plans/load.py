"""From a folder of YAML to a plan. `load_pack` is the only door.

A pack is a folder with any number of .yaml files, read in the order of their names and joined:
lists go on from one file to the next, every other key stands in one file only. `extends: ID`
lays the pack over another one (see `backend.plans.located.extend` for the rules). The result is
validated against `backend.plans.schema.Pack` and then checked as a whole (`backend.plans.check`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from backend.plans.check import check_pack
from backend.plans.located import (
    Located,
    LocatedError,
    PackError,
    dotted,
    duplicates,
    extend,
    join,
    read_yaml,
)
from backend.plans.questions import Questions, shipped_questions
from backend.plans.schema import Pack
from conversations.text import Param, Text

PACKS: Final = Path(__file__).parent
MAX_FILES: Final = 50
MAX_EXTENDS: Final = 5
NAMED_LISTS: Final = (
    "areas",
    "criteria_sets",
    "obligations",
    "surveys",
    "targets",
    "stages",
    "sponsors",
    "inspections",
    "activities",
    "task_plans",
)
INNER_LISTS: Final = (
    ("criteria_sets", "criteria"),
    ("criteria_sets", "indicators"),
    ("task_plans", "tasks"),
)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class PackRefusedError(Exception):
    """A pack that cannot be used; `errors` says all that is wrong, in order of file and line."""

    def __init__(self, errors: Sequence[PackError]) -> None:
        super().__init__(f"{len(errors)} mistakes, first: {errors[0].file} {errors[0].key}")
        self.errors = tuple(errors)


def pack_ids() -> tuple[str, ...]:
    """Return the ids of the packs that come with the program."""
    return tuple(sorted(path.parent.name for path in PACKS.glob("*/plan.yaml")))


@cache
def id_of(plan: str) -> str:
    """Return the id of a plan that is named by its id or by its folder (PLAN may be either)."""
    if _ID.fullmatch(plan) and not Path(plan, "plan.yaml").is_file():
        return plan
    try:
        tree = _tree(_folder(plan), MAX_EXTENDS, [])
    except LocatedError:
        return plan
    return str(tree.plain().get("id", plan))


def load_pack(pack: str | Path, questions: Questions | None = None) -> Pack:
    """Return a pack by its id or its folder, merged, validated and checked.

    `questions` are the questionnaires that indicators may use, by default the shipped ones.
    Reads files; raises PackRefusedError.
    """
    errors: list[PackError] = []
    try:
        tree = _tree(_folder(pack), MAX_EXTENDS, errors)
    except LocatedError as refused:
        raise PackRefusedError([*errors, refused.error]) from refused
    try:
        loaded = Pack.model_validate(tree.plain())
    except ValidationError as invalid:
        errors += [in_words(tree, detail) for detail in invalid.errors()]
    else:
        errors += check_pack(loaded, tree, shipped_questions() if questions is None else questions)
        if not errors:
            return loaded
    raise PackRefusedError(sorted(errors, key=lambda e: (e.file, e.line, e.key)))


def _folder(pack: str | Path) -> Path:
    folder = PACKS / pack if isinstance(pack, str) and _ID.fullmatch(pack) else Path(pack)
    if not folder.is_dir():
        folder = Path(pack)
    if folder.is_dir():
        return folder
    reason = Text("There is no plan pack {pack}.", {"pack": str(pack)})
    raise LocatedError(PackError(str(pack), "", reason))


def _tree(folder: Path, depth: int, errors: list[PackError]) -> Located:
    files = sorted(folder.glob("*.yaml"))
    if not files or len(files) > MAX_FILES:
        reason = Text("The folder must hold 1 to {most} .yaml files.", {"most": MAX_FILES})
        raise LocatedError(PackError(folder.name, "", reason))
    own = read_yaml(files[0])
    for path in files[1:]:
        own = join(own, read_yaml(path))
    errors += _doubled(own)
    if "extends" not in own.value or own.value["extends"].value is None:
        return own
    name = own.value["extends"]
    if depth == 0:
        reason = Text("Packs extend one another too many times.")
        raise LocatedError(PackError(name.file.name, "extends", reason, name.line))
    base = PACKS / str(name.value)
    if not _ID.fullmatch(str(name.value)) or not base.is_dir():
        reason = Text("There is no plan pack {pack}.", {"pack": str(name.value)})
        raise LocatedError(PackError(name.file.name, "extends", reason, name.line))
    return extend(_tree(base, depth - 1, errors), own)


def _doubled(tree: Located) -> list[PackError]:
    """Say which items of one pack have the same name, before merging would make one of them."""
    found = []

    def look(items: Located, *keys: str | int) -> None:
        for i, name, item in duplicates(items):
            reason = Text("{name} stands here twice.", {"name": name})
            found.append(PackError(item.file.name, dotted((*keys, i)), reason, item.line))

    for key in NAMED_LISTS:
        if key in tree.value:
            look(tree.value[key], key)
    for outer, key in INNER_LISTS:
        items = tree.value.get(outer)
        for i, item in enumerate(items.value if items and isinstance(items.value, list) else []):
            if isinstance(item.value, dict) and key in item.value:
                look(item.value[key], outer, i, key)
    return found


def in_words(tree: Located, detail: ErrorDetails) -> PackError:
    """Return what pydantic found wrong in a file as a sentence with its place."""
    keys = detail["loc"]
    place = tree.at(keys)
    value = str(detail["input"])[:80]
    context: dict[str, Any] = detail.get("ctx") or {}
    params: dict[str, Param] = {"value": value}
    match detail["type"]:
        case "missing":
            reason = Text("This key is missing.")
        case "extra_forbidden":
            reason = Text("This key is not known.")
        case "enum" | "literal_error":
            params["expected"] = str(context.get("expected", ""))
            reason = Text("{value} is none of these: {expected}.", params)
        case "string_pattern_mismatch":
            reason = Text("{value} is no code: use letters, digits, dots and dashes.", params)
        case "less_than_equal" | "greater_than_equal":
            params["bound"] = str(context.get("le", context.get("ge", "")))
            reason = Text("{value} is out of range, the bound is {bound}.", params)
        case kind if kind.startswith(("decimal", "int", "float")):
            reason = Text("{value} is no number.", params)
        case kind if kind.startswith("date"):
            reason = Text("{value} is no date such as 2026-12-31.", params)
        case kind if kind.startswith("time"):
            reason = Text("{value} is no time such as 07:30.", params)
        case kind:
            params["expected"] = kind.removesuffix("_type").removesuffix("_parsing")
            reason = Text(
                "{value} cannot stand here, a value of this kind can: {expected}.", params
            )
    return PackError(place.file.name, dotted(keys), reason, place.line)
