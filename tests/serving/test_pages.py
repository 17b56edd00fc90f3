"""The pages work offline and put no text into HTML."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from twobranch.serving.pages import ASSETS, FOLDER, PAGES, SCRIPTS


@pytest.mark.parametrize("path", PAGES)
def test_pages_name_only_files_that_are_served(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.headers["content-type"].startswith("text/html")
    for link in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert client.get(f"/{link}").status_code == 200, link


def test_nothing_comes_from_the_network() -> None:
    for name in (*PAGES.values(), *ASSETS):
        text = (FOLDER / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]+\.[a-z]+/", text), name


def test_every_file_is_served_as_what_it_is(client: TestClient) -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*PAGES.values(), *ASSETS}
    for name in SCRIPTS:
        answer = client.get(f"/page/{name}")
        assert answer.headers["content-type"].startswith("text/javascript")
        for module in re.findall(r'from "\./([^"]+)"', answer.text):
            assert module in SCRIPTS, f"{name} imports {module}"


def test_text_never_becomes_html() -> None:
    for name in SCRIPTS:
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text), name
    for name in PAGES.values():  # the content security policy refuses inline scripts and styles
        assert not re.search(r"<script>|<style|\son\w+=|\sstyle=", (FOLDER / name).read_text(encoding="utf-8")), name


def test_the_interface_is_described(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    assert {"/search", "/annotate", "/about", "/health", "/thumbnails/{image_id}", "/images/{image_id}"} <= set(
        api["paths"]
    )
    assert "multipart/form-data" in api["paths"]["/search"]["post"]["requestBody"]["content"]
