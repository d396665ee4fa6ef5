"""Reminders to whom the window keeps out: an approved template to the phone number (ZNS).

Off unless the office sets a template. Each one is paid, so each is counted (/hanmuc), and only
what is due goes this way. The number comes from the office's own list.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from backend.clock import Clock
from backend.models import Chat
from backend.quota.decide import TEMPLATE
from bot.messages import Delivery, Outgoing
from bot.zalo_oa.api import Answer, NoAnswerError, ZaloApi
from bot.zalo_oa.codes import REASONS, ZNS_CODES, Meaning, meaning
from bot.zalo_oa.incoming import CHANNEL
from bot.zalo_oa.options import Zns
from bot.zalo_oa.tokens import NoTokenError, TokenKeeper

PATH: Final = "/message/template"
PURPOSES: Final = frozenset({"reminder"})
"""What is worth a paid message."""
LATER_SECONDS: Final = 3_600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a chat belongs to, as far as the template needs it. `phone` is E.164."""

    name: str
    phone: str


Addressing = Callable[[str], Awaitable[Addressee | None]]


class Templates:
    """Carries messages by one template. Each is counted with the month's, as `zns`."""

    def __init__(self, zns: Zns, clock: Clock, zone: tzinfo, addressee: Addressing) -> None:
        """`addressee` returns whom the office has for a chat; None when it has no number."""
        self._zns = zns
        self._clock = clock
        self._zone = zone
        self._addressee = addressee

    async def carry(
        self, api: ZaloApi, tokens: TokenKeeper, chat: str, message: Outgoing
    ) -> Delivery | None:
        """Send a message by template; None when it is none that goes this way."""
        if message.purpose not in PURPOSES:
            return None
        to = await self._addressee(chat)
        if to is None:
            return None
        try:
            answer = await self._post(api, tokens, self._body(to, message))
        except NoTokenError as error:
            return Delivery(transient=True, retry_after=error.seconds, whole_bot=True, ours=True)
        except NoAnswerError:
            return Delivery(transient=True)
        what = meaning(answer.code, ZNS_CODES)
        if what is Meaning.DONE:
            log.info("a paid template message was sent")
            return Delivery(
                message_id=f"zns:{answer.data.get('msg_id') or 'sent'}", counts_as=TEMPLATE
            )
        if what in REASONS:
            # Not «blocked» or «gone»: that is said of the number, and the chat still stands. Nor
            # «quota»: the account's own messages are counted apart from these.
            log.warning("a template message was refused: error %d", answer.code)
            return Delivery(failure="zns" if what is Meaning.QUOTA else "window")
        return Delivery(transient=True, retry_after=LATER_SECONDS)

    async def _post(self, api: ZaloApi, tokens: TokenKeeper, body: dict[str, Any]) -> Answer:
        token = await tokens.access_token()
        answer = await api.call(self._zns.url + PATH, body, token)
        if meaning(answer.code, ZNS_CODES) is Meaning.TOKEN:
            answer = await api.call(self._zns.url + PATH, body, await tokens.renewed(token))
        return answer

    def _body(self, to: Addressee, message: Outgoing) -> dict[str, Any]:
        day = f"{self._clock.now().astimezone(self._zone):%d/%m/%Y}"
        known = {"text": " ".join(message.text.split()), "name": to.name, "day": day}
        longest = self._zns.longest
        body: dict[str, Any] = {
            "phone": to.phone.lstrip("+"),
            "template_id": self._zns.template,
            "template_data": {
                name: value.format_map(known)[:longest] for name, value in self._zns.fields.items()
            },
            "tracking_id": message.once[:48] or f"thonmoi-{self._clock.now():%Y%m%d%H%M%S}",
        }
        if self._zns.mode:
            body["mode"] = self._zns.mode
        return body


def office_list(bot: str = "") -> Addressing:
    """Return how a chat's person is found on the office's list."""

    async def addressee(chat: str) -> Addressee | None:
        row = await Chat.get_or_none(channel=CHANNEL, bot=bot, external_id=chat).prefetch_related(
            "person"
        )
        person = row.person if row is not None else None
        if person is None or not person.phone:
            return None
        return Addressee(person.name, person.phone)

    return addressee
