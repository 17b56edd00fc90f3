"""The formats of a tower: how it is written, and how it is run for the check."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy, nn

from twobranch.errors import TwobranchError
from twobranch.features.conversion import openvino_model
from twobranch.features.runtime import openvino
from twobranch.files import as_os_error

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
Run: TypeAlias = Callable[[Arrays], NDArray[np.float32]]
"""From the inputs of a tower, by name, to its embeddings."""

OUTPUT = "embedding"
_OPSET = 17  # read by every onnxruntime since 1.12


@dataclass(frozen=True)
class Tower:
    """A network that is to be written.

    Attributes:
        name: "image" or "sentence", the file's name.
        module: in evaluation mode; takes the inputs in their order, gives embeddings (N, D).
        example: inputs by name, of at least two items.
        shapes: shape of each input, -1 where it varies.
    """

    name: str
    module: nn.Module
    example: dict[str, NDArray[Any]]
    shapes: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Format:
    """One way to write a tower.

    Attributes:
        suffix: of the file that is opened.
        require: refuses where a package is missing.
        write: writes a tower into a folder.
        load: opens the file of a tower.
    """

    suffix: str
    require: Callable[[], None]
    write: Callable[[Tower, Path], None]
    load: Callable[[Path], Run]


def _write_openvino(tower: Tower, folder: Path) -> None:
    shapes = list(tower.shapes.values())
    model = openvino_model(tower.module, tuple(tower.example.values()), shapes, (OUTPUT,), f"{tower.name} tower")
    for port, name in zip(model.inputs, tower.shapes, strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_friendly_name(name)
    with as_os_error(RuntimeError):
        openvino().save_model(model, folder / f"{tower.name}.xml", compress_to_fp16=False)


def _load_openvino(path: Path) -> Run:
    # A processor with bf16 would use it unless told otherwise.
    compiled = openvino().Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda arrays: np.array(compiled(dict(arrays))[0])


def _write_onnx(tower: Tower, folder: Path) -> None:
    import torch.onnx

    arrays: tuple[Tensor, ...] = tuple(from_numpy(array[:2]) for array in tower.example.values())
    names = {-1: ("items", "tokens")}
    axes = {
        name: {axis: names[size][min(axis, 1)] for axis, size in enumerate(shape) if size == -1}
        for name, shape in tower.shapes.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it doubts is checked afterwards
        # The exporter through torch.export needs one more package and six times as long, and wrote an invalid file
        # for a transformer (torch 2.13).
        torch.onnx.export(
            tower.module, arrays, str(folder / f"{tower.name}.onnx"), input_names=list(tower.shapes),
            output_names=[OUTPUT], dynamic_axes={**axes, OUTPUT: {0: "items"}}, opset_version=_OPSET, dynamo=False,
        )  # fmt: skip


def _load_onnx(path: Path) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda arrays: np.asarray(session.run(None, dict(arrays))[0])


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise TwobranchError(
            "--format onnx",
            "needs packages that are not installed",
            found=f"no {error.name}",
            remedy='Install them: pip install "twobranch[export]", or use --format openvino.',
        ) from None


FORMATS: dict[str, Format] = {
    "openvino": Format(".xml", lambda: None, _write_openvino, _load_openvino),
    "onnx": Format(".onnx", _require_onnx, _write_onnx, _load_onnx),
}
"""The name of each format on the command line."""
