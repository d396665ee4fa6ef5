"""Settings in the database: what holds, setting, ending, and the log. Rows are only added.

Every act on a key has the next number, and whoever sets a value says which number they have
seen: of two admins at once the second is told what the first has done, by the table itself.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from backend import audit
from backend.models import OfficeSetting
from backend.office_settings.keys import Key, Kind
from backend.office_settings.overlay import Act, in_force, laid_over
from backend.plans.schema import Pack
from conversations.text import Text

MOST_SOURCE: Final = 300
MOST_KEPT: Final = 8
SET: Final = "set"
ENDED: Final = "end"
_acts: OrderedDict[str, tuple[Act, ...]] = OrderedDict()
"""All acts of a plan by the token of its newest one, which names them."""
_packs: OrderedDict[tuple[int | str, ...], tuple[Pack, Pack]] = OrderedDict()
"""Packs laid over, by the identity of the bare pack (kept beside it) and the acts in force."""


@dataclass(frozen=True, slots=True)
class Setter:
    """Who sets something and from where: chat, web or command."""

    person_id: int | None
    name: str
    via: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be set: the value as `read_value` gives it; `ends` sets nothing any more."""

    key: Key
    value: Any
    unit: str
    source: str
    valid_from: date
    valid_to: date | None = None
    ends: bool = False

    def act(self) -> Act:
        """Return what it would be once it is set; for previews."""
        return Act(
            0, self.key, self.value, self.source, self.valid_from, self.valid_to, ends=self.ends
        )


class ChangedMeanwhileError(Exception):
    """Somebody else was first; `newest` is what they did."""

    def __init__(self, newest: OfficeSetting | None) -> None:
        """Nothing was written."""
        super().__init__("changed meanwhile")
        self.newest = newest

    @property
    def reason(self) -> Text:
        """Who was first, for a person."""
        name = self.newest.set_by_name if self.newest else ""
        return Text(
            "{name} has changed this just now. Please look at the new value first.", {"name": name}
        )


async def acts_of(plan: str) -> tuple[Act, ...]:
    """Return all acts on a plan's settings, oldest first; one statement when nothing is new."""
    newest = await OfficeSetting.filter(plan=plan).order_by("-id").first().only("id", "token")
    if newest is None:
        return ()
    known = _acts.get(newest.token)
    if known is None:
        rows = await OfficeSetting.filter(plan=plan, id__lte=newest.id).order_by("id")
        known = tuple(_act(row) for row in rows if Key.read(row.kind) is not None)
        _kept(_acts, newest.token, known)
    return known


async def with_settings(pack: Pack, on: date | None = None) -> Pack:
    """Return the pack as the office has set it on a day; the same object while nothing changes.

    Without a day the newest settings decide how people are reminded; what goes by periods
    (thresholds, deadlines, lead time) is the same either way.
    """
    acts = in_force(await acts_of(pack.id), on)
    if not acts:
        return pack
    key: tuple[int | str, ...] = (id(pack), *(act.token for act in acts))
    known = _packs.get(key)
    if known is None or known[0] is not pack:
        known = (pack, laid_over(pack, acts))
        _kept(_packs, key, known)
    return known[1]


async def seen_number(plan: str, key: Key) -> int:
    """Return the number of the newest act on a key, 0 when there is none."""
    newest = await _newest(plan, key)
    return newest.number if newest else 0


async def put(plan: str, wanted: Wanted, by: Setter, now: datetime, *, seen: int) -> OfficeSetting:
    """Write one act down; raise ChangedMeanwhileError if `seen` is no longer the newest.

    The caller has asked who may (`backend.access.may_set`) and has read the value.
    """
    if await seen_number(plan, wanted.key) != seen:
        raise ChangedMeanwhileError(await _newest(plan, wanted.key))
    try:
        async with in_transaction():  # a savepoint in a turn: a refusal loses nothing else
            made = await OfficeSetting.create(
                token=secrets.token_hex(16),
                plan=plan,
                kind=wanted.key.kind,
                target=wanted.key.target,
                area=wanted.key.area,
                number=seen + 1,
                act=ENDED if wanted.ends else SET,
                value=None if wanted.ends else {"is": wanted.value},
                unit=wanted.unit,
                source=wanted.source[:MOST_SOURCE],
                valid_from=wanted.valid_from,
                valid_to=wanted.valid_to,
                set_by_id=by.person_id,
                set_by_name=by.name[:200],
                via=by.via,
                set_at=now,
            )
            await audit.record(
                "setting.ended" if wanted.ends else "setting.set",
                by=by.person_id,
                subject=f"setting:{made.id}",
                at=now,
                details={
                    "kind": str(wanted.key.kind),
                    "target": wanted.key.target,
                    "area": wanted.key.area,
                    "via": by.via,
                },
            )
            return made
    except IntegrityError as error:
        raise ChangedMeanwhileError(await _newest(plan, wanted.key)) from error


async def log_of(
    plan: str, *, key: Key | None = None, area: str | None = None, limit: int = 50
) -> list[OfficeSetting]:
    """Return the newest acts first: who, when, what, from which document, from when to when.

    With `area` only what was set for that unit, "" for the whole plan.
    """
    rows = OfficeSetting.filter(plan=plan)
    if key is not None:
        rows = rows.filter(kind=key.kind, target=key.target)
        area = key.area if area is None else area
    if area is not None:
        rows = rows.filter(area=area)
    return await rows.order_by("-id").limit(limit)


def key_of(row: OfficeSetting) -> Key:
    """Return what an act of the log is about."""
    return Key(Kind(row.kind), row.target, row.area)


def value_of(row: OfficeSetting) -> Any:
    """Return the value that an act has set, None for one that ends."""
    return row.value["is"] if isinstance(row.value, dict) else None


async def _newest(plan: str, key: Key) -> OfficeSetting | None:
    rows = OfficeSetting.filter(plan=plan, kind=key.kind, target=key.target, area=key.area)
    return await rows.order_by("-number").first()


def _act(row: OfficeSetting) -> Act:
    return Act(
        id=row.id,
        key=key_of(row),
        value=value_of(row),
        source=row.source,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        ends=row.act == ENDED,
        number=row.number,
        by=row.set_by_name,
        at=row.set_at,
        token=row.token,
    )


def _kept(kept: OrderedDict[Any, Any], key: object, value: object) -> None:
    kept[key] = value
    if len(kept) > MOST_KEPT:
        kept.popitem(last=False)
