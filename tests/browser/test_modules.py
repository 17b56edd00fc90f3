"""The pure parts of the page, asked in the browser."""

from __future__ import annotations

import itertools

import pytest


@pytest.fixture(scope="module")
def ask(chromium, many):
    """Call a function of a module of the page."""
    page = chromium.new_page()
    page.goto(many.address)

    def call(module, name, *arguments):
        return page.evaluate(
            "([module, name, given]) => import(`/page/${module}.js`).then((all) => all[name](...given))",
            [module, name, list(arguments)],
        )

    yield call
    page.close()


SIZE = {"width": 1000, "height": 200, "gap": 10, "caption": 30}


def test_rows_fill_the_width_and_hold_every_hit_once(ask):
    hits = [{"width": 100 + 37 * n % 300, "height": 100 + 53 * n % 200} for n in range(500)]
    rows = ask("rows", "layOut", [], hits, SIZE)
    assert [row["start"] for row in rows] == [0, *(row["end"] for row in rows[:-1])]
    assert rows[-1]["end"] == 500
    for row, following in itertools.pairwise(rows):
        ratios = sum(min(2.4, max(0.5, hit["width"] / hit["height"])) for hit in hits[row["start"] : row["end"]])
        assert ratios * row["height"] + 10 * (row["end"] - row["start"] - 1) == pytest.approx(1000)
        assert row["height"] <= 200
        assert following["top"] == pytest.approx(row["top"] + row["height"] + 40)


def test_rows_go_on_as_if_all_hits_had_been_there(ask):
    hits = [{"width": 100 + 37 * n % 300, "height": 100 + 53 * n % 200} for n in range(300)]
    begun = ask("rows", "layOut", [], hits[:123], SIZE)
    assert ask("rows", "layOut", begun, hits, SIZE) == ask("rows", "layOut", [], hits, SIZE)


@pytest.mark.parametrize("sizes", [(0, 0), (10, 0), (0, 10), (5, 5000), (5000, 5)])
def test_odd_shapes_find_a_place(ask, sizes):
    row = ask("rows", "layOut", [], [{"width": sizes[0], "height": sizes[1]}], SIZE)[0]
    assert 40 <= row["height"] <= 200


ADDRESSES = [
    "",
    "?q=two+red+cars",
    "?q=%22quoted%22+%26+100+%25&p=0.35&text=1",
    "?like=sub%2F%C3%A9+%231.png&where=price+%3E+3",
    "?q=a&is.season=winter&is.season=it%27s&from.year=2001&to.year=2009&has.a.b=x",
    "?q=a&image=a.png&phrase=the+dog",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_and_its_state(ask, address):
    assert ask("state", "toAddress", ask("state", "fromAddress", address)) == address


@pytest.mark.parametrize("address", ["?p=7", "?p=x", "?is.=1", "?is.__proto__=1", "?image=&phrase=x", "?unknown=1"])
def test_nonsense_in_an_address_is_left_out(ask, address):
    assert ask("state", "toAddress", ask("state", "fromAddress", address)) == ""


def test_pieces_of_a_text_count_characters_as_the_server_does(ask):
    text = "👩‍🚒 and 😀 near a dog."
    start = text.index("a dog")
    phrases = [{"start": text.index("😀"), "end": text.index("😀") + 1}, {"start": start, "end": start + 5}]
    found = ask("phrases", "pieces", text, phrases)
    assert [one if isinstance(one, str) else f"<{one['text']}>" for one in found] == [
        "👩‍🚒 and ", "<😀>", " near ", "<a dog>", "."
    ]  # fmt: skip


def test_conditions_quote_what_was_written(ask):
    columns = [{"name": "a b", "type": "text"}, {"name": "n", "type": "integer"}, {"name": "t", "type": "list"}]
    filters = {"a b": {"is": ["it's", "x"]}, "n": {"from": "2", "to": "x"}, "t": {"is": ["y"]}}
    assert ask("conditions", "condition", columns, filters, "n < 9 OR n > 99") == (
        "`a b` IN ('it''s', 'x') AND `n` >= 2 AND (array_has(`t`, 'y')) AND (n < 9 OR n > 99)"
    )
    assert ask("conditions", "condition", columns, {}, " ") == ""
