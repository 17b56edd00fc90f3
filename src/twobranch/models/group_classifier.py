"""The classifier over groups that both branches share while instance loss trains them."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn

from twobranch.config import Config
from twobranch.models.dropout import Dropout


class GroupClassifierConfig(Config):
    """One linear layer, D -> number of groups of the training split; its weights serve both branches.

    Zheng et al. 2020, section 3.3: each training image is a class of its own with its sentences (methods.md 4.3 [C]).
    It reads what a branch gives before it is normalized, and is not part of the matcher.
    """

    bias: bool = Field(default=True, description="whether each group has a bias")
    dropout: float = Field(default=0.5, ge=0, lt=1, description="share of embedding values dropped before it")
    initial_scale: float = Field(default=0.1, gt=0, description="factor of the usual initial weights (4.4 [C])")

    def build(self, size: int, groups: int) -> GroupClassifier:
        """The module for embeddings of this size and this many groups."""
        return GroupClassifier(size, groups, self.bias, self.dropout, self.initial_scale)


class Candidates(NamedTuple):
    """A few groups that stand for all of them.

    | field | shape | |
    |---|---|---|
    | groups | (K,) int64 | sorted: those of the batch and the ones that were drawn |
    | correction | (K,) float32 | added to the logits: log(how many groups a drawn one stands for), 0 for the batch's |
    """

    groups: Tensor
    correction: Tensor


class GroupClassifier(nn.Module):
    """Logits of groups; see `GroupClassifierConfig`."""

    def __init__(self, size: int, groups: int, bias: bool, dropout: float, initial_scale: float) -> None:
        super().__init__()
        self.dropout = Dropout(dropout)
        self.weight = nn.Parameter(torch.empty(groups, size).uniform_(-1, 1) * (initial_scale / math.sqrt(size)))
        self.bias = nn.Parameter(torch.zeros(groups)) if bias else None

    def draw(self, own: Tensor, number: int) -> Candidates:
        """The batch's groups and some others, drawn uniformly with torch's generator.

        Args:
            own: (N,) int64, groups of the batch.
            number: how many others; all of them where there are fewer.
        """
        is_own = torch.zeros(len(self.weight), dtype=torch.bool, device=own.device)
        is_own[own] = True
        own, others = is_own.nonzero()[:, 0], (~is_own).nonzero()[:, 0]
        drawn = others[torch.randperm(len(others), device=own.device)[:number]]
        groups, order = torch.cat([own, drawn]).sort()
        # Each drawn group stands for len(others) / number of them: the sum of exponentials stays unbiased.
        stands_for = math.log(len(others) / len(drawn)) if len(drawn) else 0.0
        correction = torch.cat([torch.zeros(len(own)), torch.full((len(drawn),), stands_for)]).to(own.device)
        return Candidates(groups, correction[order])

    def forward(self, projections: Tensor, candidates: Candidates | None = None) -> Tensor:
        """(N, D) -> (N, groups), or (N, K) for K candidates."""
        projections = self.dropout(projections)
        if candidates is None:
            return nn.functional.linear(projections, self.weight, self.bias)
        chosen, correction = candidates
        bias = correction if self.bias is None else self.bias[chosen] + correction
        return nn.functional.linear(projections, self.weight[chosen], bias)
