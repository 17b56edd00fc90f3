"""Approximate search: which images may be the best ones for a query, without looking at all of them.

The gallery is cut into lists around centers, and each image is kept as one bit per dimension (IVF with RaBitQ codes of
FAISS, 72 bytes for 512 dimensions). A query looks into the lists whose centers are nearest and takes the best of their
images by estimated scores. These are candidates only: their true scores are computed from their embeddings afterwards,
so that a score is never an estimate. What may happen is that one of the best images is not among the candidates.

Source: Gao and Long, "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical Error Bound", SIGMOD 2024, in the
implementation of FAISS. `benchmarks/search_scale.py` measures recall, time and size.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twobranch.config import Config, validated
from twobranch.files import read_json, write_json

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

LISTS = 64
"""Lists that a query looks into at least. Measured: 32 find 99.7 % of the ten best of 300,000, 64 find 99.9 %."""

_SEEN_FOR_ONE = 20
"""Images that a query looks at for each candidate, at least: where a filter leaves few in a list, more are opened."""

_PER_CENTER = 40
"""Images for each center that the centers are computed from."""

_BLOCK = 1 << 16
_FILE, _DESCRIPTION = "approximate.faiss", "approximate.json"


class _Description(Config):
    """What is written beside the FAISS file."""

    sha256: str = Field(description="of the file: FAISS would crash on one that was changed")
    dim: int = Field(ge=1, description="D, the length of an embedding")
    rows: int = Field(ge=0, description="images in it: the first so many of the gallery")
    norm: float = Field(gt=0, allow_inf_nan=False, description="length that embeddings are divided by")


class ApproximateIndex:
    """Finds candidates for a query among the rows of a gallery; its twin is `exact.gallery_scores`.

    Embeddings need not be unit vectors: they are divided by the length of the longest and get one more coordinate that
    makes all of them unit vectors, while the order of their products with a query stays the same.

    Args:
        faiss_index: an IndexIVFRaBitQFastScan.
        dim: D, the length of an embedding.
        norm: length that embeddings are divided by.
    """

    def __init__(self, faiss_index: Any, dim: int, norm: float) -> None:
        self._faiss, self._dim, self._norm = faiss_index, dim, norm

    @classmethod
    def build(cls, matrix: Floats) -> Self:
        """An index of the rows of a gallery (N, D), N >= 1; the same rows give the same index."""
        import faiss

        count, dim = matrix.shape
        lengths = [np.linalg.norm(matrix[at : at + _BLOCK], axis=1).max() for at in range(0, count, _BLOCK)]
        width = -(-(dim + 1) // 8) * 8  # codes are whole bytes
        lists = lists_for(count)
        built = cls(None, dim, float(max(lengths)) or 1.0)
        sample = np.random.default_rng(0).permutation(count)[: lists * _PER_CENTER]
        centers = faiss.IndexFlatIP(width)
        clustering = faiss.Clustering(width, lists)
        clustering.niter, clustering.spherical, clustering.seed = 6, True, 0
        clustering.min_points_per_centroid = 1
        clustering.train(built._unit_rows(np.asarray(matrix[np.sort(sample)])), centers)
        built._faiss = faiss.IndexIVFRaBitQFastScan(centers, width, lists, faiss.METRIC_INNER_PRODUCT)
        built._faiss.train(built._unit_rows(np.asarray(matrix[:1])))
        built.add(matrix)
        return built

    def add(self, embeddings: Floats) -> None:
        """Add rows (n, D) behind those that are there; the centers stay as they are."""
        for start in range(0, len(embeddings), _BLOCK):
            self._faiss.add(self._unit_rows(np.asarray(embeddings[start : start + _BLOCK])))

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    @property
    def dim(self) -> int:
        """D, the length of an embedding."""
        return self._dim

    def search(self, query: Floats, count: int, allowed: NDArray[np.bool_] | None = None) -> Rows:
        """Candidates for a query.

        Args:
            query: (D,) embedding.
            count: how many.
            allowed: (N,) which rows may be found; all if None.

        Returns:
            Rows, ascending; fewer than `count` where the lists hold fewer.
        """
        import faiss

        lists = self._faiss.nlist
        images = len(self) if allowed is None else int(np.count_nonzero(allowed))
        wanted = math.ceil(_SEEN_FOR_ONE * count * lists / max(images, 1))
        options: dict[str, Any] = {"nprobe": min(lists, max(LISTS, wanted))}
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            select: Any = faiss.IDSelectorBitmap
            options["sel"] = select(bits)
        padded = np.zeros((1, self._faiss.d), np.float32)
        padded[0, : self._dim] = query
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)  # waking others up takes longer than the search
        try:
            _, found = self._faiss.search(padded, count, params=faiss.IVFSearchParameters(**options))
        finally:
            faiss.omp_set_num_threads(threads)
        rows: Rows = np.sort(found[0][found[0] >= 0]).astype(np.intp)
        return rows

    def _unit_rows(self, embeddings: Floats) -> Floats:
        """(n, D) -> (n, width): scaled, with one more coordinate, and zeros to a whole number of bytes."""
        unit = np.zeros((len(embeddings), -(-(self._dim + 1) // 8) * 8), np.float32)
        unit[:, : self._dim] = embeddings / np.float32(self._norm)
        lengths = np.einsum("nd,nd->n", unit, unit)
        unit[:, self._dim] = np.sqrt(np.maximum(0, 1 - lengths))
        return unit

    def save(self, folder: Path) -> None:
        """Write the index into a folder that is being made."""
        import faiss

        content = faiss.serialize_index(self._faiss)
        content.tofile(folder / _FILE)
        description = _Description(
            sha256=hashlib.sha256(content.data).hexdigest(), dim=self._dim, rows=len(self), norm=self._norm
        )
        write_json(folder / _DESCRIPTION, description.model_dump(mode="json"))

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read an index that `save` has written.

        Raises:
            TwobranchError: if its description is damaged.
            ValueError: if its file was changed; FAISS sees no byte of such a file.
        """
        import faiss

        told = validated(_Description, read_json(folder / _DESCRIPTION, "the description"), str(folder / _DESCRIPTION))
        content = np.fromfile(folder / _FILE, np.uint8)
        if hashlib.sha256(content.data).hexdigest() != told.sha256:
            raise ValueError("the file of the approximate index was changed")
        index = faiss.deserialize_index(content)
        if not isinstance(index, faiss.IndexIVFRaBitQFastScan) or index.ntotal != told.rows or index.d <= told.dim:
            raise ValueError("another kind of index")
        return cls(index, told.dim, told.norm)

    @staticmethod
    def files(folder: Path) -> list[Path]:
        """The files of an index in a folder, where there is one."""
        return [folder / name for name in (_FILE, _DESCRIPTION) if (folder / name).is_file()]


def lists_for(count: int) -> int:
    """Lists for a gallery of `count` images: about four times the root, a power of two.

    Example:
        >>> [lists_for(count) for count in (1, 10_000, 100_000, 1_000_000)]
        [1, 512, 1024, 4096]
    """
    return int(2 ** round(math.log2(min(count, 4 * math.sqrt(count)))))
