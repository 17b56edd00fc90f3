"""A micro-batcher: what waits together goes through the encoder in one call."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from twobranch.serving.limits import ANSWERS_AT_ONCE

if TYPE_CHECKING:
    from twobranch.features.decoding import ImageSource
    from twobranch.matcher.matcher import Matcher

Floats = NDArray[np.float32]
T = TypeVar("T")


@dataclass(eq=False)
class _Entry(Generic[T]):
    """An item that waits for its row."""

    item: T
    row: Floats | None = None
    error: BaseException | None = None

    @property
    def done(self) -> bool:
        return self.row is not None or self.error is not None


@dataclass(eq=False)
class Batcher(Generic[T]):
    """Encodes items of several threads together, without a thread of its own and without waiting for company.

    The thread that finds the encoder free takes everything that waits by then, its own item among it, and encodes it in
    one call. Alone, an item goes at once; under load, batches grow by themselves while the encoder is busy.

    Attributes:
        encode: from items to rows (C, D).
        most: items of one call at most.
        observe: is told the size of each batch.

    Example:
        >>> batcher = Batcher(lambda words: np.array([[len(word)] for word in words], np.float32))
        >>> batcher.rows(["a", "three"])[1].tolist()
        [5.0]
    """

    encode: Callable[[Sequence[T]], Floats]
    most: int = ANSWERS_AT_ONCE
    observe: Callable[[int], object] = lambda size: None
    _waiting: deque[_Entry[T]] = field(default_factory=deque)
    _encoder: threading.Lock = field(default_factory=threading.Lock)

    def rows(self, items: Sequence[T]) -> list[Floats]:
        """The row of each item, in their order.

        Raises:
            Exception: what encoding one of them alone raises.
        """
        entries = [_Entry(item) for item in items]
        self._waiting.extend(entries)
        for entry in entries:
            while not entry.done:
                with self._encoder:
                    if not entry.done:
                        self._encode_waiting()
        return [_result(entry) for entry in entries]

    def _encode_waiting(self) -> None:
        """Encode the oldest entries; whoever holds the encoder is the only one to take any."""
        batch = [self._waiting.popleft() for _ in range(min(self.most, len(self._waiting)))]
        self.observe(len(batch))
        try:
            for entry, row in zip(batch, self.encode([entry.item for entry in batch]), strict=True):
                entry.row = row
        except BaseException as error:
            if len(batch) == 1:
                batch[0].error = error
            else:  # one of them is to blame, and the others are to have their answers
                for entry in batch:
                    self._encode_alone(entry)

    def _encode_alone(self, entry: _Entry[T]) -> None:
        try:
            entry.row = self.encode([entry.item])[0]
        except BaseException as error:
            entry.error = error


def _result(entry: _Entry[Any]) -> Floats:
    if entry.error is not None:
        raise entry.error
    assert entry.row is not None
    return entry.row


class BatchedEncoder:
    """Embeds the queries of an index, together what waits together.

    Args:
        observe: is told "sentence" or "picture" and the size of each batch.
    """

    def __init__(self, observe: Callable[[str, int], object] = lambda kind, size: None) -> None:
        self._observe = observe
        self._of: tuple[Matcher, Batcher[str], dict[tuple[str, ...], Batcher[ImageSource]]] | None = None
        self._lock = threading.Lock()
        self._ahead = threading.local()

    def sentence(self, matcher: Matcher, sentence: str) -> Floats:
        """(D,) embedding of a sentence."""
        row: Floats | None = getattr(self._ahead, "rows", {}).get((id(matcher), sentence))
        return self._batchers(matcher)[1].rows([sentence])[0] if row is None else row

    @contextmanager
    def ahead(self, matcher: Matcher, sentences: Sequence[str]) -> Iterator[None]:
        """Encode sentences that this thread is going to ask for, together."""
        rows = self._batchers(matcher)[1].rows(sentences)
        self._ahead.rows = {(id(matcher), sentence): row for sentence, row in zip(sentences, rows, strict=True)}
        try:
            yield
        finally:
            self._ahead.rows = {}

    def picture(self, matcher: Matcher, image: ImageSource, views: Sequence[str]) -> Floats:
        """(D,) embedding of a picture."""
        _, _, pictures = self._batchers(matcher)
        with self._lock:
            batcher = pictures.setdefault(tuple(views), self._of_pictures(matcher, tuple(views)))
        return batcher.rows([image])[0]

    def _batchers(self, matcher: Matcher) -> tuple[Matcher, Batcher[str], dict[tuple[str, ...], Batcher[ImageSource]]]:
        """Those of a matcher; an index that was made anew with another one gets others."""
        with self._lock:
            if self._of is None or self._of[0] is not matcher:
                sentences = Batcher(matcher.encode_queries, observe=lambda size: self._observe("sentence", size))
                self._of = (matcher, sentences, {})
            return self._of

    def _of_pictures(self, matcher: Matcher, views: tuple[str, ...]) -> Batcher[ImageSource]:
        return Batcher(
            lambda images: matcher.encode_images(images, views=views),
            observe=lambda size: self._observe("picture", size),
        )
