"""How a query becomes an embedding: one at a time, or as a server wants it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from twobranch.features.decoding import ImageSource
    from twobranch.matcher.matcher import Matcher

Floats = NDArray[np.float32]


class QueryEncoder(Protocol):
    """Embeds the queries of an index. It is called by several threads at the same time."""

    def sentence(self, matcher: Matcher, sentence: str) -> Floats:
        """(D,) embedding of a sentence, with the bits that `OneByOne` gives."""
        ...

    def picture(self, matcher: Matcher, image: ImageSource, views: Sequence[str]) -> Floats:
        """(D,) embedding of a picture, with the bits that `OneByOne` gives."""
        ...


class OneByOne:
    """Encodes each query when it comes."""

    def sentence(self, matcher: Matcher, sentence: str) -> Floats:
        """(D,) embedding of a sentence."""
        row: Floats = matcher.encode_sentences([sentence])[0]
        return row

    def picture(self, matcher: Matcher, image: ImageSource, views: Sequence[str]) -> Floats:
        """(D,) embedding of a picture."""
        row: Floats = matcher.encode_images([image], views=views)[0]
        return row
