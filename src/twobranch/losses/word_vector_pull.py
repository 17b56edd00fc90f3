"""The pull of word vectors to their start."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor
from torch.nn.functional import mse_loss

from twobranch.losses.base import WordLoss


class WordVectorPull(WordLoss):
    """Word vectors must stay near where they started.

        L = mean over words and values of (w - w0)^2

    | symbol | shape | |
    |---|---|---|
    | w | (V, E) | the table of word vectors |
    | w0 | (V, E) | the table before training |

    A corpus says little of a rare word, and its vector would follow the noise of a few sentences. The PyTorch port
    of the two-branch networks uses it with a weight of 5e-5, tunable up to 1.5 (methods.md 1.8 [C2]). Its vectors
    are as they come; here they are scaled to unit variance, so that equal weights do not mean equal pulls.
    """

    weight: float = Field(default=5e-5, ge=0, description="factor of this loss in the sum of its step")

    def __call__(self, vectors: Tensor, start: Tensor) -> Tensor:
        """The loss of the table; see the class.

        Example:
            >>> import torch
            >>> WordVectorPull()(torch.ones(2, 3), torch.zeros(2, 3))
            tensor(1.)
        """
        return mse_loss(vectors, start)
