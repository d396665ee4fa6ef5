"""Published questionnaires: stored once, never changed, compiled once."""

from __future__ import annotations

import asyncio
import json

import pytest
from tortoise.exceptions import DoesNotExist

from backend.clock import Clock
from backend.forms import VersionTakenError, load_form, newest, publish_form
from backend.models import AuditEntry, FormVersion
from conversations.forms.publish import Published, publish

SOURCE = """
| survey |
| | type | name | label |
| | integer | n | Bao nhiêu hộ? |
| settings |
| | form_title | form_id | version |
| | Thử | thu | VERSION |
"""


def published(version: str = "1", **changes: str) -> Published:
    source = SOURCE.replace("VERSION", version)
    for old, new in changes.items():
        source = source.replace(old, new)
    return publish(source.encode(), "f.md")


@pytest.mark.usefixtures("database")
async def test_publishing_twice_stores_once(clock: Clock) -> None:
    row, made = await publish_form(published(), clock)
    again, made_again = await publish_form(published(), clock)
    assert (made, made_again, again.id) == (True, False, row.id)
    assert await FormVersion.all().count() == 1


@pytest.mark.usefixtures("database")
async def test_several_at_once_store_once(clock: Clock) -> None:
    done = await asyncio.gather(*(publish_form(published(), clock) for _ in range(4)))
    assert len({row.id for row, _ in done}) == 1
    assert sum(made for _, made in done) == 1
    noted = await AuditEntry.get(action="form.published", subject="form:thu")
    assert json.loads(noted.details) == {"version": "1", "sha256": done[0][0].sha256}


@pytest.mark.usefixtures("database")
async def test_a_version_never_changes_its_content(clock: Clock) -> None:
    await publish_form(published(), clock)
    with pytest.raises(VersionTakenError) as refusal:
        await publish_form(published(nhiêu="lắm"), clock)
    assert (refusal.value.form_id, refusal.value.version) == ("thu", "1")
    row, made = await publish_form(published("2", nhiêu="lắm"), clock)
    assert made
    latest = await newest("thu")
    assert latest is not None
    assert latest.id == row.id
    assert await newest("none") is None


@pytest.mark.usefixtures("database")
async def test_a_form_is_compiled_once_and_belongs_to_its_content(clock: Clock) -> None:
    first, _ = await publish_form(published(), clock)
    second, _ = await publish_form(published("2"), clock)
    form = await load_form(first.id)
    assert form is await load_form(first.id, first.sha256)
    assert form.version == "1"
    assert (await load_form(second.id)).version == "2"
    with pytest.raises(DoesNotExist):
        await load_form(second.id + 99)
