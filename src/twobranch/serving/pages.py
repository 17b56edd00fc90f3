"""The page and its files: no build step, nothing from the network."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

from twobranch.errors import TwobranchError

FOLDER = Path(__file__).parent / "page"

PAGES = {"/": "index.html", "/docs": "docs.html"}
ASSETS = ("style.css", "app.js", "docs.js", "icon.svg")


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
        return FileResponse(FOLDER / name, headers={"cache-control": "no-cache"})

    app.add_api_route(path, file, include_in_schema=False, response_model=None)
