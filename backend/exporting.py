"""Submissions handed out, of an area and a period: as CSV, as a workbook, or as standard XML.

Read in parts and written as they come, so that a country's year needs the memory of a part. Who
may is asked by the caller: the command line is the machine's own admin.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
import tempfile
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from backend.area_tree import subtree
from backend.dossier.fixed_zip import entry
from backend.dossier.manifest import safe_cell
from backend.handing_over import hand_over
from backend.lists import numbers
from backend.models import Answer, Area, Submission

AT_ONCE: Final = 200
COLUMNS: Final = (
    "plan", "questionnaire", "form_version", "period", "area", "area_name", "version", "in_force",
    "instance_id", "answered_at", "received_at", "keyed_in", "path", "name", "value", "number",
    "estimate", "unknown",
)  # fmt: skip
UNSAFE: Final = re.compile(r"[^0-9A-Za-z._-]+")
MOST_CELL: Final = 32_767
"""Characters that a workbook's cell takes."""


class As(StrEnum):
    """In which form."""

    CSV = "csv"
    """One row for each answer, UTF-8 with a mark."""
    XLSX = "xlsx"
    """The same rows in a workbook."""
    XML = "xml"
    """A zip of standard submissions, as they are stored."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported. No name, number or chat of a person is in it.

    `every_version` adds what corrections replaced.
    """

    plan: str
    area: str
    period: str | None = None
    every_version: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written."""

    submissions: int
    answers: int
    size: int


class UnknownAreaError(LookupError):
    """There is no area of this code."""


async def export(
    wanted: Wanted,
    form: As,
    target: Path,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    note: Callable[[Exported], Awaitable[None]] | None = None,
) -> Exported:
    """Write the file to `target`, which is replaced only when all is done.

    `note` is told what it will be before it is handed over: what cannot be noted is not. Raises UnknownAreaError, and OSError when the disk fails. Cancelled, nothing is left behind.
    """
    ids = await _ids(wanted)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as folder:
        part = Path(folder, "part")
        write = {As.CSV: _csv, As.XLSX: _xlsx, As.XML: _xml}[form]
        submissions, answers = await write(part, ids, lambda done: progress(done, len(ids)))
        made = Exported(submissions, answers, (await asyncio.to_thread(part.stat)).st_size)
        if note is not None:
            await note(made)
        await asyncio.to_thread(hand_over, part, target)
    return made


async def _ids(wanted: Wanted) -> list[int]:
    area = await Area.get_or_none(code=wanted.area)
    if area is None:
        raise UnknownAreaError(wanted.area)
    rows = Submission.filter(plan=wanted.plan, area_id__in=numbers(await subtree([area.id])))
    if wanted.period is not None:
        rows = rows.filter(period=wanted.period)
    if not wanted.every_version:
        rows = rows.filter(current_key__isnull=False)
    return [int(str(n)) for n in await rows.order_by("id").values_list("id", flat=True)]


async def _submissions(ids: list[int]) -> AsyncIterator[Submission]:
    for at in range(0, len(ids), AT_ONCE):
        for row in (
            await Submission.filter(id__in=numbers(ids[at : at + AT_ONCE]))
            .order_by("id")
            .prefetch_related("area", "form_version")
        ):
            yield row


async def _rows(ids: list[int]) -> AsyncIterator[tuple[Submission, list[list[Any]]]]:
    """Yield each submission with its answers as rows of COLUMNS."""
    async for row in _submissions(ids):
        head = [
            row.plan, row.questionnaire, row.form_version.version, row.period, row.area.code,
            row.area.name, row.version, int(row.current_key is not None), row.instance_id,
            row.answered_at.isoformat(), row.received_at.isoformat(),
            int(row.entered_by_id is not None),  # type: ignore[attr-defined]  # Tortoise adds <fk>_id
        ]  # fmt: skip
        answers = await Answer.filter(submission_id=row.id).order_by("id")
        yield (
            row,
            [
                [*head, a.path, a.name, a.value, a.number, int(a.estimate), int(a.unknown)]
                for a in answers
            ],
        )


async def _csv(part: Path, ids: list[int], told: Callable[[int], None]) -> tuple[int, int]:
    done = answers = 0
    with await asyncio.to_thread(part.open, "wb") as out:
        out.write("\ufeff".encode())
        out.write(_lines([list(COLUMNS)]))
        async for _, rows in _rows(ids):
            out.write(_lines(rows))
            done, answers = done + 1, answers + len(rows)
            told(done)
    return done, answers


def _lines(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([[safe_cell(v) for v in r] for r in rows])
    return out.getvalue().encode()


async def _xlsx(part: Path, ids: list[int], told: Callable[[int], None]) -> tuple[int, int]:
    import xlsxwriter  # noqa: PLC0415  (loaded when first asked)

    # Rows go to the disk as they come; numbers and text only, so nothing becomes a formula.
    book = xlsxwriter.Workbook(str(part), {"constant_memory": True, "tmpdir": str(part.parent)})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    done = answers = 0
    async for _, rows in _rows(ids):
        for row in rows:
            answers += 1
            for at, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(answers, at, value[:MOST_CELL])
                elif value is not None:
                    sheet.write_number(answers, at, value)
        done += 1
        told(done)
    await asyncio.to_thread(book.close)
    return done, answers


async def _xml(part: Path, ids: list[int], told: Callable[[int], None]) -> tuple[int, int]:
    done = 0
    with zipfile.ZipFile(part, "w") as made:
        async for row in _submissions(ids):
            name = f"{row.questionnaire}-{row.period}-v{row.version}-{row.id}"
            path = f"{UNSAFE.sub('-', row.area.code)}/{UNSAFE.sub('-', name)}.xml"
            await asyncio.to_thread(made.writestr, entry(path), row.xml.encode())
            done += 1
            told(done)
    return done, 0
