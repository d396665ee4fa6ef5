"""Progress of an area that goes with messages, as pictures and workbooks: each key names for whom.

As with photos (`bot.sent_photos`), whoever reads one asks at that moment whether the area is still
theirs as an office's. A key that names nobody opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from backend.access import accessible_areas, area_to_export
from backend.consent import withdrawn
from backend.evidence.store import NotKeptError
from backend.lists import numbers
from backend.made_files import FIGURES, KEY
from backend.models import Area


def figures_key(area_code: str, person_id: int, what: str) -> str:
    """Return the key of `what` (kept bytes, or something to be drawn) as one person may see it."""
    return f"{FIGURES}|{person_id}|{area_code}|{what}"


def figures_for(key: str, person_id: int | None) -> bool:
    """Say whether a key of figures was made for this person."""
    found = KEY.fullmatch(key)
    return found is not None and int(found[1]) == person_id


async def figures_of(key: str) -> str:
    """Return what a key names while it is open to its person; raise NotKeptError otherwise."""
    found = KEY.fullmatch(key)
    if found is None:
        raise NotKeptError
    person_id, area = int(found[1]), await Area.get_or_none(code=found[2])
    if area is None or await withdrawn(person_id):
        raise NotKeptError
    if await area_to_export(person_id, area.id) is None:
        raise NotKeptError
    return found[3]


def kept_in(key: str) -> str:
    """Return what a key names, whoever may see it, "" for a key of something else."""
    found = KEY.fullmatch(key)
    return found[3] if found else ""


async def open_figures(keys: Iterable[str], person_id: int | None) -> frozenset[str]:
    """Return those keys that this person may have now."""
    theirs = {key: KEY.fullmatch(key) for key in keys if figures_for(key, person_id)}
    if person_id is None or not theirs or await withdrawn(person_id):
        return frozenset()
    areas = await accessible_areas(person_id, officer_only=True)
    wanted = {found[2] for found in theirs.values() if found}
    known = Area.filter(id__in=numbers(sorted(areas)), code__in=sorted(wanted))
    codes = {str(code) for code in await known.values_list("code", flat=True)}
    return frozenset(key for key, found in theirs.items() if found and found[2] in codes)
