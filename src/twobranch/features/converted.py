"""The OpenVINO form of a network: converted once, kept in the cache with torch's own answers to a probe."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.cache_folder import file_name, writing
from twobranch.features.conversion import openvino_model
from twobranch.features.network import Network
from twobranch.features.runtime import openvino
from twobranch.files import as_os_error, atomic_path, read_json, write_json
from twobranch.progress import log

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
    names = (*network.outputs, network.boundary) if network.boundary else network.outputs
    model = openvino_model(module, probe[0], network.inputs, names, f'encoder "{network.name}"')
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        with as_os_error(RuntimeError):
            openvino().save_model(model, temporary / "model.xml", compress_to_fp16=False)
        np.save(temporary / "reference.npy", np.concatenate(answers), allow_pickle=False)
        sizes = {name: (temporary / name).stat().st_size for name in _FILES}
        description = {"encoder": network.name, "identity": network.identity, "bytes": sizes}
        write_json(temporary / "converted.json", description)


def clear_converted(cache: Path) -> int:
    """Delete every converted network of a cache folder; returns how many bytes that freed."""
    freed = 0
    for description in sorted((cache / "converted").glob("*/converted.json")):
        freed += sum(file.stat().st_size for file in description.parent.iterdir())
        with writing(cache):
            shutil.rmtree(description.parent)
    return freed
