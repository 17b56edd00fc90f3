"""Tiles of a score matrix: how it is cut, which tiles hold matches, and the scores of two embedding matrices."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from twobranch.errors import TwobranchError

ALIGNMENT = 16
"""Tiles of embeddings are multiples of this: at the ragged edge of a matrix product the kernels round differently, so
that the scores of a collapsed model would not be equal to the last bit and its ties would be broken by accident."""


_CHECKED = 8192
"""Rows whose values are checked at a time."""


@dataclass(frozen=True)
class Tile:
    """One stretch of rows or columns; the first `fresh` of them were covered by the tile before.

    All tiles of a side have the same length (the last one is moved back to fit), so that all products have the same
    shape and round alike.
    """

    start: int
    stop: int
    fresh: int

    @property
    def whole(self) -> slice:
        """All of it, overlap included."""
        return slice(self.start, self.stop)

    @property
    def new(self) -> slice:
        """The part that no tile before has covered, in positions of the side."""
        return slice(self.start + self.fresh, self.stop)


def cut(count: int, size: int) -> list[Tile]:
    """Cut `count` positions into the fewest tiles of one length of at most about `size`.

    Example:
        >>> [(tile.start, tile.stop, tile.fresh) for tile in cut(100, 48)]
        [(0, 48, 0), (48, 96, 0), (52, 100, 44)]
        >>> cut(5, 48)
        [Tile(start=0, stop=5, fresh=0)]
    """
    pieces = -(-count // size)
    length = -(-count // pieces)
    if size % ALIGNMENT == 0:
        length = -(-length // ALIGNMENT) * ALIGNMENT
    length = min(length, count)
    tiles = []
    covered = 0
    while covered < count:
        start = min(covered, count - length)
        tiles.append(Tile(start, start + length, covered - start))
        covered = start + length
    return tiles


def tiles_with_matches(
    image_codes: np.ndarray, sentence_codes: np.ndarray, rows: list[Tile], columns: list[Tile]
) -> set[tuple[int, int]]:
    """The tiles (row number, column number) that hold at least one match, by a join on the group codes.

    Args:
        image_codes: (N,) group code of each image.
        sentence_codes: (M,) group code of each sentence.
        rows: the tiles of the images.
        columns: the tiles of the sentences.

    Example:
        >>> sorted(tiles_with_matches(np.array([0, 1]), np.array([0, 0, 1]), cut(2, 1), cut(3, 1)))
        [(0, 0), (0, 1), (1, 2)]
    """
    left, right = _places(image_codes, rows), _places(sentence_codes, columns)  # (n, 2) distinct (code, tile)
    here, there = match_positions(left[:, 0], right[:, 0])
    flat = np.unique(left[here, 1] * len(columns) + right[there, 1])
    return {(int(cell) // len(columns), int(cell) % len(columns)) for cell in flat}


def match_positions(image_codes: np.ndarray, sentence_codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The positions (rows, columns) of all matches, by a join on the group codes rather than a dense comparison.

    Example:
        >>> match_positions(np.array([4, 5, 4]), np.array([5, 4]))
        (array([0, 1, 2]), array([1, 0, 1]))
    """
    order = np.argsort(sentence_codes, kind="stable")
    sorted_codes = sentence_codes[order]
    first = np.searchsorted(sorted_codes, image_codes, "left")
    partners = np.searchsorted(sorted_codes, image_codes, "right") - first
    rows = np.repeat(np.arange(len(image_codes)), partners)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(partners) - partners, partners)
    return rows, order[np.repeat(first, partners) + offset]


def _places(codes: np.ndarray, tiles: list[Tile]) -> np.ndarray:
    numbers = np.empty(len(codes), dtype=np.int64)
    for number, tile in enumerate(tiles):
        numbers[tile.new] = number
    flat = np.unique(codes.astype(np.int64) * len(tiles) + numbers)
    return np.stack([flat // len(tiles), flat % len(tiles)], axis=1)


class EmbeddingScores:
    """Scores a tile of image rows and sentence rows by dot product, in torch; the `score_tile` of embeddings.

    Args:
        images: (N, D) embeddings, numpy array or torch tensor on any device.
        sentences: (M, D) embeddings.
        image_order: (N,) permutation under which the tiles see the images; None where they stand in that order.
        sentence_order: (M,) the same for the sentences.
        device: the torch device that computes, to which the rows of a tile are brought; that of both sides if None.

    Raises:
        TwobranchError: for shapes that do not fit or an embedding that is not finite.

    Example:
        >>> scores = EmbeddingScores(np.eye(3, dtype=np.float32), np.ones((2, 3), dtype=np.float32))
        >>> scores(slice(0, 2), slice(1, 2))
        tensor([[1.],
                [1.]])
    """

    def __init__(
        self,
        images: Any,
        sentences: Any,
        image_order: np.ndarray | None = None,
        sentence_order: np.ndarray | None = None,
        *,
        device: Any = None,
    ) -> None:
        import torch

        sides = [_embeddings(images, "image_embeddings"), _embeddings(sentences, "sentence_embeddings")]
        if sides[0].shape[1] != sides[1].shape[1]:
            raise TwobranchError(
                "sentence_embeddings",
                f"sentences must have the dimension of the images, {sides[0].shape[1]}",
                found=sides[1].shape[1],
                remedy="Encode both with the same matcher.",
            )
        if device is None and sides[0].device != sides[1].device:
            raise TwobranchError(
                "sentence_embeddings",
                f"sentences must be on the device of the images, {sides[0].device}",
                found=sides[1].device,
                remedy="Move both to one device, or say which computes.",
            )
        self._sides = sides
        self._device = sides[0].device if device is None else torch.device(device)
        self._dtype = torch.promote_types(*(_computed_in(side) for side in sides))
        self._orders = [
            None if order is None else torch.from_numpy(order).to(side.device)
            for order, side in zip((image_order, sentence_order), sides, strict=True)
        ]
        self._blocks: list[tuple[slice, Any] | None] = [None, None]
        self._product = torch.empty((0, 0), dtype=self._dtype, device=self._device)

    def __call__(self, rows: slice, columns: slice) -> Any:
        """The scores (b, c) of a tile; the tensor is overwritten by the next call with a tile of the same shape."""
        import torch

        images, sentences = self._block(0, rows), self._block(1, columns)  # (b', D), (c', D)
        if self._product.shape != (len(images), len(sentences)):
            self._product = images.new_empty((len(images), len(sentences)))
        torch.mm(images, sentences.T, out=self._product)  # (b', c')
        return self._product[: rows.stop - rows.start, : columns.stop - columns.start]

    def _block(self, side: int, rows: slice) -> Any:
        """The rows of one tile in tile order, zero rows added up to a multiple of `ALIGNMENT`; the last is kept."""
        import torch

        kept = self._blocks[side]
        if kept is not None and kept[0] == rows:
            return kept[1]
        embeddings, order = self._sides[side], self._orders[side]
        block = embeddings[rows] if order is None else embeddings.index_select(0, order[rows])
        block = block.to(self._device, self._dtype)
        missing = -len(block) % ALIGNMENT
        if missing:
            block = torch.cat([block, block.new_zeros((missing, block.shape[1]))])
        self._blocks[side] = (rows, block)
        return block


def as_tensor(array: Any) -> Any:
    """A float32 or float64 tensor without gradient of a numpy array or a torch tensor; memory is shared if possible.

    Example:
        >>> as_tensor(np.array([1, 2], dtype=np.float16))
        tensor([1., 2.])
    """
    tensor = _shared(array)
    return tensor.to(_computed_in(tensor))


def _shared(array: Any) -> Any:
    """A tensor on the memory of an array."""
    import torch

    if isinstance(array, torch.Tensor):
        return array.detach()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not writable.*")  # read-only maps are only read here
        return torch.from_numpy(np.ascontiguousarray(array))


def _computed_in(tensor: Any) -> Any:
    """The type of number that a tensor is computed with: its own if that is precise enough."""
    import torch

    if tensor.dtype in (torch.float32, torch.float64):
        return tensor.dtype
    return torch.float32 if tensor.dtype.is_floating_point else torch.float64


def _embeddings(embeddings: Any, name: str) -> Any:
    """The matrix of one side, its values checked."""
    import torch

    tensor = _shared(embeddings)
    if tensor.ndim != 2 or 0 in tensor.shape:
        raise TwobranchError(
            name, "embeddings must be a matrix (rows, D) that is not empty", found=f"shape {tuple(tensor.shape)}",
            remedy="Give one row per image or sentence.",
        )  # fmt: skip
    for start in range(0, len(tensor), _CHECKED):
        some = tensor[start : start + _CHECKED]
        # A finite sum proves finite rows; an infinite one may be an overflow.
        if math.isfinite(float(some.to(_computed_in(some)).sum())):
            continue
        bad = torch.nonzero(~torch.isfinite(some).all(dim=1)).flatten()
        if len(bad):
            raise TwobranchError(
                f"{name}, row {start + int(bad[0])}",
                "every embedding must consist of finite numbers",
                found="NaN or infinity",
                remedy="The training has diverged: lower the learning rate, or evaluate an earlier checkpoint.",
            )
    return tensor
