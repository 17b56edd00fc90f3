"""The processes of a training, as each of them sees them; here the form for one process, in which nothing is shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Result = TypeVar("Result")


class Processes:
    """One process that trains alone. `ProcessGroup` is the same for several, and the loop does not know which it has.

    All processes draw the same batches and go the same way. Networks run on a part of a batch in each process; what
    they give is put together, so that losses see the whole batch everywhere. The first process alone writes and
    measures, and tells the others.

    Attributes:
        index: number of this process, from 0.
        count: how many there are.

    Example:
        >>> alone = Processes()
        >>> alone.part(5), alone.from_first(lambda: 3)
        (slice(0, 5, None), 3)
    """

    index: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes."""
        return self.index == 0

    # ---- a batch

    def begin(self, seed: Sequence[int]) -> None:
        """Begin a batch; what its networks draw in a process comes from this seed and the process's number."""

    def part(self, count: int) -> slice:
        """The rows of this process among `count` rows.

        Raises:
            TwobranchError: if there are fewer rows than processes.
        """
        return slice(0, count)

    def own(self, rows: Tensor) -> Tensor:
        """The part of this process of rows that all processes have; it may be empty."""
        return rows

    def together(self, count: int, compute: Callable[[], Tensor]) -> Tensor:
        """All rows of what each process computes for its part.

        Args:
            count: N, rows of the whole.
            compute: gives this process's part, (n, ...).

        Returns:
            (N, ...), the same in all processes; gradients reach every part.
        """
        return compute()

    def averaged(self, gradients: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        """The mean of the processes' gradients, each of which is of the loss of the whole batch."""
        return gradients

    # ---- decisions and files

    def from_first(self, compute: Callable[[], Result]) -> Result:
        """What the first process computes, told to all: numbers, texts, lists and dictionaries (JSON)."""
        return compute()

    def tensors_from_first(self, read: Callable[[], Mapping[str, Tensor]]) -> Mapping[str, Tensor]:
        """Tensors by name that the first process reads, given to all."""
        return read()

    def on_first(self, write: Callable[..., object], *arguments: Any) -> None:
        """Call a function in the first process only: what writes files."""
        write(*arguments)

    def machine_first(self, work: Callable[[], Result]) -> Result:
        """Do some work in one process of each machine, then in the others, which find in the cache what it left."""
        return work()

    # ---- where it runs

    def device(self, device: torch.device) -> torch.device:
        """The device of this process, of the kind that was chosen.

        Raises:
            TwobranchError: if processes cannot train together there.
        """
        return device

    def use_threads(self, threads: int | None) -> None:
        """Set torch's threads; None: the processors that this process has for itself."""
        if threads is not None:
            torch.set_num_threads(threads)

    def share(self, network: nn.Module) -> None:
        """Give all processes the first one's weights, and batch normalization the statistics of whole batches."""


ALONE = Processes()
"""One process."""
