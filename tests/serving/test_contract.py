"""What the page and the client build on: pages of hits, batches, images of the index, what is served."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient


def ids(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [result["id"] for result in answer["results"]]


def test_pages_of_hits_are_one_ranking(client: TestClient) -> None:
    whole = client.get("/search", params={"query": "a red wall", "k": 4}).json()
    pages = [client.get("/search", params={"query": "a red wall", "k": 2, "offset": at}).json() for at in (0, 2, 4)]
    assert [hit for page in pages for hit in page["results"]] == whole["results"]
    assert [page["offset"] for page in pages] == [0, 2, 4]
    assert [hit["rank"] for hit in pages[1]["results"]] == [3, 4]


def test_several_queries_have_the_answers_of_each_alone(client: TestClient) -> None:
    queries = ["a red wall", "the blue sea", "a red wall"]
    answers = client.post("/search", json={"queries": queries, "k": 2, "where": "width > 1"}).json()["results"]
    alone = [client.get("/search", params={"query": one, "k": 2, "where": "width > 1"}).json() for one in queries]
    assert answers == alone


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"queries": []}, "queries"),
        ({"queries": ["red"] * 257}, "queries"),
        ({"queries": ["red", " "]}, "at least one word"),
        ({"queries": ["red"], "query": "blue"}, "query: a key must be known"),
        ({"queries": "red"}, "queries"),
    ],
)
def test_wrong_batches_say_what_is_wrong(client: TestClient, body: dict[str, object], message: str) -> None:
    answer = client.post("/search", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["detail"]


@pytest.mark.parametrize("name", ["a.png", "sub/é #1.png", "b & c?.png"])
def test_similar_images(client: TestClient, name: str) -> None:
    answer = client.get(f"/similar/{quote(name)}", params={"k": 3, "offset": 1}).json()
    assert answer == client.get("/search", params={"like": name, "k": 3, "offset": 1}).json()
    assert name not in ids(answer)
    assert len(answer["results"]) == 3


def test_similar_to_what_is_not_there(client: TestClient) -> None:
    answer = client.get("/similar/../secret.png")
    assert answer.status_code == 404
    missing = client.get("/similar/missing.png")
    assert missing.status_code == 404
    assert "must be in the index" in missing.json()["detail"]


def test_annotate_an_image_of_the_index(client: TestClient) -> None:
    body = {"id": "sub/é #1.png", "sentences": ["a red wall", "a blue sea"]}
    answer = client.post("/annotate", json=body).json()
    assert answer["results"][0]["sentence"] == "a blue sea"
    assert client.post("/annotate", data=body).json() == answer
    assert client.post("/annotate", json={**body, "id": "missing.png"}).status_code == 404
    for wrong in ({"sentences": ["red"]}, {**body, "image": "aGVsbG8="}):
        refused = client.post("/annotate", json=wrong)
        assert refused.status_code == 400
        assert "has a picture or the id of one" in refused.json()["detail"]


def test_about_says_what_filters_can_say(client: TestClient) -> None:
    about = client.get("/about").json()
    columns = {column["name"]: column for column in about["columns"]}
    assert columns["price"] == {
        "name": "price",
        "type": "integer",
        "values": [{"value": 5, "count": 1}, {"value": 9, "count": 1}],
        "min": 5,
        "max": 9,
    }
    assert columns["width"] | {"min": 40, "max": 40, "values": None} == columns["width"]
    assert columns["id"]["type"] == "text"
    assert (about["grounding"], about["sentences"], about["text"]) == (True, 0, False)
