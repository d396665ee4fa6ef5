"""In which words a command speaks, before or without any settings."""

from __future__ import annotations

import os

from locales import Catalog, catalog


def speaker() -> Catalog:
    """Return the sentences of OFFICE_LANG; Vietnamese when it says nothing."""
    return catalog(os.environ.get("OFFICE_LANG") or "vi")
