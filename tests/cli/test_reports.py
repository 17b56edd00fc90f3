"""`twobranch evaluate --report`: a page for each task, and the slices in the document."""

import json
import re

import pytest

from tests.cli.command import twobranch


def evaluated(model, scenes, out, *more):
    """The document and the page of one evaluation."""
    done = twobranch("evaluate", model, scenes, "--split", "test", "--report", out, "--json", *more)
    assert done.code == 0, done.err
    return json.loads(done.out), (out / "report.html").read_text(encoding="utf-8")


def headings(page):
    return re.findall('<h2 id="[a-z-]+">(.*?)</h2>', page)


@pytest.fixture(scope="module")
def retrieval(run, scenes, tmp_path_factory):
    return evaluated(run / "model", scenes, tmp_path_factory.mktemp("report"))


def test_slices_by_length_and_by_the_columns_of_the_user(retrieval):
    slices = {one["property"]: one["values"] for one in retrieval[0]["slices"]}
    assert {"words in the sentence", "background", "objects", "twin", "held_out"} >= set(slices)
    assert set(slices) >= {"words in the sentence", "background"}
    for name, values in slices.items():
        for side, count in (("t2i", retrieval[0]["sentences"]), ("i2t", retrieval[0]["images"])):
            parts = [value[side] for value in values.values() if side in value]
            if name == "words in the sentence" and side == "i2t":
                assert parts == []
                continue
            assert sum(part["queries"] for part in parts) == count
            mean = sum(part["queries"] * part["R@5"] for part in parts) / count
            assert mean == pytest.approx(retrieval[0][side]["R@5"])
            intervals = [(part["R@1"], *part["interval"]["R@1"]) for part in parts if "interval" in part]
            assert intervals
            assert all(low <= value <= high for value, low, high in intervals)


def test_the_page_of_retrieval(retrieval):
    _, page = retrieval
    assert headings(page) == [
        "Metrics", "Ranks", "Slices", "Probability", "Common space", "Search: a sentence finds images",
        "Annotation: an image finds sentences", "How it was made",
    ]  # fmt: skip
    assert "which the calibration has not seen" in page
    assert "<h3>By background</h3>" in page
    assert "twobranch evaluate" in page
    assert "took" in page


def test_the_page_of_the_training_says_what_it_changed(run):
    page = (run / "report.html").read_text(encoding="utf-8")
    assert headings(page)[:3] == ["Metrics", "Training", "Ranks"]
    assert "<th>Before</th><th>Change</th>" in page
    assert "encoding " in page
    assert "each by a calibration fitted on the others" in page or "Probability" not in page  # too small a split


def test_folds_are_ranked_each_on_its_own(run, scenes, tmp_path):
    document, page = evaluated(run / "model", scenes, tmp_path, "--folds", "2")
    assert "mean of 2 folds" in page
    (words,) = [one["values"] for one in document["slices"] if one["property"] == "words in the sentence"]
    count = sum(value["t2i"]["queries"] for value in words.values())
    hits = sum(value["t2i"]["queries"] * value["t2i"]["R@1"] for value in words.values())
    assert hits / count == pytest.approx(document["t2i"]["R@1"])  # halves of equal size


def test_person_search(run, scenes, tmp_path):
    document, page = evaluated(run / "model", scenes, tmp_path, "--task", "person-search")
    assert headings(page)[:3] == ["Metrics", "Ranks", "Slices"]
    assert "Descriptions and who was found" in page
    assert "Rank-1 of a random order" in page
    for one in document["slices"]:
        parts = one["values"].values()
        total = sum(part["queries"] * part["mAP"] for part in parts) / sum(part["queries"] for part in parts)
        assert total == pytest.approx(document["mAP"])


def test_localization(region_run, scenes, tmp_path):
    document, page = evaluated(region_run / "model", scenes, tmp_path, "--task", "localization")
    assert headings(page)[:4] == ["Metrics", "By type", "Where wrong first boxes lie", "Ranks"]
    assert {"words in the phrase", "percent of the picture that is marked"} <= {
        one["property"] for one in document["slices"]
    }
    for one in document["slices"]:
        parts = one["values"].values()
        assert sum(part["phrases"] for part in parts) == document["phrases"]
        total = sum(part["phrases"] * part["R@1"] for part in parts) / document["phrases"]
        assert total == pytest.approx(document["R@1"])
    assert "data:image/jpeg;base64" in page


def test_a_task_without_a_report_is_refused_before_anything_is_measured(run, scenes, tmp_path):
    done = twobranch("evaluate", run / "model", scenes, "--task", "within-view", "--report", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "--report: shows retrieval, localization, person-search" in " ".join(done.err.split())
