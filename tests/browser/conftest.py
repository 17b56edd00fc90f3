"""A headless Chromium, and servers that it looks at. What a page asks of any other host, and any error in it, fails."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.search.fakes import FakeMatcher, paint

if TYPE_CHECKING:
    from tests.browser.site import Site

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
HERE = Path(__file__).parent
MANY = 40_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; without one the tests skip, and say so."""
    pytest.importorskip("uvicorn", reason="the pages need twobranch[serve]")
    playwright = pytest.importorskip("playwright.sync_api", reason="browser tests need twobranch[browser-tests]")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def look(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a page of a site in a window of its own; afterwards: no error in it, no request to elsewhere."""
    from tests.browser.waiting import until

    contexts, wrong = [], []

    def opened(site: Site, path: str = "", *, width: int = 1280, height: int = 800, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if _is_wrong(said) else None)
        page.goto(site.address + path)
        if not path.startswith("docs"):
            until(page, "document.querySelector('#index-size').textContent")
        return page

    yield opened
    foreign = [url for context in contexts for page in context.pages for url in page.asked if not _is_local(url)]
    for context in contexts:
        context.close()
    assert not foreign
    assert not wrong


def _is_wrong(said: Any) -> bool:
    """Errors and breaches of the content security policy; that an answer is a refusal is no error of the page."""
    return said.type == "error" and not re.search(r"Failed to load resource|net::ERR_", said.text)


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "blob:http://127.0.0.1:", "data:"))


@pytest.fixture(scope="session")
def many() -> Iterator[Site]:
    """Very many hits."""
    from tests.browser.many import many_app
    from tests.browser.site import Site

    with Site(lambda: many_app(MANY)) as site:
        yield site


@pytest.fixture(scope="session")
def scenes_index(scenes: Path, run: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An index of the emoji scenes with their metadata, by a matcher that was trained on them."""
    from twobranch import Index, Matcher

    return Index.build(Matcher.load(run / "model"), scenes, tmp_path_factory.mktemp("indexes") / "scenes.index")


@pytest.fixture(scope="session")
def site(scenes_index: Any) -> Iterator[Site]:
    """The page over the emoji scenes; grounding is that of a matcher of whole pictures."""
    pytest.importorskip("cv2", reason="grounding needs twobranch[grounding]")
    from tests.browser.site import Site
    from twobranch.serving.app import create_app

    with Site(lambda: create_app(scenes_index)) as site:
        yield site


@pytest.fixture
def colors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The page over pictures of one color each, with columns of every type and with odd names and values."""
    import datetime

    import pyarrow as pa
    import pyarrow.parquet as pq

    from tests.browser.site import Site
    from twobranch.search import Index
    from twobranch.serving.app import create_app

    monkeypatch.setattr("twobranch.search.index.load_matcher", FakeMatcher.load)
    names = {"a.png": "red", "b & c?.png": "green", "sub/é #1.png": "blue", "it's.png": "yellow"}
    for name, color in names.items():
        paint(tmp_path / "photos" / name, color, (400, 300))
    table = pa.table({
        "image": list(names),
        "Kind of": ["x", "it's", "it's", None],
        "tags": [["one", "two"], ["two"], ["three"], None],
        "taken": [datetime.date(2020, 1, 1), datetime.date(2021, 5, 5), datetime.date(2022, 1, 1), None],
        "seen": [datetime.datetime(2020, 1, 1, hour) for hour in (1, 2, 3, 4)],
        "good": [True, False, True, None],
        "price": [0.5, 1.5, 2.5, None],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "meta.parquet")
    index = Index.build(FakeMatcher(), tmp_path / "photos", tmp_path / "i", metadata=tmp_path / "meta.parquet")
    with Site(lambda: create_app(index)) as site:
        yield site


@pytest.fixture(scope="session", autouse=True)
def no_proxy() -> None:
    os.environ["NO_PROXY"] = "127.0.0.1"
