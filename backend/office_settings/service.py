"""One look at all settings of a plan, and what follows from it: chat, web and command line use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from backend.clock import Clock
from backend.models import OfficeSetting
from backend.office_settings.asked import Asked, understood
from backend.office_settings.keys import Key
from backend.office_settings.listing import Item, item_of, items_in, items_of
from backend.office_settings.overlay import Act
from backend.office_settings.preview import Preview, preview
from backend.office_settings.store import Setter, Wanted, acts_of, put
from backend.office_settings.values import WrongValueError
from backend.plans.schema import Pack
from backend.plans.store import bare_pack
from backend.plans.tree import exists, root_on
from conversations.text import Text


@dataclass(frozen=True, slots=True)
class Look:
    """The settings of one plan on one day."""

    bare: Pack
    """The plan without what the office has set."""
    acts: Sequence[Act]
    items: Sequence[Item]
    today: date
    root: str
    """Code of the area that the plan is for today: its admins may set."""
    area: str = ""
    """Code of the one unit whose settings these are, "" for the whole plan."""

    @property
    def where(self) -> str:
        """Code of the area whose admins may set what is looked at."""
        return self.area or self.root

    def item(self, key: Key) -> Item | None:
        """Return one setting as it stands, None for what cannot be set."""
        return item_of(self.items, key, self.acts)

    def understood(self, asked: Asked) -> Wanted:
        """Return what is asked, checked as a whole; raise WrongValueError."""
        return understood(asked, self.bare, self.acts, self.today)

    def value_after(self, wanted: Wanted) -> object:
        """Return the value that holds once this is written: the plan's own when it ends."""
        if not wanted.ends:
            return wanted.value
        item = self.item(wanted.key)
        return item.own if item else None


async def look_at(pack_id: str, clock: Clock, zone: tzinfo, area: str = "") -> Look:
    """Read a plan's settings, or those of one of its units.

    Raises NoPlanError when the plan is not loaded, WrongValueError for what is no present unit.
    """
    today = clock.now().astimezone(zone).date()
    bare = await bare_pack(pack_id)
    acts = await acts_of(bare.id)
    root = root_on(bare, today)
    if area in {"", root}:
        return Look(bare, acts, items_of(bare, acts, today), today, root)
    if not any(a.code == area and exists(a, today) for a in bare.areas):
        raise WrongValueError(Text("The plan has no area {name}.", {"name": area[:64]}))
    return Look(bare, acts, items_in(bare, acts, today, area), today, root, area)


async def preview_of(look: Look, wanted: Wanted, clock: Clock, zone: tzinfo) -> Preview:
    """Return what would change; reads only."""
    return await preview(look.bare, look.acts, wanted.act(), clock, zone)


async def confirm(
    look: Look, wanted: Wanted, by: Setter, clock: Clock, *, seen: int
) -> OfficeSetting:
    """Write it down; raise ChangedMeanwhileError if somebody else was first."""
    return await put(look.bare.id, wanted, by, clock.now(), seen=seen)
