"""A questionnaire's file, read and published, or refused with every reason."""

from __future__ import annotations

from pathlib import Path

from bot.cli.refusal import Refusal
from bot.cli.speaking import speaker
from conversations.forms.compiled import CompiledForm
from conversations.forms.errors import FormError
from conversations.forms.load import load
from conversations.forms.publish import Published, PublishError, publish
from conversations.text import Text
from conversations.xpath.errors import XPathError


def read_form(path: Path) -> CompiledForm:
    """Return the compiled form of a questionnaire in any of the accepted files.

    Raises:
        Refusal: it cannot be read or published, with all reasons.

    """
    if path.suffix.lower() != ".xml":
        return load(read_published(path).xml)
    try:
        return load(read_bytes(path))
    except (FormError, XPathError) as error:
        where = f"{error.path}: " if error.path else ""
        raise Refusal(f"{path.name}: {where}{speaker().say(error.reason)}") from error


def read_bytes(path: Path) -> bytes:
    """Return what is in a file; Refusal when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = Text("{file} cannot be read.", {"file": str(path)})
        raise Refusal(speaker().say(reason)) from error


def read_published(path: Path) -> Published:
    """Return what publishing makes of an XLSForm; Refusal with every problem of it."""
    try:
        return publish(read_bytes(path), path.name)
    except PublishError as error:
        say = speaker().say
        raise Refusal("\n".join(f"{path.name}: {say(p.text())}" for p in error.problems)) from error
