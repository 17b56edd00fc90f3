"""The branch without weights: a feature is the embedding."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from twobranch.errors import TwobranchError
from twobranch.models.branch import BranchConfig


class Identity(BranchConfig):
    """Nothing between the feature and the embedding, for encoders whose features already lie in one space.

    With two towers of CLIP or SigLIP, and nothing trained, that is their zero-shot matching; with encoders that are
    trained end to end, what they give is compared directly.

    Example:
        >>> import torch
        >>> Identity().build(512, 512)(torch.ones(1, 512)).shape
        torch.Size([1, 512])
        >>> Identity().build(768, 512)
        Traceback (most recent call last):
        ...
        twobranch.errors.TwobranchError: model.embedding: must be the length of the encoder's feature where a branch is
        identity, but found 512. Set model.embedding=768; both encoders must give features of that length.
    """

    has_weights: ClassVar[bool] = False

    def build(self, input_size: int, output_size: int) -> nn.Module:
        """The module that changes nothing.

        Raises:
            TwobranchError: unless the feature has the length of the embedding.
        """
        if input_size != output_size:
            raise TwobranchError(
                "model.embedding",
                "must be the length of the encoder's feature where a branch is identity",
                found=output_size,
                remedy=f"Set model.embedding={input_size}; both encoders must give features of that length.",
            )
        return nn.Identity()
