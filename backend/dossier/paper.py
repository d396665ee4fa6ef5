"""A Word document with pictures that are put in later, by whoever writes the file out.

python-docx holds every picture of a document in memory. Here a picture is a short note of what
belongs there (`MARK` and its key), and `backend.dossier.bundle` puts the bytes in its place while
it copies the file: a document of 2,000 photos needs the memory of one.

The page is that of Vietnam's administrative papers (Nghị định 30/2020/NĐ-CP, appendix I, part I):
A4, Times New Roman in black, margins of 20-25 mm at the top and bottom, 30-35 on the left, 15-20 on
the right (I.3, I.4); the page's number of 13-14 points in the middle of the top and none on the first
page (I.7); the title in capitals and what it is about below it, both bold of 13-14 points, with a line
below (II.5b); headings upright and bold of 13-14; sentences of 13-14 points, even at both edges, the
first line 1 or 1.27 cm in, at least 6 points between paragraphs, lines single to 1.5 (II.6e).
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
from docx.shared import Cm, Emu, Pt, RGBColor

MARK: Final = b"thonmoi picture "
FONT: Final = "Times New Roman"
SIZE, IN_TABLE, BELOW_PICTURE = Pt(13), Pt(11), Pt(10)
BLACK: Final = RGBColor(0, 0, 0)
BETWEEN: Final = Pt(6)
FIRST_LINE: Final = Cm(1.27)
HEADINGS: Final = {"Title": Pt(14), "Heading 1": Pt(14), "Heading 2": Pt(13), "Heading 3": Pt(13)}
LANGUAGES: Final = {"vi": "vi-VN", "en": "en-GB"}
TEXT_WIDTH: Final = 16.5
"""Centimetres between the margins."""
RULE_INDENT: Final = Cm(6)
"""On either side of the line below the title, which is a third of it or a little more."""
WIDTH: Final = Cm(7.6)
TALLEST: Final = Cm(8)
SHADE: Final = "E7ECE9"
FIRST_PICTURE: Final = 1_000
"""Numbers of pictures and their relations begin here, away from those of the template."""
UNPRINTABLE: Final = {n: None for n in range(32) if n not in {9, 10, 13}} | dict.fromkeys(
    (65534, 65535)
)
"""What XML cannot hold; somebody may have typed it."""

Row = Sequence[str] | str
"""The cells of a row, or one line across all columns that heads the rows below it."""


class Paper:
    """A document being written, from top to bottom."""

    def __init__(self, title: str, moment: datetime, lang: str, labels: Sequence[str]) -> None:
        """`moment` becomes the file's own date; `labels` stand on top of every page."""
        self._doc = Document()
        self._pictures = 0
        section = self._doc.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin, section.right_margin = Cm(3), Cm(1.5)
        section.top_margin = section.bottom_margin = Cm(2)
        section.header_distance = section.footer_distance = Cm(1)
        self._fonts(LANGUAGES.get(lang, lang))
        core = self._doc.core_properties
        core.title, core.author, core.last_modified_by = title, "Thôn Mới", "Thôn Mới"
        core.created = core.modified = core.last_printed = moment.replace(microsecond=0)
        core.revision, core.language, core.comments = 1, lang, ""
        self._head(section, labels)

    def _fonts(self, language: str) -> None:
        """One font in black everywhere, and the language by which words are checked."""
        styles = self._doc.styles
        normal: Any = styles["Normal"]
        normal.font.name, normal.font.size = FONT, SIZE
        normal.paragraph_format.space_before = Pt(0)
        normal.paragraph_format.space_after = BETWEEN
        normal.paragraph_format.line_spacing = 1
        for name, size in HEADINGS.items():
            style: Any = styles[name]
            style.font.name, style.font.size, style.font.bold = FONT, size, True
            style.font.italic = False
            style.font.color.rgb = BLACK
            style.paragraph_format.space_before = Pt(12)
            style.paragraph_format.space_after = BETWEEN
            fonts = style.element.rPr.rFonts
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
            for line in style.element.pPr.findall(qn("w:pBdr")):
                style.element.pPr.remove(line)
        styles["Title"].paragraph_format.space_before = Pt(0)
        for told in styles.element.iter(qn("w:lang")):
            told.set(qn("w:val"), language)

    def _head(self, section: Any, labels: Sequence[str]) -> None:
        """Labels on every page; before them the page's number, from the second page on."""
        section.different_first_page_header_footer = True
        said = " · ".join(labels)
        first = section.first_page_header.paragraphs[0]
        first.alignment = WD_ALIGN_PARAGRAPH.CENTER
        first.add_run(said).bold = True
        line = section.header.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = line.add_run()
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            part: Any = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            part.text = text or None
            run._r.append(part)  # noqa: SLF001  (python-docx has no public way to a page number)
        if said:
            line.add_run(f"  ·  {said}").bold = True

    def title(self, text: str, below: str) -> None:
        """Write the document's title and, below it, what it is about."""
        for words, size in ((text, None), (below, Pt(14))):
            line = self._doc.add_heading(_clean(words), 0)
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            if size is not None:
                line.runs[0].font.size = size
                line.paragraph_format.space_after = Pt(0)
        rule = self._doc.add_paragraph()
        rule.paragraph_format.left_indent = rule.paragraph_format.right_indent = RULE_INDENT
        rule.paragraph_format.line_spacing = Pt(4)
        rule.paragraph_format.space_after = Pt(10)
        _ruled(rule)

    def heading(self, text: str, level: int, *, new_page: bool = False) -> None:
        """Write a heading of level 1 to 3."""
        self._doc.add_heading(_clean(text), level).paragraph_format.page_break_before = new_page

    def line(self, text: str, *, stays: bool = False) -> None:
        """Write a paragraph; one that `stays` is on the page of what comes next."""
        paragraph = self._doc.add_paragraph(_clean(text))
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        paragraph.paragraph_format.first_line_indent = FIRST_LINE
        paragraph.paragraph_format.keep_with_next = stays

    def bullets(self, lines: Iterable[str]) -> None:
        """Write a list."""
        for text in lines:
            self._doc.add_paragraph(_clean(text), style="List Bullet")

    def table(self, head: Sequence[str], widths: Sequence[float], rows: Iterable[Row]) -> None:
        """Write a table whose head is repeated on every page and whose rows stay whole.

        `widths` are those of the columns in centimetres.
        """
        table = self._table(widths)
        first = table.add_row()
        repeated: Any = OxmlElement("w:tblHeader")
        first._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001  (no public way to a repeated head)
        self._whole(first)
        for cell, text in zip(first.cells, head, strict=True):
            self._write(cell, text, bold=True, stays=True)
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
            _shaded(cell)
        for row in rows:
            line = table.add_row()
            self._whole(line)
            cells = line.cells
            if isinstance(row, str):
                self._write(cells[0].merge(cells[-1]), row, bold=True, stays=True)
                continue
            for cell, text in zip(cells, row, strict=True):
                self._write(cell, text)
        self._after()

    def pictures(self, pictures: Sequence[tuple[str, int, int, str]]) -> None:
        """Write pictures two in a row: (key, width, height, words below); no picture for key ""."""
        table = self._table((TEXT_WIDTH / 2, TEXT_WIDTH / 2))
        for at in range(0, len(pictures), 2):
            line = table.add_row()
            self._whole(line)
            for cell, (key, width, height, words) in zip(
                line.cells, pictures[at : at + 2], strict=False
            ):
                paragraph = cell.paragraphs[0]
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                paragraph.paragraph_format.space_before = Pt(3)
                paragraph.paragraph_format.keep_with_next = True
                if key:
                    self._picture(paragraph, key, width, height, words)
                first, _, rest = _clean(words).partition("\n")
                below = cell.add_paragraph()
                for text, bold in ((first, True), (f"\n{rest}" if rest else "", False)):
                    run = below.add_run(text)
                    run.bold, run.font.size = bold, BELOW_PICTURE
        self._after()

    def _table(self, widths: Sequence[float]) -> Any:
        table = self._doc.add_table(rows=0, cols=len(widths))
        table.style = self._doc.styles["Table Grid"]
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        return table

    def _whole(self, row: Any) -> None:
        """Keep a row on one page."""
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001  (no public way)

    def _write(self, cell: Any, text: str, *, bold: bool = False, stays: bool = False) -> None:
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(_clean(text))
        run.font.size, run.bold = IN_TABLE, bold
        paragraph.paragraph_format.space_after = Pt(1)
        paragraph.paragraph_format.keep_with_next = stays

    def _after(self) -> None:
        """Leave a little room below a table; Word wants a paragraph between two of them anyway."""
        line = self._doc.add_paragraph()
        line.paragraph_format.space_after = Pt(0)
        line.paragraph_format.line_spacing = Pt(6)

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


def _ruled(paragraph: Any) -> None:
    """Draw a line below a paragraph."""
    borders: Any = OxmlElement("w:pBdr")
    line: Any = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  (no public way to a border)
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _shaded(cell: Any) -> None:
    shade: Any = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001  (no public way to a cell's colour)


def _clean(text: str) -> str:
    return "".join(c for c in text.translate(UNPRINTABLE) if not 0xD800 <= ord(c) <= 0xDFFF)  # noqa: PLR2004  (halves of characters)
