"""What the documents name is there: files, folders and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [ROOT / "CONTRIBUTING.md", *ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
)
ROOMS = "bot|backend|conversations|locales|tests|bench|scripts|docs"
PLACE = re.compile(rf"`((?:{ROOMS})/[\w./*-]*)`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: str(d.relative_to(ROOT)))
def test_every_place_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = [(ROOT, place) for place in PLACE.findall(text)]
    named += [(document.parent, place) for place in LINK.findall(text)]
    missing = []
    for folder, place in named:
        there = any(folder.glob(place)) if "*" in place else (folder / place).exists()
        if not there or (place.endswith("/") and not (folder / place).is_dir()):
            missing.append(place)
    assert missing == []
