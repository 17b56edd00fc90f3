"""The logistic loss of the similarity network."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from twobranch.losses.base import PairLoss


class LogisticPairs(PairLoss):
    """Each pair's score must tell whether it matches.

        L = mean over pairs of log(1 + exp(-z s))

    | symbol | option | |
    |---|---|---|
    | s | | logit of the pair; its probability is 1 / (1 + exp(-s)) |
    | z | | +1 for a match, -1 for a non-match; ignored pairs are not among the pairs |

    The similarity network of Wang et al. 2019; the formula from `cite`, which builds on theirs,
    methods.md 1.4 [C2]. The pairs come from `draw_pairs`.
    """

    def __call__(self, logits: Tensor, is_match: Tensor) -> Tensor:
        """The loss of the pairs; see the class. Zero where there is no pair.

        Example:
            >>> round(LogisticPairs()(torch.tensor([0.0, -1.0]), torch.tensor([True, False])).item(), 4)
            0.5032
        """
        if len(logits) == 0:
            return logits.sum() * 0.0
        return softplus(torch.where(is_match, -logits, logits)).mean()
