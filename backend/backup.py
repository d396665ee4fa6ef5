"""One file that holds a whole office: every row of every table and every file of the stores.

Rows are written as JSON by our own hand, so a backup of SQLite goes into PostgreSQL and back; that
is also how an office moves from the one to the other. The rows are of one moment; files, which are
never changed once written, are copied after them, so each row's file is there.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg
from tortoise.exceptions import BaseORMException
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model
from tortoise.transactions import in_transaction

import backend.models
from backend.audit import end_now
from backend.database import is_lost
from backend.dossier.fixed_zip import entry
from backend.evidence.store import KEY
from backend.handing_over import hand_over
from backend.models import AuditHead

FORMAT: Final = 1
AT_ONCE: Final = 500
ROWS: Final = "rows"
_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class Store(Protocol):
    """A folder of the evidence store."""

    def keys(self) -> AsyncIterator[str]:
        """Yield every key that it holds."""
        ...

    async def get(self, key: str) -> bytes:
        """Return the bytes under a key; KeyError without any."""
        ...

    async def put_back(self, key: str, data: bytes) -> None:
        """Keep bytes under the key that a backup names."""
        ...


@dataclass(frozen=True, slots=True)
class Whole:
    """What a backup holds: rows by table and files by folder."""

    rows: dict[str, int]
    files: dict[str, int]
    size: int = 0
    audit: dict[str, Any] = field(default_factory=dict)
    """How many rows the audit log had, and the sha256 that it ended with: to be written down."""


class NotEmptyError(Exception):
    """There is something already; the message is the table."""


class DamagedError(Exception):
    """The file is no backup, or not as it was written; the message is which part."""


class OtherVersionError(Exception):
    """Another version of the program has written it; the message is what does not fit."""


async def write_backup(
    target: Path,
    stores: dict[str, Store],
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Whole:
    """Write everything to `target`, which is replaced only when all is done.

    `stores` are folders by name. Raises OSError when a store or the disk fails.
    """
    tables: dict[str, dict[str, Any]] = {}
    files: dict[str, int] = {}
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        part = Path(folder, "part")
        with zipfile.ZipFile(part, "w") as made:
            async with _moment():
                audit_end = asdict(await end_now())
                for model in models():
                    tables[_table(model)] = await _write_rows(made, model)
            for name, store in sorted(stores.items()):
                files[name] = 0
                async for key in store.keys():
                    body = await store.get(key)
                    await asyncio.to_thread(
                        made.writestr, entry(f"{name}/{key}", packed=False), body
                    )
                    files[name] += 1
                    progress(files[name], files[name] + 1)
            del audit_end["broken"]  # nobody has looked
            told = {"format": FORMAT, "tables": tables, "files": files, "audit": audit_end}
            made.writestr(entry("backup.json"), json.dumps(told, indent=1))
        size = await asyncio.to_thread(hand_over, part, target)
    return Whole({name: t["rows"] for name, t in tables.items()}, files, size, audit_end)


async def read_backup(
    source: Path,
    stores: dict[str, Store],
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Whole:
    """Put a backup into migrated, empty tables; all rows or none.

    All that can be looked at beforehand is: what is not as it was written leaves nothing behind,
    no file either. Files come before rows. Raises NotEmptyError, DamagedError, OtherVersionError,
    and OSError when a store fails.
    """
    for model in models():
        if await model.all().limit(1).exists():
            raise NotEmptyError(_table(model))
    with _said(), zipfile.ZipFile(source) as made:
        told = json.loads(made.read("backup.json"))
        _same_version(told)
        if (damaged := await asyncio.to_thread(made.testzip)) is not None:
            raise DamagedError(damaged)
        _look_at_rows(made, told["tables"])
        names = _look_at_files(made, stores, told["files"])
        await _put_files(made, stores, names, progress)
        rows = {}
        async with in_transaction() as connection:
            for model in models():
                rows[_table(model)] = await _read_rows(made, model)
            for model in models():
                await _join_rows(made, model)
            if connection.capabilities.dialect != "sqlite":
                for model in models():
                    await _count_on(connection, model)
    return Whole(rows, told["files"], audit=told.get("audit", {}))


@contextmanager
def _said() -> Iterator[None]:
    """Turn whatever a spoilt file makes others raise into DamagedError."""
    try:
        yield
    except BaseORMException as error:
        if is_lost(error):
            raise
        raise DamagedError(ROWS) from error  # its words may be somebody's name
    except (
        zipfile.BadZipFile,
        zlib.error,
        asyncpg.DataError,
        NotImplementedError,  # a way of packing that we never use
        RuntimeError,  # a password; or JSON that is nested too deeply
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        EOFError,
    ) as error:
        raise DamagedError(type(error).__name__) from error


def _same_version(told: dict[str, Any]) -> None:
    """Raise OtherVersionError for tables or columns that are not this program's."""
    if told["format"] != FORMAT:
        raise OtherVersionError(f"format {str(told['format'])[:20]}")
    ours = {_table(model) for model in models()}
    if differing := sorted(ours ^ set(told["tables"])):
        raise OtherVersionError(", ".join(differing)[:200])


def _look_at_rows(made: zipfile.ZipFile, told: dict[str, dict[str, Any]]) -> None:
    """Raise for rows that are not those written down, or of other columns."""
    for model in models():
        name, columns = _table(model), set(_columns(model))
        digest, count = hashlib.sha256(), 0
        for some in _lines(made, model):
            for line in some:
                digest.update(line)
                if differing := sorted(set(json.loads(line)) ^ columns):
                    raise OtherVersionError(f"{name}: {', '.join(differing)}"[:200])
            count += len(some)
        if {"rows": count, "sha256": digest.hexdigest()} != told[name]:
            raise DamagedError(name)


def _look_at_files(
    made: zipfile.ZipFile, stores: dict[str, Store], told: dict[str, int]
) -> list[str]:
    """Return the names of all files; raise DamagedError for others than those written down."""
    names = [n for n in made.namelist() if n.partition("/")[0] in stores]
    for folder in stores:
        keys = [n.partition("/")[2] for n in names if n.partition("/")[0] == folder]
        if len(keys) != told[folder] or not all(map(KEY.fullmatch, keys)):
            raise DamagedError(folder)
    return names


def models() -> list[type[Model]]:
    """Return every table's model, each after those that it refers to."""
    left = [getattr(backend.models, name) for name in backend.models.__all__]
    done: list[type[Model]] = []
    while left:
        ready = [m for m in left if all(t in done or t is m for t in _refers(m))]
        done += ready
        left = [m for m in left if m not in ready]
    return done


def _refers(model: type[Model]) -> Iterator[type[Model]]:
    for name in (*model._meta.fk_fields, *model._meta.o2o_fields):  # noqa: SLF001  (Tortoise's list of references)
        field = model._meta.fields_map[name]  # noqa: SLF001  (the same)
        if isinstance(field, ForeignKeyFieldInstance):
            yield field.related_model


def _table(model: type[Model]) -> str:
    return model._meta.db_table  # noqa: SLF001  (the table's name)


def _columns(model: type[Model]) -> list[str]:
    return sorted(model._meta.fields_db_projection)  # noqa: SLF001  (the columns)


def _own(model: type[Model]) -> list[str]:
    """Return the columns that refer to rows of the same table."""
    fields = model._meta.fields_map  # noqa: SLF001  (Tortoise's fields)
    return [
        f.source_field or ""
        for f in fields.values()
        if isinstance(f, ForeignKeyFieldInstance) and f.related_model is model
    ]


@asynccontextmanager
async def _moment() -> AsyncIterator[None]:
    """Read everything as it was at one moment."""
    async with in_transaction() as connection:
        if connection.capabilities.dialect != "sqlite":
            await connection.execute_query(_SNAPSHOT)
        await AuditHead.all().count()  # SQLite takes its snapshot at the first reading
        yield


async def _write_rows(made: zipfile.ZipFile, model: type[Model]) -> dict[str, Any]:
    digest = hashlib.sha256()
    count = last = 0
    columns = _columns(model)
    with tempfile.TemporaryFile() as lines:
        while True:
            rows = await model.filter(id__gt=last).order_by("id").limit(AT_ONCE).values(*columns)
            for row in rows:
                line = json.dumps(row, default=str, ensure_ascii=False, sort_keys=True).encode()
                digest.update(line)
                lines.write(line + b"\n")
                last = row["id"]
            count += len(rows)
            if len(rows) < AT_ONCE:
                break
        lines.seek(0)
        with made.open(entry(f"{ROWS}/{_table(model)}.jsonl"), "w", force_zip64=True) as out:
            while chunk := lines.read(1_048_576):
                out.write(chunk)
    return {"rows": count, "sha256": digest.hexdigest()}


async def _read_rows(made: zipfile.ZipFile, model: type[Model]) -> int:
    count = 0
    own = _own(model)
    for some in _lines(made, model):
        rows = [json.loads(line) | dict.fromkeys(own) for line in some]
        await model.bulk_create([model(**row) for row in rows])
        count += len(rows)
    return count


async def _join_rows(made: zipfile.ZipFile, model: type[Model]) -> None:
    """Set what refers to rows of the same table, which may come later than what refers to them."""
    own = _own(model)
    for some in _lines(made, model) if own else ():
        for line in some:
            row = json.loads(line)
            found = {name: row[name] for name in own if row[name] is not None}
            if found:
                await model.filter(id=row["id"]).update(**found)


def _lines(made: zipfile.ZipFile, model: type[Model]) -> Iterator[Sequence[bytes]]:
    with made.open(f"{ROWS}/{_table(model)}.jsonl") as lines:
        some: list[bytes] = []
        for line in lines:
            some.append(line.rstrip(b"\n"))
            if len(some) == AT_ONCE:
                yield some
                some = []
        if some:
            yield some


async def _count_on(connection: Any, model: type[Model]) -> None:
    """Let PostgreSQL's counters go on after the rows that were put in."""
    table = _table(model)
    await connection.execute_query(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608  (our own table's name)
        f'GREATEST((SELECT COALESCE(MAX(id), 0) FROM "{table}"), 1), '
        f'(SELECT COUNT(*) > 0 FROM "{table}")) '
        f"WHERE pg_get_serial_sequence('{table}', 'id') IS NOT NULL"
    )


async def _put_files(
    made: zipfile.ZipFile,
    stores: dict[str, Store],
    names: Sequence[str],
    progress: Callable[[int, int], None],
) -> None:
    for done, name in enumerate(names, start=1):
        folder, _, key = name.partition("/")
        await stores[folder].put_back(key, await asyncio.to_thread(made.read, name))
        progress(done, len(names))
