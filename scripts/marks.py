"""Refuse a mark that silences a tool and does not say why: `make check` runs it.

Behind `noqa: CODE` the reason stands in parentheses, behind `type: ignore[code]` in parentheses
or as a comment of its own. A bare `noqa` without a code is refused with or without one.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
GENERATED = "backend/migrations/0"
MARK = re.compile(r"#\s*(?:ruff:\s*)?(?:noqa|type:\s*ignore)(?P<behind>.*)")
CODES = re.compile(r":?\s*(?:\[[\w, -]+\]|[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)(?P<reason>.*)")
WORDS = re.compile(r"\w{3}")


def unreasoned(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number and mark of each that names no code or gives no reason."""
    lines = iter(text.splitlines(keepends=True))
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        if token.type != tokenize.COMMENT or not (mark := MARK.search(token.string)):
            continue
        codes = CODES.match(mark["behind"])
        if codes is None or not WORDS.search(codes["reason"]):
            yield token.start[0], token.string


def main() -> int:
    """Print what is refused, a line each; return how the check ended."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = [
        f"{name}:{line}: no reason: {mark}"
        for name in listed.stdout.split()
        if not name.startswith(GENERATED) and (ROOT / name).is_file()
        for line, mark in unreasoned((ROOT / name).read_text(encoding="utf-8"))
    ]
    print("\n".join(found) or "marks: each says why")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
