"""Published questionnaires in the database, and their compiled forms in memory."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Final

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from backend import audit
from backend.clock import Clock
from backend.models import FormVersion
from conversations.forms.compiled import CompiledForm
from conversations.forms.load import load
from conversations.forms.publish import Published

MAX_FORMS_IN_MEMORY: Final = 64
_forms: OrderedDict[str, CompiledForm] = OrderedDict()
"""By the sha256 of their XML, so that two databases in one process cannot mix theirs."""


class VersionTakenError(Exception):
    """The same form id and version is stored with other content; `form_id`, `version` name it."""

    def __init__(self, form_id: str, version: str) -> None:
        super().__init__(f"{form_id} {version}")
        self.form_id = form_id
        self.version = version


async def publish_form(published: Published, clock: Clock) -> tuple[FormVersion, bool]:
    """Store a published form; return its row and whether it is new.

    Publishing the same content again changes nothing, from several processes at once too.

    Raises:
        VersionTakenError: that id and version is stored with other content.

    """
    digest = hashlib.sha256(published.xml.encode()).hexdigest()
    same = FormVersion.filter(form_id=published.form_id, version=published.version)
    row = await same.first()
    made = False
    if row is None:
        now = clock.now()
        try:
            async with in_transaction():
                row = await FormVersion.create(
                    form_id=published.form_id,
                    version=published.version,
                    title=published.title,
                    xml=published.xml,
                    sha256=digest,
                    published_at=now,
                )
                await audit.record(
                    "form.published",
                    by=None,
                    subject=f"form:{published.form_id}",
                    at=now,
                    details={"version": published.version, "sha256": digest},
                )
            made = True
        except IntegrityError:  # somebody else was a moment earlier
            row = await same.get()
    if row.sha256 != digest:
        raise VersionTakenError(published.form_id, published.version)
    return row, made


async def newest(form_id: str) -> FormVersion | None:
    """Return the version of a form that was published last, None if there is none."""
    return await FormVersion.filter(form_id=form_id).order_by("-published_at", "-id").first()


async def load_form(form_version_id: int, sha256: str | None = None) -> CompiledForm:
    """Return the compiled form of a version, from memory after the first time.

    A caller that already read the row's `sha256` hands it in and spares the one small query.

    Raises:
        tortoise.exceptions.DoesNotExist: there is no such version.

    """
    if sha256 is None:
        row = await FormVersion.get(id=form_version_id).only("id", "sha256")
        sha256 = row.sha256
    form = _forms.get(sha256)
    if form is None:
        whole = await FormVersion.get(id=form_version_id)
        form = remember(whole.sha256, whole.xml)
    else:
        _forms.move_to_end(sha256)
    return form


def remember(sha256: str, xml: str) -> CompiledForm:
    """Compile a stored form and keep it; the one that was used least lately makes room."""
    form = _forms[sha256] = load(xml)
    if len(_forms) > MAX_FORMS_IN_MEMORY:
        _forms.popitem(last=False)
    return form
