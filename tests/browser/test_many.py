"""Tens of thousands of hits."""

from __future__ import annotations

from tests.browser.conftest import MANY
from tests.browser.waiting import expect, until

TO_THE_END = """async (most) => {
  let tiles = 0;
  while (document.querySelector('#loading').checkVisibility()) {
    scrollTo(0, document.documentElement.scrollHeight);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    tiles = Math.max(tiles, document.querySelectorAll('.tile').length);
  }
  return tiles;
}"""


def test_the_document_stays_small_whatever_is_found(look, many):
    page = look(many, "?q=anything")
    expect(page.locator(".tile").first).to_be_visible()
    most = page.evaluate(TO_THE_END)
    assert most < 150
    page.locator(".tile .open").first.focus()
    page.keyboard.press("End")
    last = page.locator(f'.tile[data-position="{MANY - 1}"]')
    expect(last).to_be_visible()
    expect(last).to_have_attribute("aria-setsize", str(MANY))
    expect(last.locator("img")).to_have_js_property("complete", True)
    page.keyboard.press("Home")
    expect(page.locator('.tile[data-position="0"]')).to_be_visible()
    assert page.locator(".tile").count() < 150


def test_all_of_them_fit_another_window(look, many):
    page = look(many, "?q=anything", width=1280)
    expect(page.locator(".tile").first).to_be_visible()
    page.evaluate(TO_THE_END)
    page.set_viewport_size({"width": 700, "height": 600})
    until(page, "document.querySelector('#grid').clientWidth < 700")
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator('.tile[data-position="0"]')).to_be_visible()
    right = page.locator(".tile").evaluate_all(
        "(all) => Math.max(...all.map((one) => one.getBoundingClientRect().right))"
    )
    assert right <= 700
