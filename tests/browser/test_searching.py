"""Typing, pausing, scrolling, and how sure a hit must be."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.browser.conftest import MANY
from tests.browser.waiting import expect, until


def searches(page):
    """The searches that a page asked for, as their parameters."""
    asked = [urlsplit(url) for url in page.asked]
    return [{key: values[0] for key, values in parse_qs(url.query).items()} for url in asked if url.path == "/search"]


def test_the_start_says_what_to_do(look, site):
    page = look(site)
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator("#query")).to_be_focused()
    expect(page.locator("#about")).to_have_text("scenes.index160 images")
    assert not searches(page)


def test_hits_come_when_typing_pauses(look, site):
    page = look(site)
    page.locator("#query").press_sequentially("a penguin", delay=20)
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.locator("#welcome")).to_be_hidden()
    expect(page.locator("#status")).to_contain_text("160 images")
    assert [search["query"] for search in searches(page) if search["offset"] == "0"] == ["a penguin"]
    for tile in page.locator(".tile").all()[:3]:
        expect(tile.locator("img")).to_have_js_property("complete", True)
        expect(tile.locator(".bar")).to_have_text(page.evaluate("text => text", tile.locator(".bar").inner_text()))
        assert tile.locator("img").evaluate("image => image.naturalWidth") > 0


def test_hits_stand_in_the_order_of_the_service(look, site):
    import httpx

    page = look(site, "?q=a+red+car")
    expect(page.locator(".tile").first).to_be_visible()
    answer = httpx.get(site.address + "search", params={"query": "a red car", "k": 8}).json()
    shown = [tile.get_attribute("data-id") for tile in page.locator(".tile").all()[:8]]
    assert shown == [hit["id"] for hit in answer["results"]]


def test_more_hits_come_on_scrolling(look, site):
    page = look(site, "?q=a+car", height=500)
    expect(page.locator(".tile").first).to_be_visible()
    for _ in range(40):
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(30)
    expect(page.locator('.tile[data-position="159"]')).to_be_visible()
    expect(page.locator("#loading")).to_be_hidden()
    offsets = [int(search["offset"]) for search in searches(page)]
    assert offsets == sorted(set(offsets))


def test_the_threshold_drops_hits_until_no_match_is_good(look, many):
    page = look(many, "?q=anything")
    expect(page.locator("#status")).to_contain_text(f"{MANY:,} images")
    slider = page.locator("#threshold")
    slider.fill("89")
    expect(page.locator("#threshold-said")).to_have_text("≥ 89 %")
    expect(page).to_have_url(many.address + "?q=anything&p=0.89")
    until(page, "document.querySelector('#results .bar').textContent === '90 %'")
    slider.fill("95")
    expect(page.locator("#status")).to_contain_text("No good match.")
    expect(page.locator("#status")).to_contain_text("reaches 95 %")
    expect(page.locator(".tile")).to_have_count(0)
    slider.fill("0")
    expect(page.locator(".tile").first).to_be_visible()


def test_a_sentence_that_fits_nothing_says_so(look, colors):
    page = look(colors, "?q=an+elephant")
    expect(page.locator("#status")).to_contain_text("Perhaps no good match.")
    expect(page.locator("#results")).to_have_class("dim")
    expect(page.locator(".tile")).to_have_count(4)


def test_words_of_stored_sentences_count_too(look, site):
    page = look(site, "?q=penguin")
    expect(page.locator(".tile").first).to_be_visible()
    page.get_by_label("also words of stored sentences").check()
    expect(page).to_have_url(site.address + "?q=penguin&text=1")
    expect(page.locator("#results")).not_to_have_class("stale")
    expect(page.locator(".tile").first).to_be_visible()
    assert searches(page)[-1]["text"] == "true"
    other = look(site, "?q=penguin&text=1")
    expect(other.get_by_label("also words of stored sentences")).to_be_checked()


def test_emptying_the_field_leads_back_to_the_start(look, colors):
    page = look(colors, "?q=red")
    expect(page.locator(".tile")).to_have_count(4)
    page.locator("#query").fill("")
    expect(page.locator(".tile")).to_have_count(0)
    expect(page.locator("#welcome")).to_be_visible()


def test_what_the_service_refuses_is_said_in_its_words(look, colors):
    page = look(colors, "?q=red&where=prise+%3E+3")
    expect(page.locator("#status")).to_contain_text("Columns: id, path")
    expect(page.locator(".tile")).to_have_count(0)


def test_text_from_the_index_is_text(look, colors):
    page = look(colors, "?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E")
    expect(page.locator("#status")).to_contain_text("match")
    assert page.locator("#query").input_value() == "<img src=x onerror=alert(1)>"
