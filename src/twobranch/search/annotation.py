"""Annotation: which sentences of a list fit an image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.search.exact import best
from twobranch.search.probability import check_min_probability, query_probabilities
from twobranch.search.tables import READERS, find_column, read_table

if TYPE_CHECKING:
    from twobranch.matcher.matcher import Matcher

Floats = NDArray[np.float32]

SENTENCE_COLUMNS = ("sentence", "caption", "text", "description", "title", "label")
"""Names of the column that holds the sentences; the first that is there counts."""


@dataclass(frozen=True)
class SentenceHit:
    """A sentence that fits an image.

    Attributes:
        sentence: the text.
        score: similarity.
        probability: that it matches the image; None without a calibration.
    """

    sentence: str
    score: float
    probability: float | None


@dataclass(frozen=True)
class Annotation:
    """The best sentences of a list for one image.

    Attributes:
        hits: best first.
        any_match: probability that the list holds a match at all; None without a calibration.
        no_good_match: no hit is left above the bound.
    """

    hits: list[SentenceHit]
    any_match: float | None
    no_good_match: bool

    def to_json(self) -> dict[str, Any]:
        """The part of `annotate --json` that is about one image."""
        return {
            "no_good_match": self.no_good_match,
            "any_match": self.any_match,
            "results": [{"rank": rank, **vars(hit)} for rank, hit in enumerate(self.hits, start=1)],
        }


class Annotator:
    """Ranks a list of sentences for images; the sentences are encoded once.

    Args:
        matcher: the matcher.
        sentences: the list; a sentence that occurs twice counts once.
        k: sentences per image.
        min_probability: leave out sentences whose calibrated probability is lower.
        embeddings: (M, D) of the sentences, which are then M different ones; None to encode them.

    Raises:
        TwobranchError: if the list is empty, or a probability is asked for that the matcher cannot give.
    """

    def __init__(
        self,
        matcher: Matcher,
        sentences: Sequence[str],
        *,
        k: int = 5,
        min_probability: float | None = None,
        embeddings: Floats | None = None,
    ) -> None:
        self.sentences = different(sentences) if embeddings is None else list(sentences)
        if not self.sentences:
            raise TwobranchError("sentences", "there must be at least one", remedy="Write one sentence per line.")
        if k < 1:
            raise TwobranchError("k", "must be at least 1", found=k, remedy="Ask for one sentence or more.")
        if min_probability is not None:
            check_min_probability(min_probability, matcher.calibration is not None)
        self._matcher, self._k, self._min_probability = matcher, k, min_probability
        self._embeddings = matcher.encode_sentences(self.sentences) if embeddings is None else embeddings

    def annotate(self, images: Floats) -> list[Annotation]:
        """Rank the sentences for images given by their embeddings (N, D)."""
        scores = images @ self._embeddings.T  # (N, D) (D, M) -> (N, M)
        calibration = self._matcher.calibration
        return [
            self._annotation(row, *query_probabilities(calibration, "i2t", row, image))
            for row, image in zip(scores, images, strict=True)
        ]

    def _annotation(self, scores: Floats, probabilities: Floats | None, any_match: float | None) -> Annotation:
        hits = [
            SentenceHit(
                self.sentences[position],
                float(scores[position]),
                None if probabilities is None else float(probabilities[position]),
            )
            for position in best(scores, self._k)
        ]
        if self._min_probability is not None:
            hits = [hit for hit in hits if hit.probability is not None and hit.probability >= self._min_probability]
        return Annotation(hits, any_match, not hits)


def different(sentences: Iterable[str]) -> list[str]:
    """The sentences of a list, each once and with single spaces, without empty ones.

    Example:
        >>> different(["a dog", "", " a  dog ", "a cat"])
        ['a dog', 'a cat']
    """
    return list(dict.fromkeys(text for sentence in sentences if (text := " ".join(sentence.split()))))


def read_sentences(path: Path, column: str | None = None) -> list[str]:
    """Read a list of sentences: one per line, or a column of a table.

    Args:
        path: a text file, or a CSV, TSV, JSONL or Parquet table.
        column: the column of a table; found by itself if None.

    Raises:
        TwobranchError: if the file cannot be read or holds no sentence.
    """
    if path.suffix.lower() in READERS:
        table = read_table(path)
        values = table[find_column(table, path, "sentence", column, SENTENCE_COLUMNS)].to_pylist()
        sentences = [str(value) for value in values if value is not None]
    else:
        try:
            sentences = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise TwobranchError(
                str(path), "must be a text file in UTF-8", found=str(error), remedy="Check the file."
            ) from None
    sentences = [sentence.strip() for sentence in sentences if sentence.strip()]
    if not sentences:
        raise TwobranchError(str(path), "must hold at least one sentence", remedy="Write one per line.")
    return sentences
