"""The sender counts, obeys and records what each channel allows; both databases, stepping clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import CameBack, Chat, Outbox, SentMonth
from bot.messages import Allowance, Capabilities, Delivery, Incoming, Kind, Outgoing
from bot.turn import outbox
from bot.turn.engine import Turns
from bot.turn.journal import TurnJournal
from bot.turn.outbox import Marks, Queued
from bot.turn.quota import Quota
from bot.turn.sender import Sender
from bot.turn.shapes import Reply, Turn
from tests.clock import OFFICE_ZONE, HandClock
from tests.fakes.channel import FakeChannel


def able(**rules: object) -> Capabilities:
    return Capabilities(
        buttons=False, edits=False, max_text=2_000, per_second=0.0, per_chat_seconds=0.0,
        allowance=Allowance(**rules),
    )  # fmt: skip


class Post:
    """A chat, an outbox, and a sender driven by hand."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.senders: list[Sender] = []

    async def chat(self, name: str, last_in_at: datetime | None = None) -> Chat:
        return await Chat.create(
            channel="test", external_id=name, created_at=self.clock.now(), last_in_at=last_in_at
        )

    async def queue(self, chat: Chat, *messages: Outgoing) -> list[int]:
        return [
            (
                await Outbox.create(
                    chat=chat, payload=m.to_json(), prompt=m.prompt, purpose=m.purpose,
                    once=m.once or None, created_at=self.clock.now(),
                )
            ).id
            for m in messages
        ]  # fmt: skip

    async def open(self, channel: FakeChannel) -> Sender:
        sender = Sender(
            [channel], self.clock, quota=Quota(OFFICE_ZONE), sleep=self.clock.sleep,
            random=Random(1),  # noqa: S311  (jitter)
        )  # fmt: skip
        self.senders.append(sender)
        await sender.open()
        return sender

    async def deliver(self, channel: FakeChannel) -> None:
        sender = await self.open(channel)
        await sender.delivered()
        await sender.stop()


@pytest.fixture
async def post(database: str, clock: HandClock) -> AsyncIterator[Post]:
    post = Post(clock)
    yield post
    for sender in post.senders:
        await sender.stop()


async def counted(month: str = "2026-11") -> dict[str, int]:
    return {row.purpose: row.sent for row in await SentMonth.filter(month=month)}


async def test_what_was_sent_is_counted_by_purpose_and_a_split_text_by_its_parts(
    post: Post,
) -> None:
    channel = FakeChannel(able(per_month=100))
    channel.answers = [Delivery(message_id="a", messages=3)]
    chat = await post.chat("a")
    await post.queue(
        chat,
        Outgoing("x" * 5_000),
        Outgoing("answer"),
        Outgoing("come", purpose="reminder", once="r1"),
    )
    await post.deliver(channel)
    assert await counted() == {"answer": 4, "reminder": 1}
    await post.queue(chat, Outgoing("more"))
    await post.deliver(channel)
    assert await counted() == {"answer": 5, "reminder": 1}


async def test_a_channel_without_a_month_is_not_counted_at_all(post: Post) -> None:
    await post.queue(await post.chat("a"), Outgoing("answer"))
    await post.deliver(FakeChannel(able()))
    assert await SentMonth.all().count() == 0


async def test_what_did_not_arrive_costs_nothing(post: Post) -> None:
    channel = FakeChannel(able(per_month=3))
    channel.answers = [
        Delivery(transient=True),
        Delivery(message_id="at last"),
        Delivery(failure="gone"),
        Delivery(message_id="second"),
    ]
    await post.queue(await post.chat("a"), Outgoing("one"))
    await post.queue(await post.chat("b"), Outgoing("two"), Outgoing("three"))
    await post.deliver(channel)
    assert await counted() == {"answer": 2}
    assert await Outbox.filter(status=1).count() == 2


async def test_a_new_sender_goes_on_from_what_was_counted_and_a_new_month_is_new(
    post: Post,
) -> None:
    channel = FakeChannel(able(per_month=3))
    chat = await post.chat("a")
    await post.queue(chat, Outgoing("1"), Outgoing("2"))
    await post.deliver(channel)
    await post.queue(chat, Outgoing("3"), Outgoing("4"))
    await post.deliver(channel)
    assert channel.sent["a"] == ["1", "2", "3"]
    waits = await Outbox.get(status=0)
    assert waits.not_before == datetime(2026, 12, 1, 7, tzinfo=OFFICE_ZONE)
    # The office's month ends at 17:00 UTC.
    post.clock.set(datetime(2026, 12, 1, 7, 1, tzinfo=OFFICE_ZONE))
    await post.deliver(channel)
    assert channel.sent["a"][-1] == "4"
    assert await counted("2026-12") == {"answer": 1}


async def test_reminders_stop_before_answers_and_are_put_down_to_go_another_way(
    post: Post,
) -> None:
    channel = FakeChannel(able(per_month=20))
    chat = await post.chat("a")
    reminders = [Outgoing(f"r{n}", purpose="reminder", once=f"r{n}") for n in range(25)]
    await post.queue(chat, *reminders)
    await post.deliver(channel)
    done = await counted()
    assert 0 < done["reminder"] < 20
    await post.queue(chat, *[Outgoing(f"a{n}") for n in range(20)])
    await post.deliver(channel)
    done = await counted()
    assert sum(done.values()) == 20, "answers may take the last one"
    refused = await Outbox.filter(status=3, reason="quota").values_list("id", "purpose")
    back = await CameBack.all().values_list("outbox_id", flat=True)
    assert set(back) == {n for n, purpose in refused if purpose == "reminder"}
    waiting = await Outbox.filter(status=0, reason="later").values_list("purpose", flat=True)
    assert set(waiting) == {"answer"}, "an answer waits for the next month"
    assert len(refused) + len(waiting) == 25


async def test_outside_the_window_nothing_is_tried(post: Post) -> None:
    channel = FakeChannel(able(reply_seconds=3600))
    silent = await post.chat("silent")
    old = await post.chat("old", post.clock.now())
    post.clock.advance(3601)
    fresh = await post.chat("fresh", post.clock.now())
    for chat in (silent, old, fresh):
        await post.queue(chat, Outgoing("hello", purpose="reminder", once=f"r{chat.id}"))
    await post.deliver(channel)
    assert list(channel.sent) == ["fresh"]
    assert await Outbox.filter(status=3, reason="window").count() == 2
    assert await CameBack.all().count() == 2


async def test_at_night_a_reminder_waits_and_holds_no_answer_up(post: Post) -> None:
    channel = FakeChannel(able(night=(22, 6)))
    post.clock.set(datetime(2026, 11, 22, 23, tzinfo=OFFICE_ZONE))
    chat = await post.chat("a", post.clock.now())
    (held, _) = await post.queue(
        chat, Outgoing("reminder", purpose="reminder", once="r"), Outgoing("answer")
    )
    sender = await post.open(channel)
    await sender.delivered()
    assert channel.sent["a"] == ["answer"]
    assert (await Outbox.get(id=held)).not_before == datetime(2026, 11, 23, 6, tzinfo=OFFICE_ZONE)
    assert await sender.sweep() == 0
    post.clock.set(datetime(2026, 11, 23, 6, 1, tzinfo=OFFICE_ZONE))
    assert await sender.sweep() == 1
    await sender.delivered()
    assert channel.sent["a"] == ["answer", "reminder"]


async def test_when_the_channel_says_the_month_is_spent_only_answers_are_still_tried(
    post: Post,
) -> None:
    channel = FakeChannel(able(per_month=1_000))
    channel.answers = [Delivery(failure="quota")]
    chat = await post.chat("a")
    await post.queue(
        chat,
        Outgoing("r1", purpose="reminder", once="1"),
        Outgoing("r2", purpose="reminder", once="2"),
        Outgoing("answer"),
    )
    sender = await post.open(channel)
    await sender.delivered()
    assert [text for _, _, text in channel.log] == ["r1", "answer"]
    post.clock.advance(hours=1)
    await post.queue(chat, Outgoing("r3", purpose="reminder", once="3"))
    await sender.sweep()
    await sender.delivered()
    assert channel.log[-1][2] == "r3"


class Echo:
    """Answers three messages to each."""

    async def receive(self, turn: Turn) -> Reply:
        return Reply([Outgoing(f"{turn.incoming.text}{n}") for n in range(3)])


async def test_free_replies_begin_anew_with_each_message_and_the_others_cost(
    post: Post,
) -> None:
    channel = FakeChannel(able(per_month=100, reply_seconds=3600, free_replies=2))
    marks = Marks()
    sender = Sender([channel], post.clock, marks=marks, quota=Quota(OFFICE_ZONE))
    post.senders.append(sender)
    await sender.open()
    turns = Turns(Echo(), post.clock, marks=marks, on_queued=sender.offer)
    await turns.start()
    for number in range(4):
        post.clock.advance(1)
        said = Incoming("test", f"m{number}", "a", "a", Kind.TEXT, text=str(number))
        await TurnJournal(turns).record([said])
        await turns.settled()
        await sender.delivered()
    await turns.stop()
    assert len(channel.sent["a"]) == 12
    assert await counted() == {"answer": 4}, "one of three each time"


async def test_many_at_once_do_not_overspend(post: Post) -> None:
    channel = FakeChannel(able(per_month=30))
    for number in range(50):
        await post.queue(await post.chat(f"c{number}"), Outgoing("hello"))
    await post.deliver(channel)
    assert len(channel.log) == 30
    assert channel.most_at_once > 1
    assert await counted() == {"answer": 30}
    assert await Outbox.filter(status=0, reason="later").count() == 20


async def test_a_mark_and_its_count_are_written_together_or_not_at_all(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = FakeChannel(able(per_month=100))
    channel.answers = [Delivery(message_id="a"), Delivery(failure="gone")]
    chat = await post.chat("a")
    await post.queue(chat, Outgoing("one"), Outgoing("two", purpose="summary", once="s"))
    sender = await post.open(channel)

    async def away(*_: object) -> None:
        raise OSError("the database went away")

    with monkeypatch.context() as dying:
        dying.setattr(outbox, "note_came_back", away)
        with pytest.raises(OSError, match="went away"):
            await sender.delivered()
    assert await Outbox.filter(status=0).count() == 2
    assert await counted() == {}
    await sender.flush()
    assert await counted() == {"answer": 1}
    assert await CameBack.all().count() == 1


async def test_what_was_sent_before_a_crash_is_sent_and_counted_once_more_at_most(
    post: Post,
) -> None:
    channel = FakeChannel(able(per_month=100))
    await post.queue(await post.chat("a"), Outgoing("one"))
    dead = await post.open(channel)
    dead._writer.flush = never  # type: ignore[method-assign]  # it is killed before it writes
    await dead.delivered()
    await post.deliver(channel)
    assert channel.sent["a"] == ["one", "one"]
    assert await counted() == {"answer": 1}, "the count is what marks tell"


async def never() -> None:
    return None


# -- the books in memory, without a database ----------------------------------------------------


@given(
    per_month=st.integers(0, 30),
    free=st.none() | st.integers(0, 4),
    steps=st.lists(
        st.tuples(
            st.sampled_from(("answer", "reminder", "summary")),
            st.integers(1, 3),
            st.sampled_from(("sent", "transient", "gone", "later")),
            st.booleans(),
        ),
        max_size=60,
    ),
)
def test_the_months_count_is_what_really_went_out(
    per_month: int, free: int | None, steps: list[tuple[str, int, str, bool]]
) -> None:
    rules = able(per_month=per_month, free_replies=free)
    quota, now = Quota(OFFICE_ZONE), datetime(2026, 11, 5, 12, tzinfo=OFFICE_ZONE)
    emitted, on_its_way = [], []
    for number, (purpose, parts, outcome, heard) in enumerate(steps):
        message = Outgoing("x" * 2_000 * parts, purpose=purpose)
        row = Queued(
            number, number % 3, "test", "", "c", message, now,
            last_in_at=now + timedelta(seconds=number) if heard else None,
        )  # fmt: skip
        verdict = quota.ask(row, rules, now)
        if verdict.refused or verdict.until:
            continue
        if outcome == "later":
            on_its_way.append((row, parts))
            continue
        delivery = {
            "sent": Delivery(message_id="m", messages=parts),
            "transient": Delivery(transient=True, partly=parts - 1),
            "gone": Delivery(failure="gone", partly=parts - 1),
        }[outcome]
        emitted.append(quota.settle(row, rules, delivery, now))
    for row, parts in on_its_way:
        done = Delivery(message_id="m", messages=parts)
        emitted.append(quota.settle(row, rules, done, now))
    total = sum(s.messages for s in emitted if s is not None)
    assert total == sum(sum(by.values()) for by in quota._sent.values())
    if free is None:
        assert total <= per_month, "no more than was let go, though some of it failed half-way"
