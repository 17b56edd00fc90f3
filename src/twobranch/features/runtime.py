"""OpenVINO without its telemetry, and the choice of the device, without importing torch."""

from __future__ import annotations

import functools
import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from twobranch.errors import TwobranchError


@functools.cache
def openvino() -> Any:
    """Import the module `openvino`; the only place of twobranch that imports it.

    On import OpenVINO sends an event to its maker and writes a client id into the user's home, unless its helper
    package `openvino_telemetry` is missing: it then uses its own stub. So the helper is made unimportable for this
    process. It has no setting of its own but a consent file in the user's home, which is not ours to write.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: importing it fails
    import openvino as module

    return module


def cpu_count() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resolve_device(device: str) -> str:
    """Choose the device to encode on: "cpu" (OpenVINO), "cuda", "cuda:1" or "mps" (torch).

    "auto" asks torch only on a machine that shows signs of an accelerator: importing torch takes seconds, and a
    search on a laptop must not wait for it.

    Raises:
        TwobranchError: for an unknown device, or one that torch does not see.

    Example:
        >>> resolve_device("cpu")
        'cpu'
    """
    kind = device.split(":")[0]
    if kind not in ("auto", "cpu", "cuda", "mps"):
        raise TwobranchError("--device", "must be auto, cpu, cuda, cuda:N or mps", found=device, remedy="Use auto.")
    if device == "cpu" or (device == "auto" and not _accelerator_possible()):
        return "cpu"
    import torch

    usable = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next((name for name, present in usable.items() if present), "cpu")
    index = int(device.split(":")[1]) if device[len(kind) + 1 :].isdigit() else 0
    if kind == "cpu" or not usable[kind] or (kind == "cuda" and index >= torch.cuda.device_count()):
        raise TwobranchError("--device", "must be a device that torch sees", found=device, remedy="Use auto or cpu.")
    return device


def _accelerator_possible() -> bool:
    try:
        if metadata.version("torch").endswith("+cpu"):
            return False
    except metadata.PackageNotFoundError:
        return False
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if sys.platform == "win32":
        return Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "nvcuda.dll").exists()
    return any(Path(name).exists() for name in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg"))
