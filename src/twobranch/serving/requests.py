"""What clients may send: the fields of a search and of an annotation, as JSON or as a form with a picture."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import Field

from twobranch.config import Config, validated
from twobranch.corpus.json_text import parse_json
from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from PIL.Image import Image
    from starlette.requests import Request

MAX_PIXELS = 60_000_000
MAX_SENTENCES = 10_000
MAX_K = 1000


class SearchRequest(Config):
    """A search: by sentence, by picture, or by an image of the index."""

    query: str | None = Field(None, description="a sentence")
    image: bytes | None = Field(None, description="a picture: a file in a form, base64 in JSON")
    like: str | None = Field(None, description="id of an image of the index")
    k: int = Field(10, ge=1, le=MAX_K, description="number of hits")
    where: str | None = Field(None, description="SQL condition over the columns that /about names")
    min_probability: float | None = Field(None, ge=0, le=1, description="drop hits below this probability")


class AnnotateRequest(Config):
    """A picture and the sentences to rank for it."""

    image: bytes = Field(description="a picture: a file in a form, base64 in JSON")
    sentences: list[str] = Field(max_length=MAX_SENTENCES, description="in a form: a field each, or lines of one field")
    k: int = Field(5, ge=1, le=MAX_K, description="number of sentences")
    min_probability: float | None = Field(None, ge=0, le=1, description="drop sentences below this probability")


R = TypeVar("R", SearchRequest, AnnotateRequest)


async def read_request(request: Request, kind: type[R]) -> R:
    """Read a body, JSON or form, as a request of a kind.

    Raises:
        TwobranchError: if the body is neither, or a field is unknown or wrong.
    """
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type == "application/json":
        values = _from_json(await request.body())
    elif content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        values = await _from_form(request)
    else:
        raise TwobranchError(
            "content type",
            "must be application/json or multipart/form-data",
            found=repr(content_type),
            remedy="Send for example: curl -F image=@photo.jpg http://localhost:8000/search",
        )
    return validated(kind, values, "request")


def _from_json(body: bytes) -> dict[str, Any]:
    try:
        values = parse_json(body.decode("utf-8"))
    except ValueError as error:
        raise TwobranchError("request", "must be JSON", found=str(error), remedy="Correct the body.") from None
    if isinstance(values, dict) and isinstance(values.get("image"), str):
        try:
            values["image"] = base64.b64decode(values["image"].rpartition(",")[2], validate=True)
        except ValueError as error:
            raise TwobranchError(
                "request, image", "must be base64", found=str(error), remedy="Encode the file."
            ) from None
    return values if isinstance(values, dict) else {"": values}


async def _from_form(request: Request) -> dict[str, Any]:
    from starlette.datastructures import UploadFile

    values: dict[str, Any] = {}
    async with request.form(max_files=1, max_fields=MAX_SENTENCES + 10) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                values[name] = await value.read()
            elif name == "sentences":
                values.setdefault(name, []).extend(line for line in value.splitlines() if line.strip())
            elif value.strip():
                values[name] = value
    return values


def decode_upload(data: bytes) -> Image:
    """Decode an uploaded picture, of limited size.

    Raises:
        TwobranchError: if it is no picture, or has too many pixels to be decoded for a stranger.
    """
    from PIL import Image

    from twobranch.features.decoding import decode_image

    try:
        with Image.open(io.BytesIO(data)) as header:
            width, height = header.size
    except Exception as error:  # on damaged input Pillow's plugins raise nearly anything
        raise TwobranchError(
            "image", "must be a picture", found=type(error).__name__, remedy="Send another file."
        ) from None
    if width * height > MAX_PIXELS:
        raise TwobranchError(
            "image", f"has at most {MAX_PIXELS:,} pixels", found=f"{width} x {height}", remedy="Scale it down."
        )
    return decode_image(data)
