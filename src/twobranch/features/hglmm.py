"""HGLMM: a sentence as the Fisher vector of its word vectors under a hybrid Gaussian-Laplacian mixture, made shorter.

The text feature of Wang et al. 2016 and 2019, after Klein et al., CVPR 2015. The recipe is that of the authors' code
(methods.md 1.7 [C]): word vectors of length 1, independent component analysis, length 1 again, times 10; a mixture of
30 components; Fisher vectors; then principal components, 6,000 in the follow-up code [C2].

What differs here, by design [D]: the bundled 256-d token vectors instead of 300-d word2vec; analysis and mixture are
fitted on the distinct tokens of the training sentences instead of a sample of the whole vocabulary; and the principal
components on a sample of the training sentences where there are many.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.encoder import LearnedSentences, identity_of
from twobranch.features.hybrid_mixture import HybridMixture
from twobranch.features.projection import Projection, independent_components, principal_components
from twobranch.features.sentence_encoders import HglmmConfig
from twobranch.features.token_vectors import TokenVectors
from twobranch.files import as_os_error, atomic_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE = 8192
"""Training sentences from which principal components are computed, at most; for many dimensions a third more."""

_FILE = "hglmm.safetensors"
_LENGTH = np.float32(10)  # of a vector before the mixture, as in the authors' code
_CHUNK = 1024  # sentences whose Fisher vectors are in memory together: 63 MB and some copies


@dataclass(frozen=True, eq=False)
class _Fitted:
    """What is learned from the training sentences."""

    unmixing: Projection
    mixture: HybridMixture
    projection: Projection  # its directions have the precision of float16

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything, by name, as it is stored."""
        parts = {"unmixing": self.unmixing, "mixture": self.mixture, "projection": self.projection}
        found = {f"{part}.{name}": value for part, holder in parts.items() for name, value in vars(holder).items()}
        return {**found, "projection.directions": found["projection.directions"].astype(np.float16)}

    @classmethod
    def of(cls, arrays: dict[str, NDArray[Any]]) -> _Fitted:
        """The inverse of `arrays`; KeyError or TypeError for others."""
        parts: dict[str, dict[str, NDArray[Any]]] = {"unmixing": {}, "mixture": {}, "projection": {}}
        for key, value in arrays.items():
            part, _, name = key.partition(".")
            parts[part][name] = value.astype(np.float32) if value.dtype == np.float16 else value
        unmixing, projection = (Projection(**parts[part]) for part in ("unmixing", "projection"))
        return cls(unmixing, HybridMixture(**parts["mixture"]), projection)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything."""
        digest = hashlib.sha256()
        for name, value in self.arrays().items():
            digest.update(f"{name} {value.dtype} {value.shape}".encode())
            digest.update(np.ascontiguousarray(value).data)
        return digest.hexdigest()


class Hglmm(LearnedSentences):
    """Fisher vectors of a hybrid mixture over word vectors, projected on their principal components.

    Every sentence without a known token has the same feature, the projection of the zero vector.

    Args:
        options: components of the mixture, dimensions of the feature, iterations, seed.

    Raises:
        TwobranchError: if the word vectors are missing or not the known ones.
    """

    name = "hglmm"
    license = TokenVectors.license
    languages = TokenVectors.languages
    cached = True

    def __init__(self, options: HglmmConfig | None = None) -> None:
        self.options = options or HglmmConfig()
        self.table = TokenVectors()
        self._fitted: _Fitted | None = None

    @property
    def dim(self) -> int:
        """Dimensions of a feature."""
        return self.options.dimensions

    @property
    def identity(self) -> str:
        """SHA-256 over the word vectors and everything that was fitted."""
        return identity_of(name=self.name, fitted=self._require_fitted().digest, **TokenVectors.hashes)

    def fit(self, sentences: Sequence[str]) -> None:
        """Learn directions, mixture and projection from the training sentences.

        Raises:
            TwobranchError: if they hold too few tokens for the components, or are too few for the dimensions.
        """
        options = self.options
        distinct = sorted({tuple(tokens) for tokens in self.table.tokens(sentences)} - {()})
        tokens = np.array(sorted({token for some in distinct for token in some}), np.int64)
        _require(len(tokens), max(2, options.components), "components", "tokens")
        unmixing = independent_components(_scaled(self.table.vectors[tokens]), options.seed)
        points = _points(self.table.vectors[tokens], unmixing)
        mixture = HybridMixture.fit(points, options.components, options.iterations, options.seed)
        _require(min(len(distinct), 2 * mixture.medians.size), self.dim, "dimensions", "sentences")
        rows = _sample(len(distinct), max(SAMPLE, self.dim * 4 // 3), options.seed)
        fisher = np.empty((len(rows), 2 * mixture.medians.size), np.float32)
        for start in range(0, len(rows), _CHUNK):
            some = [distinct[row] for row in rows[start : start + _CHUNK]]
            fisher[start : start + _CHUNK] = self._fisher_vectors(some, unmixing, mixture)
        found = principal_components(fisher, self.dim, options.seed)
        rounded = found.directions.astype(np.float16, order="C").astype(np.float32)  # a copy from disk is the same
        self._fitted = _Fitted(unmixing, mixture, Projection(found.mean, rounded))

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Features of C sentences: (C, dimensions) float32.

        Raises:
            TwobranchError: if it was not fitted.
        """
        projection = self._require_fitted().projection
        features = np.empty((len(sentences), self.dim), np.float32)
        for start in range(0, len(sentences), _CHUNK):
            features[start : start + _CHUNK] = projection(self.fisher_vectors(sentences[start : start + _CHUNK]))
        return features

    def fisher_vectors(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """What is projected: (C, 2 K I) float32 for K components over I directions, rows of length 1 or zero.

        Raises:
            TwobranchError: if it was not fitted.
        """
        fitted = self._require_fitted()
        return self._fisher_vectors(self.table.tokens(sentences), fitted.unmixing, fitted.mixture)

    def save(self, folder: Path) -> None:
        """Write `hglmm.safetensors`: everything that was fitted."""
        from safetensors import SafetensorError
        from safetensors.numpy import save_file

        arrays = self._require_fitted().arrays()
        with atomic_path(folder / _FILE) as temporary, as_os_error(SafetensorError):
            save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, temporary)
            temporary.chmod(0o644)  # safetensors writes for its owner only

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            TwobranchError: if the file is missing, damaged, or of other options.
        """
        from safetensors.numpy import load_file

        path = folder / _FILE
        try:
            self._fitted = _Fitted.of(load_file(path))
            found = (*self._fitted.mixture.medians.shape[:1], *self._fitted.projection.directions.shape[:1])
            if found == (self.options.components, self.dim) and not np.isfinite(self.encode(["a man"])).all():
                raise ValueError("parts that do not fit together")
        except Exception as error:  # what is damaged shows when it is read, or in what it gives of a sentence
            raise TwobranchError(
                str(path), "must hold what hglmm has learned", found=str(error), remedy="Restore the file."
            ) from None
        if found != (self.options.components, self.dim):
            raise TwobranchError(
                str(path),
                f"must be of {self.options.components} components and {self.dim} dimensions",
                found=" and ".join(map(str, found)),
                remedy="Restore the folder as it was written.",
            )

    def _fisher_vectors(
        self, sentences: Sequence[Sequence[int]], unmixing: Projection, mixture: HybridMixture
    ) -> NDArray[np.float32]:
        """Of sentences that are given by their tokens."""
        lengths = [len(tokens) for tokens in sentences]
        occurring = np.fromiter((token for tokens in sentences for token in tokens), np.int64, sum(lengths))
        distinct, rows = np.unique(occurring, return_inverse=True)
        points = _points(self.table.vectors[distinct], unmixing)
        return mixture.fisher_vectors(points, np.repeat(np.arange(len(lengths)), lengths), rows, len(lengths))

    def _require_fitted(self) -> _Fitted:
        if self._fitted is None:
            raise TwobranchError("hglmm", "must be fitted before it is used", remedy="Call fit or load first.")
        return self._fitted


def _points(vectors: NDArray[np.float32], unmixing: Projection) -> NDArray[np.float32]:
    """What the mixture sees of word vectors: (n, 256) -> (n, I)."""
    points: NDArray[np.float32] = _LENGTH * _scaled(unmixing(_scaled(vectors)))
    return points


def _scaled(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1; a zero row stays."""
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return np.asarray(x / np.where(norms > 0, norms, 1), np.float32)


def _sample(count: int, size: int, seed: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(seed).choice(count, min(count, size), replace=False))


def _require(found: int, wanted: int, option: str, what: str) -> None:
    if found < wanted:
        raise TwobranchError(
            f"hglmm, {option}",
            f"{wanted} need as many different {what} in the training split",
            found=found,
            remedy=f"Lower it: at most {found} are possible. Or train with more sentences.",
        )
