"""What a monitoring system reads."""

from __future__ import annotations

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from twobranch.search import Index
from twobranch.serving.app import create_app


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_requests_times_batches_and_the_index(client: TestClient) -> None:
    client.get("/search", params={"query": "red"})
    client.post("/search", json={"queries": ["red", "blue", "green"]})
    client.get("/search")
    client.get("/similar/missing.png")
    client.get("/wp-login.php")
    client.get("/about", headers={"host": "evil.example"})
    found = samples(client)
    assert found["twobranch_requests_total", "GET", "/search", "200"] == 1
    assert found["twobranch_requests_total", "GET", "/search", "400"] == 1
    assert found["twobranch_requests_total", "GET", "/similar/{image_id}", "404"] == 1
    assert found["twobranch_requests_total", "GET", "other", "404"] == 1
    assert found["twobranch_requests_total", "GET", "other", "403"] == 1
    assert found["twobranch_request_seconds_count", "/search"] == 3
    assert found["twobranch_request_seconds_sum", "/search"] > 0
    assert found["twobranch_batch_size_count", "sentence"] == 2
    assert found["twobranch_batch_size_sum", "sentence"] == 4
    assert found["twobranch_index_images",] == 4
    assert found["process_resident_memory_bytes",] > 1e6


def test_paths_of_strangers_are_no_labels(client: TestClient) -> None:
    for number in range(20):
        client.get(f"/{number}")
        client.get(f"/images/{number}")
        client.request(f"M{number}", "/search")
    assert len([key for key in samples(client) if key[0] == "twobranch_requests_total"]) <= 4


def test_figures_need_the_token(index: Index) -> None:
    client = TestClient(create_app(index, "secret"))
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer secret"}).status_code == 200
