"""The REST interface."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from twobranch.corpus.containers import container_of
from twobranch.corpus.contents import content
from twobranch.corpus.object_storage import is_remote, join
from twobranch.corpus.pictures import picture_format
from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.search.annotation import Annotator
from twobranch.search.probability import PRIORS
from twobranch.serving.guard import MAX_BYTES, TooLarge
from twobranch.serving.requests import MAX_K, AnnotateRequest, SearchRequest, decode_upload, read_request

_SHOWN_BY_BROWSERS = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".avif")
_SHOWN_FORMATS = {kind: f"image/{kind.lower()}" for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")}


_AGAIN = "Run twobranch index again."


class Missing(TwobranchError):
    """An image that is not there: not in the index, or its file is gone."""


class Service:
    """One index behind a lock: requests run in threads, the matcher takes one at a time.

    Args:
        index: the index.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lock = threading.Lock()

    def about(self) -> dict[str, Any]:
        """What is served: sizes, identities, columns of filters."""
        with self._lock:
            index = self._index
            snapshot, matcher = index.snapshot(), index.matcher
            columns = [name for name in snapshot.rows.column_names if name != "_rowid"]
            return {
                "index": index.identity,
                "name": index.path.name,
                "images": len(snapshot),
                "matcher": matcher.identity,
                "recipe": matcher.recipe_name,
                "calibrated": matcher.calibration is not None,
                "columns": columns,
                "metadata": snapshot.metadata_columns,
            }

    def search(self, request: SearchRequest) -> dict[str, Any]:
        """Answer a search."""
        picture = None if request.image is None else decode_upload(request.image)
        with self._lock:
            result = self._index.search(
                request.query,
                image=picture,
                like=request.like,
                k=request.k,
                where=request.where,
                min_probability=request.min_probability,
            )
        return result.to_json()

    def annotate(self, request: AnnotateRequest) -> dict[str, Any]:
        """Rank sentences for a picture."""
        picture = decode_upload(request.image)
        with self._lock:
            matcher = self._index.matcher
            annotator = Annotator(matcher, request.sentences, k=request.k, min_probability=request.min_probability)
            annotation = annotator.annotate(matcher.encode_images([picture]))[0]
        return {
            "model": matcher.identity,
            "sentences": len(annotator.sentences),
            "priors": None if annotation.any_match is None else PRIORS,
            **annotation.to_json(),
        }

    def thumbnail(self, image_id: str, known_tag: str | None) -> Response:
        """The thumbnail of an image; empty where the client's copy is current."""
        headers = {"etag": f'"{self._facts(image_id)["sha256"][:32]}"', "cache-control": "private, no-cache"}
        if known_tag == headers["etag"]:
            return Response(status_code=304, headers=headers)
        with self._lock:
            jpeg = self._index.thumbnail(image_id)
        return Response(jpeg, media_type="image/jpeg", headers=headers)

    def image(self, image_id: str) -> Response:
        """The file of an image, as JPEG where browsers do not show its format."""
        written = self._facts(image_id)["path"]
        if is_remote(written):
            if not written.startswith(join(self._index.description.images, "")):
                raise Missing(f"image {image_id!r}", "must lie below the address of the images", remedy=_AGAIN)
            return _member(image_id, written)
        path = Path(written)
        root = Path(self._index.description.images).resolve()
        # An id outside the images folder was written so by the index's owner; any other file must have stayed inside.
        if not Path(image_id).is_absolute() and not path.resolve().is_relative_to(root):
            raise Missing(f"image {image_id!r}", "must lie in the images folder", remedy=_AGAIN)
        if container_of(str(path)) is not None:
            return _member(image_id, path)
        if not path.is_file():
            raise Missing(f"image {image_id!r}", "its file is gone", remedy=_AGAIN)
        return FileResponse(path) if path.suffix.lower() in _SHOWN_BY_BROWSERS else _as_jpeg(path)

    def _facts(self, image_id: str) -> dict[str, Any]:
        try:
            return self._index.facts(image_id)
        except TwobranchError:
            raise Missing(f"image {image_id!r}", "must be in the index", remedy="Take an id from a search.") from None


def _member(image_id: str, path: str | Path) -> Response:
    """A picture inside a file or on object storage, which may have no ending: its head tells its format."""
    try:
        data = content(path)
    except TwobranchError as error:
        raise Missing(f"image {image_id!r}", error.rule, remedy=_AGAIN) from None
    kind = picture_format(data)
    return Response(data, media_type=_SHOWN_FORMATS[kind]) if kind in _SHOWN_FORMATS else _as_jpeg(data)


def _as_jpeg(source: Path | bytes) -> Response:
    from twobranch.features.decoding import decode_image

    buffer = io.BytesIO()
    decode_image(source).save(buffer, "JPEG", quality=90)
    return Response(buffer.getvalue(), media_type="image/jpeg")


def add_api(app: FastAPI, service: Service) -> None:
    """Add the REST paths and the answers to errors."""
    app.add_exception_handler(TwobranchError, _refused)
    app.add_exception_handler(RequestValidationError, _wrong_parameter)
    app.add_exception_handler(TooLarge, _too_large)

    @app.get("/search", summary="Search by sentence, or for images like one of the index")
    def search_get(
        query: Annotated[str | None, Query(description="A sentence.")] = None,
        like: Annotated[str | None, Query(description="Id of an image of the index.")] = None,
        k: Annotated[int, Query(ge=1, le=MAX_K, description="Number of hits.")] = 10,
        where: Annotated[str | None, Query(description="SQL condition over the columns that /about names.")] = None,
        min_probability: Annotated[float | None, Query(ge=0, le=1, description="Drop hits below.")] = None,
    ) -> dict[str, Any]:
        """Answer with the images that match best; `no_good_match` is true where none is left above the bound."""
        return service.search(SearchRequest(query=query, like=like, k=k, where=where, min_probability=min_probability))

    @app.post("/search", summary="Search by sentence or by an uploaded picture", openapi_extra=_body(SearchRequest))
    async def search_post(request: Request) -> dict[str, Any]:
        """Take a form with a picture (`curl -F image=@photo.jpg ...`) or JSON; answer as `GET /search` does."""
        return await run_in_threadpool(service.search, await read_request(request, SearchRequest))

    @app.post("/annotate", summary="Rank sentences for an uploaded picture", openapi_extra=_body(AnnotateRequest))
    async def annotate(request: Request) -> dict[str, Any]:
        """Take a form (`curl -F image=@photo.jpg -F sentences="a dog" -F sentences="a cat" ...`) or JSON."""
        return await run_in_threadpool(service.annotate, await read_request(request, AnnotateRequest))

    @app.get("/about", summary="What is served")
    def about() -> dict[str, Any]:
        """Name the index, its matcher, its size, and the columns that `where` can use."""
        return service.about()

    @app.get("/health", summary="That the server is up")
    def health() -> dict[str, str]:
        """Answer ok; the only path that needs no token."""
        return {"status": "ok"}

    @app.get("/thumbnails/{image_id:path}", summary="A small JPEG of an image", response_class=Response)
    def thumbnail(image_id: str, request: Request) -> Response:
        """Answer with a JPEG of at most 256 pixels a side."""
        return service.thumbnail(image_id, request.headers.get("if-none-match"))

    @app.get("/images/{image_id:path}", summary="An image of the index", response_class=Response)
    def image(image_id: str) -> Response:
        """Answer with the file; only images of the index are served, by their id."""
        return service.image(image_id)


def _body(kind: type[SearchRequest] | type[AnnotateRequest]) -> dict[str, Any]:
    """The description of a request body that may be a form or JSON."""
    schema = kind.model_json_schema()
    schema["title"] = kind.__name__
    return {
        "requestBody": {"content": {name: {"schema": schema} for name in ("multipart/form-data", "application/json")}}
    }


def _refused(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 404 if isinstance(error, Missing) else 400)


def _wrong_parameter(_: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": ""}
    place = ".".join(str(part) for part in first["loc"][1:])
    return JSONResponse({"detail": f"{place}: {first['msg']}"}, 400)


def _too_large(_: Request, __: Exception) -> JSONResponse:
    return JSONResponse({"detail": f"a request has at most {MAX_BYTES >> 20} MB"}, 413)
