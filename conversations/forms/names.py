"""Names in an XForm: its namespaces, and names without one."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

XF: Final = "{http://www.w3.org/2002/xforms}"
H: Final = "{http://www.w3.org/1999/xhtml}"
JR: Final = "{http://openrosa.org/javarosa}"
THONMOI: Final = "https://thonmoi.vn/xforms"
OURS: Final = f"{{{THONMOI}}}"


def local(element: ET.Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]
