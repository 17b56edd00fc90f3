"""`twobranch ground` and `twobranch evaluate --task localization`."""

from __future__ import annotations

import json

import pytest
from PIL import Image

import twobranch as package
from tests.cli.command import twobranch


@pytest.fixture(scope="module")
def picture(scenes):
    return package.read_corpus(scenes).image_paths[0]


def test_boxes_of_every_noun_phrase(region_run, picture):
    sentence = "A dog runs to a red car in the park"
    done = twobranch("ground", region_run / "model", picture, sentence, "-k", 2, "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert [one["phrase"] for one in document["phrases"]] == ["A dog", "a red car", "the park"]
    width, height = Image.open(picture).size
    assert (document["width"], document["height"]) == (width, height)
    assert document["trained_on"] == "regions"
    for one in document["phrases"]:
        assert sentence[one["start"] : one["end"]] == one["phrase"]
        assert 1 <= len(one["boxes"]) <= 2
        for found in one["boxes"]:
            x0, y0, x1, y1 = found["box"]
            assert 0 <= x0 < x1 <= width
            assert 0 <= y0 < y1 <= height
            assert 0 < found["probability"] < 1


def test_one_phrase_is_not_split_where_asked(region_run, picture):
    done = twobranch("ground", region_run / "model", picture, "a dog with a hat", "--as-phrase", "--json")
    assert [one["phrase"] for one in json.loads(done.out)["phrases"]] == ["a dog with a hat"]


@pytest.mark.parametrize("name", ["found.png", "found.jpg", "found.webp"])
def test_the_picture_is_drawn(region_run, picture, tmp_path, name):
    done = twobranch("ground", region_run / "model", picture, "a dog", "--out", tmp_path / name)
    assert done.code == 0, done.err
    assert "a dog" in done.out
    with Image.open(tmp_path / name) as drawn:
        assert min(drawn.size) >= 480
        assert drawn.format == {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}[name.split(".")[1]]


def test_other_proposals(region_run, picture):
    done = twobranch("ground", region_run / "model", picture, "a dog", "--proposals", "whole", "--json")
    ((found,),) = ([box["box"] for box in one["boxes"]] for one in json.loads(done.out)["phrases"])
    assert found == [0, 0, *Image.open(picture).size]


def test_a_matcher_of_whole_pictures_grounds_with_a_warning(run, picture):
    done = twobranch("ground", run / "model", picture, "a dog", "--proposals", "whole", "--json")
    assert done.code == 0, done.err
    assert "trained on whole pictures" in done.err
    assert json.loads(done.out)["trained_on"] == "whole pictures"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a dog", "--out", "found.gif"], "the picture is written as one of"),
        ([" "], "must say something"),
        (["a dog", "--proposals", "file"], "must be the matcher's own, or learn nothing"),
        (["a dog", "--proposals", "center"], 'Did you mean "centers"'),
    ],
)
def test_what_cannot_be_done_is_said(region_run, picture, arguments, message):
    done = twobranch("ground", region_run / "model", picture, *arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_picture_that_cannot_be_read(region_run, tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    for path in (tmp_path / "a.jpg", tmp_path / "missing.jpg"):
        done = twobranch("ground", region_run / "model", path, "a dog")
        assert done.code == 2
        assert path.name in done.err


def test_localization(region_run, scenes, tmp_path):
    arguments = ["evaluate", region_run / "model", scenes, "--task", "localization", "--split", "val"]
    done = twobranch(*arguments, "--json", "--report", tmp_path)
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["task"] == "localization"
    assert document["ground_truth"] == "union"
    assert document["proposals"] == 60
    assert 0 < document["R@1"] <= document["R@5"] <= document["R@10"] <= document["upper_bound"]
    assert set(document["baselines"]) == {"whole image", "random proposal"}
    assert "data:image/jpeg;base64" in (tmp_path / "report.html").read_text()
    known = json.loads((region_run / "model" / "matcher.json").read_text())["metrics"]["val"]
    assert {key: document[key] for key in ("R@1", "corpus")} == {key: known[key] for key in ("R@1", "corpus")}


def test_localization_by_any_box_and_other_proposals(region_run, scenes):
    arguments = ["evaluate", region_run / "model", scenes, "--task", "localization", "--split", "val", "--json"]
    document = json.loads(twobranch(*arguments, "--ground-truth", "any", "--proposals", "whole").out)
    assert document["ground_truth"] == "any"
    assert document["proposals"] == 1
    assert document["R@1"] == document["baselines"]["whole image"]["R@1"]


def test_localization_as_a_table(region_run, scenes):
    done = twobranch("evaluate", region_run / "model", scenes, "--task", "localization", "--split", "val")
    assert "all phrases" in done.out
    assert "the whole image alone has R@1" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a matcher of regions is measured by localization"),
        (["--task", "localization", "--folds", 5], "is for retrieval"),
        (["--task", "localization", "--ground-truth", "all"], "is union or any"),
        (["--ground-truth", "any"], "is for localization"),
    ],
)
def test_what_cannot_be_measured_is_said(region_run, scenes, arguments, message):
    done = twobranch("evaluate", region_run / "model", scenes, "--split", "val", *arguments)
    assert done.code == 2
    assert message in done.err
