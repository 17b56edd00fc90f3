"""JSON as its standard has it, and nothing that would break further on."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

DEEPEST = 100
"""Lists and objects inside one another."""


def parse_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: for text that is no JSON, NaN, a number beyond all floats, half a character, or deep nesting.

    Example:
        >>> parse_json('{"a": [1, 2.5]}')
        {'a': [1, 2.5]}
        >>> parse_json("1e999")
        Traceback (most recent call last):
        ...
        ValueError: 1e999, which is too large
    """
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("lists and objects that are nested too deeply") from None
    # Looking is dear, and brackets without end are rare.
    if text.count("[") + text.count("{") > DEEPEST and _depth(value) > DEEPEST:
        raise ValueError(f"lists and objects that are nested more than {DEEPEST} times")
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no character
    return value


def _depth(value: Any) -> int:
    """How many lists and objects lie inside one another, without recursion."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, list | dict)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name}, which is not JSON")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text[:20]}, which is too large")
    return value
