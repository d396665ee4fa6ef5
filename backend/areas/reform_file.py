"""The shape of a reform: which units begin on a day, out of which, which move and which end.

A reform is one YAML file. Everything in it names units by their codes; `also` names, for people
to read, units that became part of the new one and that no plan has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from backend.plans.load import PackRefusedError, in_words
from backend.plans.located import Located, LocatedError, read_yaml
from backend.plans.schema import Code, Strict

SHIPPED: Final = Path(__file__).parent.parent / "plans"


class NewUnit(Strict):
    """A unit from the reform's day on. What lay in its predecessors lies in it.

    `takes`, for a predecessor that was divided, names what comes to this unit; without it
    everything does.
    """

    code: Code
    level: Literal["province", "district", "commune", "village"]
    name: str
    parent: Code | None = None
    predecessors: tuple[Code, ...] = ()
    takes: tuple[Code, ...] | None = None
    also: tuple[str, ...] = ()
    info: dict[str, str] = Field(default_factory=dict)


class Move(Strict):
    """A unit that stays what it is and lies in another one from the day on."""

    code: Code
    parent: Code


class Reform(Strict):
    """A dated change of the tree. `date` is the first day of the new units."""

    title: str
    date: date
    source: str = ""
    units: tuple[NewUnit, ...] = ()
    moves: tuple[Move, ...] = ()
    ends: tuple[Code, ...] = ()
    """Units that end without a successor of their level."""


@dataclass(frozen=True, slots=True)
class ReformFile:
    """A reform and where each of its values stands in its file."""

    reform: Reform
    tree: Located


def read_reform(file: str | Path) -> ReformFile:
    """Return a reform by its file, or by the name of one that comes along ("reform-2025").

    Raises PackRefusedError with all that is wrong.
    """
    path = Path(file)
    if not path.is_file() and (SHIPPED / f"{path.name}.yaml").is_file():
        path = SHIPPED / f"{path.name}.yaml"
    try:
        tree = read_yaml(path)
    except LocatedError as refused:
        raise PackRefusedError([refused.error]) from refused
    try:
        return ReformFile(Reform.model_validate(tree.plain()), tree)
    except ValidationError as invalid:
        raise PackRefusedError([in_words(tree, d) for d in invalid.errors()]) from invalid
