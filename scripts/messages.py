"""Keep the catalogues in step with the code.

    python scripts/messages.py update          extract msgids and merge them into every catalogue
    python scripts/messages.py check           fail when a catalogue is stale, empty or misplaced
    python scripts/messages.py set FILE.json   update, then fill in Vietnamese: {"msgid": "câu"}

`set` and `update` take a lock, so that several people on one tree do not undo each other.
"""

from __future__ import annotations

import fcntl
import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "locales"
PLACE = re.compile(r"\{(\w*)\}")
PYBABEL = [sys.executable, "-m", "babel.messages.frontend", "-q"]
LAYOUT = ["--add-location=file", "--sort-output", "--no-wrap"]


def main() -> int:
    """Run the command in sys.argv and return its exit code."""
    match sys.argv[1:]:
        case ["update"]:
            with _lock():
                _update()
            return 0
        case ["check"]:
            return _check()
        case ["set", name]:
            with _lock():
                _update()
                return _set(json.loads(Path(name).read_text(encoding="utf-8")))
    print(__doc__)
    return 2


def _extract() -> Catalog:
    with tempfile.TemporaryDirectory() as folder, _template(Path(folder)).open("rb") as source:
        return read_po(source)


def _template(folder: Path) -> Path:
    pot = folder / "messages.pot"
    command = [*PYBABEL, "extract", "-F", "babel.cfg", "-k", "N_", "-k", "Text", *LAYOUT]
    subprocess.run([*command, "-o", str(pot), "."], cwd=ROOT, check=True)
    return pot


def _up_to_date() -> bool:
    """Ask `pybabel update --check`: also places, order and leftovers are as it would write them."""
    with tempfile.TemporaryDirectory() as folder:
        pot = _template(Path(folder))
        command = [*PYBABEL, "update", "--check", "--no-wrap", "--no-fuzzy-matching"]
        command += ["--ignore-obsolete", "--ignore-pot-creation-date", "-i", str(pot)]
        done = subprocess.run(
            [*command, "-d", str(LOCALES)], cwd=ROOT, check=False, capture_output=True
        )
    return done.returncode == 0


def _path(lang: str) -> Path:
    return LOCALES / lang / "LC_MESSAGES" / "messages.po"


def _read(lang: str) -> Catalog:
    if not _path(lang).exists():
        return Catalog(locale=lang)
    with _path(lang).open("rb") as source:
        return read_po(source, locale=lang)


def _text(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(
        out,
        catalog,
        width=0,
        sort_output=True,
        omit_header=False,
        include_lineno=False,
        ignore_obsolete=True,
    )
    return out.getvalue()


def _merged(lang: str, template: Catalog) -> Catalog:
    old = _read(lang)
    new = Catalog(
        locale=lang,
        project="thonmoi",
        version="1",
        copyright_holder="Thôn Mới",
        creation_date=old.creation_date,
        revision_date=old.revision_date,
        last_translator="",
        language_team="",
        fuzzy=False,
    )
    for message in template:
        if message.id:
            kept = old.get(message.id)
            new.add(message.id, kept.string if kept else "", locations=message.locations)
    return new


def _update() -> None:
    template = _extract()
    for lang in ("vi", "en"):
        merged = _merged(lang, template)
        if lang == "en":
            for message in merged:
                if message.id:
                    message.string = message.id
        _path(lang).parent.mkdir(parents=True, exist_ok=True)
        _path(lang).write_bytes(_text(merged))


def _set(sentences: dict[str, str]) -> int:
    catalog = _read("vi")
    unknown = [msgid for msgid in sentences if catalog.get(msgid) is None]
    for msgid, sentence in sentences.items():
        if message := catalog.get(msgid):
            message.string = sentence
    _path("vi").write_bytes(_text(catalog))
    for msgid in unknown:
        print(f"not in the code: {msgid}")
    empty = [str(m.id) for m in catalog if m.id and not m.string]
    print(f"{len(empty)} still without Vietnamese", *empty[:40], sep="\n  ")
    return 1 if unknown else 0


def _check() -> int:
    template = _extract()
    wrong: list[str] = []
    for lang in ("vi", "en"):
        catalog = _read(lang)
        have = {str(m.id) for m in catalog if m.id}
        want = {str(m.id) for m in template if m.id}
        wrong += [f"{lang}: stale, run `make messages`: {m}" for m in sorted(have ^ want)]
        for message in catalog:
            if not message.id:
                continue
            if not message.string:
                wrong.append(f"{lang}: not translated: {message.id}")
            elif set(PLACE.findall(str(message.id))) != set(PLACE.findall(str(message.string))):
                wrong.append(f"{lang}: {{places}} differ: {message.id}")
    if not wrong and not _up_to_date():
        wrong.append("stale, run `make messages`: pybabel update --check would change a catalogue")
    print("\n".join(wrong) or "catalogues: fresh, complete, places agree")
    return 1 if wrong else 0


@contextmanager
def _lock() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / "thonmoi-messages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
