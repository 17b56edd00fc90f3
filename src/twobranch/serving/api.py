"""The paths of the REST interface."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from twobranch.config import validated
from twobranch.serving.answers import (
    About,
    AnnotateAnswer,
    BatchAnswer,
    GroundAnswer,
    Health,
    SearchAnswer,
)
from twobranch.serving.bodies import read_body, read_request
from twobranch.serving.descriptions import ANNOTATE, GROUND, PROBLEMS, SEARCH, answers, picture
from twobranch.serving.metrics import CONTENT_TYPE, Metrics
from twobranch.serving.pictures import image_of, thumbnail_of
from twobranch.serving.requests import (
    MAX_CHARACTERS,
    MAX_K,
    MAX_OFFSET,
    AnnotateRequest,
    BatchRequest,
    GroundRequest,
    SearchRequest,
)
from twobranch.serving.service import Service
from twobranch.serving.workers import Pools

K = Annotated[int, Query(ge=1, le=MAX_K, description="Number of hits.")]
Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Hits to pass over.")]
Where = Annotated[
    str | None,
    Query(
        max_length=MAX_CHARACTERS,
        description="SQL condition over the columns that /about names.",
        examples=["width >= 640"],
    ),
]
Bound = Annotated[float | None, Query(ge=0, le=1, description="Drop hits with a lower probability.")]
Id = Annotated[str, Path(description="Id of an image: `id` of a hit.")]


def api(service: Service, pools: Pools, metrics: Metrics) -> APIRouter:
    """The paths over a service."""
    router = APIRouter()
    _add_search(router, service, pools)
    _add_pictures_and_text(router, service, pools)
    _add_images(router, service, pools)
    _add_state(router, service, pools, metrics)
    return router


def _add_search(router: APIRouter, service: Service, pools: Pools) -> None:
    @router.get("/search", summary="Search by sentence, or for images like one of the index", **answers(SearchAnswer))
    async def search_get(
        query: Annotated[
            str | None, Query(max_length=MAX_CHARACTERS, description="A sentence.", examples=["a dog on a beach"])
        ] = None,
        like: Annotated[str | None, Query(description="Id of an image of the index.")] = None,
        k: K = 10,
        offset: Offset = 0,
        where: Where = None,
        min_probability: Bound = None,
        text: Annotated[bool, Query(description="Search the words of stored sentences, too.")] = False,
    ) -> Any:
        """Answer with the images that match best; `no_good_match` is true where none is left above the bound."""
        request = SearchRequest(
            query=query, like=like, k=k, offset=offset, where=where, min_probability=min_probability, text=text
        )
        return await pools.answers.run(service.search, request)

    @router.post(
        "/search",
        summary="Search by sentence or by an uploaded picture, or for several sentences",
        openapi_extra=SEARCH,
        **answers(SearchAnswer | BatchAnswer),
    )
    async def search_post(request: Request) -> Any:
        """Take a form with a picture, or JSON; answer as `GET /search` does.

        With `queries`, a list of sentences in JSON, each has its own answer, in `results`.
        """
        values = await read_body(request)
        if "queries" in values:
            return await pools.answers.run(service.search_batch, validated(BatchRequest, values, "request"))
        return await pools.answers.run(service.search, validated(SearchRequest, values, "request"))

    @router.get("/similar/{image_id:path}", summary="Images like one of the index", **answers(SearchAnswer, 404))
    async def similar(image_id: Id, k: K = 10, offset: Offset = 0, where: Where = None) -> Any:
        """Answer with the images that are most like it, itself first."""
        request = SearchRequest(like=image_id, k=k, offset=offset, where=where)
        return await pools.answers.run(service.similar, image_id, request)


def _add_pictures_and_text(router: APIRouter, service: Service, pools: Pools) -> None:
    @router.post(
        "/annotate", summary="Rank sentences for a picture", openapi_extra=ANNOTATE, **answers(AnnotateAnswer, 404)
    )
    async def annotate(request: Request) -> Any:
        """Take a form or JSON with a picture, or the id of one, and sentences; without any, those of the index."""
        return await pools.annotations.run(service.annotate, await read_request(request, AnnotateRequest))

    @router.post(
        "/ground", summary="Where in a picture a phrase is", openapi_extra=GROUND, **answers(GroundAnswer, 404)
    )
    async def ground(request: Request) -> Any:
        """Take a form or JSON with a picture, or the id of one, and a phrase, or a sentence, whose noun phrases are
        looked for.
        """
        return await pools.grounding.run(service.ground, await read_request(request, GroundRequest))


def _add_images(router: APIRouter, service: Service, pools: Pools) -> None:
    @router.get("/thumbnails/{image_id:path}", summary="A small JPEG of an image", **picture("image/jpeg"))
    async def thumbnail(image_id: Id, request: Request) -> Response:
        """Answer with a JPEG of at most 256 pixels a side."""
        known = request.headers.get("if-none-match")
        return await pools.pictures.run(thumbnail_of, service.index, image_id, known)

    @router.get("/images/{image_id:path}", summary="An image of the index", **picture("image/*"))
    async def image(image_id: Id) -> Response:
        """Answer with the file; only images of the index are served, by their id."""
        return await pools.pictures.run(image_of, service.index, image_id)


def _add_state(router: APIRouter, service: Service, pools: Pools, metrics: Metrics) -> None:
    @router.get("/about", summary="What is served", **answers(About))
    async def about() -> Any:
        """Name the index, its matcher, its size, and the columns that `where` can use, with values and ranges."""
        return await pools.answers.run(service.about)

    @router.get("/health", summary="That the server is up", **answers(Health))
    async def health() -> Any:
        """Answer ok; the only path that needs no token."""
        return Health(status="ok")

    @router.get(
        "/metrics",
        summary="Figures for a monitoring system",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **PROBLEMS},
    )
    async def figures() -> Response:
        """Answer in the text format of Prometheus."""
        return Response(await pools.answers.run(metrics.text), media_type=CONTENT_TYPE)
