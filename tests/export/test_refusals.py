"""What cannot be exported is refused before anything is written, and what differs leaves nothing behind."""

import sys

import pytest
import torch

from tests.cli.command import twobranch as command
from tests.export.small_matchers import described, matcher
from tests.small_encoders import SmallWords
from twobranch.errors import TwobranchError
from twobranch.export import Samples, export_matcher, exporting
from twobranch.matcher import Matcher


def refused(original, out, match, format="openvino", samples=None):
    with pytest.raises(TwobranchError, match=match):
        export_matcher(original, format, out, samples)
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("encoder", "branch", "match"),
    [
        (SmallWords(), "mlp", "must have a tokenizer that the library tokenizers can run"),
        ({"encoder": "ngrams", "min_count": 1, "orders": [1, 2]}, "bag-mlp", "only a bag of single words"),
        ({"encoder": "ngrams", "min_count": 1, "unit": "character"}, "bag-mlp", "n-grams of characters"),
    ],
)
def test_encoders_that_cannot_be_read_elsewhere(encoder, branch, match, tmp_path):
    refused(matcher(branch, encoder), tmp_path / "out", match)


def test_a_head_that_scores_pairs(tmp_path):
    refused(matcher(head="product-mlp"), tmp_path / "out", "one with a head that scores pairs")


def test_regions(region_run, tmp_path):
    refused(Matcher.load(region_run / "model"), tmp_path / "out", "one of regions and phrases")


def test_precomputed_features(tmp_path):
    from dataclasses import replace

    from twobranch.features.precomputed import Precomputed

    refused(replace(matcher(), image_encoder=Precomputed(16)), tmp_path / "out", "must be a network that reads pixels")


def test_an_unknown_format(tmp_path):
    refused(matcher(), tmp_path / "out", 'Did you mean "onnx"', format="onxx")


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_packages_that_are_missing(missing, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    refused(matcher(), tmp_path / "out", r'pip install "twobranch\[export\]"', format="onnx")


def test_pictures_of_which_none_can_be_read(tmp_path):
    samples = Samples(["no such file.jpg"])
    refused(matcher(), tmp_path / "out", "pictures for the check: one must be readable", samples=samples)


@pytest.mark.parametrize("format", ["openvino", "onnx"])
@pytest.mark.parametrize("side", ["image", "sentence"])
def test_a_tower_that_differs_leaves_nothing(side, format, tmp_path, monkeypatch):
    make = getattr(exporting, f"{side}_tower")

    def wrong(*arguments):
        tower = make(*arguments)
        with torch.no_grad():
            list(tower.embedding.parameters())[-1].add_(1e-2)  # the last bias
        return tower

    monkeypatch.setattr(exporting, f"{side}_tower", wrong)
    refused(matcher(), tmp_path / "out", f"{side} tower: must compute what the matcher computes", format=format)


def test_a_failed_export_leaves_the_earlier_one(tmp_path, monkeypatch):
    export_matcher(matcher(), "onnx", tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    monkeypatch.setattr("twobranch.export.checking.TOLERANCE", 0.0)
    with pytest.raises(TwobranchError, match="must compute"):
        export_matcher(matcher(), "onnx", tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_something_else_stays(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"precious")
    with pytest.raises(TwobranchError, match="goes into a new folder"):
        export_matcher(matcher(), "openvino", tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["a.jpg"]


def test_an_earlier_export_is_replaced_by_another_format(tmp_path):
    export_matcher(matcher(), "onnx", tmp_path / "out")
    export_matcher(matcher(), "openvino", tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"image.xml", "image.bin", "sentence.xml", "sentence.bin", "tokenizer.json", "export.json"} <= names
    assert not {"image.onnx", "sentence.onnx"} & names


def test_the_command_line(run, scenes, tmp_path):
    done = command("export", run / "model", "--format", "onnx", "--out", tmp_path / "out", "--data", scenes)
    assert done.code == 0, done.err
    assert "image tower: 32 compared, largest difference" in done.err
    about = described(tmp_path / "out")
    assert about["parity"]["data"] == str(scenes)
    assert about["parity"]["sentences"]["items"] == 32 + 8  # and the probe's
    assert about["matcher"]["identity"] == Matcher.load(run / "model").identity
    assert command("export", run / "model", "--format", "tflite", "--out", tmp_path / "no").code == 2
