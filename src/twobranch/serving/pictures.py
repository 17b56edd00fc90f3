"""The pictures of an index, by id: the only files that the service reads for a client."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import FileResponse, Response

from twobranch.corpus.containers import container_of
from twobranch.corpus.contents import content
from twobranch.corpus.object_storage import is_remote, join
from twobranch.corpus.pictures import picture_format
from twobranch.errors import TwobranchError
from twobranch.serving.refusals import Missing

if TYPE_CHECKING:
    from twobranch.search import Index

_SHOWN_BY_BROWSERS = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".avif")
_AGAIN = "Run twobranch index again."
_SHOWN_FORMATS = {kind: f"image/{kind.lower()}" for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")}


def facts_of(index: Index, image_id: str) -> dict[str, Any]:
    """All columns of an image.

    Raises:
        Missing: if the index holds no such id.
    """
    try:
        return index.facts(image_id)
    except TwobranchError:
        raise Missing(f"image {image_id!r}", "must be in the index", remedy="Take an id from a search.") from None


def file_of(index: Index, image_id: str) -> Path | str:
    """The file of an image, its place in a container, or its address on object storage.

    Raises:
        Missing: if the index holds no such id, its file is gone, or became a link out of the images folder.
    """
    written = facts_of(index, image_id)["path"]
    if is_remote(written):
        if not written.startswith(join(index.description.images, "")):
            raise Missing(f"image {image_id!r}", "must lie below the address of the images", remedy=_AGAIN)
        return str(written)
    path = Path(written)
    root = Path(index.description.images).resolve()
    # An id outside the images folder was written so by the index's owner; any other file must have stayed inside.
    if not Path(image_id).is_absolute() and not path.resolve().is_relative_to(root):
        raise Missing(f"image {image_id!r}", "must lie in the images folder", remedy=_AGAIN)
    if container_of(str(path)) is None and not path.is_file():
        raise Missing(f"image {image_id!r}", "its file is gone", remedy=_AGAIN)
    return path


def thumbnail_of(index: Index, image_id: str, known_tag: str | None) -> Response:
    """The thumbnail of an image; empty where the client's copy is current."""
    headers = {"etag": f'"{facts_of(index, image_id)["sha256"][:32]}"', "cache-control": "private, no-cache"}
    if known_tag == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(index.thumbnail(image_id), media_type="image/jpeg", headers=headers)


def image_of(index: Index, image_id: str) -> Response:
    """The file of an image, as JPEG where browsers do not show its format."""
    path = file_of(index, image_id)
    if isinstance(path, str) or container_of(str(path)) is not None:
        return _member(image_id, path)
    return FileResponse(path) if path.suffix.lower() in _SHOWN_BY_BROWSERS else _as_jpeg(path)


def _member(image_id: str, path: Path | str) -> Response:
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
