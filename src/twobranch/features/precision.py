"""How coarsely a network may compute: the lowest precision whose answers to the probe are torch's.

bf16 keeps 8 significant bits. In a picture with a large even area every pixel of the area is rounded the same way,
nothing averages out, and the first layers of a network, which look for small differences, amplify it. Therefore
three precisions are tried: "bf16"; "mixed", in which the layers before the network's boundary stay in float32; "f32".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.errors import UnwritableError
from twobranch.features.network import Network
from twobranch.features.runtime import openvino
from twobranch.features.unconvertible import Unconvertible
from twobranch.files import read_json, write_json
from twobranch.progress import log

if TYPE_CHECKING:
    from numpy.typing import NDArray

BF16_COSINE = 0.995
"""The first percentile of the cosine with torch float32 below which a precision is not used."""

_FLOAT32_COSINE = 0.9999  # float32 against float32: below this the conversion itself is wrong


def stages(model: Any, network: Network, precision: str, outputs: tuple[str, ...]) -> list[tuple[Any, str]]:
    """Cut a network into what is compiled: for "mixed" the layers before and after its boundary, else one piece.

    Args:
        model: the OpenVINO model with all outputs; it is not changed.
        network: whose model it is.
        precision: "bf16", "mixed" or "f32".
        outputs: names of the outputs that are wanted.

    Returns:
        Models in their order, each with its precision hint: the first output of one is the input of the next.
    """
    ov = openvino()
    if precision != "mixed" or network.boundary is None:
        whole = model.clone()
        return [(ov.Model([whole.output(name) for name in outputs], whole.get_parameters(), network.name), precision)]
    from openvino import opset13

    early, late = model.clone(), model.clone()
    before = ov.Model([early.output(network.boundary)], early.get_parameters(), f"{network.name}, early")
    state = late.output(network.boundary).get_node().input_value(0)
    entry = opset13.parameter(state.get_partial_shape(), np.float32)
    for reader in list(state.get_target_inputs()):
        reader.replace_source_output(entry.output(0))
    after = ov.Model([late.output(name) for name in outputs], [entry], f"{network.name}, late")
    return [(before, "f32"), (after, "bf16")]


def checked_precision(network: Network, folder: Path, core: Any, answer: Callable[[str], NDArray[np.float32]]) -> str:
    """Choose the precision for this kind of processor; the outcome is remembered beside the converted network.

    Args:
        network: what is run.
        folder: its converted form, with torch's own answers.
        core: OpenVINO.
        answer: computes the answers (N, F) to the probe in a precision.

    Returns:
        "bf16", "mixed" or "f32".

    Raises:
        Unconvertible: if not even float32 gives what torch gives.
    """
    abilities = sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    processor = f"{core.get_property('CPU', 'FULL_DEVICE_NAME')}: {' '.join(abilities)}"
    remembered = folder / f"precision-{hashlib.sha256(processor.encode()).hexdigest()[:8]}.json"
    if remembered.exists():
        return str(read_json(remembered, "the outcome of a precision check")["precision"])
    expected = np.load(folder / "reference.npy", allow_pickle=False)
    cosines = {}
    for precision, least in _candidates(network, "BF16" in abilities).items():
        cosines[precision] = first_percentile_cosine(answer(precision), expected)
        if cosines[precision] >= least:
            break
        log.info('encoder "%s": %s differs from torch (cosine %.4f)', network.name, precision, cosines[precision])
    else:
        raise Unconvertible(
            f'encoder "{network.name}"',
            f"OpenVINO must compute what torch computes, cosine {_FLOAT32_COSINE} or more",
            found=f"{cosines['f32']:.4f}",
            remedy="Delete the converted networks (twobranch cache clear), or install another version of OpenVINO.",
        )
    if len(cosines) > 1:
        log.info('encoder "%s": %s is used', network.name, {"f32": "float32"}.get(precision, precision))
    try:
        write_json(remembered, {"processor": processor, "precision": precision, "cosines": cosines})
    except UnwritableError as error:  # a shared cache may be read-only: then it is checked in every process
        log.info("the outcome of the precision check cannot be kept in %s: %s", folder, error.found)
    return precision


def _candidates(network: Network, has_bf16: bool) -> dict[str, float]:
    """Name the precisions to try, fastest first, each with the cosine that it must reach."""
    candidates = {"bf16": BF16_COSINE, "mixed": BF16_COSINE} if has_bf16 else {}
    if network.boundary is None:
        candidates.pop("mixed", None)
    return {**candidates, "f32": _FLOAT32_COSINE}


def first_percentile_cosine(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """Compute the cosine of each row (N, F) with the expected one; 99 % of them are at least the returned value.

    Example:
        >>> first_percentile_cosine(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32))
        1.0
    """
    a, b = found.astype(np.float64), expected.astype(np.float64)
    cosine = (a * b).sum(1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-30)
    return float(np.percentile(cosine, 1))
