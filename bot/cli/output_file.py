"""The file that a command is told to write by -o."""

from __future__ import annotations

from pathlib import Path

from bot.cli.refusal import Refusal


def output_file(named: str) -> Path:
    """Return where to write; Refusal for a folder, or for a file in a folder that is not there."""
    target = Path(named).absolute()
    if target.is_dir() or not target.parent.is_dir():
        raise Refusal(f"-o {named}: cannot be written")
    return target
