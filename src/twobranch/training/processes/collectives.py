"""What processes say to each other: rows put together with their gradients, tensors and JSON of the first one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from twobranch.errors import TwobranchError

Group = dist.ProcessGroup


@contextlib.contextmanager
def talking() -> Iterator[None]:
    """What torch raises where another process is gone, as the project's error."""
    try:
        yield
    except RuntimeError as error:
        raise TwobranchError(
            "training on several processes",
            "all of them must run to the end",
            found=f"one that does not answer ({str(error).splitlines()[0]})",
            remedy="Look for what its machine says of it, for example that memory ran out; then go on with --resume.",
        ) from error


def sizes(count: int, processes: int) -> list[int]:
    """How many of `count` rows each process has; the first ones have one more where it does not divide.

    Example:
        >>> sizes(7, 3)
        [3, 2, 2]
    """
    return [count // processes + (number < count % processes) for number in range(processes)]


def all_rows(own: Tensor, of_each: Sequence[int], index: int) -> Tensor:
    """Put together the rows of all processes, in their order; the gradient of each part is the sum over the processes.

    Args:
        own: (n, ...) of this process.
        of_each: rows of each process.
        index: this process.

    Returns:
        (N, ...).
    """
    together: Tensor = _AllRows.apply(own, of_each, index)  # type: ignore[no-untyped-call]
    return together


class _AllRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, own: Tensor, of_each: Sequence[int], index: int) -> Tensor:
        ctx.part = slice(sum(of_each[:index]), sum(of_each[: index + 1]))
        most = max(of_each)
        # Parts are sent in one size: not every backend takes others.
        filled = own if len(own) == most else torch.cat([own, own.new_zeros(most - len(own), *own.shape[1:])])
        found = [torch.empty_like(filled) for _ in of_each]
        with talking():
            dist.all_gather(found, filled.contiguous())
        return torch.cat([part[:rows] for part, rows in zip(found, of_each, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        # Each process has a loss of its own of all rows, and all of these losses count.
        total = gradients[0].clone(memory_format=torch.contiguous_format)
        with talking():
            dist.all_reduce(total)
        return total[ctx.part], None, None


def mean_gradients(gradients: Sequence[Tensor | None], processes: int) -> list[Tensor | None]:
    """The mean over the processes, in one message; what has no gradient in one process has none in any."""
    present = [gradient for gradient in gradients if gradient is not None]
    if not present:
        return list(gradients)
    flat = torch.cat([gradient.flatten() for gradient in present])
    with talking():
        dist.all_reduce(flat)
    parts = iter(torch.split(flat / processes, [gradient.numel() for gradient in present]))
    return [None if gradient is None else next(parts).view_as(gradient).to(gradient.dtype) for gradient in gradients]


def told(index: int, compute: Callable[[], Any], group: Group) -> Any:
    """What process 0 computes, as JSON, which nobody has to unpickle."""
    text = json.dumps(compute()).encode() if index == 0 else b""
    length = torch.tensor([len(text)])
    with talking():
        dist.broadcast(length, 0, group)
        data = torch.frombuffer(bytearray(text or bytes(int(length))), dtype=torch.uint8)
        dist.broadcast(data, 0, group)
    return json.loads(data.numpy().tobytes())


def given(index: int, read: Callable[[], Mapping[str, Tensor]], group: Group) -> dict[str, Tensor]:
    """The tensors that process 0 reads, by name, on the processor."""
    held = {name: value.detach().cpu().contiguous() for name, value in read().items()} if index == 0 else {}
    kinds = told(index, lambda: {name: [list(v.shape), str(v.dtype)] for name, v in held.items()}, group)
    for name, (shape, dtype) in kinds.items():
        if index:
            held[name] = torch.empty(shape, dtype=getattr(torch, dtype.removeprefix("torch.")))
        if held[name].numel():
            with talking():
                dist.broadcast(held[name].view(-1).view(torch.uint8), 0, group)
    return held
