"""`thonmoi run`: everything in one process, prepared from an empty machine."""

from __future__ import annotations

import argparse

from bot.cli.serving import serve
from bot.program import Duties


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no options: settings come from the environment."""
    parser.epilog = "Settings come from environment variables; see the README."


def run(_args: argparse.Namespace) -> int:
    """Run until stopped."""
    return serve(Duties(), alone=True)
