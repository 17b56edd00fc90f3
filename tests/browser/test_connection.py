"""A server that goes away and comes back."""

from __future__ import annotations

from tests.browser.waiting import expect, until


def test_a_search_while_the_server_is_gone(look, colors):
    page = look(colors, "?q=red")
    expect(page.locator('.tile[data-position="0"]')).to_have_attribute("data-id", "a.png")
    colors.stop()
    page.locator("#query").fill("green")
    expect(page.locator("#connection")).to_contain_text("does not answer")
    expect(page.locator(".tile")).to_have_count(4)  # what was found stays
    colors.start()
    expect(page.locator("#connection")).to_contain_text("is back")
    expect(page.locator('.tile[data-position="0"]')).to_have_attribute("data-id", "b & c?.png")
    expect(page.locator("#connection")).to_be_hidden()


def test_it_is_noticed_by_a_page_that_asks_nothing(look, colors):
    page = look(colors, "?q=red")
    expect(page.locator(".tile")).to_have_count(4)
    colors.stop()
    page.evaluate("dispatchEvent(new Event('online'))")  # or the next heartbeat
    expect(page.locator("#connection")).to_contain_text("does not answer")
    colors.start()
    expect(page.locator("#connection")).to_contain_text("is back")


def test_an_open_image_asks_again(look, colors):
    page = look(colors, "?q=red")
    expect(page.locator(".tile")).to_have_count(4)
    colors.stop()
    page.locator(".tile .open").first.click()
    page.get_by_label("my own").check()
    page.get_by_label("Sentences, one per line").fill("a red wall\na blue sea")
    expect(page.locator("#sentences-note")).to_contain_text("does not answer")
    colors.start()
    expect(page.locator("#sentences li")).to_have_count(2)
    expect(page.locator("#sentences-note")).to_be_empty()
    until(page, "document.querySelector('#viewed').naturalWidth === 400")


def test_hits_on_the_way_come_later(look, many):
    page = look(many, "?q=anything", height=400)
    expect(page.locator(".tile").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    many.stop()
    for _ in range(30):
        page.mouse.wheel(0, 3000)
        page.wait_for_timeout(20)
    expect(page.locator("#connection")).to_contain_text("does not answer")
    many.start()
    expect(page.locator("#connection")).to_contain_text("is back")
    before = page.evaluate("document.documentElement.scrollHeight")
    for _ in range(10):
        page.mouse.wheel(0, 3000)
        page.wait_for_timeout(20)
    until(page, f"document.documentElement.scrollHeight > {before}")
    expect(page.locator("img.broken")).to_have_count(0)
