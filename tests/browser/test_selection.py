"""Choosing images and taking the choice away as a file."""

from __future__ import annotations

import csv
import io
import json

from tests.browser.waiting import expect


def download(page, button):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value


def test_a_selection_becomes_a_file(look, colors):
    page = look(colors, "?q=red")
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.locator("#chosen")).to_be_hidden()
    page.get_by_label("Select a.png").check()
    page.locator("#query").fill("green")
    expect(page.locator('.tile[data-position="0"]')).to_have_attribute("data-id", "b & c?.png")
    page.get_by_label("Select b & c?.png").check()
    expect(page.get_by_label("Select a.png")).to_be_checked()  # a selection outlives its search
    expect(page.locator("#chosen-count")).to_have_text("2 images selected")

    table = download(page, "CSV")
    assert table.suggested_filename == "twobranch.csv"
    rows = list(csv.DictReader(io.StringIO(table.path().read_text(encoding="utf-8"), newline="")))
    assert [(row["id"], row["query"], row["Kind of"]) for row in rows] == [
        ("a.png", "red", "x"), ("b & c?.png", "green", "it's")
    ]  # fmt: skip
    assert json.loads(rows[0]["tags"]) == ["one", "two"]

    document = json.loads(download(page, "JSON").path().read_text(encoding="utf-8"))
    assert document["images"] == 2
    assert document["results"][1]["metadata"]["price"] == 1.5
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#chosen")).to_be_hidden()
    expect(page.get_by_label("Select a.png")).not_to_be_checked()


def test_all_hits_at_once_and_in_the_open_image(look, colors):
    page = look(colors, "?q=red")
    page.get_by_role("button", name="Select all 4 hits").click()
    expect(page.locator("#chosen-count")).to_have_text("4 images selected")
    page.locator(".tile .open").first.click()
    expect(page.locator("#pick")).to_be_checked()
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    expect(page.locator("#chosen-count")).to_have_text("3 images selected")


def test_cells_are_quoted(look, colors):
    page = look(colors)
    record = {
        "id": 'a "b", c\n.png',
        "path": "p",
        "query": "q",
        "score": 1,
        "probability": None,
        "width": 1,
        "height": 2,
    }
    text = page.evaluate(
        "(record) => import('/page/export.js').then(({ toCsv }) => toCsv([record]))",
        record | {"metadata": {"id": 7, "list": ["x", "y"]}},
    )
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["id"] == record["id"]
    assert row["metadata_id"] == "7"
    assert row["list"] == '["x","y"]'
    assert row["probability"] == ""
