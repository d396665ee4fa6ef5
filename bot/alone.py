"""One `thonmoi run` for one SQLite file: a second one would send everything again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)


class NotAloneError(Exception):
    """Another program holds this database."""


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold a SQLite file for this program until it ends, however it ends; raise NotAloneError.

    Side effect: an empty file beside it. Where the system has no such locks (Windows, some network
    drives) nothing is held.
    """
    try:
        import fcntl  # noqa: PLC0415  (not on Windows)
    except ImportError:
        yield
        return
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.running").open("ab") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotAloneError from error
        except OSError as error:
            log.warning(
                "whether another program uses this database is not known: %s", error.strerror
            )
        yield
