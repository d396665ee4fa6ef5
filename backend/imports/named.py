"""Areas by the names that people write: with or without marks, case and the level word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from backend.imports.words import bare, has_level, key
from backend.models import Area


class Named:
    """Some areas to be found by name. «Thôn Mới» and «Làng Mới» are two, «Mới» may be either."""

    def __init__(self) -> None:
        self._whole: dict[str, dict[int, Area]] = defaultdict(dict)
        self._bare: dict[str, dict[int, Area]] = defaultdict(dict)

    def add(self, area: Area, names: Iterable[str]) -> None:
        """Let an area be found under these names."""
        for name in names:
            self._whole[key(name)][area.id] = area
            self._bare[bare(name)][area.id] = area

    def find(self, name: str) -> list[Area]:
        """Return every area that a name may mean."""
        found = self._whole.get(key(name))
        if found is None and has_level(name):
            found = self._whole.get(bare(name))
        elif found is None:
            found = self._bare.get(key(name))
        return list((found or {}).values())
