"""Reading without the collector of cycles."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """No search for cycles of garbage while rows become records and tables.

    Python searches again each time that many objects were made. Rows and records stay and refer to nothing that refers
    back, so that nothing is found: for the captions of COCO these searches take more time than all the reading.

    Example:
        >>> with uncollected():
        ...     gc.isenabled()
        False
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
