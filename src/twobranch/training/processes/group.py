"""Several processes that train together, by torch.distributed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from twobranch.errors import TwobranchError
from twobranch.features.runtime import cpu_count
from twobranch.launched import Launched
from twobranch.training.processes.base import Processes, Result
from twobranch.training.processes.batch_norm import share_batch_norms
from twobranch.training.processes.collectives import all_rows, given, mean_gradients, sizes, talking, told

WAITING = timedelta(days=7)
"""How long the others wait for the first process, which encodes and measures."""


class ProcessGroup(Processes):
    """One process among several that make the same updates.

    What one process would draw from torch's generator for the whole batch (negatives, candidates) all draw alike; what
    networks draw for a part (dropout) is drawn from a stream of the process's own, so that parts are not dropped alike.

    Args:
        place: number of this process, and how many there are; the default process group exists already.
    """

    def __init__(self, place: Launched) -> None:
        self.index, self.count, self._place = place.index, place.count, place
        self._seed: list[int] = [0]
        self._drawn = 0
        self._cards: list[int] = []
        with talking():
            # Of its own: tensors of a graphics card and long waits must not share a limit of time.
            self._messages = dist.new_group(backend="gloo", timeout=WAITING)

    def begin(self, seed: Sequence[int]) -> None:
        """Begin a batch; what its networks draw here comes from this seed and the process's number."""
        self._seed, self._drawn = list(seed), 0

    def part(self, count: int) -> slice:
        """The rows of this process among `count` rows."""
        if count < self.count:
            raise TwobranchError(
                "training on several processes",
                f"a batch has an image and a sentence for each of the {self.count} processes",
                found=count,
                remedy="Start fewer processes, or set a larger sampler in the recipe's stages.",
            )
        return self._slice(count)

    def own(self, rows: Tensor) -> Tensor:
        """The part of this process of rows that all have; it may be empty."""
        return rows[self._slice(len(rows))]

    def together(self, count: int, compute: Callable[[], Tensor]) -> Tensor:
        """All rows of what each process computes for its part."""
        with self._own_random():
            own = compute()
        return all_rows(own, sizes(count, self.count), self.index)

    def averaged(self, gradients: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        """The mean of the processes' gradients."""
        return mean_gradients(gradients, self.count)

    def from_first(self, compute: Callable[[], Result]) -> Result:
        """What the first process computes, told to all."""
        result: Result = told(self.index, self._apart(compute), self._messages)
        return result

    def tensors_from_first(self, read: Callable[[], Mapping[str, Tensor]]) -> Mapping[str, Tensor]:
        """Tensors by name that the first process reads, given to all."""
        return given(self.index, read, self._messages)

    def on_first(self, write: Callable[..., object], *arguments: Any) -> None:
        """Call a function in the first process only."""
        if self.is_first:
            write(*arguments)

    def machine_first(self, work: Callable[[], Result]) -> Result:
        """Do some work in one process of each machine, then in the others."""
        if self._place.local_index == 0:
            result = work()
            self._wait_for_all()
            return result
        self._wait_for_all()
        return work()

    def device(self, device: torch.device) -> torch.device:
        """The device of this process: a graphics card for each of a machine's processes, or the processor."""
        if device.type == "cpu":
            return device
        number = self._place.local_index
        if device.type != "cuda" or device.index is not None or number >= torch.cuda.device_count():
            raise TwobranchError(
                "training on several processes",
                "is on the processor, or on a CUDA device for each process of a machine",
                found=f"--device {device} for {self._place.local_count} processes",
                remedy="Pass --device cpu, or --device cuda with --nproc-per-node at most the number of devices.",
            )
        torch.cuda.set_device(number)
        self._cards = [number]
        return torch.device("cuda", number)

    def use_threads(self, threads: int | None) -> None:
        """Set torch's threads; None: the machine's processors are divided among its processes."""
        torch.set_num_threads(threads or max(1, cpu_count() // self._place.local_count))

    def share(self, network: nn.Module) -> None:
        """Give all processes the first one's weights, and batch normalization the statistics of whole batches."""
        network.load_state_dict(dict(self.tensors_from_first(network.state_dict)))
        share_batch_norms(network, lambda measures: all_rows(measures, [1] * self.count, self.index))

    def _slice(self, count: int) -> slice:
        of_each = sizes(count, self.count)
        return slice(sum(of_each[: self.index]), sum(of_each[: self.index + 1]))

    def _wait_for_all(self) -> None:
        with talking():
            dist.all_reduce(torch.zeros(1), group=self._messages)

    def _apart(self, compute: Callable[[], Result]) -> Callable[[], Result]:
        """The same computation, which leaves the generator that all share as it was."""

        def computed() -> Result:
            with torch.random.fork_rng(self._cards):
                return compute()

        return computed

    @contextlib.contextmanager
    def _own_random(self) -> Iterator[None]:
        """Torch's generator at this process's place in its own stream, for a while."""
        self._drawn += 1
        seed = np.random.SeedSequence([*self._seed, self.index, self._drawn]).generate_state(1, np.uint64)[0]
        with torch.random.fork_rng(self._cards):
            torch.manual_seed(int(seed))
            yield
