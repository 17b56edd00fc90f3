"""Reading what clients send: JSON, or a form with a picture."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from twobranch.config import validated
from twobranch.corpus.json_text import parse_json
from twobranch.errors import TwobranchError
from twobranch.serving.limits import MAX_PIXELS
from twobranch.serving.refusals import UnknownMediaType
from twobranch.serving.requests import MAX_SENTENCES, AnyRequest

if TYPE_CHECKING:
    from PIL.Image import Image
    from starlette.requests import Request

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


async def read_body(request: Request) -> dict[str, Any]:
    """Read a body, JSON or form, as values by name.

    Raises:
        TwobranchError: if it is neither, or damaged.
    """
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type == "application/json":
        return _from_json(await request.body())
    if content_type in FORMS:
        return await _from_form(request)
    raise UnknownMediaType(
        "content type",
        "must be application/json or multipart/form-data",
        found=repr(content_type),
        remedy="Send for example: curl -F image=@photo.jpg http://localhost:8000/search",
    )


async def read_request(request: Request, kind: type[AnyRequest]) -> AnyRequest:
    """Read a body as a request of a kind.

    Raises:
        TwobranchError: if the body is damaged, or a field is unknown or wrong.
    """
    return validated(kind, await read_body(request), "request")


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
