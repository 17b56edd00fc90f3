"""The document of localization: shares, types, errors, baselines, intervals; and a whole split."""

import itertools
import json
import math

import numpy as np
import pytest
from PIL import Image

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError
from twobranch.evaluation.chance import random_success
from twobranch.evaluation.localization import localization_metrics
from twobranch.evaluation.localize import localize
from twobranch.evaluation.phrase_ranks import PhraseRanks
from twobranch.regions.boxes import iou
from twobranch.regions.centers import CentersConfig
from twobranch.regions.extract import Proposals, image_proposals
from twobranch.regions.phrase_boxes import phrase_boxes


def ranks(rank, right=None, proposals=20, error=None):
    rank = np.array(rank)
    right = np.array(right if right is not None else rank > 0).astype(int)
    errors = np.where(rank == 1, -1, 3) if error is None else np.array(error)
    return PhraseRanks(rank, right > 0, right, np.full(len(rank), proposals), errors)


def test_shares_by_hand():
    found = ranks([1, 3, 0, 12, 6], right=[2, 1, 0, 1, 4], error=[-1, 0, 1, 2, 0])
    types = [("people",), ("people", "other"), ("scene",), (), ("people",)]
    document = localization_metrics(found, [0, 0, 1, 2, 2], types, split="val", corpus="abc", excluded=7)
    assert {key: document[key] for key in ("R@1", "R@5", "R@10", "upper_bound")} == {
        "R@1": 20.0,
        "R@5": 40.0,
        "R@10": 60.0,
        "upper_bound": 80.0,
    }
    assert (document["images"], document["phrases"], document["excluded_phrases"]) == (3, 5, 7)
    assert (document["task"], document["ground_truth"], document["iou"]) == ("localization", "union", 0.5)
    assert document["errors"] == {"other phrase": 40.0, "inside": 20.0, "around": 20.0, "elsewhere": 0.0}
    counts = {name: part["phrases"] for name, part in document["by_type"].items()}
    assert list(counts.items()) == [("people", 3), ("other", 1), ("scene", 1)]
    assert document["by_type"]["people"]["R@1"] == pytest.approx(100 / 3)
    assert document["by_type"]["other"]["R@5"] == 100.0
    assert document["baselines"]["random proposal"]["R@1"] == pytest.approx(100 * (2 + 1 + 0 + 1 + 4) / 20 / 5)
    assert "whole image" not in document["baselines"]
    json.dumps(document, allow_nan=False)


def test_the_document_has_the_keys_of_the_contract():
    document = localization_metrics(ranks([1]), [0], [("people",)], whole=[True], split="val")
    contract = {"task", "split", "phrases", "ground_truth", "iou", "proposals", "upper_bound"}
    assert contract | {"R@1", "R@5", "R@10", "by_type", "interval"} <= set(document)
    assert {"phrases", "R@1"} <= set(document["by_type"]["people"])
    assert document["baselines"]["whole image"]["R@1"] == 100.0


@pytest.mark.parametrize(("right", "proposals"), [(0, 5), (1, 5), (2, 5), (5, 5), (1, 1), (0, 0), (2, 3)])
@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_a_random_order_by_listing_all(right, proposals, k):
    """All orders of the proposals, of which the first `right` are right."""
    orders = list(itertools.permutations(range(proposals)))
    share = sum(any(one < right for one in order[:k]) for order in orders) / math.factorial(proposals)
    assert random_success([right], [proposals], k)[0] == pytest.approx(100 * share)


def test_intervals_draw_whole_images():
    """Phrases of an image succeed or fail together: the interval is that of the images."""
    success = np.random.default_rng(0).random(100) < 0.4
    alone = localization_metrics(ranks(success.astype(int)), np.arange(100), [()] * 100, split="val")
    together = localization_metrics(
        ranks(np.repeat(success, 9).astype(int)), np.repeat(np.arange(100), 9), [()] * 900, split="val"
    )
    assert together["interval"]["R@1"] == pytest.approx(alone["interval"]["R@1"])
    low, high = alone["interval"]["R@1"]
    assert low < alone["R@1"] < high
    assert "interval" not in localization_metrics(ranks([1]), [0], [()], split="val", bootstrap=0)


def test_unusable_input_is_refused():
    with pytest.raises(TwobranchError, match='split "val": at least one phrase has a box'):
        localization_metrics(ranks([]), [], [], split="val")
    with pytest.raises(TwobranchError, match="there must be one per phrase, 1"):
        localization_metrics(ranks([1]), [0, 1], [()], split="val")


@pytest.fixture
def corpus(tmp_path):
    """Two pictures of 20 x 10 pixels; the second fills its picture."""
    lines = []
    for name, boxes in (("a.png", [[0, 0, 4, 4], [8, 0, 12, 4]]), ("b.png", [[0, 0, 20, 9]])):
        Image.new("RGB", (20, 10)).save(tmp_path / name)
        phrases = [
            {"sentence": 0, "start": 0, "end": 3, "boxes": boxes, "types": ["things"]},
            {"sentence": 0, "start": 4, "end": 6},
        ]
        lines.append({"image": name, "sentences": ["all it"], "split": "val", "phrases": phrases})
    (tmp_path / "scenes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return read_corpus(tmp_path / "scenes.jsonl")


@pytest.fixture
def proposals():
    """Three boxes of each picture, the last padding."""
    boxes = np.array([[0, 0, 4, 4], [0, 0, 12, 4], [0, 0, 0, 0]], np.float32)
    return Proposals(np.stack([boxes, boxes]), 2)


def test_a_split_with_a_perfect_scorer(corpus, proposals):
    asked = phrase_boxes(corpus)

    def score(image, phrases):
        return iou(asked.unions[phrases], proposals[image])

    document = localize(asked, proposals, score, split="val")
    assert (document["phrases"], document["excluded_phrases"], document["proposals"]) == (2, 2, 2)
    assert document["R@1"] == document["upper_bound"] == 50.0  # the second picture has no box that is large enough
    assert document["baselines"]["whole image"]["R@1"] == 50.0  # 180 of 200 pixels of the second picture
    assert document["baselines"]["random proposal"]["R@1"] == 25.0
    assert document["corpus"] == corpus.fingerprint
    reverse = localize(asked, proposals, lambda image, phrases: -score(image, phrases), split="val")
    assert (reverse["R@1"], reverse["R@5"]) == (0.0, 50.0)
    any_box = localize(asked, proposals, lambda i, p: -score(i, p), split="val", ground_truth="any")
    assert (any_box["R@1"], any_box["ground_truth"]) == (50.0, "any")


def test_emoji_scenes_have_all_that_localization_needs(scenes):
    corpus = read_corpus(scenes)
    val, centers = corpus.split("val"), CentersConfig(budget=100).load()
    centers.fit(phrase_boxes(corpus.split("train")))
    asked, boxes = phrase_boxes(val), image_proposals(centers, val.image_paths)
    document = localize(asked, boxes, lambda i, p: iou(asked.unions[p], boxes[i]), split="val", bootstrap=50)
    assert document["R@1"] == document["upper_bound"] > 40
    assert document["upper_bound"] > document["baselines"]["whole image"]["R@1"]
    assert {"animals", "vehicles"} <= set(document["by_type"])
    assert sum(document["errors"].values()) == pytest.approx(100 - document["R@1"])


def test_pictures_without_proposals_find_nothing(corpus):
    none = Proposals(np.zeros((2, 3, 4), np.float32), 2)
    document = localize(phrase_boxes(corpus), none, lambda image, phrases: pytest.fail("not asked"), split="val")
    assert document["R@1"] == document["upper_bound"] == 0.0


def test_proposals_of_other_images_are_refused(corpus, proposals):
    with pytest.raises(TwobranchError, match="one list of boxes per image, 1, but found 2"):
        localize(phrase_boxes(corpus.select_images([0])), proposals, lambda i, p: None, split="val")


def test_a_split_without_boxes_is_refused(corpus, proposals):
    empty = phrase_boxes(corpus)
    empty = type(empty)(corpus, empty.phrases[:0], empty.images[:0], empty.boxes[:0], empty.offsets[:1], 4)
    with pytest.raises(TwobranchError, match="at least one phrase has a box"):
        localize(empty, proposals, lambda i, p: None, split="val")
