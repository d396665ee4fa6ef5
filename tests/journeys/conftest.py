"""Fixtures of the stories."""

from tests.browser import browser, chromium_path, phone

__all__ = ["browser", "chromium_path", "phone"]
