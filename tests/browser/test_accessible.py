"""axe finds no serious violation, in light and dark, on a desk and on a phone."""

from __future__ import annotations

import pytest

from tests.browser.waiting import expect, until

axe_playwright_python = pytest.importorskip("axe_playwright_python.sync_playwright")

WINDOWS = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844, "has_touch": True}}


def violations(page):
    """What axe calls serious or worse."""
    found = axe_playwright_python.Axe().run(page).response["violations"]
    return [
        (one["id"], node["html"][:200], node["failureSummary"])
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", WINDOWS)
def test_no_serious_violation(look, site, colors, scheme, window):
    page = look(site, color_scheme=scheme, **WINDOWS[window])
    expect(page.locator("#welcome")).to_be_visible()
    assert not violations(page)

    page.goto(site.address + "?q=a+dog")
    expect(page.locator(".tile").first).to_be_visible()
    page.locator("#filter-toggle").click()
    page.get_by_role("group", name="background", exact=True).get_by_role("checkbox").first.check()
    expect(page.locator("#filter-count")).to_have_text("1")
    page.keyboard.press("ArrowDown")
    page.locator(".tile .pick").first.check()
    until(page, "!document.querySelector('.stale')")
    assert not violations(page)

    page.goto(site.address + "?image=images%2F00003.jpg&phrase=a+dog+and+a+tree")
    expect(page.locator("#boxes .found")).to_have_count(2)
    page.get_by_label("my own").check()
    page.get_by_label("Sentences, one per line").fill("a dog")
    expect(page.locator("#sentences li")).to_have_count(1)
    assert not violations(page)

    page.goto(colors.address + "?q=an+elephant")
    expect(page.locator("#status")).to_contain_text("Perhaps no good match.")
    colors.stop()
    page.locator("#query").fill("red")
    expect(page.locator("#connection")).to_be_visible()
    assert not violations(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_interface_and_the_keys(look, colors, scheme):
    page = look(colors, "docs", color_scheme=scheme)
    expect(page.locator(".operation").first).to_be_visible()
    assert not violations(page)
    page.goto(colors.address)
    page.get_by_role("button", name="Keys").click()
    expect(page.locator("#help")).to_be_visible()
    assert not violations(page)
