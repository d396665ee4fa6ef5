"""An empty list for the office to fill in, with the villages that the plan has already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import xlsxwriter

from backend.plans.schema import Pack
from backend.plans.tree import above, exists
from conversations.text import N_
from locales import Catalog

HEADINGS: Final = (
    (N_("Code (do not change)"), 24),
    (N_("Village"), 40),
    (N_("Commune"), 24),
    (N_("Person in charge"), 28),
    (N_("Telephone number"), 20),
    (N_("Households"), 12),
)
"""What `backend.imports.words` knows again, each with its width in characters."""
HINTS: Final = (
    N_("One village in each row. Write the commune in every row; do not merge cells."),
    N_("Leave the code blank for a village that is new."),
    N_("Leave blank what should stay as it is. Nothing is deleted by leaving a row out."),
    N_("Two villages of one name in a merged commune: write the former commune in brackets."),
    N_("The telephone number opens the door: who shares this number in the chat is known at once."),
)


def write_template(
    path: Path, pack: Pack, today: date, households: dict[str, int], catalog: Catalog
) -> int:
    """Write the list as .xlsx and return how many villages it has; `households` by village code.

    People and their numbers are never written: the list travels by mail.
    """
    rows = _villages(pack, today)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8F0E8"})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(catalog.get(N_("Villages")))
        for i, (heading, width) in enumerate(HEADINGS):
            sheet.set_column(i, i, width, text if i < len(HEADINGS) - 1 else None)
            sheet.write_string(0, i, catalog.get(heading), head)
        for n, (code, village, commune) in enumerate(rows, 1):
            for i, value in enumerate((code, village, commune)):
                sheet.write_string(n, i, value, text)
            if code in households:
                sheet.write_number(n, len(HEADINGS) - 1, households[code])
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&C&P/&N")
        hints = book.add_worksheet(catalog.get(N_("How to fill it in")))
        hints.set_column(0, 0, 100)
        hints.set_landscape()
        hints.set_paper(9)
        hints.fit_to_pages(1, 0)
        for n, hint in enumerate(HINTS):
            hints.write_string(n, 0, catalog.get(hint))
    return len(rows)


def _villages(pack: Pack, today: date) -> Sequence[tuple[str, str, str]]:
    areas = {a.code: a for a in pack.areas}
    found = []
    for area in pack.areas:
        if area.level == "village" and exists(area, today):
            commune = above(area, "commune", areas, today)
            found.append((area.code, area.name, commune.name if commune else ""))
    return found
