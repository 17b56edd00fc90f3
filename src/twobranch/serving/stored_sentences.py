"""The sentences that an index stores, embedded once in the background."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.search.annotation import different
from twobranch.serving.refusals import Busy

if TYPE_CHECKING:
    from twobranch.matcher.matcher import Matcher
    from twobranch.search import Index

Floats = NDArray[np.float32]

BLOCK = 1024
"""Sentences that are encoded together: queries that come meanwhile wait no longer than for one block."""

PATIENCE = 10
"""Seconds that a request waits for them."""


@dataclass(frozen=True, eq=False)
class Embedded:
    """Sentences with their embeddings.

    Attributes:
        matcher: that embedded them.
        stamp: of the images whose sentences they are.
        sentences: M different ones.
        embeddings: (M, D).
    """

    matcher: Matcher
    stamp: str
    sentences: list[str]
    embeddings: Floats


class StoredSentences:
    """The stored sentences of an index; what is new in it is embedded when they are asked for.

    Args:
        index: the index.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sentences")
        self._future: Future[Embedded] | None = None
        self._embedded: Embedded | None = None

    @property
    def busy(self) -> bool:
        """Whether sentences are being encoded."""
        return self._future is not None and not self._future.done()

    def start(self) -> Future[Embedded]:
        """Begin to embed the sentences of the index as it is now, unless that is done or under way."""
        snapshot, matcher = self._index.snapshot(), self._index.matcher
        with self._lock:
            now = self._embedded
            if self._future is None or (
                self._future.done() and (now is None or (now.matcher, now.stamp) != (matcher, snapshot.stamp))
            ):
                self._future = self._pool.submit(self._embed, matcher, snapshot.stamp, different(snapshot.sentences()))
            return self._future

    def get(self) -> Embedded:
        """The sentences with their embeddings.

        Raises:
            TwobranchError: if the index stores none.
            Busy: if they are still being encoded after a while.
        """
        try:
            embedded = self.start().result(PATIENCE)
        except TimeoutError:
            raise Busy(
                "the sentences of the index", "are being encoded, once", remedy="Ask again in a minute."
            ) from None
        if not embedded.sentences:
            raise TwobranchError(
                "sentences",
                "must be sent, or stored in the index",
                found="none",
                remedy="Send some, or make the index of annotations that have sentences.",
            )
        return embedded

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _embed(self, matcher: Matcher, stamp: str, sentences: list[str]) -> Embedded:
        kept = self._embedded
        if kept is None or kept.matcher is not matcher:
            kept = Embedded(matcher, "", [], np.zeros((0, matcher.dim), np.float32))
        known = set(kept.sentences)
        new = [sentence for sentence in sentences if sentence not in known]
        blocks = [kept.embeddings, *encode_in_blocks(matcher, new, keep=True)]
        rows = {sentence: row for row, sentence in enumerate([*kept.sentences, *new])}
        embeddings = np.concatenate(blocks)[np.array([rows[sentence] for sentence in sentences], np.intp)]
        self._embedded = Embedded(matcher, stamp, sentences, embeddings)
        return self._embedded


def encode_in_blocks(matcher: Matcher, sentences: list[str], *, keep: bool = False) -> list[Floats]:
    """Embed a long list without keeping the encoder from others for long: blocks of (up to `BLOCK`, D)."""
    return [
        matcher.encode_sentences(sentences[start : start + BLOCK], keep=keep)
        for start in range(0, len(sentences), BLOCK)
    ]
