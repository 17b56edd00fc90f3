"""Corpora whose pictures lie in tars or Parquet files, through the whole command line."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("fastapi")

from fastapi.testclient import TestClient

import twobranch as library
from tests.cli.command import twobranch
from tests.corpus.container_files import write_parquet, write_tar
from tests.small_encoders import SmallPictures
from twobranch import read_corpus
from twobranch.corpus.contents import content
from twobranch.features.cache import FeatureCache
from twobranch.features.decoding import decode_image
from twobranch.features.extract import image_features
from twobranch.serving.app import create_app

RECIPE = """
model:
  embedding: 8
  image: {encoder: tests.small_encoders.SmallPictures, branch: {branch: mlp, hidden: [16]}}
  sentence: {encoder: tests.small_encoders.SmallWords, branch: {branch: mlp, hidden: [16]}}
stages:
  - name: only
    sampler: {sampler: neighborhood, images: 40, sentences: 2}
    steps:
      - losses: [in-batch-cross-entropy]
        optimizer: {optimizer: adamw, learning_rate: 0.003}
    epochs: 1
"""


@pytest.fixture(scope="module")
def files(scenes):
    return read_corpus(scenes)


@pytest.fixture(scope="module", params=["tar", "parquet"])
def data(request, files, tmp_path_factory) -> Path:
    """The scenes in a tar or Parquet file for each split."""
    folder = tmp_path_factory.mktemp(request.param)
    for name in files.split_names:
        split = files.split(name)
        texts = [[] for _ in split.image_paths]
        for row, text in zip(split.sentence_images, split.sentence_texts, strict=True):
            texts[row].append(text)
        pictures = [Path(path).read_bytes() for path in split.image_paths]
        if request.param == "tar":
            members = {f"{row}.jpg": picture for row, picture in enumerate(pictures)}
            members |= {f"{row}.txt": "\n".join(lines).encode() for row, lines in enumerate(texts)}
            write_tar(folder / f"{name}-000.tar", members)
        else:
            rows = [{"bytes": picture, "path": f"{row}.jpg"} for row, picture in enumerate(pictures)]
            write_parquet(folder / f"{name}-00000-of-00001.parquet", rows, group=20, sentences=texts)
    return folder


@pytest.fixture(scope="module")
def run(data, tmp_path_factory) -> Path:
    """A run on the data."""
    folder = tmp_path_factory.mktemp("containers")
    (folder / "recipe.yaml").write_text(RECIPE)
    done = twobranch("train", data, "--recipe", folder / "recipe.yaml", "--out", folder / "run")
    assert done.code == 0, done.err
    return folder / "run"


@pytest.fixture(scope="module")
def index(data, run) -> Path:
    done = twobranch("index", run / "model", data, "--out", run.parent / "index")
    assert done.code == 0, done.err
    return run.parent / "index"


def test_the_corpus_is_that_of_the_files(data, files):
    inside = read_corpus(data)
    for name in files.split_names:
        mine, theirs = inside.split(name), files.split(name)
        assert mine.sentence_texts == theirs.sentence_texts
        assert [content(path) for path in mine.image_paths] == [content(path) for path in theirs.image_paths]


def test_features_of_a_picture_inside_are_those_of_the_file(data, files, tmp_path, monkeypatch):
    encoder, cache = SmallPictures().load(), FeatureCache(tmp_path)
    test, inside = files.split("test"), read_corpus(data).split("test")
    expected = image_features(encoder, test.image_paths, cache=cache)
    monkeypatch.setattr(encoder, "read", None)  # whatever is not in the cache would fail
    found = image_features(encoder, inside.image_paths, cache=cache)
    assert found.failures == {}
    rows = range(len(test.image_paths))
    assert (found.features[rows] == expected.features[rows]).all()


def test_check(data):
    document = json.loads(twobranch("check", data, "--json").out)
    assert document["format"] == ("webdataset" if list(data.glob("*.tar")) else "parquet-shards")
    assert document["trainable"]
    assert not {"missing-images", "corrupt-images", "mislabeled-images"} & {one["code"] for one in document["findings"]}


def test_evaluate(data, run):
    document = json.loads(twobranch("evaluate", run / "model", data, "--split", "test", "--json").out)
    assert document["rsum"] > 0
    assert "<img" in (run / "report.html").read_text()


def test_search_finds_pictures_by_their_ids(index, data, files):
    sentence = files.split("test").sentence_texts[0]
    hits = json.loads(twobranch("search", index, sentence, "--json").out)["results"]
    paths = dict(zip((corpus := read_corpus(data)).image_ids, corpus.image_paths, strict=True))
    assert hits
    assert all(decode_image(paths[hit["id"]]).size for hit in hits)


def test_an_index_is_up_to_date(index, data, run):
    again = twobranch("index", run / "model", data, "--out", index, "--json")
    assert json.loads(again.out)["unchanged"] == 160


def test_serve(index, data):
    corpus = read_corpus(data)
    with TestClient(create_app(library.Index.open(index))) as client:
        for id, path in list(zip(corpus.image_ids, corpus.image_paths, strict=True))[:3]:
            image, thumbnail = client.get(f"/images/{quote(id)}"), client.get(f"/thumbnails/{quote(id)}")
            assert image.content == content(path)
            assert image.headers["content-type"] == "image/jpeg"
            assert thumbnail.content.startswith(b"\xff\xd8")
        for member in ("../x", "..%2f..%2fetc/passwd", "nothing.jpg", "1.txt"):
            assert client.get(f"/images/{quote(corpus.image_ids[0].split('/')[0])}/{member}").status_code == 404


def test_annotate(data, run, files, tmp_path):
    (tmp_path / "sentences.txt").write_text("\n".join(files.split("test").sentence_texts[:20]))
    file = next(file for file in sorted(data.iterdir()) if file.name.startswith("test"))
    done = twobranch("annotate", run / "model", file, "--sentences", tmp_path / "sentences.txt", "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert len(document["images"]) == files.split("test").images.num_rows
    assert document["failures"] == {}
    one = document["images"][0]["path"]
    done = twobranch("annotate", run / "model", one, "--sentences", tmp_path / "sentences.txt", "--json")
    alone = [hit["sentence"] for hit in json.loads(done.out)["images"][0]["results"]]
    assert alone == [hit["sentence"] for hit in document["images"][0]["results"]]


def test_embed(data, run, tmp_path):
    done = twobranch("embed", run / "model", data, "--out", tmp_path / "e.parquet")
    assert done.code == 0, done.err
