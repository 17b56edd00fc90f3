"""Batch normalization over the rows of all processes; torch's own refuses tensors of a processor."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

Gather = Callable[[Tensor], Tensor]
"""From a row (1, S) of each process to all of them (processes, S), with gradients."""


class SharedBatchNorm(_BatchNorm):
    """The same as one process would compute with the rows of all; in evaluation mode it is the module it came from.

    Each process measures its own rows, and the measures are merged (Chan, Golub and LeVeque 1979, equation 2.1), which
    loses no digits where a mean is large, as sums of squares do. A process may have no rows at all.

    Args:
        module: the batch normalization whose weights and statistics it takes over.
        gather: puts the measures of the processes together.

    Example:
        >>> module, x = nn.BatchNorm1d(2), torch.randn(5, 2) + 3
        >>> shared = SharedBatchNorm(nn.BatchNorm1d(2), gather=lambda measures: measures)
        >>> bool(torch.allclose(shared(x), module(x), atol=1e-6))
        True
    """

    def __init__(self, module: _BatchNorm, gather: Gather) -> None:
        super().__init__(module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats)
        self._parameters, self._buffers = module._parameters, module._buffers
        self.training = module.training
        self._gather = gather

    def forward(self, input: Tensor) -> Tensor:
        """(N, F, ...) -> (N, F, ...), each of the F channels normalized over all else."""
        if not self.training:
            return super().forward(input)
        values = input.float()
        mean, variance, count = self._measured(values)
        self._remember(mean.detach(), variance.detach() * count / (count - 1))
        scale = (variance + self.eps).rsqrt() * (1.0 if self.weight is None else self.weight)  # (F,)
        shift = -mean * scale + (0.0 if self.bias is None else self.bias)  # (F,)
        channels = (1, -1, *[1] * (input.ndim - 2))
        return (values * scale.view(channels) + shift.view(channels)).to(input.dtype)

    def _measured(self, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Mean (F,), variance (F,) and number of values of a channel, over all processes."""
        over = [dim for dim in range(values.ndim) if dim != 1]
        count = values.numel() // values.shape[1]
        own_mean = values.sum(over, keepdim=True) / max(1, count)
        own_squares = (values - own_mean).square().sum(over)  # (F,)
        measures = torch.cat([own_mean.flatten(), own_squares, own_squares.new_tensor([count])])[None]  # (1, 2F + 1)
        means, squares, counts = torch.split(self._gather(measures), [self.num_features, self.num_features, 1], 1)
        total = counts.sum()
        mean = (means * counts).sum(0) / total
        variance = (squares + counts * (means - mean).square()).sum(0) / total
        return mean, variance, total.detach()

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        share = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected (N, F, ...), got {tuple(input.shape)}")


def share_batch_norms(network: nn.Module, gather: Gather) -> None:
    """Put a `SharedBatchNorm` in the place of each batch normalization of a network; names of weights stay.

    Example:
        >>> network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        >>> names = list(network.state_dict())
        >>> share_batch_norms(network, lambda measures: measures)
        >>> type(network[1]).__name__, list(network.state_dict()) == names
        ('SharedBatchNorm', True)
    """
    for parent in list(network.modules()):
        for name, module in list(parent.named_children()):
            if isinstance(module, _BatchNorm):
                setattr(parent, name, SharedBatchNorm(module, gather))
