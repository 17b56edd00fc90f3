"""What a search asks for, checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from twobranch.errors import TwobranchError
from twobranch.search.reranking import CANDIDATES, candidates_for

if TYPE_CHECKING:
    from twobranch.features.decoding import ImageSource
    from twobranch.matcher.matcher import Matcher


@dataclass(frozen=True)
class Query:
    """A search; the fields are the arguments of `Index.search`.

    Raises:
        TwobranchError: if there is no query or more than one, or the options do not fit it.
    """

    sentence: str | None = None
    image: ImageSource | None = None
    like: str | None = None
    k: int = 10
    offset: int = 0
    where: str | None = None
    min_probability: float | None = None
    text: bool = False
    rerank: Matcher | None = None
    candidates: int | None = None

    def __post_init__(self) -> None:
        self._check_what_is_asked()
        if self.k < 1:
            raise TwobranchError("k", "must be at least 1", found=self.k, remedy="Ask for one image or more.")
        if self.offset < 0:
            raise TwobranchError(
                "--offset", "must be at least 0", found=self.offset, remedy="0 begins with the best hit."
            )
        candidates_for(self.kind, self.rerank, self.candidates, self.end)
        if self.rerank is not None and self.candidates is None and self.offset and self.end > CANDIDATES:
            raise TwobranchError(  # more candidates than on the page before would be another order
                "--offset",
                f"the {CANDIDATES} candidates of re-ranking end before these hits",
                found=self.offset,
                remedy="Say with --candidates N, on every page, how many images are scored again.",
            )
        if self.kind == "image":
            self._refuse_options_of_sentences()
        if self.text and self.rerank is not None:
            raise TwobranchError(
                "--text", "and re-ranking exclude each other", found="both", remedy="Leave one of them out."
            )

    def _check_what_is_asked(self) -> None:
        asked = (("sentence", self.sentence), ("image", self.image), ("like", self.like))
        given = [name for name, value in asked if value is not None]
        if len(given) != 1:
            raise TwobranchError(
                "search",
                "a query is a sentence or a picture",
                found=" and ".join(given) or "neither",
                remedy="Give one of them.",
            )
        if self.sentence is not None and not self.sentence.strip():
            raise TwobranchError(
                "search",
                "a sentence has at least one word",
                found=repr(self.sentence),
                remedy="Write what the images show.",
            )

    def _refuse_options_of_sentences(self) -> None:
        if self.min_probability is not None:
            raise TwobranchError(
                "--min-probability",
                "is for sentences",
                found="a query by picture",
                remedy="Leave it out: the hits of a picture have scores only.",
            )
        if self.text:
            raise TwobranchError(
                "--text",
                "is for sentences: their words are looked for",
                found="a query by picture",
                remedy="Leave it out, or search with a sentence.",
            )

    @property
    def kind(self) -> str:
        """What the query is: "sentence" or "image"."""
        return "sentence" if self.sentence is not None else "image"

    @property
    def end(self) -> int:
        """The number of hits up to the last one that is asked for."""
        return self.offset + self.k

    @property
    def depth(self) -> int:
        """How many hits must be found: those to the last one that is asked for, or those that are scored again."""
        return candidates_for(self.kind, self.rerank, self.candidates, self.end)

    @property
    def name(self) -> str:
        """The query in an answer: the sentence, the id, or the name of the picture."""
        if self.sentence is not None:
            return self.sentence
        if self.like is not None:
            return self.like
        return str(self.image) if isinstance(self.image, str | Path) else "picture"
