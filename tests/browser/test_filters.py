"""Controls made from the columns of an index."""

from __future__ import annotations

import pytest

from tests.browser.waiting import expect, until


def ids(page):
    return sorted(tile.get_attribute("data-id") for tile in page.locator(".tile").all())


@pytest.fixture
def page(look, colors):
    page = look(colors, "?q=red")
    expect(page.locator(".tile")).to_have_count(4)
    page.locator("#filter-toggle").click()
    return page


def field(page, column):
    return page.get_by_role("group", name=column, exact=True)


def test_values_have_counts_and_choose(page):
    chip = field(page, "Kind of").get_by_label("it's")
    expect(field(page, "Kind of").locator(".chip").first).to_have_text("it's2")
    chip.check()
    expect(page.locator(".tile")).to_have_count(2)
    assert ids(page) == ["b & c?.png", "sub/é #1.png"]
    field(page, "Kind of").get_by_label("x").check()
    expect(page.locator(".tile")).to_have_count(3)
    expect(page.locator("#filter-count")).to_have_text("1")
    page.locator("#filter-toggle").click()
    page.get_by_role("button", name="Remove the filter Kind of").click()
    expect(page.locator(".tile")).to_have_count(4)
    page.locator("#filter-toggle").click()
    expect(chip).not_to_be_checked()


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("tags", "two", ["a.png", "b & c?.png"]),
        ("good", "true", ["a.png", "sub/é #1.png"]),
        ("taken", "2020-01-01", ["a.png"]),
        ("price", "1.5", ["b & c?.png"]),
    ],
)
def test_values_of_every_type(page, column, value, expected):
    field(page, column).get_by_label(value).check()
    expect(page.locator(".tile")).to_have_count(len(expected))
    assert ids(page) == expected


def test_ranges(look, colors):
    page = look(colors, "?q=red&from.price=1&to.taken=2021-12-31")
    expect(page.locator(".tile")).to_have_count(1)
    assert ids(page) == ["b & c?.png"]
    page = look(colors, "?q=red&from.seen=2020-01-01T02:30")
    expect(page.locator(".tile")).to_have_count(2)


def test_a_range_of_numbers_in_its_fields(look, many):
    page = look(many, "?q=anything")
    page.locator("#filter-toggle").click()
    lowest = page.get_by_label("number, from")
    expect(lowest).to_have_attribute("placeholder", "0")
    lowest.fill("17")
    lowest.press("Enter")
    expect(page).to_have_url(many.address + "?q=anything&from.number=17")
    page.locator("#filter-toggle").click()
    expect(page.locator("#filters-set")).to_have_text("number: from 17×")
    until(page, "performance.getEntriesByType('resource').some((one) => one.name.includes('%60number%60+%3E%3D+17'))")


def test_names_contain_words(page):
    page.get_by_label("id contains").fill("IT'S")
    page.get_by_label("id contains").press("Enter")
    expect(page.locator(".tile")).to_have_count(1)
    assert ids(page) == ["it's.png"]


def test_sql_adds_to_the_filters(page):
    field(page, "Kind of").get_by_label("it's").check()
    page.get_by_text("SQL").click()
    page.locator("#where").fill("price > 2 OR price IS NULL")
    page.locator("#where").press("Enter")
    expect(page.locator(".tile")).to_have_count(1)
    assert ids(page) == ["sub/é #1.png"]
    page.get_by_role("button", name="Clear all filters").click()
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.locator("#where")).to_have_value("")


def test_nothing_passes(page):
    page.get_by_text("SQL").click()
    page.locator("#where").fill("price > 1000")
    page.locator("#where").press("Enter")
    expect(page.locator("#status")).to_contain_text("No image passes the filters.")
