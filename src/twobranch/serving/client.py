"""A client of the service in Python, made of the standard library alone.

    from twobranch.serving.client import Client

    client = Client("http://127.0.0.1:8000")
    for hit in client.search("a dog on a beach", k=5)["results"]:
        print(hit["id"], hit["probability"])

Answers are the JSON documents of the service as dictionaries; the service's /docs describes them.
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from twobranch.errors import TwobranchError

Picture: TypeAlias = str | Path | bytes
"""A picture: the path of a file on this machine, or its bytes."""


class Refused(TwobranchError):
    """The service gave no answer.

    Attributes:
        status: of HTTP; 0 where nobody answered.
    """

    def __init__(self, where: str, status: int, detail: str) -> None:
        self.status = status
        remedy = "Start it, or correct the address." if status == 0 else "See /docs of the service."
        super().__init__(where, "must answer", found=f"{status} {detail}" if status else detail, remedy=remedy)


@dataclass(frozen=True)
class Client:
    """A client of one service; it may be used by several threads.

    Args:
        address: of the service.
        token: what it was started with (`--token`).
        seconds: how long to wait for an answer.
    """

    address: str = "http://127.0.0.1:8000"
    token: str | None = field(default=None, repr=False)
    seconds: float = 90

    def search(
        self,
        query: str | None = None,
        *,
        image: Picture | None = None,
        like: str | None = None,
        k: int = 10,
        offset: int = 0,
        where: str | None = None,
        min_probability: float | None = None,
        text: bool = False,
    ) -> dict[str, Any]:
        """The images that match a sentence, a picture, or an image of the index; the arguments of `Index.search`.

        Raises:
            Refused: with what the service says is wrong; so do all methods.
        """
        values = {"query": query, "like": like, "k": k, "offset": offset, "where": where}
        return self._post("search", {**values, "min_probability": min_probability, "text": text}, image)

    def search_all(self, queries: Sequence[str], *, k: int = 10, **options: Any) -> list[dict[str, Any]]:
        """The answers to several sentences, which the service encodes together; `options` as for `search`."""
        answers: list[dict[str, Any]] = self._post("search", {"queries": list(queries), "k": k, **options})["results"]
        return answers

    def similar(self, id: str, *, k: int = 10, offset: int = 0, where: str | None = None) -> dict[str, Any]:
        """The images that are most like one of the index, itself first."""
        values = {"k": k, "offset": offset, **({} if where is None else {"where": where})}
        return self._document(f"similar/{quote(id)}?{urlencode(values)}")

    def annotate(
        self,
        image: Picture | None = None,
        *,
        id: str | None = None,
        sentences: Sequence[str] | None = None,
        k: int = 5,
        min_probability: float | None = None,
    ) -> dict[str, Any]:
        """The sentences that fit a picture, or an image of the index, best; by default those that the index stores."""
        listed = None if sentences is None else list(sentences)
        return self._post(
            "annotate", {"id": id, "sentences": listed, "k": k, "min_probability": min_probability}, image
        )

    def ground(
        self,
        image: Picture | None = None,
        *,
        id: str | None = None,
        phrase: str | None = None,
        sentence: str | None = None,
        k: int = 1,
    ) -> dict[str, Any]:
        """Boxes for a phrase, or for the noun phrases of a sentence, in a picture or in an image of the index."""
        return self._post("ground", {"id": id, "phrase": phrase, "sentence": sentence, "k": k}, image)

    def about(self) -> dict[str, Any]:
        """What is served."""
        return self._document("about")

    def image(self, id: str) -> bytes:
        """The file of an image of the index."""
        return self._ask(f"images/{quote(id)}")

    def thumbnail(self, id: str) -> bytes:
        """A small JPEG of an image of the index."""
        return self._ask(f"thumbnails/{quote(id)}")

    def _post(self, path: str, values: dict[str, Any], image: Picture | None = None) -> dict[str, Any]:
        body = {name: value for name, value in values.items() if value is not None}
        if image is not None:
            body["image"] = base64.b64encode(_bytes_of(image)).decode("ascii")
        return self._document(path, json.dumps(body).encode())

    def _document(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._ask(path, body))
        return document

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        address = f"{self.address.rstrip('/')}/{path}"
        headers = {} if body is None else {"content-type": "application/json"}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        try:
            request = urllib.request.Request(address, body, headers)
            with urllib.request.urlopen(request, timeout=self.seconds) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            raise Refused(address, error.code, _detail(error.read())) from None
        except (OSError, ValueError) as error:
            raise Refused(address, 0, str(error)) from None


def _bytes_of(picture: Picture) -> bytes:
    if isinstance(picture, bytes):
        return picture
    try:
        return Path(picture).read_bytes()
    except OSError as error:
        raise TwobranchError(
            str(picture), "the picture must be readable", found=error.strerror, remedy="Check the path."
        ) from None


def _detail(body: bytes) -> str:
    """What the service says, or the beginning of what something else in its place does."""
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace")
