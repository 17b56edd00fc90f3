"""Everything without a mouse."""

from __future__ import annotations

from tests.browser.waiting import expect


def active(page):
    return page.evaluate("document.activeElement.closest('.tile')?.dataset.position")


def test_keyboard_only(look, site):
    page = look(site)
    keys = page.keyboard
    keys.type("a dog")  # the field has the focus
    expect(page.locator(".tile").first).to_be_visible()
    keys.press("ArrowDown")
    assert active(page) == "0"
    keys.press("ArrowRight")
    assert active(page) == "1"
    keys.press("ArrowDown")
    below = int(active(page))
    assert below > 1
    keys.press("ArrowUp")
    assert int(active(page)) < below
    keys.press("x")
    expect(page.locator("#chosen-count")).to_have_text("1 image selected")

    here = active(page)
    keys.press("Enter")
    expect(page.locator("#viewer")).to_be_visible()
    keys.press("/")
    keys.type("a dog")
    keys.press("Enter")
    expect(page.locator("#boxes .found")).to_have_count(1)
    keys.press("Tab")  # over the number of boxes to the phrase
    keys.press("Tab")
    expect(page.locator("#found-phrases .phrase")).to_be_focused()
    expect(page.locator("#boxes .found")).to_have_class("found active")
    keys.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    assert active(page) == here
    keys.press("Escape")
    expect(page.locator("#query")).to_be_focused()


def test_home_end_and_pages(look, many):
    page = look(many, "?q=anything")
    expect(page.locator(".tile").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageDown")
    assert int(active(page)) > 5
    page.keyboard.press("End")
    assert int(active(page)) >= 59
    page.keyboard.press("Home")
    assert active(page) == "0"
    page.keyboard.press("ArrowUp")
    expect(page.locator("#query")).to_be_focused()


def test_the_focus_goes_in_the_order_of_the_page(look, colors):
    page = look(colors, "?q=red")
    expect(page.locator(".tile")).to_have_count(4)
    page.locator("#query").focus()
    order = []
    for _ in range(8):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert order == ["file", "filter-toggle", "threshold", "words", "choose-all", "open", "pick", order[-1]]
    assert order[-1] not in ("open", "pick")  # one stop for all hits


def test_help(look, colors):
    page = look(colors)
    page.locator("#help-open").focus()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#query")).to_be_focused()
