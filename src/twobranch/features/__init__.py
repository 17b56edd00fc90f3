"""From pictures and sentences to features: decoding, views, encoders, and the cache of what they computed.

The two tables name every encoder. To add one: a module, its test, a line here, a line in the documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from twobranch.errors import TwobranchError, nearest
from twobranch.features.encoder import ImageEncoder, SentenceEncoder

E = TypeVar("E")


def _lite0(**options: Any) -> ImageEncoder:
    from twobranch.features.efficientnet_lite import LITE0, EfficientNetLite

    return EfficientNetLite(LITE0, **options)


def _lite2(**options: Any) -> ImageEncoder:
    from twobranch.features.efficientnet_lite import LITE2, EfficientNetLite

    return EfficientNetLite(LITE2, **options)


def _minilm(**options: Any) -> SentenceEncoder:
    from twobranch.features.minilm import MiniLM

    return MiniLM(**options)


def _word_vectors(*, device: str, threads: int | None, cache: Path | None) -> SentenceEncoder:
    from twobranch.features.word_vectors import WordVectors

    return WordVectors()  # a table: there is nothing to run on a device


def _tfidf(*, device: str, threads: int | None, cache: Path | None, **options: Any) -> SentenceEncoder:
    from twobranch.features.tfidf import Tfidf

    return Tfidf(**options)


IMAGE_ENCODERS: dict[str, Callable[..., ImageEncoder]] = {
    "efficientnet-lite0": _lite0,
    "efficientnet-lite2": _lite2,
}
"""Name -> factory; each imports its module only when it is called, so that `import twobranch.features` is light."""

SENTENCE_ENCODERS: dict[str, Callable[..., SentenceEncoder]] = {
    "minilm": _minilm,
    "word-vectors": _word_vectors,
    "tfidf": _tfidf,
}
"""Name -> factory of the sentence encoders."""


def image_encoder(
    name: str, *, device: str = "auto", threads: int | None = None, cache: Path | None = None, **options: Any
) -> ImageEncoder:
    """Load an image encoder.

    Args:
        name: a key of `IMAGE_ENCODERS`.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        threads: processors to use; None for all.
        cache: the cache folder; None for $TWOBRANCH_CACHE or the user's cache folder.
        options: what else that encoder takes.

    Raises:
        TwobranchError: for an unknown name, naming the nearest one.

    Example:
        >>> image_encoder("efficientnet-lite1")
        Traceback (most recent call last):
        ...
        twobranch.errors.TwobranchError: image encoder: must be known, but found 'efficientnet-lite1'. Did you mean ...
    """
    return _find(IMAGE_ENCODERS, name, "image encoder")(device=device, threads=threads, cache=cache, **options)


def sentence_encoder(
    name: str, *, device: str = "auto", threads: int | None = None, cache: Path | None = None, **options: Any
) -> SentenceEncoder:
    """Load a sentence encoder.

    Args:
        name: a key of `SENTENCE_ENCODERS`.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        threads: processors to use; None for all.
        cache: the cache folder; None for $TWOBRANCH_CACHE or the user's cache folder.
        options: what else that encoder takes, for example `max_features` of "tfidf".

    Raises:
        TwobranchError: for an unknown name, naming the nearest one.

    Example:
        >>> sentence_encoder("tfidf", max_features=100).fitted
        True
    """
    return _find(SENTENCE_ENCODERS, name, "sentence encoder")(device=device, threads=threads, cache=cache, **options)


def _find(table: dict[str, Callable[..., E]], name: str, what: str) -> Callable[..., E]:
    if name not in table:
        raise TwobranchError(what, "must be known", found=repr(name), remedy=nearest(name, list(table)))
    return table[name]
