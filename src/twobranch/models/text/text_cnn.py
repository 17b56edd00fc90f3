"""The deep text network of the dual-path paper: residual convolutions over word slots."""

from __future__ import annotations

import math

import torch
from pydantic import Field
from torch import Tensor, nn

from twobranch.models.text.text_branch import TextBranchConfig

BLOCKS = (
    (128, 256, 1),
    (64, 256, 1), (64, 256, 1),
    (512, 512, 2),
    (128, 512, 1), (128, 512, 1), (128, 512, 1),
    (1024, 1024, 2),
    (256, 1024, 1), (256, 1024, 1), (256, 1024, 1), (256, 1024, 1), (256, 1024, 1),
    (2048, 2048, 1),
)  # fmt: skip
"""Channels inside and after each residual block, and its stride (methods.md 4.2 [C])."""

CHUNK_VALUES = 4_000_000
"""Values of a layer that stand in memory at a time when a sentence is read at all its places."""


class TextCNN(TextBranchConfig):
    """The text path of Zheng et al. 2020: word vectors in fixed slots, 14 residual blocks, a maximum over the slots.

    Each block is 1x1, 1x2, 1x1 convolution with batch normalization after each; two blocks halve the length. With
    `width: 1`, `slots: 32` and words of 300 values it has the paper's size; `embedding: 2048` and `output: rectified`
    make its last layer that of the paper (methods.md 4.2 [C]).

    Here the empty slots are part of the input, as in the paper. A network of fixed slots learns where in a sentence
    words stand, so a sentence is shifted: in training it begins at a random slot, and in use it is read at each place
    where it fits and the answers are averaged.

    Deviation: the embedding layer has no bias, which the batch normalization after it would take away.
    """

    slots: int = Field(default=32, ge=4, description="words that fit; what follows in a sentence is cut")
    width: float = Field(default=1.0, gt=0, description="factor of the paper's numbers of channels")
    position_shift: bool = Field(default=True, description="whether a sentence takes other places than the left end")

    def network(self) -> nn.Module:
        """The `ResidualSlots` network."""
        blocks = [(*(max(1, round(size * self.width)) for size in sizes), stride) for *sizes, stride in BLOCKS]
        return ResidualSlots(self.words.size, self.slots, blocks, shift=self.position_shift)


class ResidualSlots(nn.Module):
    """See `TextCNN`.

    Args:
        size: E, length of a word vector.
        slots: S.
        blocks: channels inside and after each block, and its stride.
        shift: whether sentences take other places than the left end.

    Attributes:
        size: H, channels of the last block.
    """

    def __init__(self, size: int, slots: int, blocks: list[tuple[int, ...]], *, shift: bool) -> None:
        super().__init__()
        self.slots, self.shift = slots, shift
        self.normalization = nn.BatchNorm1d(size)
        made = []
        for inside, after, stride in blocks:
            made.append(Block(size, inside, after, stride))
            size = after
        self.blocks = nn.Sequential(*made)
        self.size = size

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """(N, T, E), (N, T) bool -> (N, H)."""
        lengths = mask.sum(1).clamp(max=self.slots)
        if self.training or not self.shift:
            free = self.slots - lengths
            # A number below 1 times the number of places: uniform over the places 0..free.
            starts = (torch.rand(len(free), device=free.device) * (free + 1)).long() if self.shift else free * 0
            return self._read(placed(vectors, lengths, starts, self.slots))
        return self._read_everywhere(vectors, lengths)

    def _read_everywhere(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """The mean over all places of each sentence."""
        places = self.slots - lengths + 1  # (N,)
        rows = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), places)
        starts = torch.arange(len(rows), device=rows.device) - (places.cumsum(0) - places)[rows]
        total = torch.zeros(len(lengths), self.size, device=vectors.device)
        chunk = max(1, CHUNK_VALUES // (self.slots * self.size))
        for some, at in zip(torch.split(rows, chunk), torch.split(starts, chunk), strict=True):
            found = self._read(placed(vectors[some], lengths[some], at, self.slots))
            total.index_add_(0, some, found.float())
        return total / places[:, None]

    def _read(self, slots: Tensor) -> Tensor:
        """(N, S, E) -> (N, H)."""
        result: Tensor = self.blocks(_each(self.normalization, slots)).amax(1)
        return result


def placed(vectors: Tensor, lengths: Tensor, starts: Tensor, slots: int) -> Tensor:
    """Sentences in slots, zeros around them.

    Args:
        vectors: (N, T, E), the words of each sentence from the left.
        lengths: (N,) int64, words of each sentence.
        starts: (N,) int64, the slot of each sentence's first word; start + length is at most the number of slots.
        slots: S.

    Returns:
        (N, S, E).

    Example:
        >>> words = torch.tensor([[[1.0], [2.0]], [[3.0], [0.0]]])
        >>> placed(words, torch.tensor([2, 1]), torch.tensor([1, 0]), 4)[:, :, 0]
        tensor([[0., 1., 2., 0.],
                [3., 0., 0., 0.]])
    """
    places = torch.arange(slots, device=vectors.device) - starts[:, None]  # (N, S), which word stands in the slot
    here = (places >= 0) & (places < lengths[:, None])
    rows = places.clamp(0, vectors.shape[1] - 1)[:, :, None].expand(-1, -1, vectors.shape[2])
    return vectors.gather(1, rows) * here[:, :, None].to(vectors.dtype)


class Block(nn.Module):
    """A residual bottleneck: 1x1, 1x2 (with the stride), 1x1 convolution, beside an identity or a 1x1 convolution.

    Convolutions of this length are matrix products over the slots; the 1x2 one sees its slot and the one before it.
    """

    def __init__(self, size: int, inside: int, after: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.first, self.first_norm = _linear(size, inside), nn.BatchNorm1d(inside)
        self.second, self.second_norm = _linear(2 * inside, inside), nn.BatchNorm1d(inside)
        self.third, self.third_norm = _linear(inside, after), nn.BatchNorm1d(after)
        self.shortcut = self.shortcut_norm = None
        if size != after or stride > 1:
            self.shortcut, self.shortcut_norm = _linear(size, after), nn.BatchNorm1d(after)

    def forward(self, values: Tensor) -> Tensor:
        """(N, S, size) -> (N, S / stride, after)."""
        state = torch.relu(_each(self.first_norm, self.first(values)))
        before = nn.functional.pad(state, (0, 0, 1, 0))[:, :-1]  # one zero on the left only keeps the length
        pairs = torch.cat([before, state], 2)[:, :: self.stride]
        state = torch.relu(_each(self.second_norm, self.second(pairs)))
        state = _each(self.third_norm, self.third(state))
        if self.shortcut is not None and self.shortcut_norm is not None:
            values = _each(self.shortcut_norm, self.shortcut(values[:, :: self.stride]))
        return torch.relu(state + values)


def _linear(size: int, after: int) -> nn.Linear:
    """A layer without a bias, which batch normalization makes idle; uniform start of variance 1 / fan-in (4.4 [C])."""
    layer = nn.Linear(size, after, bias=False)
    bound = math.sqrt(3 / size)
    nn.init.uniform_(layer.weight, -bound, bound)
    return layer


def _each(normalization: nn.BatchNorm1d, values: Tensor) -> Tensor:
    """Normalize each channel over all slots of all sentences: (N, S, C) -> (N, S, C)."""
    flat: Tensor = normalization(values.flatten(0, 1))
    return flat.view(values.shape)
