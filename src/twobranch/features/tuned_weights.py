"""Weights that take the place of those that an encoder comes with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    import torch

FILE = "weights.safetensors"


class TunedWeights:
    """The content of a safetensors file, and its hash; it is parsed when the network is built.

    Args:
        content: the file's bytes.
        where: where they come from, for messages.

    Attributes:
        sha256: in hexadecimal; part of the encoder's identity.
    """

    def __init__(self, content: bytes, where: str = "tuned weights") -> None:
        self._content, self._where = content, where
        self.sha256 = hashlib.sha256(content).hexdigest()

    @classmethod
    def of(cls, weights: Mapping[str, torch.Tensor]) -> TunedWeights:
        """Those of a module."""
        from safetensors.torch import save

        return cls(save(dict(weights)))

    @classmethod
    def found_in(cls, folder: Path) -> TunedWeights | None:
        """Those that `save` wrote into a folder, if it did.

        Raises:
            TwobranchError: if the file cannot be read.
        """
        path = folder / FILE
        if not path.exists():
            return None
        try:
            return cls(path.read_bytes(), str(path))
        except OSError as error:
            raise TwobranchError(
                str(path), "must be readable", found=error.strerror, remedy="Restore the matcher folder."
            ) from None

    def save(self, folder: Path) -> None:
        """Write them into a folder."""
        (folder / FILE).write_bytes(self._content)

    def put_into(self, module: torch.nn.Module) -> torch.nn.Module:
        """Load them into a module of the same architecture.

        Raises:
            TwobranchError: if they are damaged or of another architecture.
        """
        from safetensors.torch import load

        try:
            module.load_state_dict(load(self._content))
        except Exception as error:  # a damaged header fails in many ways
            raise TwobranchError(
                self._where,
                "must hold the weights of the encoder",
                found=(str(error) or type(error).__name__).splitlines()[0],
                remedy="Restore the matcher folder, or train anew.",
            ) from None
        return module
