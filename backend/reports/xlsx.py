"""Progress as a workbook: what an office files and attaches.

Numbers and dates are real ones, so the office can go on calculating. Text is always written as
text: a name that begins with "=" is a name and no formula. Equal input gives equal bytes.
"""

from __future__ import annotations

import io
from datetime import tzinfo

import xlsxwriter

from backend.reports.xlsx_sheets import Sheets
from backend.reports.xlsx_table import FONT
from backend.status.model import Progress
from locales import Catalog


def progress_xlsx(progress: Progress, catalog: Catalog, *, zone: tzinfo | None = None) -> bytes:
    """Return a workbook: summary, villages, indicators, deadlines; stages and rules if there are any.

    Times are written in `zone`, or in the zone that `progress.at` carries. Large areas take
    seconds: use a thread.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
            "default_format_properties": FONT,
        },
    )
    at = progress.at.astimezone(zone) if zone else progress.at
    book.set_properties({"title": progress.area_name, "created": at.replace(tzinfo=None)})
    sheets = Sheets(book, progress, catalog, at)
    sheets.summary()
    sheets.villages()
    sheets.indicators()
    sheets.deadlines()
    sheets.stages()
    sheets.goals()
    sheets.finish()
    book.close()
    return out.getvalue()
