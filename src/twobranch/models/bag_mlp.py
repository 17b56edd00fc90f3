"""The branch on bags of tokens: bag of words, n-grams, character n-grams."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from twobranch.models.branch import BranchConfig, Reads, after_hidden, fully_connected, initialize


class BagMLP(BranchConfig):
    """A fully connected first layer on counts of tokens, then the layers of an MLP: Baqapuri's text networks.

    V -> hidden -> D with batch normalization, ReLU and dropout after each hidden layer (methods.md 2.2 [D]). The
    first layer sums the rows of the tokens that occur, which is the product with the vector of counts; that vector,
    of which all but a few values are zero, is never made.
    """

    reads: ClassVar[Reads] = "tokens"
    hidden: tuple[int, ...] = Field(default=(1024,), min_length=1, description="sizes of the hidden layers")
    dropout: float = Field(default=0.5, ge=0, lt=1, description="share of hidden units dropped in training")

    def build(self, input_size: int, output_size: int) -> nn.Module:
        """A `Bag` and the layers after it."""
        first = self.hidden[0]
        layers: list[nn.Module] = [Bag(input_size, first), *after_hidden(first, self.dropout)]
        layers += fully_connected(self.hidden, self.dropout, output_size)
        initialize(layers)
        return nn.Sequential(*layers)


class Bag(nn.Module):
    """The linear layer on token counts.

    Args:
        vocabulary: size V; token 0 is the padding, which counts nothing.
        size: of the output.

    Example:
        >>> import torch
        >>> bag = Bag(vocabulary=4, size=2)
        >>> one, two = bag(torch.tensor([[3, 1, 3], [1, 0, 0]]))
        >>> bool(torch.allclose(one, 2 * bag.rows.weight[3] + two))
        True
    """

    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__()
        self.rows = nn.EmbeddingBag(vocabulary, size, mode="sum", padding_idx=0)
        # Sentences hold some ten tokens, so the sum of rows of this deviation is of the order of one.
        nn.init.normal_(self.rows.weight, std=0.3)
        nn.init.zeros_(self.rows.weight[0])

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, T) int64 -> (N, size)."""
        result: Tensor = self.rows(tokens)
        return result
