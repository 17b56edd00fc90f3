"""The softmax over non-matches that the in-batch losses share."""

from __future__ import annotations

import torch
from torch import Tensor

from twobranch.losses.masks import PairMask


def softmax_over_non_matches(logits: Tensor, mask: PairMask) -> Tensor:
    """Each match against the non-matches of its row: the mean of its negative log-probability.

        mean over matches (r, c) of  -log exp(l_rc) / (exp(l_rc) + sum_{c'} exp(l_rc')),  c' the non-matches of r

    The other matches of a row are left out of its softmax, since they are no mistakes; so are ignored pairs.

    Args:
        logits: (R, C) float.
        mask: (R, C).

    Returns:
        A scalar; zero where there is no match.

    Example:
        >>> mask = PairMask(torch.tensor([[True, False, True]]), torch.tensor([[False, True, False]]))
        >>> round(softmax_over_non_matches(torch.zeros(1, 3), mask).item(), 4)
        0.6931
    """
    row, column = mask.match.nonzero(as_tuple=True)  # (P,), (P,)
    if len(row) == 0:
        return logits.sum() * 0.0
    # A very low number instead of minus infinity: a row without any non-match then gives zero, not NaN. It is added,
    # which on a processor takes a fraction of the time of masked_fill and its gradient.
    left_out = 1 - mask.non_match.view(torch.uint8).to(logits.dtype)  # (R, C)
    others = (logits + left_out * (torch.finfo(logits.dtype).min / 2)).logsumexp(1)  # (R,)
    return torch.nn.functional.softplus(others[row] - logits[row, column]).mean()
