"""The interface is described: paths, bodies, refusals."""

from __future__ import annotations

from fastapi.testclient import TestClient

PATHS = {
    *("/search", "/similar/{image_id}", "/annotate", "/ground", "/images/{image_id}", "/thumbnails/{image_id}"),
    *("/about", "/health", "/metrics"),
}


def test_every_path_is_described(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    assert set(api["paths"]) == PATHS
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            assert {"200", "400", "401", "403", "503", "504"} <= set(operation["responses"]), (path, method)
            assert "422" not in operation["responses"], (path, method)
            for status, answer in operation["responses"].items():
                if status[0] in "45":
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}, (path, method, status)


def test_bodies_have_examples_that_are_answered(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    for path in ("/search", "/annotate"):
        examples = api["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"]
        for example in examples.values():
            body = {**example["value"]}
            if "id" in body:
                body["id"] = "a.png"
            assert client.post(path, json=body).status_code == 200, body
