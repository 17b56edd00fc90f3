"""OpenCV with its contributed modules, which the extra `grounding` brings."""

from __future__ import annotations

import importlib
from typing import Any

from twobranch.errors import TwobranchError


def opencv(what: str) -> Any:
    """The module `cv2`; the only place of twobranch that imports it.

    Args:
        what: the kind of proposals that needs it, for the message.

    Raises:
        TwobranchError: if it is not installed, or was built without the contributed modules.
    """
    try:
        module = importlib.import_module("cv2")
    except ImportError:
        module = None
    if module is None or not hasattr(module, "ximgproc"):
        raise TwobranchError(
            f"proposals {what}",
            "OpenCV with its contributed modules must be installed",
            found="no package cv2" if module is None else "a build without cv2.ximgproc",
            remedy='Run: pip install "twobranch[grounding]", and remove other builds of OpenCV.',
        )
    return module
