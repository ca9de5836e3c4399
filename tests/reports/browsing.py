"""A real browser for the tests of pages: slow, and skipped where there is no Chromium."""

from __future__ import annotations

import shutil

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
IN_A_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="needs chromium on the PATH"),
]
"""Marks of a file whose tests open pages."""
OUTSIDE = """[...document.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".dense")
).map((one) => one.outerHTML.slice(0, 80))"""
"""What sticks out of the page on the right, but for tables that may."""
