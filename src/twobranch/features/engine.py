"""Engines run frozen networks: OpenVINO on the processor, torch on an accelerator."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.cache_folder import cache_folder
from twobranch.features.converted import converted_folder, first_percentile_cosine
from twobranch.features.network import Batch, Network
from twobranch.features.runtime import openvino, resolve_device
from twobranch.files import read_json, write_json
from twobranch.progress import log

if TYPE_CHECKING:
    from numpy.typing import NDArray

BF16_COSINE = 0.995
"""The first percentile of the cosine between bf16 and torch float32 below which bf16 is not used."""

_FLOAT32_COSINE = 0.9999  # float32 against float32: below this the conversion itself is wrong


class Engine(Protocol):
    """Runs one network."""

    precision: str
    """What it computes in: "bf16" or "f32"."""

    def run(self, batches: Sequence[Batch], outputs: tuple[str, ...]) -> list[tuple[NDArray[np.float32], ...]]:
        """Compute the named outputs of each batch, in the order of the batches."""
        ...


def make_engine(
    network: Network, *, device: str = "auto", threads: int | None = None, cache: Path | None = None
) -> Engine:
    """Make the fastest engine of a device: OpenVINO on "cpu", torch on "cuda" and "mps".

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
        return OpenVinoEngine(network, cache_folder(cache), threads)
    return TorchEngine(network, resolved)


class OpenVinoEngine:
    """OpenVINO on the processor: several requests at once, bf16 where the processor has it and the probe allows."""

    def __init__(self, network: Network, cache: Path, threads: int | None = None, precision: str | None = None) -> None:
        self._network = network
        self._config: dict[str, Any] = {"PERFORMANCE_HINT": "THROUGHPUT"}
        if threads is not None:
            self._config["INFERENCE_NUM_THREADS"] = threads
        folder = converted_folder(network, cache)
        self._core = openvino().Core()
        self._model = self._core.read_model(folder / "model.xml")
        self._queues: dict[tuple[str, ...], Any] = {}
        self._lock = threading.Lock()  # a queue of requests serves one caller at a time
        self.precision = precision or "f32"
        if precision is None:
            self.precision = self._checked_precision(folder)

    def run(self, batches: Sequence[Batch], outputs: tuple[str, ...]) -> list[tuple[NDArray[np.float32], ...]]:
        """Compute the named outputs of each batch, in the order of the batches."""
        results: list[tuple[NDArray[np.float32], ...]] = [()] * len(batches)

        def keep(request: Any, number: int) -> None:
            # The request's own memory is overwritten by its next batch.
            results[number] = tuple(np.array(request.get_output_tensor(k).data) for k in range(len(outputs)))

        with self._lock:
            queue = self._queue(outputs)
            queue.set_callback(keep)
            for number, batch in enumerate(batches):
                queue.start_async(list(batch), userdata=number, share_inputs=True)
            queue.wait_all()
        return results

    def _queue(self, outputs: tuple[str, ...]) -> Any:
        if outputs not in self._queues:
            ov = openvino()
            # Only what is asked for is computed and copied: a grid is 80 times as large as a vector.
            wanted = [self._model.output(name) for name in outputs]
            model = ov.Model(wanted, self._model.get_parameters(), self._network.name)
            config = {**self._config, "INFERENCE_PRECISION_HINT": self.precision}
            compiled = self._core.compile_model(model, "CPU", config)
            requests = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
            self._queues[outputs] = ov.AsyncInferQueue(compiled, requests)
        return self._queues[outputs]

    def _checked_precision(self, folder: Path) -> str:
        """bf16 or float32, by the outcome of the probe on this kind of processor; remembered beside the model."""
        abilities = sorted(self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
        processor = f"{self._core.get_property('CPU', 'FULL_DEVICE_NAME')}: {' '.join(abilities)}"
        remembered = folder / f"precision-{hashlib.sha256(processor.encode()).hexdigest()[:8]}.json"
        if remembered.exists():
            return str(read_json(remembered, "the outcome of a precision check")["precision"])
        outcome = {"processor": processor, **self._probe("BF16" in abilities, folder)}
        try:
            write_json(remembered, outcome)
        except OSError as error:  # a shared cache may be read-only: then it is checked in every process
            log.info("the outcome of the precision check cannot be kept in %s: %s", folder, error.strerror)
        return str(outcome["precision"])

    def _probe(self, has_bf16: bool, folder: Path) -> dict[str, str | float]:
        expected = np.load(folder / "reference.npy", allow_pickle=False)
        if has_bf16:
            cosine = self._cosine("bf16", expected)
            if cosine >= BF16_COSINE:
                return {"precision": "bf16", "cosine": cosine}
            log.info('encoder "%s": bf16 differs (cosine %.4f), float32 is used', self._network.name, cosine)
        cosine = self._cosine("f32", expected)
        if cosine < _FLOAT32_COSINE:
            raise TwobranchError(
                f'encoder "{self._network.name}"',
                f"OpenVINO must compute what torch computes, cosine {_FLOAT32_COSINE} or more",
                found=f"{cosine:.4f}",
                remedy="Delete the converted networks (twobranch cache clear), or install another version of OpenVINO.",
            )
        return {"precision": "f32", "cosine": cosine}

    def _cosine(self, precision: str, expected: NDArray[np.float32]) -> float:
        self.precision = precision
        self._queues.clear()
        found = self.run(self._network.probe(), self._network.outputs[:1])
        return first_percentile_cosine(np.concatenate([rows for (rows,) in found]), expected)


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
