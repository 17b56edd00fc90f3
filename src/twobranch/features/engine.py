"""Engines run frozen networks: OpenVINO on the processor, torch on an accelerator."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.cache_folder import cache_folder
from twobranch.features.converted import converted_folder
from twobranch.features.network import Batch, Network
from twobranch.features.precision import checked_precision, stages
from twobranch.features.runtime import openvino, resolve_device
from twobranch.features.unconvertible import Unconvertible
from twobranch.progress import log

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Engine(Protocol):
    """Runs one network."""

    precision: str
    """What it computes in: "bf16", "mixed" (float32, then bf16) or "f32"."""

    def run(self, batches: Sequence[Batch], outputs: tuple[str, ...]) -> list[tuple[NDArray[np.float32], ...]]:
        """Compute the named outputs of each batch, in the order of the batches."""
        ...


def make_engine(
    network: Network, *, device: str = "auto", threads: int | None = None, cache: Path | None = None
) -> Engine:
    """Make the fastest engine of a device: OpenVINO on "cpu", torch on "cuda" and "mps".

    A network that OpenVINO cannot run faithfully runs in torch on the processor, too, and a warning says so.

    Args:
        network: what to run.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        threads: processors to use; None leaves it to the engine.
        cache: the cache folder, for the converted network; None for the default.

    Raises:
        TwobranchError: for an unusable device or number of threads, or a cache that cannot be written.
    """
    if threads is not None and threads < 1:
        raise TwobranchError("--threads", "must be at least 1", found=threads, remedy="Leave it out to use all.")
    resolved = resolve_device(device)
    if resolved == "cpu":
        try:
            return OpenVinoEngine(network, cache_folder(cache), threads)
        except Unconvertible as error:
            log.warning("%s It runs in torch, which is right and slower.", error)
    return TorchEngine(network, resolved)


class _Working(NamedTuple):
    """A batch under way."""

    requests: int
    """Number of the set of requests that has it."""
    batch: int
    stage: int


class _Requests:
    """The compiled stages of a network for one choice of outputs, and the sets of requests that run at once.

    One thread drives all of them: it waits for the set that has been under way for longest, and starts the set's next
    stage or its next batch. (Blocking `infer` calls from several Python threads can lock each other out. A callback in
    Python locks for good where a request is deleted while its thread still waits for the interpreter.)
    """

    def __init__(self, compiled: Sequence[Any], outputs: int) -> None:
        self.compiled = compiled
        self._outputs = outputs
        self._lock = threading.Lock()  # one driver at a time
        count = int(compiled[-1].get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self._sets = [[stage.create_infer_request() for stage in compiled] for _ in range(count)]

    def run(self, batches: Sequence[Batch]) -> list[tuple[NDArray[np.float32], ...]]:
        """Run batches through all stages."""
        results: list[tuple[NDArray[np.float32], ...]] = [()] * len(batches)
        waiting = iter(enumerate(batches))
        working: deque[_Working] = deque()
        with self._lock:
            try:
                for number in range(len(self._sets)):
                    self._begin(number, waiting, working)
                while working:
                    self._advance(waiting, working, results)
            finally:
                for left in working:  # after an error or an interruption
                    self._sets[left.requests][left.stage].wait()
        return results

    def _begin(self, number: int, waiting: Iterator[tuple[int, Batch]], working: deque[_Working]) -> None:
        if (following := next(waiting, None)) is not None:
            batch, arrays = following
            self._sets[number][0].start_async(list(arrays), share_inputs=True)
            working.append(_Working(number, batch, 0))

    def _advance(
        self,
        waiting: Iterator[tuple[int, Batch]],
        working: deque[_Working],
        results: list[tuple[NDArray[np.float32], ...]],
    ) -> None:
        number, batch, stage = working.popleft()
        request = self._sets[number][stage]
        request.wait()  # raises if the inference failed
        if stage + 1 < len(self._sets[number]):
            self._sets[number][stage + 1].start_async([request.get_output_tensor(0)], share_inputs=True)
            working.append(_Working(number, batch, stage + 1))
        else:
            # Copied: the request's own memory is overwritten by its next batch.
            results[batch] = tuple(np.array(request.get_output_tensor(k).data) for k in range(self._outputs))
            self._begin(number, waiting, working)


class OpenVinoEngine:
    """OpenVINO on the processor: several requests at once, in the lowest precision that the probe allows.

    Args:
        network: what to run.
        cache: the cache folder.
        threads: processors to use; None for all.
        precision: "bf16", "mixed" or "f32"; None chooses by the probe.
    """

    def __init__(self, network: Network, cache: Path, threads: int | None = None, precision: str | None = None) -> None:
        self._network = network
        self._config: dict[str, Any] = {"PERFORMANCE_HINT": "THROUGHPUT"}
        if threads is not None:
            self._config["INFERENCE_NUM_THREADS"] = threads
        folder = converted_folder(network, cache)
        self._core = openvino().Core()
        self._model = self._core.read_model(folder / "model.xml")
        self._requests: dict[tuple[str, tuple[str, ...]], _Requests] = {}
        self.precision = precision or checked_precision(network, folder, self._core, self._probe)

    def run(self, batches: Sequence[Batch], outputs: tuple[str, ...]) -> list[tuple[NDArray[np.float32], ...]]:
        """Compute the named outputs of each batch, in the order of the batches."""
        return self._requests_for(self.precision, outputs).run(batches)

    def _requests_for(self, precision: str, outputs: tuple[str, ...]) -> _Requests:
        if (precision, outputs) not in self._requests:
            # Only what is asked for is computed and copied: a grid is 80 times as large as a vector.
            compiled = [
                self._core.compile_model(stage, "CPU", {**self._config, "INFERENCE_PRECISION_HINT": hint})
                for stage, hint in stages(self._model, self._network, precision, outputs)
            ]
            self._requests[precision, outputs] = _Requests(compiled, len(outputs))
        return self._requests[precision, outputs]

    def _probe(self, precision: str) -> NDArray[np.float32]:
        """Answer the probe in a precision: (N, F)."""
        requests = self._requests_for(precision, self._network.outputs[:1])
        answers = np.concatenate([rows for (rows,) in requests.run(self._network.probe())])
        self._requests.clear()
        return answers


class TorchEngine:
    """torch eager in float32 on any torch device; the reference that OpenVINO is measured against on "cpu"."""

    precision = "f32"

    def __init__(self, network: Network, device: str) -> None:
        self._outputs = network.outputs
        self._device = device
        self._module = network.build().to(device)

    def run(self, batches: Sequence[Batch], outputs: tuple[str, ...]) -> list[tuple[NDArray[np.float32], ...]]:
        """Compute the named outputs of each batch, in the order of the batches."""
        import torch

        wanted = [self._outputs.index(name) for name in outputs]
        results = []
        with torch.inference_mode():
            for batch in batches:
                found = self._module(*(torch.from_numpy(array).to(self._device) for array in batch))
                results.append(tuple(found[k].float().cpu().numpy() for k in wanted))
        return results
