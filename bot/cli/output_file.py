"""The file that a command is told to write by -o."""

from __future__ import annotations

from pathlib import Path

from backend.evidence.away import StoreAwayError
from bot.cli.refusal import Refusal
from conversations.text import Text


def output_file(named: str, *, replace: bool = True) -> Path:
    """Return where to write; Refusal for a folder, or for a file in a folder that is not there.

    Without `replace` also for a file that is there already.
    """
    target = Path(named).absolute()
    if target.is_dir() or not target.parent.is_dir():
        raise Refusal(Text("-o {file}: cannot be written", {"file": named}))
    if not replace and target.exists():
        told = {"file": named}
        raise Refusal(Text("-o {file}: is there already; --force replaces it", told))
    return target


def not_written(named: str, error: OSError) -> Refusal:
    """Return the Refusal for a file that the system did not let be written, with its reason."""
    if isinstance(error, StoreAwayError):
        return Refusal(error.reason)  # what was to be written was not there to be read
    why = error.strerror or str(error)
    return Refusal(Text("-o {file}: cannot be written ({why})", {"file": named, "why": why}))
