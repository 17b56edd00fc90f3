"""What the encoders share that learn a vocabulary and give token ids: words, n-grams."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import numpy as np

from twobranch.config import Config, validated
from twobranch.errors import TwobranchError
from twobranch.features.encoder import LearnedSentences, SentenceOutput
from twobranch.files import read_json, write_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

O = TypeVar("O", bound=Config)  # noqa: E741 - the options


class TokensState(Config, Generic[O]):
    """The content of the file that such an encoder saves."""

    options: O
    vocabulary: tuple[str, ...]


class LearnedTokens(LearnedSentences, Generic[O]):
    """A vocabulary from the training sentences; what is unknown is left out of a sentence.

    A subclass says how a sentence is split, sets `name` and `state`, and learns with `_learn`.

    Args:
        options: of the encoder.
    """

    name: str
    state: ClassVar[type[Config]]
    """`TokensState` of the options."""
    output: SentenceOutput = "tokens"

    def __init__(self, options: O) -> None:
        self.options = options
        self._ids: dict[str, int] = {}

    @abstractmethod
    def _split(self, sentence: str) -> list[str]:
        """The tokens of a sentence, known or not."""

    @property
    def dim(self) -> int:
        """Size V of the vocabulary with the padding, which is id 0; known only after `fit`."""
        self._require_fitted()
        return len(self._ids) + 1

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The known tokens in the order of their ids, which begin at 1; known only after `fit`."""
        self._require_fitted()
        return tuple(self._ids)

    def encode(self, sentences: Sequence[str]) -> NDArray[np.int64]:
        """Ids of C sentences: (C, T) int64 in 0..V-1, padded with 0 to the longest sentence, T at least 1.

        Raises:
            TwobranchError: if it was not fitted.
        """
        self._require_fitted()
        found = [self._known(sentence) for sentence in sentences]
        ids = np.zeros((len(found), max([1, *map(len, found)])), np.int64)  # (C, T)
        for row, some in enumerate(found):
            ids[row, : len(some)] = some
        return ids

    def _known(self, sentence: str) -> list[int]:
        """The ids of a sentence's known tokens."""
        return [self._ids[token] for token in self._split(sentence) if token in self._ids]

    def save(self, folder: Path) -> None:
        """Write options and vocabulary as JSON, in a file of the encoder's name."""
        self._require_fitted()
        state = {"options": self.options.model_dump(mode="json"), "vocabulary": list(self._ids)}
        write_json(folder / f"{self.name}.json", state)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            TwobranchError: if the file is missing or not of this kind.
        """
        path = folder / f"{self.name}.json"
        state = validated(self.state, read_json(path, f"the vocabulary of {self.name}"), str(path))
        vocabulary: tuple[str, ...] = state.vocabulary  # type: ignore[attr-defined]
        if repeated := [token for token, count in Counter(vocabulary).items() if count > 1]:
            raise TwobranchError(
                str(path), "a vocabulary holds no token twice", found=repr(repeated[0]), remedy="Restore the file."
            )
        self.options = state.options  # type: ignore[attr-defined]
        self._learn(vocabulary)

    def _learn(self, vocabulary: Sequence[str]) -> None:
        """Number the vocabulary in its order."""
        self._ids = {token: number for number, token in enumerate(vocabulary, start=1)}

    def _require_fitted(self) -> None:
        if not self._ids:
            raise TwobranchError(self.name, "must be fitted before it is used", remedy="Call fit or load first.")


def most_frequent(counts: Counter[str], at_least: int, at_most: int) -> list[str]:
    """The tokens that occur most often, the first in the alphabet first among equals.

    Example:
        >>> most_frequent(Counter("abbccd"), at_least=1, at_most=3)
        ['b', 'c', 'a']
    """
    frequent = [token for token, count in counts.items() if count >= at_least]
    return sorted(frequent, key=lambda token: (-counts[token], token))[:at_most]
