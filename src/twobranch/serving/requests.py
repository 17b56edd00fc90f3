"""What clients may ask: the fields of a search, an annotation and a grounding."""

from __future__ import annotations

from typing import TypeVar

from pydantic import Field

from twobranch.config import Config

MAX_SENTENCES = 10_000
MAX_QUERIES = 256
MAX_K = 1000
MAX_BOXES = 100
MAX_OFFSET = 2**31 - 1
MAX_CHARACTERS = 20_000
"""Of a sentence: encoders cut far earlier, and a longer one is a mistake or an attack."""

_PICTURE = "a picture: a file in a form, base64 in JSON"
_ID = "id of an image of the index, in place of a picture"


class _Ranking(Config):
    """Which part of a ranking is wanted."""

    k: int = Field(10, ge=1, le=MAX_K, description="number of hits")
    offset: int = Field(0, ge=0, le=MAX_OFFSET, description="hits to pass over: those of earlier pages")
    where: str | None = Field(
        None, max_length=MAX_CHARACTERS, description="SQL condition over the columns that /about names"
    )
    min_probability: float | None = Field(None, ge=0, le=1, description="drop hits below this probability")
    text: bool = Field(False, description="search the words of stored sentences, too")


class SearchRequest(_Ranking):
    """A search: by sentence, by picture, or by an image of the index."""

    query: str | None = Field(None, max_length=MAX_CHARACTERS, description="a sentence")
    image: bytes | None = Field(None, description=_PICTURE)
    like: str | None = Field(None, description="id of an image of the index")


class BatchRequest(_Ranking):
    """Several searches by sentence at once."""

    queries: list[str] = Field(min_length=1, max_length=MAX_QUERIES, description="sentences")


class AnnotateRequest(Config):
    """A picture, and the sentences to rank for it."""

    image: bytes | None = Field(None, description=_PICTURE)
    id: str | None = Field(None, description=_ID)
    sentences: list[str] | None = Field(
        None,
        max_length=MAX_SENTENCES,
        description="in a form: a field each, or lines of one field; left out: those that the index stores",
    )
    k: int = Field(5, ge=1, le=MAX_K, description="number of sentences")
    min_probability: float | None = Field(None, ge=0, le=1, description="drop sentences below this probability")


class GroundRequest(Config):
    """A picture, and what to look for in it."""

    image: bytes | None = Field(None, description=_PICTURE)
    id: str | None = Field(None, description=_ID)
    phrase: str | None = Field(None, max_length=MAX_CHARACTERS, description="one phrase")
    sentence: str | None = Field(
        None, max_length=MAX_CHARACTERS, description="or a sentence: each noun phrase of it is looked for"
    )
    k: int = Field(1, ge=1, le=MAX_BOXES, description="boxes per phrase")


AnyRequest = TypeVar("AnyRequest", SearchRequest, BatchRequest, AnnotateRequest, GroundRequest)
