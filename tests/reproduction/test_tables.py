"""The three files: the same words, nothing hidden, nothing that a browser or a reader trips over."""

import json
import re
from html.parser import HTMLParser

import pytest

from tests.reproduction.fakes import PAPER, FakeBench, paper, rows
from twobranch.errors import TwobranchError
from twobranch.reproduction.reproducing import write_tables
from twobranch.reproduction.tables import header, paper_tables


def write(out, bench=None, *, papers=None, only=(), **options):
    return write_tables(
        papers or {"a-paper": paper()},
        rows(out, **options),
        bench or FakeBench(),
        only=only,
        corpus="corpus-print",
        command="twobranch reproduce a-paper '$DATA' --out <table>",
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("tables")
    return out, write(out)


def texts(out):
    return (out / "table.md").read_text(), (out / "table.html").read_text()


def test_the_document(written):
    out, document = written
    assert json.loads((out / "table.json").read_text()) == document
    strong, weak = document["papers"][0]["rows"]
    assert strong["rsum"] > weak["rsum"]
    assert strong["rsum_interval"][0] < strong["rsum"] < strong["rsum_interval"][1]
    assert len(strong["rsum_per_seed"]) == 3
    assert strong["command"] == "twobranch train DATA --recipe strong --set seed=0 --out RUN"
    assert strong["published"][0]["rsum"] is None  # five recalls are not given
    assert document["split"] == {"name": "val", "fingerprint": "val-print", "images": 60, "sentences": 180}
    assert document["seconds"]["training"] == 60.0
    verdicts = [finding["verdict"] for finding in document["papers"][0]["findings"]]
    assert verdicts == ["true", "false", "true"]


def test_stages(written):
    first, last = written[1]["papers"][0]["stages"][:2]
    assert (first["stage"], first["classifier_accuracy"], first["probe_interval"]) == ("first", None, None)
    assert (last["probe_accuracy"], last["probe_accuracy_deviation"]) == (61.0, 1.0)
    assert last["probe_interval"] == [70.0, 90.0]


def test_every_word_of_the_tables_is_in_both_files(written):
    out, document = written
    markdown, page = texts(out)
    shown = " ".join(Text.of(page).split())
    plain = " ".join(markdown.replace("\\|", "|").replace("&lt;", "<").split())
    for table in paper_tables(document["papers"][0]):
        for line in table.lines:
            for word in (line.label, line.detail, line.remark, *line.cells):
                assert word in plain
                assert word in shown
    for value in header(document).values():
        assert " ".join(value.split()) in shown
        assert " ".join(value.split()) in plain


def test_what_a_published_number_belongs_to(written):
    markdown, _ = texts(written[0])
    line = next(line for line in markdown.splitlines() if "published, Flickr30K" in line)
    for part in ("1,000 test images", "VGG", "a list", "[V2]", "54.9", "39.6"):
        assert part in line
    assert "other image and text features" in markdown


def test_markdown_tables_are_square(written):
    markdown, _ = texts(written[0])
    for block in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1


def test_the_page_is_whole_and_needs_nothing(written):
    _, page = texts(written[0])
    assert "<one>" not in page
    assert not re.search(r"(src|@import|<script|<link|url\()", page)
    parser = Text()
    parser.feed(page)
    assert parser.open == []


class Text(HTMLParser):
    """The text of a page; tags must close."""

    VOID = ("meta", "br", "img")

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    @classmethod
    def of(cls, page):
        parser = cls()
        parser.feed(page)
        return " ".join(parser.text)

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_bars_stay_on_their_scale(written):
    for table in paper_tables(written[1]["papers"][0]):
        for line in table.lines:
            if line.bar:
                assert 0 <= line.bar[0] <= line.bar[1] <= 1


def test_a_failure_is_told(tmp_path):
    document = write(tmp_path, FakeBench(broken=["weak"]))
    weak = document["papers"][0]["rows"][1]
    assert weak["seeds"] == []
    for text in texts(tmp_path):
        assert "seed 0, 1, 2 not trained: loss: must be finite" in text
        assert "not tested" in text
    assert document["papers"][0]["findings"][0]["why"] == "no result of weak"


def test_nothing_trained_at_all(tmp_path):
    document = write(tmp_path, FakeBench(unencodable=True))
    assert [row["seeds"] for row in document["papers"][0]["rows"]] == [[], []]
    assert "PCA needs more sentences" in texts(tmp_path)[1]


def test_only_some_rows_and_then_the_rest(tmp_path):
    document = write(tmp_path, only=["weak"])
    assert document["papers"][0]["not_run"] == ["strong"]
    assert "Not run: strong." in texts(tmp_path)[0]
    assert write(tmp_path)["papers"][0]["not_run"] == []
    with pytest.raises(TwobranchError, match='Did you mean "strong"'):
        write(tmp_path, only=["strng"])


def test_a_row_of_two_papers_is_trained_once(tmp_path):
    bench = FakeBench()
    document = write(tmp_path, bench, papers={"one": paper(), "two": paper(title="Another")})
    assert len(bench.trained) == 6
    assert document["papers"][0]["rows"] == document["papers"][1]["rows"]


def test_no_stage_table_where_it_tells_nothing(tmp_path):
    class OneStage(FakeBench):
        def train(self, *arguments):
            one = super().train(*arguments)
            del one.facts.stages[1:]
            return one

    without_probe = {"a": paper(findings=PAPER["findings"][:2])}
    assert write(tmp_path, OneStage(), papers=without_probe)["papers"][0]["stages"] == []
