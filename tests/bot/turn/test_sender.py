"""What is queued reaches people: in order, at the channel's pace, and what cannot is recorded."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backend.models import Chat, Outbox
from bot.messages import Capabilities, Delivery, Outgoing
from bot.turn import sql, writing
from bot.turn.outbox import Queued
from tests.bot.turn.posting import Post, post
from tests.fakes.channel import FakeChannel

__all__ = ["post"]


async def test_each_chat_gets_its_messages_in_order_side_by_side(post: Post) -> None:
    channel = FakeChannel()
    for n in range(5):
        for chat in "abc":
            await post.queue(chat, Outgoing(f"{n}"))
    sender = await post.open(channel)
    await sender.delivered()
    assert dict(channel.sent) == {chat: ["0", "1", "2", "3", "4"] for chat in "abc"}
    assert channel.most_at_once == 3
    assert await Outbox.filter(status=1, message_id__isnull=False).count() == 15


async def test_nothing_is_sent_twice_by_a_second_look(post: Post) -> None:
    channel = FakeChannel()
    channel.gate = asyncio.Event()
    await post.queue("a", Outgoing("once"))
    sender = await post.open(channel)
    assert await sender.sweep() == 0
    channel.gate.set()
    await sender.delivered()
    assert await sender.sweep() == 0
    assert channel.sent["a"] == ["once"]


async def test_a_newer_prompt_drops_the_unsent_older_one(post: Post) -> None:
    channel = FakeChannel()
    await post.queue("a", Outgoing("Q1", prompt=1), Outgoing("note"), Outgoing("Q2", prompt=2))
    await (await post.open(channel)).delivered()
    assert channel.sent["a"] == ["note", "Q2"]
    assert (await Outbox.get(prompt=1)).status == 2


async def test_a_prompt_that_grew_stale_while_it_waited_is_not_sent(post: Post) -> None:
    channel = FakeChannel()
    channel.answers = [Delivery(transient=True, retry_after=5)]
    await post.queue("a", Outgoing("Q1", prompt=1))

    async def sleep(seconds: float) -> None:
        await Outbox.filter(prompt=1).update(status=2)
        await post.clock.sleep(seconds)

    await (await post.open(channel, sleep=sleep)).delivered()
    assert channel.sent["a"] == []


@pytest.mark.parametrize("ended", [2, 3])
async def test_what_was_taken_back_during_an_outage_is_not_sent(post: Post, ended: int) -> None:
    """A role that ended, or a person who was erased, while the words waited for the channel."""
    channel = FakeChannel()
    channel.answers = [Delivery(transient=True, retry_after=5)]
    await post.queue("a", Outgoing("1 photo waits in Ia Dal"), Outgoing("and one more"))

    async def sleep(seconds: float) -> None:
        await Outbox.filter(payload__contains="Ia Dal").update(status=ended, reason="gone")
        await post.clock.sleep(seconds)

    await (await post.open(channel, sleep=sleep)).delivered()
    assert channel.sent["a"] == ["and one more"]
    assert await Outbox.filter(status=ended, reason="gone").count() == 1


async def test_a_prompt_that_was_overtaken_while_it_was_read_is_not_sent(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer question is committed, and sent, between a sweep's reading and its sending."""
    channel = FakeChannel()
    await post.queue("a", Outgoing("Q1", prompt=1))
    unsent = sql.Statements.unsent

    async def read(self: sql.Statements, *given: object) -> list:
        rows = await unsent(self, *given)
        await Outbox.filter(prompt=1).update(status=sql.STALE)
        return rows

    monkeypatch.setattr(sql.Statements, "unsent", read)
    await (await post.open(channel)).delivered()
    assert channel.sent["a"] == []
    assert (await Outbox.get()).status == sql.STALE


async def test_a_press_edits_the_message_that_showed_its_prompt(post: Post) -> None:
    channel = FakeChannel()
    await post.queue("a", Outgoing("Q1", prompt=1))
    await (await post.open(channel)).delivered()
    await post.queue("a", Outgoing("✓ Có", closes=1))
    later = await post.open(channel)  # a sender that has forgotten asks the database
    await later.delivered()
    assert channel.edits == [("a", "m1", "✓ Có")]


async def test_an_edit_is_dropped_where_there_is_nothing_to_edit(post: Post) -> None:
    without = FakeChannel(Capabilities(buttons=False, edits=False, max_text=2000))
    await post.queue("a", Outgoing("Q1", prompt=1), Outgoing("✓", closes=1), Outgoing("next"))
    await (await post.open(without)).delivered()
    assert without.sent["a"] == ["Q1", "next"]
    assert [o.status for o in await Outbox.all().order_by("id")] == [1, 2, 1]


async def test_a_long_message_id_and_a_mark_that_is_refused_hold_up_no_other(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = FakeChannel()
    channel.ids = ["x" * 65, "ok\0", ""]
    for chat in "abc":
        await post.queue(chat, Outgoing("hi"))
    written = writing.write_marks

    async def spoilt(statements, db, now, marks):
        if any(m.chat_id == bad for m in marks):
            raise ValueError("refused")
        await written(statements, db, now, marks)

    bad = (await Chat.get(external_id="b")).id
    monkeypatch.setattr(writing, "write_marks", spoilt)
    sender = await post.open(channel)
    await sender.delivered()
    found = {o.chat_id == bad: (o.status, o.message_id) for o in await Outbox.all()}
    assert found == {True: (0, None), False: (1, None)}
    await sender.sweep()
    await sender.delivered()
    assert {chat: len(said) for chat, said in channel.sent.items()} == {"a": 1, "b": 1, "c": 1}


async def test_after_a_day_it_is_given_up_with_a_reason(post: Post) -> None:
    channel = FakeChannel()
    channel.answers = [Delivery(transient=True)] * 10_000
    await post.queue("a", Outgoing("1"))
    await (await post.open(channel)).delivered()
    row = await Outbox.get()
    assert (row.status, row.reason) == (3, "unreachable")
    assert len(channel.log) < 500


async def test_a_chat_that_blocked_us_is_noted_and_not_tried_again(post: Post) -> None:
    channel = FakeChannel()
    channel.answers = [Delivery(failure="blocked")]
    await post.queue("a", Outgoing("1"), Outgoing("2"))
    await post.queue("b", Outgoing("3"))
    await (await post.open(channel)).delivered()
    assert [(o.status, o.reason) for o in await Outbox.all().order_by("id")] == [
        (3, "blocked"), (3, "blocked"), (1, None),
    ]  # fmt: skip
    assert (await Chat.get(external_id="a")).blocked_at is not None
    assert (await Chat.get(external_id="b")).blocked_at is None


async def test_what_the_channel_refuses_does_not_stop_the_next(post: Post) -> None:
    channel = FakeChannel()
    channel.answers = [Delivery(failure="refused")]
    await post.queue("a", Outgoing("1"), Outgoing("2"))
    await (await post.open(channel)).delivered()
    assert channel.sent["a"] == ["2"]
    assert (await Outbox.filter(status=3).get()).reason == "refused"


async def test_a_held_message_waits_and_stops_nobody(post: Post) -> None:
    channel = FakeChannel()
    await post.queue("a", Outgoing("held"), not_before=post.clock.now() + timedelta(seconds=2))
    await post.queue("a", Outgoing("now"))
    sender = await post.open(channel)
    await sender.delivered()
    assert channel.sent["a"] == ["now"]
    post.clock.advance(2)
    await sender.sweep()
    await sender.delivered()
    assert channel.sent["a"] == ["now", "held"]


async def test_a_channel_that_raises_is_tried_again(post: Post) -> None:
    channel = FakeChannel()
    send, calls = channel.send, 0

    async def broken(chat: str, message: Outgoing, edits: str) -> Delivery:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("a bug in a channel")
        return await send(chat, message, edits)

    channel.send = broken
    await post.queue("a", Outgoing("1"))
    await (await post.open(channel)).delivered()
    assert channel.sent["a"] == ["1"]


async def test_more_than_one_look_is_needed_for_a_large_backlog(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.limits.SEND_BACKLOG", 10)
    channel = FakeChannel()
    for n in range(35):
        await post.queue(str(n % 4), Outgoing(str(n)))
    sender = await post.open(channel)
    await sender.delivered()
    while await sender.sweep():
        await sender.delivered()
    for chat in range(4):
        assert channel.sent[str(chat)] == [str(n) for n in range(35) if n % 4 == chat]


async def test_nothing_overtakes_what_a_bounded_look_did_not_reach(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest row is in hand, the ones after it are not read yet, and the newest is offered."""
    monkeypatch.setattr("bot.limits.SEND_BACKLOG", 3)
    channel = FakeChannel()
    channel.gate = asyncio.Event()
    await post.queue("a", *[Outgoing(str(n)) for n in range(6)])
    sender = await post.open(channel)
    await post.queue("a", Outgoing("new"))
    rows = await Outbox.all().order_by("id")
    new = Queued(rows[-1].id, rows[0].chat_id, "test", "", "a", Outgoing("new"), post.clock.now(),
                 oldest=rows[0].id)  # fmt: skip
    sender.offer([new])
    channel.gate.set()
    await sender.delivered()
    while await sender.sweep():
        await sender.delivered()
    assert channel.sent["a"] == ["0", "1", "2", "3", "4", "5", "new"]


async def test_messages_of_channels_that_are_not_here_are_left_alone(post: Post) -> None:
    elsewhere = FakeChannel()
    elsewhere.name = "zalo"
    await post.queue("a", Outgoing("1"))
    sender = await post.open(elsewhere)
    await sender.delivered()
    assert (await Outbox.get()).status == 0


async def test_a_row_is_not_handed_past_an_older_one_that_another_process_queued(
    post: Post,
) -> None:
    """Order holds: what the turns hand over waits until the older row was found."""
    channel = FakeChannel()
    sender = await post.open(channel)
    await post.queue("a", Outgoing("older"), Outgoing("newer"))
    rows = await Outbox.all().order_by("id")
    chat = await Chat.get()
    sender.offer(
        [
            Queued(rows[1].id, chat.id, "test", "", "a", Outgoing("newer"), post.clock.now(),
                   oldest=rows[0].id)
        ]
    )  # fmt: skip
    await sender.delivered()
    assert channel.sent["a"] == []
    await sender.sweep()
    await sender.delivered()
    assert channel.sent["a"] == ["older", "newer"]


async def test_what_is_on_its_way_arrives_before_the_end(post: Post) -> None:
    channel = FakeChannel()
    channel.gate = asyncio.Event()
    await post.queue("a", Outgoing("on its way"), Outgoing("next"))
    sender = await post.open(channel)
    while not channel.at_once:  # noqa: ASYNC110  (nothing to wait for but the other task's turn)
        await asyncio.sleep(0)
    ending = asyncio.create_task(sender.stop())
    await asyncio.sleep(0)
    channel.gate.set()
    await ending
    assert channel.sent["a"] == ["on its way"]
    assert [o.status for o in await Outbox.all().order_by("id")] == [1, 0]
