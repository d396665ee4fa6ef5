"""Zip files that are the same bytes whenever and wherever they are made from the same content."""

from __future__ import annotations

import zipfile
from typing import Final

FIRST_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can name; it says nothing."""
FOR_THE_OWNER: Final = 0o100600 << 16
UNIX: Final = 3


def entry(name: str, *, packed: bool = True) -> zipfile.ZipInfo:
    """Return an entry without a time; photos are already packed and are stored as they are."""
    info = zipfile.ZipInfo(name, FIRST_MOMENT)
    info.create_system = UNIX
    info.external_attr = FOR_THE_OWNER
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    return info
