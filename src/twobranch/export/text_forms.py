"""Networks that read text, written for other engines: the same results from plain operations on padded sentences.

Packed sequences, loops over the data and bags of rows exist in torch, and in few other places.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from twobranch.models.bag_mlp import Bag
from twobranch.models.text.pooling import masked_max, masked_mean
from twobranch.models.text.recurrent import Recurrent
from twobranch.models.text.text_cnn import ResidualSlots, placed


class SummedRows(nn.Module):
    """A `Bag`: the sum of the rows of all tokens."""

    def __init__(self, bag: Bag) -> None:
        super().__init__()
        self.register_buffer("rows", bag.rows.weight.detach().clone())

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, T) int64, 0 is padding -> (N, size)."""
        rows = nn.functional.embedding(tokens, self.get_buffer("rows"))  # (N, T, size)
        return (rows * (tokens != 0)[:, :, None].to(rows.dtype)).sum(1)


class PaddedRecurrent(nn.Module):
    """A `Recurrent` that steps over the padding, too, where nothing that is read later depends on it.

    Forward, the padding comes after the sentence. Backward, each sentence is turned around within its own length, so
    that it does so again.
    """

    def __init__(self, recurrent: Recurrent) -> None:
        super().__init__()
        self.pooling = recurrent.pooling
        self.directions = 2 if recurrent.cell.bidirectional else 1
        cell = recurrent.cell
        cells = [_one(cell, layer, way) for layer in range(cell.num_layers) for way in range(self.directions)]
        self.cells = nn.ModuleList(cells)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """(N, T, E), (N, T) bool -> (N, H)."""
        lengths = mask.sum(1, keepdim=True)  # (N, 1)
        places = torch.arange(vectors.shape[1], device=vectors.device)[None]  # (1, T)
        turned = torch.where(places < lengths, lengths - 1 - places, places)  # (N, T), its own inverse
        states = vectors
        for first in range(0, len(self.cells), self.directions):
            ways = [self.cells[first](states)[0]]
            if self.directions == 2:
                ways.append(_taken(self.cells[first + 1](_taken(states, turned))[0], turned))
            states = torch.cat(ways, 2)  # (N, T, H)
        if self.pooling != "last":
            return masked_mean(states, mask) if self.pooling == "mean" else masked_max(states, mask)
        ends = [_taken(ways[0], lengths - 1)[:, 0], *(way[:, 0] for way in ways[1:])]
        return torch.cat(ends, 1)  # (N, H)


def _taken(values: Tensor, places: Tensor) -> Tensor:
    """(N, T, H) at places (N, S) -> (N, S, H)."""
    return values.gather(1, places[:, :, None].expand(-1, -1, values.shape[2]))


def _one(cell: nn.GRU | nn.LSTM, layer: int, way: int) -> nn.GRU | nn.LSTM:
    """A single layer in a single direction, with its weights."""
    ending = f"_l{layer}" + ("_reverse" if way else "")
    weights = {f"{name}_l0": getattr(cell, name + ending) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    one = type(cell)(weights["weight_ih_l0"].shape[1], cell.hidden_size, batch_first=True)
    one.load_state_dict(weights)
    return one


class EveryPlace(nn.Module):
    """A `ResidualSlots` that reads a sentence at all places of the slots at once, and drops where it does not fit."""

    def __init__(self, network: ResidualSlots) -> None:
        super().__init__()
        self.network = network

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """(N, T, E), (N, T) bool -> (N, H)."""
        slots = self.network.slots
        lengths = mask.sum(1).clamp(max=slots)
        starts = torch.arange(slots if self.network.shift else 1, device=vectors.device)  # (S,)
        places = len(starts)
        begin = starts.repeat(lengths.shape[0])  # (N * S,), the places of the first sentence first
        rows = vectors.repeat_interleave(places, 0)  # (N * S, T, E)
        found = self.network._read(placed(rows, lengths.repeat_interleave(places), begin, slots))  # (N * S, H)
        fits = (starts[None] <= slots - lengths[:, None]).to(found.dtype)  # (N, S)
        each = found.view(-1, places, self.network.size)
        return (each * fits[:, :, None]).sum(1) / fits.sum(1, keepdim=True)


FORMS: dict[type[nn.Module], Callable[[Any], nn.Module]] = {
    Bag: SummedRows,
    Recurrent: PaddedRecurrent,
    ResidualSlots: EveryPlace,
}
"""The networks that are written anew; all others go out as they are."""


def exportable(module: nn.Module) -> nn.Module:
    """A copy of a branch in which the networks of `FORMS` have their other form.

    Example:
        >>> branch = nn.Sequential(Bag(vocabulary=4, size=2), nn.Linear(2, 3))
        >>> tokens = torch.tensor([[3, 1, 3], [1, 0, 0]])
        >>> bool(torch.allclose(exportable(branch)(tokens), branch(tokens)))
        True
    """
    other = copy.deepcopy(module)
    if type(other) in FORMS:
        return FORMS[type(other)](other)
    for name, child in other.named_children():
        setattr(other, name, exportable(child))
    return other
