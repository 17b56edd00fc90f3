"""Pictures of the page for the documents, from the demo's index: python tools/screenshots.py INDEX [--grounder MODEL].

INDEX is the one that `twobranch demo` makes, scenes.index; a matcher of regions (`--recipe regions/softmax`) draws
better boxes. Needs Chromium and twobranch[browser-tests]. The pictures are made of OpenMoji, CC BY-SA 4.0.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from twobranch import Index, Matcher
from twobranch.serving.app import create_app

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SENTENCE = "A penguin stands right of a snowman."
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Write all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("--grounder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    asked = parser.parse_args()
    grounder = None if asked.grounder is None else Matcher.load(asked.grounder)
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with served(create_app(Index.open(asked.index), grounder=grounder)) as address, sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for name, (scheme, size, scene) in PICTURES.items():
            page = chromium.new_page(viewport=size, color_scheme=scheme, device_scale_factor=1.5)
            scene(page, address)
            page.wait_for_timeout(500)
            save(page, asked.out / f"{name}.webp")
            page.close()
        chromium.close()


@contextlib.contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application in a thread; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


def save(page: Page, path: Path) -> None:
    """Write what a page shows as WebP."""
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(path, "WEBP", quality=82, method=6)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def hits(page: Page, address: str) -> None:
    """Hits of a sentence."""
    page.goto(address + "?q=a+penguin+in+the+snow")
    page.locator(".tile").nth(9).wait_for()
    page.wait_for_load_state("networkidle")


def viewer(page: Page, address: str) -> None:
    """The first hit, its sentences, and the phrases of one in it."""
    hits(page, address)
    page.locator(".tile .open").first.click()
    page.locator("#sentences li").first.wait_for(timeout=120_000)
    page.locator("#phrase").fill(SENTENCE)
    page.locator("#phrase").press("Enter")
    page.locator("#boxes .found").nth(1).wait_for(timeout=120_000)
    page.locator("#found-phrases .phrase").first.focus()
    page.locator("#facts").evaluate("element => { element.scrollTop = 0; }")


def filters(page: Page, address: str) -> None:
    """A filter that is set, and the panel open."""
    page.goto(address + "?q=two+animals&is.background=beach&is.background=lake")
    page.locator(".tile").nth(4).wait_for()
    page.locator("#filter-toggle").click()
    page.wait_for_load_state("networkidle")


PICTURES: dict[str, tuple[Any, Any, Callable[[Page, str], None]]] = {
    "page-search": ("light", DESK, hits),
    "page-viewer": ("light", DESK, viewer),
    "page-dark": ("dark", DESK, viewer),
    "page-filters": ("dark", DESK, filters),
    "page-phone": ("light", PHONE, hits),
    "page-phone-viewer": ("dark", PHONE, viewer),
}

if __name__ == "__main__":
    main()
