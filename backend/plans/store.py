"""Plans in the database: which one is in force, and the areas that it names.

Loading never deletes anything and never touches recorded answers. The area that a newer pack no
longer names stays; a null in a pack never overwrites what the office entered (households). Only
numbers that a sample pack made up give way: a pack that is no sample takes them out. Columns that
the office's list or a reform has set (`Area.kept`) are left as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from tortoise.transactions import in_transaction

from backend import audit
from backend.areas.log import state_of_tree
from backend.areas.overlay import with_present_tree
from backend.clock import Clock
from backend.lists import parts_of
from backend.models import Area, Plan
from backend.office_settings.store import with_settings
from backend.plans.load import id_of
from backend.plans.schema import AreaSpec, Pack
from conversations.text import fold

MADE_UP: Final = "households_sample"
"""Key of `Area.info` while the number of households is a sample pack's."""
MOST_PARSED: Final = 16
_parsed: dict[tuple[str, str], Pack] = {}
"""Packs by the hash of their content, which never changes, and by the state of the tree."""


class NoPlanError(LookupError):
    """No pack of this id was loaded; the message is the id."""


def content_of(pack: Pack) -> tuple[str, str]:
    """Return a pack's JSON as it is kept, and its sha256.

    All that is not said is written too, so that a later version's defaults change no plan that
    was loaded. Except of areas, of which a country has a hundred thousand: there it means that
    nothing is known, and takes as much memory as everything else together.
    """
    kept = pack.model_dump(mode="json", exclude={"areas"})
    kept["areas"] = [a.model_dump(mode="json", exclude_defaults=True) for a in pack.areas]
    content = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return content, hashlib.sha256(content.encode()).hexdigest()


async def load_into_database(pack: Pack, clock: Clock) -> Plan:
    """Put a checked pack in force and bring the area table up to it, in one transaction.

    Idempotent: the same pack again changes nothing. A pack that was in force before comes back
    into force by being loaded again. What changes anything is one row of the audit log.
    """
    content, sha256 = content_of(pack)
    now = clock.now()
    async with in_transaction():
        touched = await _upsert_areas(pack)
        newest = await Plan.filter(pack=pack.id).order_by("-loaded_at", "-id").first()
        plan = newest
        if newest is None or newest.sha256 != sha256:
            plan = await Plan.get_or_none(pack=pack.id, sha256=sha256)
            if plan is not None:
                plan.loaded_at = now
                await plan.save(update_fields=["loaded_at"])
        if plan is None:
            plan = await Plan.create(pack=pack.id, sha256=sha256, content=content, loaded_at=now)
        if touched or plan is not newest:
            await audit.record(
                "plan.loaded",
                by=None,
                subject=f"plan:{pack.id}",
                at=now,
                details={
                    "sha256": sha256,
                    "before": newest.sha256 if newest else "",
                    "areas": len(pack.areas),
                    "areas_touched": touched,
                },
            )
        return plan


async def active_pack(pack_id: str, on: date | None = None) -> Pack:
    """Return the pack in force, as the office has set it; raise NoPlanError if there is none.

    `pack_id` may also be the folder that the pack was loaded from. `on` is the office's day,
    whose settings decide how people are reminded (`backend.office_settings`). Made once per
    content, state of the tree and settings.
    """
    return await with_settings(await bare_pack(pack_id), on)


async def bare_pack(pack_id: str) -> Pack:
    """Return the pack in force with the present tree of areas, without what the office has set."""
    named = id_of(pack_id)
    newest = (
        await Plan.filter(pack=named).order_by("-loaded_at", "-id").first().only("id", "sha256")
    )
    if newest is None:
        raise NoPlanError(pack_id)
    state = await state_of_tree()
    pack = _parsed.get((newest.sha256, state))
    if pack is None:
        pack = _parsed.get((newest.sha256, ""))
        if pack is None:
            pack = Pack.model_validate_json((await Plan.get(id=newest.id)).content)
            _keep((newest.sha256, ""), pack)
        if state:
            pack = await with_present_tree(pack)
            _keep((newest.sha256, state), pack)
    return pack


def _keep(key: tuple[str, str], pack: Pack) -> None:
    if len(_parsed) >= MOST_PARSED:
        _parsed.clear()
    _parsed[key] = pack


async def loaded_plans() -> list[Plan]:
    """Return every loaded plan, without its content, newest last."""
    return (
        await Plan.all()
        .order_by("pack", "loaded_at", "id")
        .only("id", "pack", "sha256", "loaded_at")
    )


def village_row(area: Area, pack: Pack) -> Mapping[str, str]:
    """Return what pulldata('village', …) finds of an area: text by column, blank if unknown.

    Columns: code, name, households, unit_word, and whatever `Area.info` holds.
    """
    return {
        **area.info,
        "code": area.code,
        "name": area.name,
        "households": "" if area.households is None else str(area.households),
        "unit_word": pack.unit_word,
    }


async def _upsert_areas(pack: Pack) -> int:
    """Bring the areas up to the pack; return how many are new or changed."""
    known: dict[str, Area] = {}
    for codes in parts_of([a.code for a in pack.areas]):
        known |= {area.code: area for area in await Area.filter(code__in=list(codes))}
    specs = {spec.code: spec for spec in pack.areas}
    touched: set[str] = set()
    for spec in pack.areas:
        await _upsert_area(spec, specs, known, touched, sample=pack.sample)
    return len(touched)


async def _upsert_area(
    spec: AreaSpec,
    specs: Mapping[str, AreaSpec],
    known: dict[str, Area],
    touched: set[str],
    *,
    sample: bool,
) -> Area:
    """Create or bring up to date one area, its parent first; levels forbid a cycle."""
    parent = None
    if spec.parent is not None:
        parent = known.get(spec.parent)
        if parent is None:
            parent = await _upsert_area(specs[spec.parent], specs, known, touched, sample=sample)
    wanted: dict[str, Any] = {
        "level": spec.level,
        "name": spec.name,
        "folded": fold(spec.name),
        "parent_id": parent.id if parent else None,
        "valid_from": spec.valid_from,
        "valid_to": spec.valid_to,
    }
    area = known.get(spec.code)
    kept = set(area.kept or ()) if area else set()
    info = {**(area.info if area else {}), **spec.info}
    if "households" in kept:
        pass
    elif spec.households.value is not None:
        wanted["households"] = int(spec.households.value)
        info.pop(MADE_UP, None)
        if sample:
            info[MADE_UP] = "yes"
    elif not sample and info.pop(MADE_UP, ""):
        wanted["households"] = None
    wanted["info"] = info
    if area is None:
        touched.add(spec.code)
        area = known[spec.code] = await Area.create(code=spec.code, **wanted)
        return area
    changed = {
        key: value
        for key, value in wanted.items()
        if key not in kept and getattr(area, key) != value
    }
    if changed:
        touched.add(spec.code)
        area.update_from_dict(changed)
        await area.save(update_fields=list(changed))
    return area
