"""Every kind of proposals: boxes in pixels of the picture, at most so many, the same each time."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.regions.conftest import SHAPES, paint
from twobranch.config import Choice, validated
from twobranch.errors import TwobranchError
from twobranch.regions import PROPOSERS, opencv
from twobranch.regions.boxes import iou, union_box
from twobranch.regions.centers import CentersConfig
from twobranch.regions.edge_boxes import EdgeBoxesConfig
from twobranch.regions.phrase_boxes import phrase_boxes
from twobranch.regions.proposer import ProposerConfig
from twobranch.regions.selective_search import Pass, SelectiveSearchConfig
from twobranch.regions.union import Pairs, Part, UnionConfig
from twobranch.regions.whole import WholeConfig

try:
    importlib.import_module("cv2.ximgproc")
    HAS_OPENCV = True
except ImportError:
    HAS_OPENCV = False
needs_opencv = pytest.mark.skipif(not HAS_OPENCV, reason="OpenCV with contributed modules is not installed")

WITHOUT_OPENCV = (Part(of=CentersConfig(budget=5)), Part(of=WholeConfig()))
KINDS = {
    "selective-search": SelectiveSearchConfig(budget=40),
    "edge-boxes": EdgeBoxesConfig(budget=40),
    "centers": CentersConfig(budget=5),
    "whole": WholeConfig(),
    "union": UnionConfig(budget=40, parts=WITHOUT_OPENCV),
    "union of searches": UnionConfig(budget=40),
}
NEED_OPENCV = ("selective-search", "edge-boxes", "union of searches")


@pytest.fixture(params=[pytest.param(kind, marks=needs_opencv if kind in NEED_OPENCV else ()) for kind in KINDS])
def proposer(request, corpus):
    """A proposer of each kind, fitted."""
    loaded = KINDS[request.param].load()
    loaded.fit(phrase_boxes(corpus))
    return loaded


def test_boxes_lie_in_the_picture_and_are_no_more_than_the_budget(proposer, pictures):
    boxes = proposer.propose(pictures[0])
    assert boxes.dtype == np.float32
    assert 0 < len(boxes) <= proposer.budget
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= [160, 120]).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert len(np.unique(boxes, axis=0)) == len(boxes)


def test_the_same_picture_gives_the_same_boxes(proposer, pictures):
    boxes = proposer.propose(pictures[0])
    with Image.open(pictures[0]) as picture:
        np.testing.assert_array_equal(proposer.propose(np.asarray(picture)), boxes)
    for path in pictures:
        proposer.propose(path)
    np.testing.assert_array_equal(proposer.propose(pictures[0].read_bytes()), boxes)


@pytest.mark.parametrize("kind", ["centers", "whole", "union"])
def test_relative_boxes_scale_with_the_picture(kind, corpus):
    proposer = KINDS[kind].load()
    proposer.fit(phrase_boxes(corpus))
    small, large = (proposer.propose(np.zeros((120 * k, 160 * k, 3), np.uint8)) for k in (1, 2))
    np.testing.assert_allclose(large, 2 * small)


@needs_opencv
@pytest.mark.parametrize("kind", ["selective-search", "edge-boxes", "union of searches"])
def test_plain_shapes_are_found_at_any_size(kind, corpus, pictures):
    proposer = KINDS[kind].model_copy(update={"budget": 200}).load()
    proposer.fit(phrase_boxes(corpus))
    with Image.open(pictures[1]) as picture:
        double = np.asarray(picture.resize((320, 240), Image.Resampling.BICUBIC))
    shapes = np.array(SHAPES, np.float32)
    assert iou(shapes, proposer.propose(pictures[1])).max(axis=1).min() > 0.7
    assert iou(2 * shapes, proposer.propose(double)).max(axis=1).min() > 0.7


@needs_opencv
def test_another_process_gives_the_same_boxes(pictures):
    """OpenCV's own order comes from random numbers that go on from picture to picture."""
    code = (
        "import sys; from twobranch.regions.selective_search import SelectiveSearch\n"
        "print(SelectiveSearch().propose(sys.argv[1]).tobytes().hex())"
    )
    run = subprocess.run([sys.executable, "-c", code, str(pictures[0])], capture_output=True, text=True, check=True)
    here = SelectiveSearchConfig().load()
    here.propose(pictures[1])
    assert run.stdout.strip() == here.propose(pictures[0]).tobytes().hex()


@needs_opencv
def test_a_picture_of_one_color_and_a_tiny_one(tmp_path):
    for pixels in (np.full((50, 80, 3), 128, np.uint8), np.zeros((1, 1, 3), np.uint8)):
        for kind in ("selective-search", "edge-boxes"):
            boxes = KINDS[kind].load().propose(pixels)
            assert boxes.shape[1] == 4
            assert np.isfinite(boxes).all()


@pytest.mark.parametrize("kind", ["selective-search", "edge-boxes", "union of searches"])
def test_without_opencv_the_extra_is_named(kind, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(TwobranchError, match=r'found no package cv2\. Run: pip install "twobranch\[grounding\]"'):
        KINDS[kind].load()


def test_opencv_without_contributed_modules_is_told_apart(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", importlib.import_module("json"))
    with pytest.raises(TwobranchError, match=r"a build without cv2\.ximgproc"):
        opencv.opencv("edge-boxes")


def test_a_damaged_picture_is_an_error(proposer, tmp_path):
    path = tmp_path / "damaged.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(TwobranchError, match=r"damaged\.jpg"):
        proposer.propose(path)


def test_identities_differ_with_options():
    configs = [WholeConfig()]
    if HAS_OPENCV:
        configs += [
            SelectiveSearchConfig(),
            SelectiveSearchConfig(budget=100),
            SelectiveSearchConfig(passes=(Pass(side=96),)),
            EdgeBoxesConfig(),
            EdgeBoxesConfig(beta=0.8),
        ]
    identities = [config.load().identity for config in configs]
    assert len(set(identities)) == len(identities)


def test_centers_reach_the_training_boxes_and_are_saved(corpus, tmp_path):
    centers = CentersConfig(budget=5).load()
    with pytest.raises(TwobranchError, match="must be fitted"):
        centers.propose(np.zeros((2, 2), np.uint8))
    centers.fit(phrase_boxes(corpus))
    boxes = centers.propose(np.zeros((120, 160, 3), np.uint8))
    np.testing.assert_allclose(boxes, [[20, 30, 60, 90], [80, 10, 150, 110]], atol=1e-4)  # a box, and a union of two
    centers.save(tmp_path)
    again = CentersConfig(budget=5).load()
    again.load(tmp_path)
    np.testing.assert_array_equal(again.propose(np.zeros((120, 160, 3), np.uint8)), boxes)
    assert again.identity == centers.identity
    (tmp_path / "centers.npy").write_bytes(b"other")
    with pytest.raises(TwobranchError, match=r"centers\.npy: the boxes of the proposals must be an array"):
        again.load(tmp_path)


def test_centers_are_those_that_reach_most():
    chance = np.random.default_rng(0)
    common = np.array([0.2, 0.2, 0.6, 0.7]) + chance.normal(0, 0.01, (300, 4))
    rare = np.array([0.7, 0.7, 0.9, 0.95]) + chance.normal(0, 0.005, (30, 4))
    centers = CentersConfig(budget=2, candidates=40).load()
    centers.fit_relative(np.concatenate([rare, common]).astype(np.float32))
    found = centers.propose(np.zeros((1, 1), np.uint8))
    assert iou(found, np.array([[0.2, 0.2, 0.6, 0.7], [0.7, 0.7, 0.9, 0.95]])).diagonal().min() > 0.7


def test_centers_need_a_training_box(corpus):
    centers = CentersConfig().load()
    with pytest.raises(TwobranchError, match="at least one phrase with a box"):
        centers.fit(phrase_boxes(corpus.select_images([])))


def test_a_union_holds_the_boxes_of_its_parts_without_near_duplicates(corpus, pictures, tmp_path):
    union = UnionConfig(budget=40, parts=WITHOUT_OPENCV, overlap=0.5).load()
    assert union.fitted
    union.fit(phrase_boxes(corpus))
    boxes = union.propose(pictures[0])
    assert [0, 0, 160, 120] in boxes.tolist()
    overlap = iou(boxes, boxes) - np.eye(len(boxes))
    assert overlap.max() <= 0.5
    union.save(tmp_path)
    again = UnionConfig(budget=40, parts=WITHOUT_OPENCV, overlap=0.5).load()
    again.load(tmp_path)
    assert again.identity == union.identity


@needs_opencv
def test_pairs_of_boxes_are_proposed_too(pictures):
    """Two shapes far apart are no group of like pixels, and still what "two shapes" means."""
    both = union_box(np.array(SHAPES[:2], np.float32))[None]
    search = SelectiveSearchConfig(budget=40)
    alone = UnionConfig(budget=40, parts=(Part(of=search),)).load()
    pairs = UnionConfig(budget=40, parts=(Part(of=search, pairs=Pairs(among=10)),)).load()
    overlap = [iou(both, one.propose(pictures[1])).max() for one in (alone, pairs)]
    assert overlap[0] < 0.6
    assert overlap[1] > 0.8
    assert alone.identity != pairs.identity


def test_a_union_holds_what_learns_once():
    with pytest.raises(TwobranchError, match="a kind that learns is in it once"):
        UnionConfig(parts=(Part(of=CentersConfig()), Part(of=CentersConfig(budget=3)))).load()


def test_kinds_are_named_as_in_a_recipe():
    from typing import Annotated

    from twobranch.config import Config

    class Recipe(Config):
        proposals: Annotated[ProposerConfig, Choice(ProposerConfig, "proposals", PROPOSERS)]

    assert list(PROPOSERS) == ["selective-search", "edge-boxes", "centers", "whole", "file", "union"]
    values = {"proposals": {"proposals": "union", "parts": [{"of": "whole"}, {"of": {"proposals": "centers"}}]}}
    recipe = validated(Recipe, values, "r.yaml")
    assert recipe.proposals.load().name == "union"
    assert validated(Recipe, recipe.model_dump(mode="json"), "again") == recipe
    with pytest.raises(TwobranchError, match=r'Did you mean "edge-boxes"'):
        validated(Recipe, {"proposals": "edge-box"}, "r.yaml")


def test_a_turned_picture_has_boxes_as_it_is_shown(tmp_path: Path):
    path = paint(tmp_path / "turned.jpg", 0)
    with Image.open(path) as picture:
        exif = picture.getexif()
        exif[0x0112] = 6
        picture.save(path, exif=exif)
    assert WholeConfig().load().propose(path).tolist() == [[0, 0, 120, 160]]
