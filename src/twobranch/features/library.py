"""Libraries of the extra `encoders`: imported when they are needed, with an error that says what to install."""

from __future__ import annotations

import importlib
from typing import Any

from twobranch.errors import TwobranchError

_NEED_TORCHVISION = ("timm", "open_clip")


def imported(module: str) -> Any:
    """Import a module of a library that is not part of the core.

    Args:
        module: its dotted name.

    Raises:
        TwobranchError: if the library is not installed, or cannot be imported.

    Example:
        >>> imported("json").loads("[1]")
        [1]
        >>> imported("no_such_library")
        Traceback (most recent call last):
        ...
        twobranch.errors.TwobranchError: library no_such_library: must be installed ...
    """
    try:
        return importlib.import_module(module)
    except (ImportError, RuntimeError) as error:  # a torchvision that does not fit torch is a RuntimeError
        library = module.partition(".")[0]
        remedy = 'Run: pip install "twobranch[encoders]".'
        if library in _NEED_TORCHVISION:
            remedy += " It needs torchvision, in the version and build (CPU or CUDA) that fits the installed torch."
        raise TwobranchError(
            f"library {library}", "must be installed for this encoder", found=str(error).splitlines()[0], remedy=remedy
        ) from None
