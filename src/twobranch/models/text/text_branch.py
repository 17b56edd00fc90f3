"""What all branches that read words have in common: a table of word vectors, a network, a head."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Protocol

import torch
from pydantic import Field
from torch import Tensor, nn

from twobranch.models.branch import BranchConfig, Output, Reads, fully_connected, initialize
from twobranch.models.dropout import Dropout
from twobranch.models.text.word_table import WordTable, WordTableConfig


class TextNetwork(Protocol):
    """Word vectors in, one vector per sentence out."""

    size: int
    """Length H of what it gives."""

    def __call__(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """(N, T, E) word vectors, zero where there is none, and (N, T) bool, where there is a word -> (N, H)."""


class TextBranchConfig(BranchConfig):
    """The base of all branches that read words: `network` makes what lies between the words and the head."""

    reads: ClassVar[Reads] = "tokens"
    words: WordTableConfig = Field(default=WordTableConfig(), description="the word vectors")
    word_dropout: float = Field(default=0.0, ge=0, lt=1, description="share of word values dropped in training")
    hidden: tuple[int, ...] = Field(default=(), description="sizes of hidden layers between network and embedding")
    dropout: float = Field(default=0.5, ge=0, lt=1, description="share of values dropped after each hidden layer")
    output: Output = Field(default="linear", description="what follows the last layer; see the branch mlp")

    @abstractmethod
    def network(self) -> nn.Module:
        """The network, a `TextNetwork`."""

    def build(self, input_size: int, output_size: int) -> TextBranch:
        """The branch for a vocabulary of `input_size` words."""
        words, network = self.words.build(input_size), self.network()
        size: int = network.size  # type: ignore[assignment]
        head = fully_connected((size, *self.hidden), self.dropout, output_size, self.output)
        initialize(head)
        return TextBranch(words, Dropout(self.word_dropout), network, nn.Sequential(*head))


class TextBranch(nn.Module):
    """Token ids to embeddings; padding enters nothing.

    Args:
        words: the table of word vectors.
        dropout: on word vectors.
        network: a `TextNetwork`.
        head: (N, H) -> (N, D).
    """

    def __init__(self, words: WordTable, dropout: nn.Module, network: nn.Module, head: nn.Sequential) -> None:
        super().__init__()
        self.words, self.dropout, self.network, self.head = words, dropout, network, head

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, T) int64, 0 is padding -> (N, D), not normalized."""
        # A sentence without any known word is read as one word whose vector is zero.
        mask = (tokens != 0) | (torch.arange(tokens.shape[1], device=tokens.device) == 0)  # (N, T)
        result: Tensor = self.head(self.network(self.dropout(self.words(tokens)), mask))
        return result
