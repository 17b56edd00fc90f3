import io
import re
from html import escape
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from twobranch.errors import TwobranchError
from twobranch.evaluation.calibration import probability_metrics
from twobranch.evaluation.common_space import common_space
from twobranch.evaluation.ranks import embedding_ranks
from twobranch.evaluation.recall_curve import recall_curve
from twobranch.evaluation.reports import plots, rank_plots, space_plots
from twobranch.evaluation.reports.gallery import Answer, GalleryItem, gallery_queries
from twobranch.evaluation.reports.ranks import Ranked
from twobranch.evaluation.reports.retrieval_page import write_report
from twobranch.evaluation.retrieval import retrieval_metrics

HISTORY = [
    {"stage": "first", "epoch": 1, "losses": {"embedding.two_way": 0.9}, "val": {"rsum": 100.0}},
    {"stage": "second", "epoch": 1, "losses": {"instance.cross_entropy": 2.0}, "val": {"rsum": 140.0}},
]
HOSTILE = "<script>alert('x')</script> & \"quotes\""


def jpeg():
    memory = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(memory, "JPEG")
    return memory.getvalue()


def gallery(picture):
    images = [Answer(HOSTILE, True, picture, 1), Answer("b.jpg", False, picture, 2)]
    sentences = [Answer(HOSTILE, False, None, 1), Answer("b.jpg", False, None, 2)]
    return [
        GalleryItem("t2i", "best", HOSTILE, None, 1, images),
        GalleryItem("i2t", "worst", HOSTILE, picture, 9, sentences, Answer(HOSTILE, True, None, 9)),
    ]


SLICES = [
    {
        "property": HOSTILE,
        "values": {
            HOSTILE: {
                "t2i": {"queries": 60, "R@1": 12.0, "R@10": 50.0, "interval": {"R@1": [8.0, 16.0]}},
                "i2t": {"queries": 20, "R@1": 22.0, "R@10": 60.0, "interval": {"R@1": [18.0, 26.0]}},
            }
        },
    }
]


@pytest.fixture
def data(rng):
    images = rng.normal(size=(30, 8))
    sentences = np.repeat(images, 3, axis=0) + rng.normal(size=(90, 8))
    return images, sentences, np.arange(30), np.repeat(np.arange(30), 3)


def ranked(data):
    ranks, (images, sentences) = embedding_ranks(*data), data[2:]
    return {
        "t2i": Ranked(ranks.t2i, recall_curve(ranks.t2i, sentences, np.ones(90), 30)),
        "i2t": Ranked(ranks.i2t, recall_curve(ranks.i2t, images, np.full(30, 3), 90)),
    }


@pytest.fixture
def page(data, rng, tmp_path):
    p = rng.random(200)
    write_report(
        tmp_path / "report.html",
        title=f"Report {HOSTILE}",
        metrics=retrieval_metrics(*data, split="test", corpus="1f3a"),
        before=retrieval_metrics(data[1][:30], data[1], *data[2:]),
        history=HISTORY,
        ranked=ranked(data),
        slices=SLICES,
        calibration={"folds": 5, "t2i": {"gallery": 9, "any_match": probability_metrics(p, rng.random(200) < p)}},
        judged_on=HOSTILE,
        space=common_space(*data),
        facts={"Recipe": HOSTILE},
        gallery=gallery(jpeg()),
    )
    return (tmp_path / "report.html").read_text(encoding="utf-8")


class Checker(HTMLParser):
    """Counts tags and checks that they are closed in order."""

    VOID = frozenset({"meta", "img"})

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_escaped_and_needs_nothing_else(page):
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert "script" not in checker.seen
    assert "link" not in checker.seen
    for _, name, value in checker.attributes:
        if name in ("src", "href") or name.endswith(":href"):
            assert value.startswith(("data:image/jpeg;base64,", "#"))
    assert "&lt;script&gt;" in page
    assert "url(http" not in page


def test_the_page_has_every_section_and_the_numbers(page, data):
    document = retrieval_metrics(*data)
    headings = re.findall('<h2 id="(.*?)">(.*?)</h2>', page)
    assert [heading for _, heading in headings] == [
        "Metrics", "Training", "Ranks", "Slices", "Probability", "Common space", "Search: a sentence finds images",
        "Annotation: an image finds sentences", "How it was made",
    ]  # fmt: skip
    assert all(f'<a href="#{anchor}">{heading}</a>' in page for anchor, heading in headings)
    low, high = document["t2i"]["interval"]["R@5"]
    assert f"<td>R@5</td><td>{document['t2i']['R@5']:.1f}</td><td>{low:.1f} to {high:.1f}</td>" in page
    assert page.count("<svg") == 7
    assert "22.0</td><td>18.0 to 26.0</td>" in page
    assert page.count("<img") == 3
    assert f'<li class="wanted" value="9">{escape(HOSTILE)}</li>' in page


def test_a_report_of_metrics_alone(data, tmp_path):
    write_report(tmp_path / "a.html", title="Alone", metrics=retrieval_metrics(*data, bootstrap=0))
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert re.findall("<h2.*?>(.*?)</h2>", page) == ["Metrics"]
    assert "Before" not in page


def test_a_picture_of_another_format_raises_and_leaves_no_file(data, tmp_path):
    with pytest.raises(TwobranchError, match="a picture must be JPEG or PNG bytes"):
        write_report(tmp_path / "a.html", title="A", metrics=retrieval_metrics(*data), gallery=gallery(b"GIF89a"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "svg",
    [
        lambda: plots.loss_curves(HISTORY),
        lambda: plots.loss_curves([{"epoch": 1, "loss": 1.0, "rsum": 3.0}]),
        lambda: plots.selection_curve(HISTORY),
        lambda: rank_plots.recall_curves({"t2i": recall_curve([1, 3, 0], [1, 2, 2], [1, 1, 2], 9)}),
        lambda: rank_plots.recall_curves({"phrase": recall_curve([1], [1], [1], [1])}),
        lambda: rank_plots.rank_histogram({"t2i": np.array([1, 3, 20000]), "i2t": np.array([1])}),
        lambda: plots.calibration_curve({"all": [{"probability": 0.2, "rate": 0.3}]}),
        lambda: plots.calibration_curve(
            {"rare": [{"probability": 1e-4, "rate": 0.0}, {"probability": 0.1, "rate": 1e-3}]}
        ),
        lambda: plots.calibration_curve({"never": [{"probability": 0.0, "rate": 0.0}]}),
        lambda: space_plots.plane(common_space(np.eye(4), np.eye(4), range(4), range(4))),
        lambda: space_plots.score_histogram(common_space(np.ones((4, 1)), np.ones((4, 1)), range(4), range(4))),
    ],
)
def test_plots_are_svg_in_the_colors_of_the_page(svg):
    text = svg()
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "currentColor" in text
    assert not re.search(r"#01020\d|#01021\d", text)
    assert text == svg()  # reproducible bytes


def test_gallery_queries_are_best_median_and_worst_and_never_unmatched():
    ranks = np.array([0, 5, 1, 9, 2, 7, 3, 8, 4, 6])
    chosen = gallery_queries(ranks, count=2)
    assert ranks[chosen["best"]].tolist() == [1, 2]
    assert ranks[chosen["typical"]].tolist() == [4, 5]
    assert ranks[chosen["worst"]].tolist() == [9, 8]
    assert gallery_queries(np.array([1, 2, 0]), count=2) == {"best": [], "typical": [], "worst": []}
