"""One thread for the small products of a query.

A query is encoded by torch or OpenVINO, whose worker threads go on spinning for a while; BLAS threads that start then
wait for a processor. Measured on two processors with 7,091 images: 12 ms for a product that takes one thread 0.6 ms.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

LARGE = 1 << 25
"""Numbers in a matrix from which on several threads are worth their waking up."""


def threads_for(numbers: int) -> AbstractContextManager[Any]:
    """A context in which products run on one BLAS thread, unless the matrix is large.

    Args:
        numbers: rows times columns of the matrix.
    """
    if numbers >= LARGE:
        return nullcontext()
    limits: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return limits


@lru_cache(maxsize=1)
def _controller() -> Any:
    """Made once: it looks through all loaded libraries."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()
