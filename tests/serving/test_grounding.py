"""Grounding over REST: phrases of a sentence, their places in it, boxes in the picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from twobranch.matcher import Matcher
from twobranch.matcher.grounding import ground
from twobranch.search import Index
from twobranch.search.index import load_matcher
from twobranch.serving.app import create_app

SENTENCE = "A dog runs to a red car"


@pytest.fixture
def grounding(
    run: Path, region_run: Path, scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[TestClient, str]:
    """A client of trained matchers, and the id of a picture."""
    monkeypatch.setattr("twobranch.search.index.load_matcher", load_matcher)
    monkeypatch.setattr("twobranch.matcher.grounding.ground", ground)
    index = Index.build(Matcher.load(run / "model"), scenes / "images", tmp_path / "i")
    client = TestClient(create_app(index, grounder=Matcher.load(region_run / "model")))
    return client, index.search("a dog").hits[0].id


def test_boxes_of_every_phrase(grounding: tuple[TestClient, str]) -> None:
    client, name = grounding
    answer = client.post("/ground", json={"id": name, "sentence": SENTENCE, "k": 2}).json()
    assert [phrase["phrase"] for phrase in answer["phrases"]] == ["A dog", "a red car"]
    assert answer["trained_on"] == "regions"
    for phrase in answer["phrases"]:
        assert SENTENCE[phrase["start"] : phrase["end"]] == phrase["phrase"]
        assert 1 <= len(phrase["boxes"]) <= 2
        for box in phrase["boxes"]:
            x0, y0, x1, y1 = box["box"]
            assert 0 <= x0 < x1 <= answer["width"]
            assert 0 <= y0 < y1 <= answer["height"]
            assert 0 < box["probability"] < 1
    picture = client.get(f"/images/{name}").content
    sent = client.post("/ground", files={"image": picture}, data={"sentence": SENTENCE, "k": "2"})
    assert sent.json() == answer


def test_a_phrase_is_not_split(client: TestClient) -> None:
    answer = client.post("/ground", json={"id": "a.png", "phrase": "a dog with a hat"}).json()
    assert [phrase["phrase"] for phrase in answer["phrases"]] == ["a dog with a hat"]
    assert answer["phrases"][0]["boxes"][0]["box"] == [0, 0, 40, 30]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"id": "a.png"}, 400, "has a phrase or a sentence"),
        ({"id": "a.png", "phrase": "a dog", "sentence": "a dog"}, 400, "but found both"),
        ({"id": "a.png", "phrase": " "}, 400, "must hold a word"),
        ({"id": "a.png", "sentence": "..."}, 400, "must hold a word"),
        ({"phrase": "a dog"}, 400, "has a picture or the id of one"),
        ({"id": "../secret.png", "phrase": "a dog"}, 404, "must be in the index"),
        ({"id": "a.png", "phrase": "a dog", "k": 1000}, 400, "k"),
    ],
)
def test_wrong_groundings(client: TestClient, body: dict[str, object], status: int, message: str) -> None:
    answer = client.post("/ground", json=body)
    assert answer.status_code == status
    assert message in answer.json()["detail"]


def test_without_opencv_it_says_what_to_install(
    grounding: tuple[TestClient, str], run: Path, scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cv2", None)
    index = Index.open(tmp_path / "i")
    client = TestClient(create_app(index))
    assert client.get("/about").json()["grounding"] is False
    answer = client.post("/ground", json={"id": grounding[1], "phrase": "a dog"})
    assert answer.status_code == 400
    assert 'pip install "twobranch[grounding]"' in answer.json()["detail"]
