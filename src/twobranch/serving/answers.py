"""What the service answers: the types that its OpenAPI description names."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """The base of all answers."""

    model_config = ConfigDict(extra="forbid")


class Problem(Answer):
    """Why there is no answer."""

    detail: str = Field(description="what was wrong, and what to do")


class Hit(Answer):
    """An image that was found."""

    rank: int = Field(description="1 is the best; goes on over pages")
    id: str = Field(description="for /images, /thumbnails, /similar, and `id` and `like` elsewhere")
    path: str = Field(description="the file on the server")
    score: float = Field(description="similarity with the query")
    probability: float | None = Field(description="that it matches; null without calibration, and for pictures")
    rerank_score: float | None
    combined_score: float | None
    text_score: float | None = Field(description="how well stored words fit; null without `text`, or where none does")
    fused_score: float | None = Field(description="what orders the hits with `text`")
    width: int
    height: int
    metadata: dict[str, Any] = Field(description="the user's columns")


class SearchAnswer(Answer):
    """The images that match best."""

    query: str = Field(description="the sentence, or the name of the picture")
    kind: str = Field(description="sentence or image")
    index: str = Field(description="identity of the index; changes with every update")
    images: int = Field(description="images of the index")
    candidates: int = Field(description="images that passed the condition")
    offset: int = Field(description="hits that were passed over")
    no_good_match: bool = Field(description="no hit is above the bound, or no image passed the condition")
    any_match: float | None = Field(description="probability that any image matches; null where it is not known")
    priors: dict[str, float] | None = Field(description="probabilities before looking")
    min_probability: float | None
    ordered_by: str = Field(description="score, or fused_score with `text`")
    reranking: dict[str, Any] | None
    results: list[Hit] = Field(description="best first")


class BatchAnswer(Answer):
    """The answers to several queries, in their order."""

    results: list[SearchAnswer]


class SentenceHit(Answer):
    """A sentence that fits a picture."""

    rank: int
    sentence: str
    score: float
    probability: float | None


class AnnotateAnswer(Answer):
    """The sentences that fit a picture best."""

    model: str = Field(description="identity of the matcher")
    sentences: int = Field(description="sentences that were compared")
    priors: dict[str, float] | None
    no_good_match: bool
    any_match: float | None
    results: list[SentenceHit] = Field(description="best first")


class Box(Answer):
    """A part of a picture."""

    box: list[float] = Field(
        min_length=4, max_length=4, description="x0, y0, x1, y1 in pixels of the upright picture, end-exclusive"
    )
    score: float = Field(description="comparable within a phrase")
    probability: float | None = Field(description="that the box is right; null from a matcher of whole pictures")


class GroundedPhrase(Answer):
    """A phrase and where it is."""

    phrase: str
    start: int = Field(description="first character in the text")
    end: int = Field(description="the character after its last")
    boxes: list[Box] = Field(description="best first")


class GroundAnswer(Answer):
    """Where in a picture phrases are."""

    model: str = Field(description="identity of the matcher")
    trained_on: str = Field(description="regions, or whole pictures, which is less precise")
    width: int = Field(description="of the upright picture, in pixels")
    height: int
    phrases: list[GroundedPhrase]


class Value(Answer):
    """A value of a column and how many images have it."""

    value: str | int | float | bool
    count: int


class Column(Answer):
    """A column that `where` can use."""

    name: str
    type: str = Field(description="text, integer, number, boolean, date, time or list")
    values: list[Value] | None = Field(description="of a metadata column, the most frequent first; null if many")
    min: int | float | str | None = Field(description="of numbers, dates and times")
    max: int | float | str | None


class About(Answer):
    """What is served."""

    index: str = Field(description="identity of the index; changes with every update")
    name: str = Field(description="of the index folder")
    images: int
    matcher: str = Field(description="identity of the matcher")
    recipe: str = Field(description="that trained it")
    calibrated: bool = Field(description="whether hits have probabilities")
    grounding: bool = Field(description="whether /ground can answer")
    sentences: int = Field(description="sentences that the index stores")
    text: bool = Field(description="whether `text` can be searched")
    columns: list[Column]
    metadata: list[str] = Field(description="columns that are the user's")


class Health(Answer):
    """That the server is up."""

    status: str
