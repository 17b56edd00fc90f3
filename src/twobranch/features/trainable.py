"""The network of an encoder while a stage trains it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

CHUNK = 32
"""Items whose inner state is in memory at a time."""


class Trainable(nn.Module):
    """From what a batch holds of pictures or sentences to their features, with gradients.

    A batch may be larger than what fits into memory: it is read in chunks, and each chunk's inner state is computed
    again when its gradient is (Chen et al. 2016, https://arxiv.org/abs/1604.06174). The embeddings that a loss compares
    are still those of the whole batch. Costs one more forward pass where there is more than one chunk.

    Batch normalization stands still, statistics included: they were measured on far more pictures than a batch holds,
    and a picture must not depend on its neighbors in a chunk.

    Args:
        network: the encoder's network; the first of its outputs is the feature (n, F).
        inputs: from what a batch holds to what the network takes.
        unit: whether a feature is scaled to length 1.

    Example:
        >>> class Mean(nn.Module):
        ...     def forward(self, pixels):
        ...         return (pixels.float().mean((1, 2)),)
        >>> Trainable(Mean(), lambda pixels: (pixels,))(torch.zeros(40, 8, 8, 3, dtype=torch.uint8)).shape
        torch.Size([40, 3])
    """

    def __init__(
        self, network: nn.Module, inputs: Callable[[Tensor], tuple[Tensor, ...]], *, unit: bool = False
    ) -> None:
        super().__init__()
        self.network = network.requires_grad_(True)
        self._inputs, self._unit = inputs, unit

    def forward(self, batch: Tensor) -> Tensor:
        """Pixels (N, size, size, 3) uint8 or tokens (N, T) int64 with 0 as padding -> (N, F)."""
        chunks = torch.split(batch, CHUNK)
        if len(chunks) > 1 and torch.is_grad_enabled():
            return torch.cat([checkpoint(self._read, chunk, use_reentrant=False) for chunk in chunks])
        return torch.cat([self._read(chunk) for chunk in chunks])

    def _read(self, chunk: Tensor) -> Tensor:
        features: Tensor = self.network(*self._inputs(chunk))[0]
        return nn.functional.normalize(features, dim=1) if self._unit else features

    def train(self, mode: bool = True) -> Trainable:
        """Set the training mode of all but batch normalization."""
        super().train(mode)
        for module in self.network.modules():
            if isinstance(module, _BatchNorm):
                module.eval()
        return self

    def weights(self) -> dict[str, Tensor]:
        """The network's weights, for `tuned` of the encoder that it came from."""
        return {name: value.detach().cpu().contiguous() for name, value in self.network.state_dict().items()}
