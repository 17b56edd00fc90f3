"""The softmax over the regions that a phrase might mean."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from twobranch.losses.base import ScoreLoss
from twobranch.losses.masks import PairMask


class SoftmaxOverRegions(ScoreLoss):
    """One of a phrase's regions must stand out from all the others.

        L = mean over phrases c of  -log  sum_{r in M(c)} exp(a s_rc) / sum_{r in M(c) or N(c)} exp(a s_rc)

    | symbol | option | |
    |---|---|---|
    | s | | score of a region with a phrase, (B, C) |
    | M, N | | regions that match the phrase, and those that may be negatives; ignored ones are in neither |
    | a | scale | what a score is multiplied by; cosines need about 20, logits of a head 1 |

    The matches of a phrase are near duplicates, and which of them wins does not matter: so their probabilities are
    summed, where a mean of logarithms would ask for all of them alike. Phrases without a match, or without a
    non-match, are left out. It is how a phrase is asked for in use: among the regions of an image. No paper that
    twobranch follows has it; beside the ranking loss of Wang et al. 2019 it is our own (methods.md 10, [D]).
    """

    scale: float = Field(default=20.0, gt=0, description="what a score is multiplied by before the softmax")

    def __call__(self, scores: Tensor, mask: PairMask) -> Tensor:
        """The loss of a batch; see the class.

        Example:
            >>> mask = PairMask(torch.tensor([[True], [True], [False]]), torch.tensor([[False], [False], [True]]))
            >>> round(SoftmaxOverRegions()(torch.zeros(3, 1), mask).item(), 4)
            0.4055
        """
        asked = mask.match.any(0) & mask.non_match.any(0)  # (C,)
        if not bool(asked.any()):
            return scores.sum() * 0.0
        match, non_match = mask.match[:, asked], mask.non_match[:, asked]  # (B, P)
        logits = self.scale * scores[:, asked]  # (B, P)
        own = logits.masked_fill(~match, -torch.inf).logsumexp(0)  # (P,)
        every = logits.masked_fill(~(match | non_match), -torch.inf).logsumexp(0)  # (P,)
        return (every - own).mean()
