"""The sender keeps to a channel's rate, to what it asks to wait, and to who goes first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

from backend.models import Chat, Outbox
from bot.messages import Capabilities, Delivery, Outgoing
from bot.turn.sender import Sender
from tests.bot.turn.posting import Post, post
from tests.fakes.channel import UNPACED, FakeChannel

__all__ = ["post"]

TELEGRAM_LIKE = Capabilities(buttons=True, edits=True, max_text=4096)


async def test_one_chat_hears_three_at_once_and_then_one_a_second(post: Post) -> None:
    channel = FakeChannel(TELEGRAM_LIKE, post.clock.now)
    await post.queue("a", *(Outgoing(str(n)) for n in range(6)))
    began = post.clock.now().timestamp()
    await (await post.open(channel)).delivered()
    assert [round(at - began) for at, _, _ in channel.log] == [0, 0, 0, 1, 2, 3]


async def test_the_bot_speaks_no_faster_than_its_channel_allows(post: Post) -> None:
    slow = Capabilities(buttons=True, edits=True, max_text=4096, per_second=2.0)
    channel = FakeChannel(slow, post.clock.now)
    for chat in range(8):
        await post.queue(str(chat), Outgoing("hi"))
    began = post.clock.now().timestamp()
    await (await post.open(channel)).delivered()
    assert [round(at - began, 1) for at, _, _ in channel.log] == [0, 0, 0.5, 1, 1.5, 2, 2.5, 3]


async def test_retry_after_holds_that_chat_alone(post: Post) -> None:
    channel = FakeChannel(UNPACED, post.clock.now)
    channel.answers = [Delivery(transient=True, retry_after=30)]
    waiting = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await waiting.wait()
        await post.clock.sleep(seconds)

    await post.queue("a", Outgoing("a1"), Outgoing("a2"))
    await post.queue("b", Outgoing("b1"))
    sender = await post.open(channel, sleep=sleep)
    while not channel.sent["b"]:  # noqa: ASYNC110  (nothing to wait for but the other task's turn)
        await asyncio.sleep(0)
    assert channel.sent["a"] == []
    waiting.set()
    await sender.delivered()
    assert channel.sent["a"] == ["a1", "a2"]
    assert channel.log[-1][0] - channel.log[0][0] == 30


async def test_retry_after_for_the_whole_bot_holds_everybody(post: Post) -> None:
    channel = FakeChannel(UNPACED, post.clock.now)
    channel.answers = [Delivery(transient=True, retry_after=30, whole_bot=True)]
    await post.queue("a", Outgoing("a1"))
    await post.queue("b", Outgoing("b1"))
    began = post.clock.now().timestamp()
    await (await post.open(channel, at_once=1)).delivered()
    assert [at - began >= 30 for at, _, _ in channel.log[1:]] == [True, True]


async def test_a_hold_of_the_whole_bot_reaches_those_who_stand_in_line(post: Post) -> None:
    """Five were ready to go when the first was told to wait: none of them goes after it."""
    channel = FakeChannel(UNPACED, post.clock.now)
    channel.answers = [Delivery(transient=True, retry_after=30, whole_bot=True)]
    for chat in "abcde":
        await post.queue(chat, Outgoing("hi"))
    began = post.clock.now().timestamp()
    await (await post.open(channel, at_once=1)).delivered()
    assert [at - began >= 30 for at, _, _ in channel.log] == [False] + [True] * 5


async def test_a_slow_bot_keeps_no_other_waiting(post: Post) -> None:
    slow, quick = FakeChannel(replace(UNPACED, per_second=1.0)), FakeChannel()
    quick.name = "quick"
    held = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await held.wait()
        await post.clock.sleep(seconds)

    for n in range(20):
        await post.queue(f"s{n}", Outgoing("reminder", purpose="reminder"))
    chat = await Chat.create(channel="quick", external_id="q", created_at=post.clock.now())
    await Outbox.create(
        chat_id=chat.id, payload=Outgoing("answer").to_json(), created_at=post.clock.now()
    )
    sender = await post.open(slow, sleep=sleep, at_once=5, others=[quick])
    while not quick.sent["q"]:  # noqa: ASYNC110  (nothing to wait for but the other task's turn)
        await asyncio.sleep(0)
    assert sum(map(len, slow.sent.values())) <= 1
    held.set()
    await sender.delivered()
    assert sum(map(len, slow.sent.values())) == 20


async def test_an_answer_goes_before_reminders_that_wait_for_the_rate(post: Post) -> None:
    channel = FakeChannel(replace(UNPACED, per_second=1.0), post.clock.now)
    for n in range(10):
        await post.queue(f"r{n}", Outgoing("reminder", purpose="reminder"))
    gone: list[int] = []

    async def sleep(seconds: float) -> None:
        if not gone and channel.log:
            gone.append(len(channel.log))
            await post.queue("a", Outgoing("answer"))
            await sender.sweep()
        await post.clock.sleep(seconds)

    sender = Sender([channel], post.clock, sleep=sleep)
    post.senders.append(sender)
    await sender.open()
    await sender.delivered()
    # Whoever slept for its token then and whoever was just being sent are the only ones before it.
    assert [chat for _, chat, _ in channel.log].index("a") <= gone[0] + 2 < 10


async def test_failures_back_off_and_the_order_stays(post: Post) -> None:
    channel = FakeChannel(UNPACED, post.clock.now)
    channel.answers = [Delivery(transient=True)] * 4
    await post.queue("a", Outgoing("1"), Outgoing("2"))
    await (await post.open(channel)).delivered()
    assert channel.sent["a"] == ["1", "2"]
    times = [at for at, _, _ in channel.log]
    gaps = [b - a for a, b in pairwise(times)][:4]
    assert gaps == sorted(gaps)
    assert 0.5 <= gaps[0] <= 1
    assert 4 <= gaps[3] <= 8
    assert (await Outbox.filter(status=1).order_by("id").first()).attempts == 5


async def test_what_a_person_waits_for_goes_before_reminders(post: Post) -> None:
    channel = FakeChannel()
    channel.gate = asyncio.Event()
    for n in range(5):
        await post.queue(f"r{n}", Outgoing("reminder", purpose="reminder"))
    sender = await post.open(channel, at_once=1)
    await post.queue("a", Outgoing("answer"))
    await sender.sweep()
    channel.gate.set()
    await sender.delivered()
    assert [chat for _, chat, _ in channel.log][:2] == ["r0", "a"]
