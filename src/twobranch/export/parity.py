"""Whether a written tower computes what the matcher computes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError

Floats = NDArray[np.float32]

TOLERANCE = 1e-4
"""The largest difference of a value that is allowed, in lengths of the embedding that it belongs to."""


@dataclass(frozen=True)
class Parity:
    """How near the embeddings of a tower are to those of the matcher in float32.

    Attributes:
        items: pictures or sentences that were compared.
        largest_difference: of any value, in lengths of its embedding.
        tolerance: what it must not exceed.
        smallest_cosine: with the embeddings of the matcher as it runs here, in its own precision.
        precision: that precision.
    """

    items: int
    largest_difference: float
    tolerance: float
    smallest_cosine: float
    precision: str

    def require(self, what: str) -> Parity:
        """Refuse a tower that differs.

        Raises:
            TwobranchError: if the difference exceeds the tolerance.
        """
        if not self.largest_difference <= self.tolerance:  # NaN, too
            raise TwobranchError(
                f"{what} tower",
                f"must compute what the matcher computes, to {self.tolerance:g} of an embedding's length",
                found=f"a difference of {self.largest_difference:.2g}",
                remedy="Nothing was written. Export to the other format, or install another version of its library.",
            )
        return self

    @property
    def summary(self) -> str:
        """All of it in a line."""
        return (
            f"{self.items} compared, largest difference {self.largest_difference:.1e} of an embedding's length"
            f" (allowed {self.tolerance:g}); cosine {self.smallest_cosine:.5f} or more with the matcher in"
            f" {self.precision}"
        )

    def to_json(self) -> dict[str, Any]:
        """The attributes."""
        return asdict(self)


def largest_difference(found: Floats, expected: Floats) -> float:
    """The largest difference of a value, in lengths of the expected row.

    Args:
        found: (N, D).
        expected: (N, D).

    Example:
        >>> round(largest_difference(np.float32([[3.0, 4.5]]), np.float32([[3.0, 4.0]])), 3)
        0.1
    """
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    return float((np.abs(found - expected) / np.maximum(lengths, 1e-12)).max())


def smallest_cosine(found: Floats, expected: Floats) -> float:
    """The smallest cosine of a row with the expected one: (N, D), (N, D) -> number."""
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    return float(((found * expected).sum(1) / np.maximum(lengths, 1e-12)).min())
