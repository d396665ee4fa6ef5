"""Answers as standard submission XML (https://getodk.github.io/xforms-spec/#instance).

What an ODK server takes: the primary instance with the form's id and version, relevant nodes
only, and meta/instanceID; a correction names the submission it replaces in meta/deprecatedID.
meta stands in no namespace, as in the forms that pyxform makes and the submissions of Collect.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from conversations.forms.model import Context

if TYPE_CHECKING:
    from conversations.forms.compiled import CompiledForm

_ALLOWED_CONTROLS: Final = "\t\n\r"


def submission_xml(  # noqa: PLR0913  (the parts of a submission's head)
    form: CompiledForm,
    answers: Mapping[str, str],
    context: Context,
    *,
    instance_id: str,
    deprecated_id: str | None = None,
    started: datetime | None = None,
    ended: datetime | None = None,
) -> str:
    """Return the XML of a submission; calculates are computed, not taken from `answers`.

    Args:
        form: the version that was answered.
        answers: XForm strings by path; those of nodes that are not relevant are left out.
        context: as the form was seen when it was submitted.
        instance_id: "uuid:…", unique per submission.
        deprecated_id: instance_id of the submission that this one corrects.
        started: aware; written as meta/timeStart when given.
        ended: aware; written as meta/timeEnd when given.

    """
    evaluation = form.evaluate(answers, context)
    root = ET.Element(form.root, {"id": form.id})
    if form.version:
        root.set("version", form.version)
    elements = {f"/{form.root}": root}
    for path, node in form.nodes.items():
        if path in elements or node.parent not in elements or not evaluation.relevant(path):
            continue
        elements[path] = ET.SubElement(elements[node.parent], path.rpartition("/")[2])
        if node.question is not None:
            elements[path].text = _clean(evaluation.value(path)) or None
    meta = ET.SubElement(root, "meta")
    ET.SubElement(meta, "instanceID").text = instance_id
    if deprecated_id is not None:
        ET.SubElement(meta, "deprecatedID").text = deprecated_id
    for name, moment in (("timeStart", started), ("timeEnd", ended)):
        if moment is not None:
            ET.SubElement(meta, name).text = moment.isoformat(timespec="milliseconds")
    return ET.tostring(root, encoding="unicode")


def _clean(text: str) -> str:
    """Drop what XML 1.0 cannot hold, such as control characters that a phone pasted."""
    return "".join(c for c in text if c in _ALLOWED_CONTROLS or _fits_xml(ord(c)))


def _fits_xml(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000  # noqa: PLR2004  (XML 1.0, Char)
