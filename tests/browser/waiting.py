"""Waiting for what a page does. Modules that import this skip where no browser can be driven."""

from __future__ import annotations

import time
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="browser tests need twobranch[browser-tests]").expect
expect.set_options(timeout=20_000)


def until(page: Any, condition: str, seconds: float = 20) -> None:
    """Wait until an expression is true in a page. Playwright's own way breaks the content security policy."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"not true within {seconds} seconds: {condition}"
        page.wait_for_timeout(20)
