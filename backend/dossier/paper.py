"""A Word document with pictures that are put in later, by whoever writes the file out.

python-docx holds every picture of a document in memory. Here a picture is a short note of what
belongs there (`MARK` and its key), and `backend.dossier.bundle` puts the bytes in its place while
it copies the file: a document of 2,000 photos needs the memory of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.shape import CT_Inline
from docx.parts.image import ImagePart
from docx.shared import Cm, Emu, Pt

MARK: Final = b"thonmoi picture "
FONT: Final = "Times New Roman"
WIDTH: Final = Cm(7.6)
TALLEST: Final = Cm(9)
FIRST_PICTURE: Final = 1_000
"""Numbers of pictures and their relations begin here, away from those of the template."""
UNPRINTABLE: Final = {n: None for n in range(32) if n not in {9, 10, 13}} | dict.fromkeys(
    (65534, 65535)
)
"""What XML cannot hold; somebody may have typed it."""


class Paper:
    """A document being written, from top to bottom."""

    def __init__(self, title: str, moment: datetime, lang: str, labels: Sequence[str]) -> None:
        """`moment` becomes the file's own date; `labels` stand on top of every page."""
        self._doc = Document()
        self._pictures = 0
        section = self._doc.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin, section.right_margin = Cm(2.5), Cm(1.5)
        section.top_margin = section.bottom_margin = Cm(2)
        normal: Any = self._doc.styles["Normal"]
        normal.font.name, normal.font.size = FONT, Pt(12)
        for name in ("Title", "Heading 1", "Heading 2", "Heading 3"):
            style: Any = self._doc.styles[name]
            style.font.name = FONT
            fonts = style.element.rPr.rFonts
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
        core = self._doc.core_properties
        core.title, core.author, core.last_modified_by = title, "Thôn Mới", "Thôn Mới"
        core.created = core.modified = core.last_printed = moment.replace(microsecond=0)
        core.revision, core.language, core.comments = 1, lang, ""
        self._head(section, labels)

    def _head(self, section: Any, labels: Sequence[str]) -> None:
        line = section.header.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.add_run(" · ".join(labels)).bold = True
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = foot.add_run()
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            part: Any = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            part.text = text or None
            run._r.append(part)  # noqa: SLF001  (python-docx has no public way to a page number)

    def title(self, text: str) -> None:
        """Write the document's title."""
        self._doc.add_heading(_clean(text), 0)

    def heading(self, text: str, level: int) -> None:
        """Write a heading of level 1 to 3."""
        self._doc.add_heading(_clean(text), level)

    def line(self, text: str, *, bold: bool = False) -> None:
        """Write a paragraph."""
        self._doc.add_paragraph().add_run(_clean(text)).bold = bold

    def bullets(self, lines: Iterable[str]) -> None:
        """Write a list."""
        for text in lines:
            self._doc.add_paragraph(_clean(text), style="List Bullet")

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a table whose head is repeated on every page."""
        table = self._doc.add_table(rows=0, cols=len(head))
        table.style = self._doc.styles["Table Grid"]
        first = table.add_row()
        repeated: Any = OxmlElement("w:tblHeader")
        first._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001  (no public way to a repeated head)
        for cell, text in zip(first.cells, head, strict=True):
            cell.paragraphs[0].add_run(_clean(text)).bold = True
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                run = cell.paragraphs[0].add_run(_clean(text))
                run.font.size = Pt(10)

    def pictures(self, pictures: Sequence[tuple[str, int, int, str]]) -> None:
        """Write pictures two in a row: (key, width, height, words below); no picture for key ""."""
        table = self._doc.add_table(rows=0, cols=2)
        for at in range(0, len(pictures), 2):
            cells = table.add_row().cells
            for cell, (key, width, height, words) in zip(
                cells, pictures[at : at + 2], strict=False
            ):
                paragraph = cell.paragraphs[0]
                if key:
                    self._picture(paragraph, key, width, height, words)
                below = cell.add_paragraph().add_run(_clean(words))
                below.font.size = Pt(9)

    def _picture(self, paragraph: Any, key: str, width: int, height: int, words: str) -> None:
        self._pictures += 1
        number = FIRST_PICTURE + self._pictures
        part = ImagePart(
            PackURI(f"/word/media/photo{number}.jpg"), "image/jpeg", MARK + key.encode()
        )
        relation = f"rId{number}"
        self._doc.part.rels.add_relationship(RELATIONSHIP_TYPE.IMAGE, part, relation)
        high = min(int(WIDTH * max(1, height) / max(1, width)), int(TALLEST))
        wide = min(int(high * max(1, width) / max(1, height)), int(WIDTH))
        inline: Any = CT_Inline.new_pic_inline(
            number, relation, f"photo{number}.jpg", Emu(wide), Emu(high)
        )
        inline.docPr.set("descr", _clean(words.partition("\n")[0]))
        paragraph.add_run()._r.add_drawing(inline)  # noqa: SLF001  (add_picture would want the bytes now)

    def save(self, path: Path) -> None:
        """Write the document with marks where pictures belong."""
        self._doc.save(str(path))


def _clean(text: str) -> str:
    return "".join(c for c in text.translate(UNPRINTABLE) if not 0xD800 <= ord(c) <= 0xDFFF)  # noqa: PLR2004  (halves of characters)
