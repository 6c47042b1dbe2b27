"""A real browser for the tests that look at pages; they skip where there is none."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Containers run as root without a GPU; without the last word WebGL charts would stay empty there.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"]


@dataclass
class Visit:
    """One open page, and everything that went wrong on it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    """Console errors, uncaught exceptions and failed requests, in the order in which they came."""
    keep: Path = Path()

    def screenshot(self, name: str, **options: Any) -> Path:
        """Keep a picture of the page, below CIP_SCREENSHOTS or the test's own folder."""
        self.keep.mkdir(parents=True, exist_ok=True)
        path = self.keep / f"{name}.png"
        self.page.screenshot(path=path, **options)
        return path

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium, one for all tests of a process."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    binary = os.environ.get("CIP_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if binary is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed (CIP_CHROMIUM=FILE names another)")
    with sync_api.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=binary, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Any:
    """Return a context manager that opens an address in a window of some width, light or dark."""

    @contextmanager
    def opened(
        address: str, *, width: int = 1280, height: int = 900, scheme: Literal["light", "dark"] = "light"
    ) -> Iterator[Visit]:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        keep = Path(os.environ.get("CIP_SCREENSHOTS", tmp_path / "screenshots"))
        found = Visit(page, keep=keep)
        page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: found.errors.append(str(error)))
        page.on("requestfailed", lambda request: found.errors.append(f"failed: {request.url}"))
        page.goto(address)
        try:
            yield found
        finally:
            page.close()

    return opened
