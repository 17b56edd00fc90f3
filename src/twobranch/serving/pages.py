"""The page and its files: no build step, nothing from the network."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

from twobranch.errors import TwobranchError

FOLDER = Path(__file__).parent / "page"

PAGES = {"/": "index.html", "/docs": "docs.html"}
STYLES = ("base.css", "search.css", "grid.css", "viewer.css", "docs.css")
SCRIPTS = (
    "main.js", "api.js", "banner.js", "boxes.js", "chosen.js", "conditions.js", "connection.js", "dom.js", "events.js",
    "export.js", "filters.js", "format.js", "grid.js", "keys.js", "panel.js", "phrases.js", "picture.js", "query.js",
    "results.js", "rows.js", "selection.js", "sentences.js", "state.js", "status.js", "tile.js", "viewer.js", "docs.js",
)  # fmt: skip
ASSETS = (*STYLES, *SCRIPTS, "icon.svg")
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""Said here, for what a machine says of an ending may be wrong, and a browser runs a module of no other type."""


def add_pages(app: FastAPI) -> None:
    """Serve the page at `/`, the interface for people at `/docs`, and their files below `/page/`.

    Raises:
        TwobranchError: if the installation lacks a file of the page.
    """
    for name in (*PAGES.values(), *ASSETS):
        if not (FOLDER / name).is_file():
            raise TwobranchError(
                str(FOLDER / name), "the page's file must be installed", remedy="Install twobranch anew."
            )
    for path, name in PAGES.items():
        _serve(app, path, name)
    for name in ASSETS:
        _serve(app, f"/page/{name}", name)


def _serve(app: FastAPI, path: str, name: str) -> None:
    def file() -> FileResponse:
        return FileResponse(FOLDER / name, media_type=TYPES[Path(name).suffix], headers={"cache-control": "no-cache"})

    app.add_api_route(path, file, include_in_schema=False, response_model=None)
