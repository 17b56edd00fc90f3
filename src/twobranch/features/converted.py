"""The OpenVINO form of a network: converted once, kept in the cache with torch's own answers to a probe."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.cache_folder import file_name, writing
from twobranch.features.network import Network
from twobranch.features.runtime import openvino
from twobranch.features.unconvertible import Unconvertible
from twobranch.files import as_os_error, atomic_path, read_json, write_json
from twobranch.progress import log

if TYPE_CHECKING:
    import torch

_REVISION = 2  # of the conversion; a new number leaves older folders unused

_FILES = ("model.xml", "model.bin", "reference.npy")


def converted_folder(network: Network, cache: Path) -> Path:
    """Find the folder with a network's OpenVINO model; it is made now if it is not there or damaged.

    Holds `model.xml` and `model.bin` (float32), `reference.npy` (torch's float32 answers to the probe),
    `converted.json` (sizes), and one `precision-*.json` for each kind of processor. A process that finds it
    needs neither torch nor the original weights.

    Raises:
        TwobranchError: if the cache cannot be written.
        Unconvertible: if OpenVINO does not know all operations of the network.
    """
    key = hashlib.sha256(f"{network.identity} {openvino().get_version()} {_REVISION}".encode()).hexdigest()[:16]
    folder = cache / "converted" / f"{file_name(network.name)}-{key}"
    if _complete(folder):
        return folder
    import filelock

    with writing(cache):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{folder}.lock"):
            if not _complete(folder):  # another process may have made it meanwhile
                _convert(network, folder)
    return folder


def _complete(folder: Path) -> bool:
    if not (folder / "converted.json").exists():
        return False
    try:
        described = read_json(folder / "converted.json", "the description of a converted network")
    except TwobranchError:  # it is made anew
        described = None
    sizes = described.get("bytes") if isinstance(described, dict) else None
    found = {name: (folder / name).stat().st_size if (folder / name).exists() else -1 for name in _FILES}
    if found != sizes:
        log.warning("%s is damaged (%s instead of %s bytes); the network is converted again", folder, found, sizes)
    return bool(found == sizes)


def _convert(network: Network, folder: Path) -> None:
    from torch import from_numpy, inference_mode

    log.info('preparing the encoder "%s" for this processor (once)', network.name)
    module = network.build()
    probe = network.probe()
    with inference_mode():
        answers = [module(*(from_numpy(array) for array in batch))[0].numpy() for batch in probe]
    model = _openvino_model(module, network, probe)
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        with as_os_error(RuntimeError):
            openvino().save_model(model, temporary / "model.xml", compress_to_fp16=False)
        np.save(temporary / "reference.npy", np.concatenate(answers), allow_pickle=False)
        sizes = {name: (temporary / name).stat().st_size for name in _FILES}
        description = {"encoder": network.name, "identity": network.identity, "bytes": sizes}
        write_json(temporary / "converted.json", description)


def _openvino_model(module: torch.nn.Module, network: Network, probe: list[Any]) -> Any:
    """Convert through the PyTorch front end itself: `openvino.convert_model` is wrapped in telemetry calls."""
    import warnings

    import torch.jit

    ov = openvino()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    example = tuple(torch.from_numpy(array[:2]) for array in probe[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # OpenVINO's front end reads what jit.trace gives
        warnings.simplefilter("ignore", FutureWarning)  # tracing reads attributes that libraries will drop
        # Networks of others check shapes, which are fixed here, in Python.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # type: ignore[attr-defined]
        # Not checked by tracing again, which takes as long: the engine compares the outcome with torch.
        traced = torch.jit.trace(module, example, check_trace=False)  # type: ignore[no-untyped-call]
    decoder = TorchScriptPythonDecoder(traced, example_input=example)  # must outlive the conversion
    front_end = FrontEndManager().load_by_framework("pytorch")
    try:
        model = front_end.convert(front_end.load(decoder))
    except Exception as error:  # its errors have no base but this
        reasons = [line.strip("- ") for line in str(error).splitlines() if "No conversion rule" in line]
        raise Unconvertible(
            f'encoder "{network.name}"',
            "OpenVINO must know all of its operations",
            found=reasons[0] if reasons else str(error).splitlines()[0],
            remedy="A newer version of OpenVINO may know them.",
        ) from None
    names = (*network.outputs, network.boundary) if network.boundary else network.outputs
    if len(model.inputs) != len(network.inputs) or len(model.outputs) != len(names):
        raise Unconvertible(
            f'encoder "{network.name}"',
            f"must convert to {len(network.inputs)} inputs and {len(names)} outputs",
            found=f"{len(model.inputs)} and {len(model.outputs)}",
            remedy="This version of OpenVINO converts it differently; install another one.",
        )
    for port, array in zip(model.inputs, probe[0], strict=True):
        port.get_node().set_element_type(ov.Type(array.dtype))
    shapes = zip(model.inputs, network.inputs, strict=True)
    model.reshape({port: ov.PartialShape(list(shape)) for port, shape in shapes})
    for port, name in zip(model.outputs, names, strict=True):
        port.get_tensor().set_names({name})
    model.validate_nodes_and_infer_types()
    return model


def clear_converted(cache: Path) -> int:
    """Delete every converted network of a cache folder; returns how many bytes that freed."""
    freed = 0
    for description in sorted((cache / "converted").glob("*/converted.json")):
        freed += sum(file.stat().st_size for file in description.parent.iterdir())
        with writing(cache):
            shutil.rmtree(description.parent)
    return freed
