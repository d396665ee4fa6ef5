"""Why a message does not reach somebody, in words that a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from backend.quota.reach import Barred
from conversations.text import N_
from locales import Catalog

REASONS: Final = {
    "blocked": N_("has blocked the messages"),
    "gone": N_("no longer uses this chat"),
    "window": N_("has not written for too long"),
    "quota": N_("the messages of this month are used up"),
    "enough": N_("gets no more messages for now"),
    "zns": N_("the paid messages by template are used up for now"),
    "closed": N_("the office no longer has this channel"),
    "people": N_("the bot takes no more people"),
    "unreachable": N_("the network did not answer for a day"),
    "unseen": N_("not opened for a long time"),
    "no_chat": N_("has no chat with the office"),
    "no_consent": N_("has not agreed to be asked"),
}
OTHER: Final = N_("the message was not taken")
CHANNELS: Final = {"telegram": "Telegram", "web": N_("web chat"), "zalo-oa": "Zalo OA"}
MOST: Final = 2


def channel_name(channel: str, catalog: Catalog) -> str:
    """Return what people call a channel."""
    if channel in CHANNELS:
        return catalog.get(CHANNELS[channel])
    return "Zalo" if channel.startswith("zalo") else channel.capitalize()


def reason_of(barred: Barred, catalog: Catalog) -> str:
    """Return one chat's reason: «Zalo: quá 7 ngày chưa nhắn»."""
    if barred.reason == "window" and barred.days:
        words = catalog.get(N_("has not written for more than {days} days"), days=barred.days)
    else:
        words = catalog.get(REASONS.get(barred.reason, OTHER))
    return f"{channel_name(barred.channel, catalog)}: {words}" if barred.channel else words


def reasons(why: Sequence[Barred], catalog: Catalog) -> str:
    """Return the reasons of a person's chats, the one used last first."""
    return "; ".join(dict.fromkeys(reason_of(barred, catalog) for barred in why[:MOST]))
