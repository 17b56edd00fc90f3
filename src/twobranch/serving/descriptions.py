"""What the OpenAPI description says beyond types: bodies that are forms or JSON, refusals, examples."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from twobranch.serving.answers import Problem
from twobranch.serving.requests import AnnotateRequest, BatchRequest, GroundRequest, SearchRequest

_WHY = {
    400: "something in the request is wrong",
    401: "the token is missing or wrong",
    403: "asked from another web site, or under a foreign host name",
    404: "the index holds no such image",
    408: "the body did not arrive in time",
    413: "the body is too large",
    415: "the body is neither JSON nor a form",
    503: "too many requests wait",
    504: "it took too long",
}


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, without the refusals that only the framework would give, and with the token."""
    description = FastAPI.openapi(app)
    for methods in description["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
    components = description["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "description": _TOKEN}}
    description["security"] = [{}, {"token": []}]  # without --token, none is asked for
    return description


_TOKEN = "the text that the server was started with (--token)"


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": _WHY[status]} for status in statuses}


PROBLEMS = _problems(400, 401, 403, 413, 503, 504)
"""Refusals of every path."""


def answers(model: Any, *more: int) -> dict[str, Any]:
    """Arguments of a path that answers with JSON: its type, and how it may refuse."""
    return {"response_model": model, "responses": {**PROBLEMS, **_problems(*more)}}


def picture(media_type: str) -> dict[str, Any]:
    """Arguments of a path that answers with a picture."""
    from fastapi.responses import Response

    found = {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}
    unchanged = {"description": "the client's copy is current"}
    return {"response_class": Response, "responses": {200: found, 304: unchanged, **PROBLEMS, **_problems(404)}}


def _schema(model: type[BaseModel], *, form: bool) -> dict[str, Any]:
    """The schema of a request; a picture is a file in a form and base64 in JSON."""
    schema = model.model_json_schema()
    schema["title"] = model.__name__ + ("Form" if form else "")
    image = schema["properties"].get("image")
    if image is not None:
        kind = {"type": "string", "format": "binary"} if form else {"type": "string", "contentEncoding": "base64"}
        schema["properties"]["image"] = {**kind, "description": image["description"]}
    return schema


def _body(form: type[BaseModel], others: tuple[type[BaseModel], ...], examples: dict[str, Any]) -> dict[str, Any]:
    """A body that is a form, or one of several JSON documents."""
    documents = [_schema(model, form=False) for model in (form, *others)]
    json_body = {
        "schema": documents[0] if len(documents) == 1 else {"anyOf": documents},
        "examples": {name: {"summary": name, "value": value} for name, value in examples.items()},
    }
    content = {"multipart/form-data": {"schema": _schema(form, form=True)}, "application/json": json_body}
    refusals = {str(status): _reference(status) for status in (408, 415)}
    return {"requestBody": {"required": True, "content": content}, "responses": refusals}


def _reference(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _WHY[status], "content": {"application/json": {"schema": schema}}}


SEARCH = _body(
    SearchRequest,
    (BatchRequest,),
    {
        "a sentence": {"query": "a dog on a beach", "k": 5},
        "several sentences": {"queries": ["a dog on a beach", "two children"], "k": 5},
    },
)
ANNOTATE = _body(
    AnnotateRequest, (), {"an image of the index": {"id": "a.jpg", "sentences": ["a dog", "a cat"], "k": 1}}
)
GROUND = _body(GroundRequest, (), {"a sentence": {"id": "a.jpg", "sentence": "a dog runs to a red car"}})
