"""From a torch module to an OpenVINO model, without OpenVINO's own converter: that one reports its use."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from twobranch.features.network import Batch
from twobranch.features.runtime import openvino
from twobranch.features.unconvertible import Unconvertible

if TYPE_CHECKING:
    import torch


def openvino_model(
    module: torch.nn.Module, example: Batch, inputs: Sequence[tuple[int, ...]], outputs: Sequence[str], where: str
) -> Any:
    """Convert through the PyTorch front end itself: `openvino.convert_model` is wrapped in telemetry calls.

    Args:
        module: in evaluation mode.
        example: arrays that it takes, of which two rows are looked at.
        inputs: shape of each input, -1 where it varies.
        outputs: names of the outputs.
        where: what is converted, for messages.

    Returns:
        An `openvino.Model` in float32.

    Raises:
        Unconvertible: if OpenVINO does not know all of its operations.
    """
    ov = openvino()
    model = _converted(module, example, where)
    if len(model.inputs) != len(inputs) or len(model.outputs) != len(outputs):
        raise Unconvertible(
            where,
            f"must convert to {len(inputs)} inputs and {len(outputs)} outputs",
            found=f"{len(model.inputs)} and {len(model.outputs)}",
            remedy="This version of OpenVINO converts it differently; install another one.",
        )
    for port, array in zip(model.inputs, example, strict=True):
        port.get_node().set_element_type(ov.Type(array.dtype))
    model.reshape({port: ov.PartialShape(list(shape)) for port, shape in zip(model.inputs, inputs, strict=True)})
    for port, name in zip(model.outputs, outputs, strict=True):
        port.get_tensor().set_names({name})
    model.validate_nodes_and_infer_types()
    return model


def _converted(module: torch.nn.Module, example: Batch, where: str) -> Any:
    openvino()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    traced, arrays = _traced(module, example)
    decoder = TorchScriptPythonDecoder(traced, example_input=arrays)  # must outlive the conversion
    front_end = FrontEndManager().load_by_framework("pytorch")
    try:
        return front_end.convert(front_end.load(decoder))
    except Exception as error:  # its errors have no base but this
        reasons = [line.strip("- ") for line in str(error).splitlines() if "No conversion rule" in line]
        raise Unconvertible(
            where,
            "OpenVINO must know all of its operations",
            found=reasons[0] if reasons else str(error).splitlines()[0],
            remedy="A newer version of OpenVINO may know them.",
        ) from None


def _traced(module: torch.nn.Module, example: Batch) -> tuple[Any, tuple[torch.Tensor, ...]]:
    import torch.jit

    arrays = tuple(torch.from_numpy(array[:2]) for array in example)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # OpenVINO's front end reads what jit.trace gives
        warnings.simplefilter("ignore", FutureWarning)  # tracing reads attributes that libraries will drop
        # Networks of others check shapes, which are fixed here, in Python.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # type: ignore[attr-defined]
        # Not checked by tracing again, which takes as long: the outcome is compared with torch.
        traced = torch.jit.trace(module, arrays, check_trace=False)  # type: ignore[no-untyped-call]
    return traced, arrays
