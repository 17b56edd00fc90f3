"""What notebooks show: counts, pictures, probabilities, tables; all of it escaped."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

import twobranch
from twobranch.evaluation.metrics import Metrics
from twobranch.evaluation.retrieval import retrieval_metrics
from twobranch.search.annotation import Annotation, SentenceHit
from twobranch.search.result import Hit, SearchResult

HOSTILE = "<script>alert('x')</script> & \"quotes\""


@pytest.fixture
def corpus(tmp_path):
    """Three pictures, one of them gone, one turned by its EXIF data; names and sentences that must be escaped."""
    turned = Image.new("RGB", (400, 100), "green")
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "a<b>.jpg", exif=exif)
    Image.new("RGBA", (90, 90), (255, 0, 0, 90)).save(tmp_path / "b.png")
    rows = [
        {"image": "a<b>.jpg", "sentence": HOSTILE, "split": "train", "season <i>": "x"},
        {"image": "b.png", "sentence": "red", "split": "val", "season <i>": "y"},
        {"image": "gone.jpg", "sentence": "gone", "split": "val", "season <i>": "y"},
    ]
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return twobranch.read_corpus(tmp_path / "c.jsonl")


def pictures(html):
    found = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', html)
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


def test_a_corpus_shows_its_splits_and_some_pictures(corpus):
    html = corpus._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "a&lt;b&gt;.jpg" in html
    assert "season &lt;i&gt;" in html
    assert all(f">{name}</td>" in html for name in ("train", "val", "all"))
    assert all(fingerprint in html for fingerprint in (corpus.fingerprint, *corpus.split_fingerprints.values()))
    assert [picture.size for picture in pictures(html)] == [(40, 160), (90, 90)]
    assert corpus.fingerprint in repr(corpus)
    assert len(repr(corpus)) < 200


def test_an_empty_corpus_shows_its_size(corpus):
    html = corpus.select_images([])._repr_html_()
    assert ">0</td>" in html
    assert "<img" not in html


def hit(path, probability=0.25):
    return Hit(HOSTILE, str(path), 0.5, probability, 9, 9, {"note": HOSTILE, "nothing": None})


def result(hits, **changes):
    facts = {"query": HOSTILE, "kind": "sentence", "any_match": 0.5, "priors": None, "no_good_match": not hits}
    return SearchResult(
        hits=hits, min_probability=None, candidates=1234, images=1234, index="x", **{**facts, **changes}
    )


def test_a_search_shows_pictures_with_their_probability(corpus, tmp_path):
    html = result([hit(tmp_path / "b.png"), hit(tmp_path / "gone.jpg", None)])._repr_html_()
    assert "<script" not in html
    assert "1,234 images: 50% that any matches" in html
    assert "25% &lt;script&gt;" in html
    assert "0.500 &lt;script&gt;" in html
    assert "note: &lt;script&gt;" in html
    assert "nothing" not in html
    assert len(pictures(html)) == 1


def test_no_good_match_is_said(tmp_path):
    assert "no good match" in result([])._repr_html_()
    assert "no good match" in Annotation([], 0.1, True)._repr_html_()
    assert "that any matches" not in result([hit("x")], kind="image", any_match=None)._repr_html_()


def test_an_annotation_is_a_table_of_sentences():
    html = Annotation([SentenceHit(HOSTILE, 0.5, 0.9), SentenceHit("b", 0.1, None)], 0.5, False)._repr_html_()
    assert "<script" not in html
    assert "90%" in html
    assert html.count("<tr>") == 3


def test_metrics_are_the_dictionary_of_the_json_and_a_table():
    metrics = retrieval_metrics(np.eye(4), np.eye(4), range(4), range(4), split=HOSTILE, corpus="1f3a", bootstrap=20)
    assert isinstance(metrics, dict)
    assert type(metrics) is Metrics
    assert json.loads(json.dumps(metrics)) == metrics
    html = metrics._repr_html_()
    assert "<script" not in html
    assert "100.0 (100.0 to 100.0)" in html
    assert "600.0 (600.0 to 600.0)" in html
    assert "R@10" in html
    assert "search (sentence to images)" in html


def test_metrics_of_every_task_have_a_row_for_each_part():
    person = Metrics({"task": "person-search", "identities": 3, "Rank-1": 50.0, "interval": {"Rank-1": [40.0, 60.0]}})
    assert "50.0 (40.0 to 60.0)" in person._repr_html_()
    phrases = Metrics(
        {"task": "localization", "phrases": 7, "iou": 0.5, "R@1": 1.5, "by_type": {"food": {"phrases": 2, "R@1": 9.5}}}
    )
    assert ">food</td>" in phrases._repr_html_()
    assert "9.5" in phrases._repr_html_()
    assert "iou" not in phrases._repr_html_()
