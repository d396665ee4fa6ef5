"""Messages of soft checks, put into the XForm's own translations.

pyxform writes a translated bind:: column as the text of a Python dict and loses its outputs, so
these columns are kept from it and added afterwards as any other message is written: an itext
entry with <output/>, and jr:itext() on the bind.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

from conversations.forms.names import THONMOI
from conversations.forms.publish.checked import SOFT_MESSAGE, Checked
from conversations.forms.publish.expressions import resolve

_XF: Final = "{http://www.w3.org/2002/xforms}"
_PREFIXES: Final = {
    "": "http://www.w3.org/2002/xforms",
    "h": "http://www.w3.org/1999/xhtml",
    "jr": "http://openrosa.org/javarosa",
    "orx": "http://openrosa.org/xforms",
    "odk": "http://www.opendatakit.org/xforms",
    "thonmoi": THONMOI,
}
_PLACE: Final = re.compile(r"(\$\{[^}]*\})")


def add_soft_messages(xml: str, checked: Checked) -> str:
    """Return the XForm with the messages of the thonmoi:softMsg columns, unchanged without any."""
    messages = {
        path: found
        for path, entry in checked.entries.items()
        if (found := {k: v for k, v in entry.row.cells.items() if k.startswith(SOFT_MESSAGE)})
    }
    if not messages:
        return xml
    root = ET.fromstring(xml)  # noqa: S314  (pyxform wrote it a moment ago)
    model = next(root.iter(f"{_XF}model"))
    translations = _translations(model)
    default = checked.setting("default_language")
    if default not in translations:
        default = next(iter(translations))
    binds = {bind.get("nodeset"): bind for bind in model.findall(f"{_XF}bind")}
    for path, columns in messages.items():
        key = f"{path}:thonmoi:softMsg"
        for column, text in columns.items():
            language = column.removeprefix(SOFT_MESSAGE).removeprefix("::") or default
            if language not in translations:
                translations[language] = _translation(model, language)
            _add(translations[language], key, text, checked)
        binds[path].set(f"{{{THONMOI}}}softMsg", f"jr:itext('{key}')")
    for prefix, uri in _PREFIXES.items():
        ET.register_namespace(prefix, uri)
    return '<?xml version="1.0"?>' + ET.tostring(root, encoding="unicode")


def _translations(model: ET.Element) -> dict[str, ET.Element]:
    found = {t.get("lang", ""): t for t in model.findall(f"{_XF}itext/{_XF}translation")}
    if found:
        first = sorted(found.items(), key=lambda pair: pair[1].get("default") is None)
        return dict(first)
    model.insert(0, ET.Element(f"{_XF}itext"))
    translation = _translation(model, "default")
    translation.set("default", "true()")
    return {"default": translation}


def _translation(model: ET.Element, language: str) -> ET.Element:
    itext = next(iter(model.findall(f"{_XF}itext")))
    return ET.SubElement(itext, f"{_XF}translation", {"lang": language})


def _add(translation: ET.Element, key: str, text: str, checked: Checked) -> None:
    entry = ET.SubElement(translation, f"{_XF}text", {"id": key})
    value = ET.SubElement(entry, f"{_XF}value")
    last: ET.Element | None = None
    for part in _PLACE.split(text):
        if _PLACE.fullmatch(part):
            last = ET.SubElement(value, f"{_XF}output", {"value": resolve(checked.names, part)})
        elif last is None:
            value.text = part
        else:
            last.tail = part
