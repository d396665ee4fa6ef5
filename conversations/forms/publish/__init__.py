"""XLSForm in, XForm XML out, at publish time only.

pyxform is imported inside `publish`: it costs 0.9 s and 50 MB, and nothing that runs an
interview needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from conversations.forms.errors import FormError
from conversations.forms.load import load
from conversations.forms.publish.checked import SOFT_MESSAGE, Checked
from conversations.forms.publish.defaults import wrong_defaults
from conversations.forms.publish.english import error_in_ours, warnings_in_ours
from conversations.forms.publish.problems import Problem, PublishError
from conversations.forms.publish.settings import is_id, wrong_id
from conversations.forms.publish.sheets import read_sheets
from conversations.forms.publish.soft import add_soft_messages
from conversations.forms.publish.survey import check
from conversations.forms.publish.unreachable import out_of_reach
from conversations.xpath.errors import XPathError

NAMESPACE = 'thonmoi="https://thonmoi.vn/xforms"'

__all__ = ["Problem", "PublishError", "Published", "publish"]


@dataclass(frozen=True, slots=True)
class Published:
    """A converted questionnaire: the XForm to store, and remarks that refuse nothing."""

    xml: str
    form_id: str
    version: str
    title: str
    warnings: tuple[Problem, ...]


def publish(source: bytes, file_name: str) -> Published:
    """Convert a questionnaire; the file's name says by its ending what it is.

    Without settings the form's id and title are the file's name, and its version is blank.

    Raises:
        PublishError: with everything that is wrong, each with sheet, row and reason.

    """
    checked = check(read_sheets(source, file_name))
    if checked.problems:
        raise PublishError(_in_order(checked.problems))
    name = PurePath(file_name).stem
    if not checked.setting("form_id") and not is_id(name):
        raise PublishError([Problem(wrong_id(name), "settings", 2, "form_id")])
    xml, warnings = _convert(checked, name)
    xml = add_soft_messages(xml, checked)
    try:
        form = load(xml)
    except (FormError, XPathError) as error:
        raise PublishError([_located(checked, error)]) from error
    if problems := [*wrong_defaults(checked, form), *out_of_reach(checked, form)]:
        raise PublishError(problems)
    return Published(xml, form.id, form.version, form.title, warnings)


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Return the problems sheet by sheet, as they were found, and there from top to bottom."""
    sheets = list(dict.fromkeys(problem.sheet for problem in problems))
    return sorted(problems, key=lambda problem: (sheets.index(problem.sheet), problem.row))


def _convert(checked: Checked, name: str) -> tuple[str, tuple[Problem, ...]]:
    from pyxform.errors import PyXFormError  # noqa: PLC0415  (0.9 s, only when publishing)
    from pyxform.xls2xform import convert  # noqa: PLC0415  (the same)

    book: dict[str, object] = {
        "sheet_names": list(checked.sheets),
        "fallback_form_name": name,
        "settings": [_cells({}, "settings")],
    }
    for sheet_name, sheet in checked.sheets.items():
        book[sheet_name] = [_cells(row.cells, sheet_name) for row in sheet.rows]
        headers = _cells(dict.fromkeys(sheet.headers, ""), sheet_name)
        book[f"{sheet_name}_header"] = [dict.fromkeys(headers)]
    try:
        result = convert(book, form_name="data")
    except PyXFormError as error:
        raise PublishError([error_in_ours(str(error))]) from error
    except Exception as error:  # pyxform raises TypeError and others on odd forms (xforms.md 1)
        raise PublishError([error_in_ours(f"{type(error).__name__}: {error}")]) from error
    said = (remark for warning in result.warnings for remark in warnings_in_ours(warning))
    return str(result.xform), tuple(said)


def _cells(cells: Mapping[str, str], sheet: str) -> dict[str, str]:
    kept = {k: v for k, v in cells.items() if not k.startswith(SOFT_MESSAGE)}
    if sheet == "settings":
        kept["namespaces"] = NAMESPACE
    return kept


def _located(checked: Checked, error: FormError | XPathError) -> Problem:
    if entry := checked.entries.get(error.path):
        return Problem(error.reason, "survey", entry.row.number)
    sought = error.expression.strip() if isinstance(error, XPathError) else ""
    for name, sheet in checked.sheets.items():  # a label of a choice has no path
        for row in sheet.rows:
            for column, cell in row.cells.items():
                if sought and sought in cell:
                    return Problem(error.reason, name, row.number, column)
    return Problem(error.reason)
