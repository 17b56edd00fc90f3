"""Tokens of sentences, for a stage that trains the sentence encoder."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from twobranch.errors import TwobranchError
from twobranch.training.inputs.side import WHOLE, Entry, Input, InputConfig, Side


class Tokens(InputConfig):
    """What the network of a sentence encoder reads: (C, T) int64, 0 is padding.

    It enters at the encoder, so that a step can train it (part `sentence.encoder`). Encoders that learn their words
    from the corpus have no network; their token ids are `features`.
    """

    enters: ClassVar[Entry] = "encoder"

    def of(self, side: Side) -> Input:
        """The input of a side.

        Raises:
            TwobranchError: if the side has no sentence encoder with a network.
        """
        encoder: Any = side.encoder
        if not hasattr(encoder, "tokens") or hasattr(encoder, "size"):
            raise TwobranchError("input tokens", "is for the sentence side", remedy="Use the input features or pixels.")
        encoder.tokens([])  # an encoder without a network says so here, not in the middle of a training

        def gather(rows: NDArray[np.int64], random: np.random.Generator, part: slice = WHOLE) -> Tensor:
            return torch.from_numpy(encoder.tokens([side.items[row] for row in rows[part]]))

        return gather
