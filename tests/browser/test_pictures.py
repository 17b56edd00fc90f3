"""A picture of one's own: dropped, pasted, picked; for images like it and for sentences."""

from __future__ import annotations

import json

import pytest

from tests.browser.pictures import drop, paste
from tests.browser.waiting import expect


@pytest.fixture
def picture(scenes):
    return scenes / "images" / "00003.jpg"


def found_itself(page):
    expect(page.locator('.tile[data-position="0"]')).to_have_attribute("data-id", "images/00003.jpg")
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator(".bar")).to_have_count(0)  # pictures have scores, no probabilities
    expect(page.locator("#threshold")).to_be_disabled()


def test_a_dropped_picture_finds_images_like_it(look, site, picture):
    page = look(site, "?q=a+tree")
    drop(page, picture, "#drop-search")
    expect(page.locator("#dropping")).to_be_hidden()
    found_itself(page)
    assert page.locator("#query").input_value() == ""
    page.get_by_role("button", name="Remove the picture").click()
    expect(page.locator("#welcome")).to_be_visible()
    page.go_back()
    found_itself(page)
    page.go_back()
    expect(page.locator("#query")).to_have_value("a tree")


def test_a_pasted_picture(look, site, picture):
    page = look(site)
    paste(page, picture)
    found_itself(page)


def test_a_picked_picture(look, site, picture):
    page = look(site)
    page.locator("#file").set_input_files(picture)
    found_itself(page)
    page.locator("#query").fill("a dog")
    expect(page.locator("#picture")).to_be_hidden()
    expect(page.locator(".tile .bar").first).to_be_visible()


def test_a_file_that_is_no_picture(look, site, tmp_path):
    page = look(site)
    (tmp_path / "notes.txt").write_text("hello")
    drop(page, tmp_path / "notes.txt", "#drop-search", "text/plain")
    expect(page.locator("#status")).to_have_text("notes.txt is no picture.")
    (tmp_path / "broken.jpg").write_bytes(b"hello")
    drop(page, tmp_path / "broken.jpg", "#drop-search")
    expect(page.locator("#status")).to_contain_text("must be a picture")


def test_a_dropped_picture_and_a_pasted_list(look, site, scenes, picture):
    page = look(site)
    drop(page, picture, "#drop-describe")
    expect(page.locator("#viewer")).to_be_visible()
    expect(page.locator("#name")).to_have_text("00003.jpg")
    true = json.loads((scenes / "scenes.jsonl").read_text().splitlines()[3])["sentences"]
    page.get_by_label("my own").check()
    page.get_by_label("Sentences, one per line").fill("\n".join(["", "a zebra on the moon", *true]))
    expect(page.locator("#sentences li")).to_have_count(6)
    ranked = page.locator("#sentences .sentence").all_inner_texts()
    assert sorted(ranked) == sorted(["a zebra on the moon", *true])
    assert ranked[0] in true
    expect(page.locator("#sentences .bar")).to_have_count(6)
    page.get_by_role("button", name="Find images like it").click()
    expect(page.locator("#viewer")).to_be_hidden()
    found_itself(page)
    page.get_by_role("button", name="Sentences for this picture").click()
    expect(page.locator("#viewer")).to_be_visible()
    expect(page.locator("#sentences li")).to_have_count(6)  # the list is kept


def test_phrases_in_a_dropped_picture(look, site, picture):
    page = look(site)
    drop(page, picture, "#drop-describe")
    page.get_by_label("A phrase or a sentence").fill("a tree")
    page.get_by_label("A phrase or a sentence").press("Enter")
    expect(page.locator("#boxes .found")).to_have_count(1)


def test_the_sentences_that_the_index_stores(look, site):
    page = look(site, "?q=a+dog")
    page.locator(".tile .open").first.click()
    stored = page.evaluate("fetch('about').then((answer) => answer.json()).then((about) => about.sentences)")
    assert stored > 700
    expect(page.locator("#stored-count")).to_have_text(str(stored))
    expect(page.locator("#sentences li")).to_have_count(8)
    first = page.locator("#sentences .sentence").first
    text = first.inner_text()
    first.click()
    expect(page.get_by_label("A phrase or a sentence")).to_have_value(text)
    expect(page.locator("#found-phrases")).to_contain_text(text.split()[0])
