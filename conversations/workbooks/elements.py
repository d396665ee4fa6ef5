"""The elements of one XML part, one after the other, while everything is counted.

expat looks at an unfinished tag anew with every piece that comes, so a tag of some megabytes would
hold it up for minutes; and a document type may name entities. Both are refused as they appear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

from conversations.workbooks.cells import NOT_READABLE, WorkbookError, too_large

MAX_TEXT: Final = 200_000
MAX_TAG_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 30
_PIECE: Final = 1 << 16


def elements(
    stream: IO[bytes], unit: int, count: Callable[[], None]
) -> Iterator[tuple[int, ET.Element]]:
    """Yield every element at its end, with its depth (0 is the root).

    Elements down to the depth `unit` are whole then, and dropped afterwards. `count` is called for
    each element as it begins, and may raise.

    Raises:
        WorkbookError: a document type, a tag or a text that is far too long.
        xml.parsers.expat.ExpatError: it is no XML.

    """
    reader = _Reader(unit, count)
    fed = 0
    while piece := stream.read(_PIECE):
        reader.parser.Parse(piece, False)
        fed += len(piece)
        if fed - reader.parser.CurrentByteIndex > MAX_TAG_BYTES:
            raise too_large()
        yield from reader.taken()
    reader.parser.Parse(b"", True)
    yield from reader.taken()


class _Reader:
    """Builds elements out of what expat says."""

    def __init__(self, unit: int, count: Callable[[], None]) -> None:
        self.unit = unit
        self.count = count
        self.above: list[ET.Element] = []
        self.ready: list[tuple[int, ET.Element]] = []
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.words

    def taken(self) -> list[tuple[int, ET.Element]]:
        taken, self.ready = self.ready, []
        return taken

    def refuse(self, *_: object) -> None:
        raise WorkbookError(NOT_READABLE)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count()
        element = ET.Element(name.rpartition("}")[2], attributes)
        if len(self.above) > self.unit:  # part of a whole that is looked at later
            self.above[-1].append(element)
        self.above.append(element)
        if len(self.above) > MAX_DEPTH:
            raise too_large()

    def end(self, _name: str) -> None:
        element = self.above.pop()
        self.ready.append((len(self.above), element))

    def words(self, text: str) -> None:
        element = self.above[-1]
        element.text = (element.text or "") + text
        if len(element.text) > MAX_TEXT:
            raise too_large()
