"""Extraction: computed once, resumed where it stopped, and no picture ends a run."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.features.fake import FakeEncoder
from twobranch.errors import TwobranchError
from twobranch.features import extract, writer
from twobranch.features.cache import FeatureCache
from twobranch.features.digests import content_digest, image_digest
from twobranch.features.encoder import SentenceEncoder
from twobranch.features.extract import image_features, sentence_features
from twobranch.features.views import image_views
from twobranch.features.word_vectors import WordVectors


def expected(paths: list[Path], *views: str) -> np.ndarray:
    encoder = FakeEncoder()
    return np.stack([encoder.encode(image_views(path, views, 8)).mean(0) for path in paths])


def test_features_are_the_mean_over_the_views(pictures: list[Path], tmp_path: Path) -> None:
    found = image_features(FakeEncoder(), pictures, ("image", "crop-top-left"), FeatureCache(tmp_path / "c"))
    assert found.failures == {}
    np.testing.assert_allclose(found.features.array(), expected(pictures, "image", "crop-top-left"), atol=1e-3)
    np.testing.assert_allclose(found.features[np.array([4, 1])], found.features.array()[[4, 1]])


def test_views_are_cached_each_on_its_own(pictures: list[Path], tmp_path: Path) -> None:
    encoder, cache = FakeEncoder(), FeatureCache(tmp_path / "c")
    image_features(encoder, pictures, ("image", "mirror"), cache)
    assert encoder.encoded == 12
    image_features(encoder, pictures, ("mirror", "crop-center"), cache)
    assert encoder.encoded == 18
    again = image_features(encoder, pictures, ("crop-center", "image"), cache)
    assert encoder.encoded == 18
    np.testing.assert_allclose(again.features.array(), expected(pictures, "crop-center", "image"), atol=1e-3)


def test_one_pass_gives_grid_and_vector(pictures: list[Path], tmp_path: Path) -> None:
    encoder, cache = FakeEncoder(), FeatureCache(tmp_path / "c")
    grid = image_features(encoder, pictures, cache=cache, output="grid")
    assert grid.features.shape == (6, 2, 2, 3)
    vector = image_features(encoder, pictures, cache=cache)
    assert encoder.encoded == 6
    np.testing.assert_allclose(grid.features.array().mean((1, 2)), vector.features.array(), atol=1e-3)


def test_the_same_content_is_encoded_once_whatever_its_name(pictures: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.png"
    shutil.copy(pictures[0], copy)
    encoder = FakeEncoder()
    found = image_features(encoder, [pictures[0], copy, pictures[1], pictures[0]], cache=FeatureCache(tmp_path / "c"))
    assert encoder.encoded == 2
    np.testing.assert_allclose(
        found.features.array(), expected([pictures[k] for k in (0, 0, 1, 0)], "image"), atol=1e-3
    )


def test_changed_content_under_the_same_name_is_encoded_again(pictures: list[Path], tmp_path: Path) -> None:
    encoder, cache = FakeEncoder(), FeatureCache(tmp_path / "c")
    image_features(encoder, pictures, cache=cache)
    shutil.copy(pictures[5], pictures[0])
    found = image_features(encoder, pictures, cache=cache)
    assert encoder.encoded == 6
    np.testing.assert_allclose(found.features.array()[0], found.features.array()[5])


def test_bad_pictures_are_left_out_and_listed(
    pictures: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_text("not a picture")
    inputs = [bad, pictures[0], tmp_path / "missing.jpg", pictures[1], bad]
    with caplog.at_level(logging.WARNING, "twobranch"):
        found = image_features(FakeEncoder(), inputs, cache=FeatureCache(tmp_path / "c"))
    assert list(found.failures) == [0, 2, 4]
    assert "bad.jpg" in found.failures[4]
    assert "missing.jpg" in found.failures[2]
    assert "3 of 5 images" in caplog.text
    np.testing.assert_allclose(found.features.array()[[1, 3]], expected(pictures[:2], "image"), atol=1e-3)
    assert not found.features.array()[[0, 2, 4]].any()


def test_nothing_but_bad_pictures_and_nothing_at_all(tmp_path: Path) -> None:
    found = image_features(FakeEncoder(), [tmp_path / "a.jpg"], cache=FeatureCache(tmp_path / "c"))
    assert list(found.failures) == [0]
    assert found.features.shape == (1, 3)
    assert image_features(FakeEncoder(), [], cache=None).features.array().shape == (0, 3)


def test_without_a_cache_nothing_is_written(
    pictures: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWOBRANCH_CACHE", str(tmp_path / "c"))
    found = image_features(FakeEncoder(), pictures, ("image", "mirror"))
    np.testing.assert_allclose(found.features.array(), expected(pictures, "image", "mirror"), atol=1e-3)
    assert not (tmp_path / "c").exists()


def test_pictures_in_memory(pictures: list[Path], tmp_path: Path) -> None:
    from PIL import Image

    arrays = [np.asarray(Image.open(path)) for path in pictures]
    assert image_digest(pictures[0].read_bytes()) == content_digest(pictures[0])
    assert image_digest(arrays[0]) != image_digest(arrays[1])
    assert image_digest(arrays[0].reshape(60, 40, 3)) != image_digest(arrays[0])
    inputs = [arrays[0], Image.open(pictures[1]), pictures[2].read_bytes()]
    found = image_features(FakeEncoder(), inputs, cache=FeatureCache(tmp_path / "c"))
    np.testing.assert_allclose(found.features.array(), expected(pictures[:3], "image"), atol=1e-3)


def test_an_interrupted_run_keeps_what_it_has_encoded(
    pictures: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "_IMAGES", 2)
    cache = FeatureCache(tmp_path / "c")

    class Stopped(FakeEncoder):
        def encode_all(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
            if self.encoded >= 4:
                raise KeyboardInterrupt
            return super().encode_all(pixels)

    with pytest.raises(KeyboardInterrupt):
        image_features(Stopped(), pictures, cache=cache)
    encoder = FakeEncoder()
    found = image_features(encoder, pictures, cache=cache)
    assert encoder.encoded == 2
    np.testing.assert_allclose(found.features.array(), expected(pictures, "image"), atol=1e-3)


KILLED = """
import os, sys
from pathlib import Path
from tests.features.fake import FakeEncoder
from twobranch.features import extract, writer
from twobranch.features.cache import FeatureCache
extract._IMAGES, writer.SHARD_ROWS = 1, 2
class Killed(FakeEncoder):
    def encode_all(self, pixels):
        if self.encoded == 5:
            os._exit(9)
        return super().encode_all(pixels)
extract.image_features(Killed(), sorted(Path(sys.argv[1]).glob("*.png")), cache=FeatureCache(Path(sys.argv[1]) / "c"))
"""


def test_a_killed_run_goes_on_after_its_last_shard(pictures: list[Path], tmp_path: Path) -> None:
    """Killed while it encodes the sixth picture: two shards of two are there, the fifth picture is lost."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=environment, timeout=60)
    assert ended.returncode == 9
    encoder = FakeEncoder()
    found = image_features(encoder, pictures, cache=FeatureCache(tmp_path / "c"))
    assert encoder.encoded == 2
    np.testing.assert_allclose(found.features.array(), expected(pictures, "image"), atol=1e-3)


def test_a_damaged_shard_is_computed_again(pictures: list[Path], tmp_path: Path) -> None:
    encoder, cache = FakeEncoder(), FeatureCache(tmp_path / "c")
    image_features(encoder, pictures, cache=cache)
    (shard,) = (tmp_path / "c").rglob("*.rows.npy")
    shard.write_bytes(shard.read_bytes()[:-6])
    found = image_features(encoder, pictures, cache=cache)
    assert encoder.encoded == 12
    np.testing.assert_allclose(found.features.array(), expected(pictures, "image"), atol=1e-3)


def test_a_cache_that_cannot_be_written_ends_the_run_with_a_message(pictures: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TwobranchError, match="must be writable"):
        image_features(FakeEncoder(), pictures, cache=FeatureCache(tmp_path / "file"))


def test_long_work_says_beforehand_what_it_takes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = iter([0.0, 1.0, 2.5, 4.0])
    monkeypatch.setattr(writer.time, "monotonic", lambda: next(clock))
    estimate = writer.Estimate("encoding images", 1000, 2000, "/cache")
    with caplog.at_level(logging.INFO, "twobranch"):
        for _ in range(4):
            estimate.advance(10)
    # The first batch warms up; 20 items take 2.5 s, so the 970 that are left take 121 s.
    assert [record.message for record in caplog.records] == [
        "encoding images: 970 left, about 2 min and 2 MB in /cache"
    ]


def test_short_work_says_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    clock = iter([0.0, 2.5, 5.0])
    monkeypatch.setattr(writer.time, "monotonic", lambda: next(clock))
    estimate = writer.Estimate("encoding images", 60, 2000, "/cache")
    with caplog.at_level(logging.INFO, "twobranch"):
        for _ in range(3):
            estimate.advance(20)
    assert not caplog.records


def test_sentences_are_encoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, cache = WordVectors(), FeatureCache(tmp_path)
    sentences = ["a dog", "two cats", "a dog", ""]
    found = sentence_features(encoder, sentences, cache)
    np.testing.assert_allclose(found.array(), encoder.encode(sentences), atol=2e-3)
    asked: list[str] = []

    def recording(sentences: list[str]) -> np.ndarray:
        asked.extend(sentences)
        return WordVectors.encode(encoder, sentences)

    monkeypatch.setattr(encoder, "encode", recording)
    sentence_features(encoder, ["two cats", "a bird"], cache)
    assert asked == ["a bird"]
    assert sentence_features(encoder, [], cache).array().shape == (0, 256)


def test_minilm_through_the_cache(minilm: SentenceEncoder, tmp_path: Path) -> None:
    sentences = ["a dog on a beach", "two men", "a very long sentence about a bridge over a river in the evening"]
    found = sentence_features(minilm, sentences, FeatureCache(tmp_path)).array()
    np.testing.assert_allclose(found, minilm.encode(sentences), atol=1e-3)
