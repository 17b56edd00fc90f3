"""`twobranch annotate`: sentences of a list, ranked for pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import twobranch
from tests.search.fakes import FakeMatcher, paint


@pytest.fixture(autouse=True)
def fake_matchers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twobranch.matcher.Matcher", FakeMatcher)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    FakeMatcher().save(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name, color in [("a.png", "red"), ("b.png", "green")]:
        paint(tmp_path / "photos" / name, color)
    return tmp_path / "photos"


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    path = tmp_path / "sentences.txt"
    path.write_text("a red wall\n\na [blue] wall\na green field\na red wall\n")
    return path


def annotate(*arguments: object) -> dict[str, object]:
    done = twobranch("annotate", *arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_each_picture_gets_its_sentences(model: Path, photos: Path, sentences: Path) -> None:
    document = annotate(model, photos, "--sentences", sentences, "-k", 2)
    assert document["sentences"] == 3
    best = {image["id"]: image["results"][0]["sentence"] for image in document["images"]}
    assert best == {"a.png": "a red wall", "b.png": "a green field"}
    assert [result["rank"] for result in document["images"][0]["results"]] == [1, 2]
    assert document["images"][0]["any_match"] == pytest.approx(1, abs=0.01)


def test_one_picture_and_a_table_of_sentences(model: Path, photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "s.csv"
    table.write_text("n,words\n1,a red wall\n2,a blue sea\n")
    document = annotate(model, photos / "a.png", "--sentences", table, "--columns", "sentence=words", "-k", 1)
    assert [image["results"][0]["sentence"] for image in document["images"]] == ["a red wall"]
    done = twobranch("annotate", model, photos / "a.png", "--sentences", table)
    assert done.code == 2
    assert "--columns sentence=NAME" in " ".join(done.err.split())


def test_no_good_match_is_an_answer(model: Path, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("an elephant\na fish\n")
    arguments = [model, photos, "--sentences", tmp_path / "s.txt", "--min-probability", 0.5]
    assert all(image["no_good_match"] and not image["results"] for image in annotate(*arguments)["images"])
    assert "no good match" in twobranch("annotate", *arguments).out


def test_people_see_pictures_and_sentences(model: Path, photos: Path, sentences: Path) -> None:
    out = twobranch("annotate", model, photos, "--sentences", sentences).out
    assert "a.png" in out
    assert "a [blue] wall" in out


def test_a_bad_picture_is_listed_and_only_bad_pictures_are_an_error(model: Path, photos: Path, sentences: Path) -> None:
    bad = photos / "broken.jpg"
    bad.write_bytes(b"no picture")
    document = annotate(model, photos, "--sentences", sentences)
    assert list(document["failures"]) == ["broken.jpg"]
    assert len(document["images"]) == 2
    assert twobranch("annotate", model, bad, "--sentences", sentences).code == 2


def test_refusals(model: Path, photos: Path, sentences: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n\n")
    (tmp_path / "none").mkdir()
    for arguments in (
        [model, photos, "--sentences", tmp_path / "empty.txt"],
        [model, photos, "--sentences", tmp_path / "missing.txt"],
        [model, tmp_path / "none", "--sentences", sentences],
        [model, tmp_path / "nowhere", "--sentences", sentences],
        [model, photos, "--sentences", sentences, "--min-probability", "2"],
    ):
        done = twobranch("annotate", *arguments)
        assert (done.code, done.out) == (2, ""), arguments


def test_without_calibration(photos: Path, sentences: Path, tmp_path: Path) -> None:
    FakeMatcher(calibrated=False).save(tmp_path / "plain")
    image = annotate(tmp_path / "plain", photos, "--sentences", sentences)["images"][0]
    assert image["any_match"] is None
    assert image["results"][0]["probability"] is None
    done = twobranch("annotate", tmp_path / "plain", photos, "--sentences", sentences, "--min-probability", 0.5)
    assert done.code == 2
    assert "validation split" in " ".join(done.err.split())
