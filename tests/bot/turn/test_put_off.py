"""What has no message left for it waits, outlives a restart, and is said in one; both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from backend.models import ChatSpent, Outbox, SentMonth
from bot.messages import Delivery, Outgoing
from bot.turn.put_off import too_late
from bot.turn.quota import GATHER, Quota, Why
from bot.turn.sender import Sender
from tests.bot.turn.test_quota import Post, able, counted, post
from tests.clock import OFFICE_ZONE, HandClock
from tests.fakes.channel import FakeChannel

__all__ = ["post"]
LINK = "Bác trả lời tiếp ở đây: https://office.example/c/x"


async def way_on(_: int, why: Why) -> str:
    return f"[{why}] {LINK}"


async def opened(post: Post, channel: FakeChannel, per_person: int | None = None) -> Sender:
    """A sender as after a start of the program."""
    quota = Quota(OFFICE_ZONE, per_person)
    sender = Sender([channel], post.clock, quota=quota, way_on=way_on, sleep=post.clock.sleep)
    post.senders.append(sender)
    await sender.open()
    await sender.delivered()
    return sender


async def test_free_replies_are_counted_on_after_a_restart(post: Post) -> None:
    channel = FakeChannel(able(per_month=100, reply_seconds=7 * 86_400, free_replies=3))
    chat = await post.chat("a", post.clock.now())
    for expected in ({}, {"answer": 1}, {"answer": 3}):
        await post.queue(chat, Outgoing("x"), Outgoing("y"))
        await (await opened(post, channel)).stop()
        assert await counted() == expected
    row = await ChatSpent.get(chat_id=chat.id)
    assert (row.replies, row.paid, row.heard_at) == (6, 3, chat.last_in_at)
    # What the person writes next begins the count anew.
    chat.last_in_at = post.clock.advance(60)
    await chat.save()
    await post.queue(chat, Outgoing("z"))
    await (await opened(post, channel)).stop()
    assert await counted() == {"answer": 3}
    assert (await ChatSpent.get(chat_id=chat.id)).replies == 1


async def test_what_went_out_before_it_failed_is_counted_once_also_over_a_restart(
    post: Post,
) -> None:
    channel = FakeChannel(able(per_month=100))
    channel.answers = [
        Delivery(transient=True, partly=2),
        Delivery(message_id="rest", messages=1),
        Delivery(failure="gone", partly=1),
    ]
    chat = await post.chat("a")
    await post.queue(chat, Outgoing("x" * 5_000), Outgoing("y" * 3_000))
    await (await opened(post, channel)).stop()
    assert await counted() == {"answer": 4}
    assert (await Outbox.get(status=3)).reason == "gone"


async def test_the_last_messages_show_the_way_once_and_the_rest_waits_for_the_month(
    post: Post,
) -> None:
    channel = FakeChannel(able(per_month=100))  # the last two are for that
    await SentMonth.create(channel="test", month="2026-11", purpose="answer", sent=98)
    lan, nhi = await post.chat("lan"), await post.chat("nhi")
    await post.queue(lan, Outgoing("1"))
    sender = await opened(post, channel)
    assert channel.sent["lan"] == [f"1\n\n[month] {LINK}"]
    await post.queue(lan, Outgoing("2"))
    await post.queue(nhi, Outgoing("3"))
    await sender.sweep()
    await sender.delivered()
    assert channel.sent["nhi"] == [f"3\n\n[month] {LINK}"], "the last one is hers"
    assert len(channel.sent["lan"]) == 1
    await post.queue(lan, Outgoing("4"), Outgoing("5", prompt=7))
    await post.queue(nhi, Outgoing("6"))
    await sender.sweep()
    await sender.delivered()
    await sender.stop()
    assert await Outbox.filter(status=0, reason="later").count() == 4
    post.clock.set(datetime(2026, 12, 1, 6, 59, tzinfo=OFFICE_ZONE))
    await (await opened(post, channel)).stop()
    post.clock.set(datetime(2026, 12, 1, 7, 0, tzinfo=OFFICE_ZONE))
    await (await opened(post, channel)).stop()
    assert channel.sent["lan"][1:] == ["2\n\n4"], "nobody waits for an answer to the question"
    assert channel.sent["nhi"][1:] == ["6"]
    assert await counted("2026-12") == {"answer": 2}
    assert set(await Outbox.filter(status=2).values_list("reason", flat=True)) == {"gathered"}


async def test_when_the_office_gets_more_messages_what_waits_is_said_at_once(post: Post) -> None:
    await SentMonth.create(channel="test", month="2026-11", purpose="answer", sent=100)
    chat = await post.chat("a")
    await post.queue(chat, Outgoing("1"), Outgoing("2"))
    await (await opened(post, FakeChannel(able(per_month=100)))).stop()
    assert await Outbox.filter(status=0, reason="later").count() == 2
    more = FakeChannel(able(per_month=200))
    await (await opened(post, more)).stop()
    assert more.sent["a"] == ["1\n\n2"]


async def test_one_person_cannot_spend_the_month(post: Post) -> None:
    channel = FakeChannel(able(per_month=3_000))
    lan, nhi = await post.chat("lan"), await post.chat("nhi")
    sender = await opened(post, channel, per_person=3)
    began = post.clock.now()
    for number in range(40):  # twenty hours of writing without end
        await post.queue(lan, Outgoing(f"{number}"))
        await sender.sweep()
        await sender.delivered()
        if number == 20:
            await sender.stop()
            sender = await opened(post, channel, per_person=3)  # a restart forgets nothing
        post.clock.advance(1_800)
    await post.queue(nhi, Outgoing("hello"))
    await sender.sweep()
    await sender.delivered()
    assert channel.sent["nhi"] == ["hello"], "nobody else waits for that"
    assert channel.sent["lan"][:3] == ["0", "1", f"2\n\n[day] {LINK}"]
    hours = (post.clock.now() - began) / GATHER
    assert len(channel.sent["lan"]) <= 3 * 2 + hours + 1, "two days began, and one each two hours"
    said = "\n\n".join(channel.sent["lan"]).replace(f"[day] {LINK}", "").split()
    waiting = await Outbox.filter(status=0, chat_id=lan.id).count()
    assert [int(word) for word in said] == list(range(40 - waiting)), "each thing once, in order"


async def test_what_the_channel_has_no_message_for_waits_until_tomorrow(post: Post) -> None:
    channel = FakeChannel(able(reply_seconds=7 * 86_400))
    channel.answers = [Delivery(failure="quota")]
    chat = await post.chat("a", post.clock.now())
    await post.queue(chat, Outgoing("answer"))
    await (await opened(post, channel)).stop()
    assert (await Outbox.get()).not_before == datetime(2026, 11, 23, 7, tzinfo=OFFICE_ZONE)
    post.clock.set(datetime(2026, 11, 23, 7, 0, tzinfo=OFFICE_ZONE))
    await (await opened(post, channel)).stop()
    assert channel.sent["a"] == ["answer"]


class Refusing(FakeChannel):
    """A channel that does not take the bot's token until somebody mends it."""

    def __init__(self, clock: HandClock, mended: datetime) -> None:
        super().__init__(able(per_month=100))
        self._clock, self._mended = clock, mended

    async def send(self, chat: str, message: Outgoing, edits: str) -> Delivery:
        if self._clock.now() < self._mended:
            return Delivery(transient=True, ours=True, retry_after=900.0, whole_bot=True)
        return await super().send(chat, message, edits)


async def test_a_refused_token_makes_nobody_unreachable(post: Post) -> None:
    """For three days the office's token is wrong: what is still worth saying goes out after it."""
    channel = Refusing(post.clock, post.clock.now() + timedelta(days=3))
    chats = [await post.chat(name) for name in ("a", "b", "c")]
    for chat, purpose in zip(chats, ("answer", "reminder", "summary"), strict=True):
        once = "" if purpose == "answer" else purpose
        await post.queue(chat, Outgoing(purpose, purpose=purpose, once=once))
    await (await opened(post, channel)).stop()
    assert dict(channel.sent) == {"a": ["answer"]}
    assert set(await Outbox.filter(status=2).values_list("purpose", "reason")) == {
        ("reminder", "late"),
        ("summary", "late"),
    }
    assert await Outbox.filter(status=3).count() == 0


@pytest.mark.parametrize(
    ("purpose", "hours", "late"),
    [
        ("reminder", 15, False),
        ("reminder", 17, True),
        ("summary", 47, False),
        ("summary", 49, True),
        ("notice", 49, True),
        ("answer", 13 * 24, False),
        ("answer", 15 * 24, True),
    ],
)
def test_how_long_something_is_worth_saying(
    clock: HandClock, purpose: str, hours: int, *, late: bool
) -> None:
    since = clock.now()
    assert too_late(purpose, since, clock.advance(hours=hours), OFFICE_ZONE) is late


async def test_paid_templates_are_counted_beside_the_month(post: Post) -> None:
    channel = FakeChannel(replace(able(per_month=2), pictures_apart=True))
    channel.answers = [Delivery(message_id="zns:1", counts_as="zns")] * 3
    chat = await post.chat("a")
    reminders = [Outgoing(f"{n}", purpose="reminder", once=f"{n}") for n in range(3)]
    await post.queue(chat, *reminders)
    await (await opened(post, channel)).stop()
    assert await counted() == {"zns": 3}
    await post.queue(chat, Outgoing("one", picture="p"))
    await (await opened(post, channel)).stop()
    assert channel.sent["a"][-1].startswith("one"), "they took nothing of the two that were left"
