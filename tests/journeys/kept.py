"""What must be in the database after many deaths, and what each chat may have seen twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from backend.evidence.store import EvidenceStore
from backend.models import Answer, Chat, Evidence, Inbox, Interview, Outbox, Submission
from bot.messages import Outgoing
from bot.turn.sql import DONE, SENT, STALE
from tests.fakes.telegram import FakeTelegram
from tests.journeys.heads import Head, answers


async def check_updates(heads: Sequence[Head]) -> None:
    """Each update was taken once: one row in the journal, done."""
    rows = await Inbox.all().values_list("external_id", "status", "attempts")
    said = [update for head in heads for update in head.said]
    assert len(rows) == len(said)
    assert {int(str(external).partition(":")[0]) for external, _, _ in rows} == set(said)
    assert {(status, attempts) for _, status, attempts in rows} == {(DONE, 0)}


async def check_answers(head: Head, photos: EvidenceStore) -> None:
    """Every interview was submitted once, each answer is at its own question, each photo kept."""
    chat = await Chat.get(external_id=str(head.user.id))
    interviews = await Interview.filter(person_id=chat.person_id)
    assert Counter(i.status for i in interviews) == {"submitted": 4}
    for name, one in answers(head.households).items():
        submission = await Submission.get(person_id=chat.person_id, questionnaire=name)
        kept = dict(await Answer.filter(submission_id=submission.id).values_list("name", "value"))
        wanted = dict(one.means)
        if name == "rac-thai" and head.corrections:
            wanted["dump_sites"] = str(900 + head.corrections)
        wrong = {n: (kept.get(n), value) for n, value in wanted.items() if kept.get(n) != value}
        assert wrong == {}, (head.village, head.patient, name)
        evidence = await Evidence.filter(
            submission_id=submission.id, dropped_at=None
        ).prefetch_related("file")
        assert len(evidence) == one.photos, (head.village, name)
        for use in evidence:
            assert len(await photos.get(use.file.sha256)) == use.file.size
            assert await photos.get(use.file.preview)


async def check_replies(head: Head) -> None:
    """Each answer had one reply: its echo was queued once, and nothing is left to send."""
    rows = await _rows(head)
    assert {status for status, _ in rows} <= {SENT, STALE}
    echoes = Counter(m.text.split()[2] for _, m in rows if m.text.startswith("Đã ghi: 9"))
    for n in range(1, head.corrections + 1):
        assert echoes[str(900 + n)] == 1, (head.village, n)


async def check_seen(head: Head, fake: FakeTelegram, begins: Sequence[dict[int, int]]) -> int:
    """Compare what the chat was sent with its outbox; return the most re-sent after one death.

    Within a life messages go out in the outbox's order, each once. A new life may begin again
    with the last ones that went out before the death, word for word.
    """
    rows = [(status, m.text) for status, m in await _rows(head) if m.text and not m.closes]
    texts = [sent.texts[0] for sent in fake.sent_to(head.user)]
    ends = [begin.get(head.user.id, 0) for begin in begins[1:]] + [len(texts)]
    sent = most = 0
    begin = 0
    for end in ends:
        life, begin = texts[begin:end], end
        if not life:
            continue
        for back in range(sent + 1):
            found = _follow(rows, sent - back, sent, life)
            if found is not None:
                break
        else:
            raise AssertionError(
                json.dumps(
                    [head.village, life, rows[max(0, sent - 6) : sent + 6]], ensure_ascii=False
                )
            )
        most = max(most, found[0])
        sent = max(sent, found[1])
    unsent = [text for status, text in rows[sent:] if status == SENT]
    assert unsent == [], "the outbox says sent, and nobody saw it"
    return most


def _follow(
    rows: Sequence[tuple[int, str]], at: int, sent: int, life: Sequence[str]
) -> tuple[int, int] | None:
    """Walk the outbox from `at`; return how many rows were seen before, and where the walk ended."""
    again = 0
    for text in life:
        while at < len(rows) and rows[at][1] != text:
            if rows[at][0] != STALE and at >= sent:
                return None  # skipped: nobody ever saw it
            at += 1
        if at == len(rows):
            return None
        again += at < sent
        at += 1
    return again, at


async def _rows(head: Head) -> list[tuple[int, Outgoing]]:
    chat = await Chat.get(external_id=str(head.user.id))
    rows = await Outbox.filter(chat_id=chat.id).order_by("id").values_list("status", "payload")
    return [(int(status), Outgoing.from_json(payload)) for status, payload in rows]
