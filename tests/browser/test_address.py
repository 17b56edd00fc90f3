"""The address bar holds the state."""

from __future__ import annotations

from tests.browser.waiting import expect


def test_a_link_shows_the_same_to_somebody_else(look, site):
    page = look(site)
    page.locator("#query").fill("a dog and a tree")
    expect(page.locator(".tile").first).to_be_visible()
    page.locator("#filter-toggle").click()
    chips = page.get_by_role("group", name="background", exact=True)
    chips.get_by_role("checkbox").first.check()
    chips.get_by_role("checkbox").nth(1).check()
    expect(page.locator("#filter-count")).to_have_text("1")
    expect(page.locator("#results")).not_to_have_class("stale")
    page.locator(".tile .open").nth(2).click()
    expect(page.locator("#viewer")).to_be_visible()
    page.get_by_label("A phrase or a sentence").fill("a dog")
    expect(page.locator("#boxes .found")).to_have_count(1)
    said = page.locator("#name").text_content()

    other = look(site, page.url.removeprefix(site.address))
    expect(other.locator("#viewer")).to_be_visible()
    expect(other.locator("#name")).to_have_text(said)
    expect(other.locator("#position")).to_contain_text("3 of")
    expect(other.locator("#boxes .found")).to_have_count(1)
    assert other.locator("#query").input_value() == "a dog and a tree"
    other.keyboard.press("Escape")
    expect(other.locator("#viewer")).to_be_hidden()
    expect(other.locator("#filters-set button")).to_have_count(1)
    expect(other.locator(".tile").first).to_be_visible()


def test_back_and_forward(look, colors):
    page = look(colors)
    for text in ("red", "green"):
        page.locator("#query").fill(text)
        page.locator("#query").press("Enter")
        expect(page.locator(".tile")).to_have_count(4)
        expect(page).to_have_url(f"{colors.address}?q={text}")
    page.locator(".tile .open").first.click()
    expect(page.locator("#viewer")).to_be_visible()
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page).to_have_url(f"{colors.address}?q=green")
    page.go_back()
    expect(page).to_have_url(f"{colors.address}?q=red")
    expect(page.locator("#query")).to_have_value("red")
    expect(page.locator('.tile[data-position="0"]')).to_have_attribute("data-id", "a.png")
    page.go_forward()
    expect(page.locator('.tile[data-position="0"]')).to_have_attribute("data-id", "b & c?.png")


def test_typing_is_one_step_back(look, colors):
    page = look(colors, "?q=blue")
    expect(page.locator(".tile")).to_have_count(4)
    page.locator("#query").fill("r")
    page.wait_for_timeout(300)
    page.locator("#query").fill("red")
    expect(page).to_have_url(f"{colors.address}?q=red")
    page.go_back()
    expect(page).to_have_url(f"{colors.address}?q=blue")


def test_an_image_that_a_link_names_needs_no_search(look, colors):
    page = look(colors, "?image=sub%2F%C3%A9+%231.png")
    expect(page.locator("#viewer")).to_be_visible()
    expect(page.locator("#name")).to_have_text("sub/é #1.png")
    expect(page.locator("#metadata")).to_contain_text("400 × 300")
    expect(page.locator("#metadata")).to_contain_text("2022-01-01")
    page.get_by_role("button", name="Close").click()
    expect(page).to_have_url(colors.address)
