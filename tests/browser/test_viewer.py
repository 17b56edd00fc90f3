"""An open image: boxes of phrases, images like it, the one before and after."""

from __future__ import annotations

import httpx
import pytest

from tests.browser.waiting import expect

SENTENCE = "A dog stands left of a big tree."


def shown_box(page, at=0):
    """A drawn box in pixels of the file: from its place over the picture on the screen."""
    picture = page.locator("#viewed").bounding_box()
    natural = page.locator("#viewed").evaluate("image => image.naturalWidth")
    box = page.locator("#boxes .found").nth(at).bounding_box()
    scale = natural / picture["width"]
    x0, y0 = (box["x"] - picture["x"]) * scale, (box["y"] - picture["y"]) * scale
    return [x0, y0, x0 + box["width"] * scale, y0 + box["height"] * scale]


@pytest.fixture
def page(look, site):
    page = look(site, "?q=a+dog")
    page.locator(".tile .open").first.click()
    expect(page.locator("#viewer")).to_be_visible()
    return page


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_boxes_lie_where_the_service_says(look, site, size):
    page = look(site, "?image=images%2F00003.jpg", width=size[0], height=size[1])
    page.get_by_label("A phrase or a sentence").fill(SENTENCE)
    page.get_by_label("A phrase or a sentence").press("Enter")
    expect(page.locator("#boxes .found")).to_have_count(2)
    asked = {"id": "images/00003.jpg", "sentence": SENTENCE, "k": 1}
    phrases = httpx.post(site.address + "ground", json=asked).json()["phrases"]
    for at, phrase in enumerate(phrases):
        assert shown_box(page, at) == pytest.approx(phrase["boxes"][0]["box"], abs=2)


def test_a_sentence_is_split_and_each_phrase_shows_its_box(page):
    page.get_by_label("A phrase or a sentence").fill(f"😀 {SENTENCE}")
    phrases = page.locator("#found-phrases .phrase")
    expect(phrases).to_have_count(2)
    texts = [text.split("\n")[0] for text in phrases.evaluate_all("(all) => all.map((one) => one.firstChild.data)")]
    assert texts == ["A dog", "a big tree"]
    boxes = page.locator("#boxes .found")
    for point in (lambda at: phrases.nth(at).hover(), lambda at: phrases.nth(at).focus()):
        for at in (0, 1):
            point(at)
            expect(boxes.nth(at)).to_have_class("found active")
            expect(boxes.nth(1 - at)).to_have_class("found")
            expect(boxes.nth(at).locator(".label")).to_be_visible()


def test_a_finger_holds_a_box(look, site):
    page = look(site, "?image=images%2F00003.jpg", width=390, height=844, has_touch=True, is_mobile=True)
    page.get_by_label("A phrase or a sentence").fill(SENTENCE)
    second = page.locator("#found-phrases .phrase").nth(1)
    second.tap()
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#boxes .found").nth(1)).to_have_class("found active")


def test_several_boxes_and_one_whole_phrase(page):
    page.get_by_label("A phrase or a sentence").fill('"the dog of the neighbors in a hat"')
    expect(page.locator("#found-phrases .phrase")).to_have_count(1)
    page.get_by_label("Boxes per phrase").select_option("3")
    expect(page.locator("#boxes .found")).to_have_count(3)


def test_more_like_this(page, site):
    page.get_by_role("button", name="More like this").click()
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page.locator("#picture")).to_be_visible()
    assert "like=" in page.url
    expect(page.locator(".tile").first).to_be_visible()
    page.go_back()
    expect(page.locator("#viewer")).to_be_visible()
    page.go_back()
    expect(page.locator("#query")).to_have_value("a dog")


def test_the_next_and_the_previous(page):
    first = page.locator("#name").text_content()
    page.get_by_role("button", name="Next hit").click()
    expect(page.locator("#position")).to_contain_text("2 of")
    expect(page.locator("#name")).not_to_have_text(first)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#name")).to_have_text(first)
    expect(page.get_by_role("button", name="Previous hit")).to_be_disabled()
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()


def test_without_grounding_there_is_no_such_field(look, many):
    page = look(many, "?q=anything")
    page.locator(".tile .open").first.click()
    expect(page.locator("#viewer")).to_be_visible()
    expect(page.locator("#grounding")).to_be_hidden()
