"""The papers' files: every row has its recipe, every printed number its source."""

import pytest
import yaml

from tests.reproduction.fakes import PAPER, paper
from twobranch.errors import TwobranchError
from twobranch.reproduction.paper import PAPERS, TAGS, load_paper, papers_of
from twobranch.training.recipes import load_recipe, recipe_names

ALL = papers_of("all")


@pytest.mark.parametrize("recipe", sorted({row.recipe for paper in ALL.values() for row in paper.rows}))
def test_each_row_has_a_recipe(recipe):
    assert load_recipe(recipe).summary


def test_each_recipe_of_a_paper_is_a_row():
    """A row that nobody trains would be a result that nobody sees."""
    rows = {row.recipe for paper in ALL.values() for row in paper.rows}
    assert {name for name in recipe_names() if name.split("/")[0] in ALL} <= rows


@pytest.mark.parametrize("name", ALL)
def test_published_numbers_have_sources(name):
    published = [number for row in ALL[name].rows for number in row.published] + list(ALL[name].context)
    for number in published:
        assert number.tag in TAGS
        assert number.source
        assert number.dataset
        assert number.split


def test_papers_whose_numbers_could_not_be_read_print_none():
    for name in ("cnn-mlp", "mite"):
        assert not any(row.published for row in ALL[name].rows)
        assert ALL[name].notes


def test_only_recall_at_1_where_only_that_has_a_source():
    own = next(row for row in ALL["two-branch"].rows if row.recipe == "two-branch/embedding").published
    assert [(number.i2t, number.t2i) for number in own] == [((54.9,), (43.3,))]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tag": "M+"}, "a tag of C, V, V2"),
        ({"tag": "M?"}, "needs a source"),
        ({"i2t": [50.0, 40.0]}, "rise"),
        ({"t2i": [101.0]}, "percents"),
        ({"i2t": [], "t2i": []}, "at least one number"),
        ({"source": ""}, "at least 1 character"),
        ({"i2t": [1.0, 2.0, 3.0, 4.0]}, "at most 3"),
        ({"sourc": "x"}, 'Did you mean "source"'),
    ],
)
def test_a_number_that_must_not_be_printed(change, message):
    row = {**PAPER["rows"][0], "published": [{**PAPER["rows"][0]["published"][0], **change}]}
    with pytest.raises(TwobranchError, match=message):
        paper(rows=[row, PAPER["rows"][1]])


def test_a_finding_compares_rows_of_its_paper():
    finding = {**PAPER["findings"][0], "worse": "wek"}
    with pytest.raises(TwobranchError, match="compares rows of this paper, not wek"):
        paper(findings=[finding])


def test_a_row_stands_once():
    with pytest.raises(TwobranchError, match="each recipe is one row"):
        paper(rows=[PAPER["rows"][0], PAPER["rows"][0], PAPER["rows"][1]])


def test_names():
    assert list(papers_of("all"))[:4] == list(PAPERS)
    with pytest.raises(TwobranchError, match='Did you mean "mite"'):
        papers_of("mit")


def test_a_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(PAPER))
    assert load_paper(path).rows[0].recipe == "strong"
    path.write_text("rows: [")
    with pytest.raises(TwobranchError, match="a paper is a YAML file"):
        load_paper(path)
