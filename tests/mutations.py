"""Strategies of hypothesis for input that is nearly valid, and how long the tests look for trouble."""

from __future__ import annotations

import copy
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from twobranch.errors import TwobranchError

_USUAL = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": "CI" in os.environ}
CASES = settings(max_examples=50, **_USUAL)
MANY = settings(max_examples=2000, **_USUAL)

PIECES = (
    *(
        b"",
        b"\0",
        b"\n",
        b"\r",
        b"\t",
        b'"',
        b"#",
        b",",
        b"[",
        b"]",
        b"{",
        b"<",
        b"&lol;",
        b"/",
        b"../",
        b"-",
        b"\x1b[31m",
    ),
    *(b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xe9", b"\\ud800", "🐶".encode(), "\u2028".encode()),
    *(b"NaN", b"1e999", b"null", b"true", b"9" * 400, b"9" * 5000, b"[" * 3000, b"[/EN#", b"<a>" * 2000),
)
"""What breaks readers: marks of encodings, parts of syntax, numbers that are none, nesting without end."""


@st.composite
def mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with up to eight changes: bytes flipped, cut off, left out, doubled, or replaced by `PIECES`."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        match draw(st.sampled_from(["flip", "cut", "replace", "double", "line"])):
            case "flip" if start < len(data):
                data[start] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[start:]
            case "replace":
                data[start:end] = draw(st.sampled_from(PIECES))
            case "double":
                data[start:start] = data[start:end]
            case "line":
                lines = data.splitlines(keepends=True)
                if lines:
                    del lines[draw(st.integers(0, len(lines) - 1))]
                data = bytearray(b"".join(lines))
    return bytes(data)


def _texts() -> st.SearchStrategy[str]:
    odd = ["../../etc/passwd", "a.jpg", "\ud800", "\0", "train", "1e999", "/dev/zero", "a\nb.jpg", "http://x/a.jpg"]
    return st.one_of(st.text(max_size=10), st.sampled_from(odd))


json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), _texts()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_texts(), inner, max_size=3)),
    max_leaves=6,
)
"""Anything that JSON can say, and NaN."""


@st.composite
def with_another_value(draw: st.DrawFn, document: Any) -> Any:
    """A JSON document in which one value is another, or is gone."""
    changed = copy.deepcopy(document)
    keys = draw(st.sampled_from(list(_places(changed))))
    if not keys:
        return draw(json_values)
    holder = changed
    for key in keys[:-1]:
        holder = holder[key]
    if draw(st.booleans()):
        holder[keys[-1]] = draw(json_values)
    else:
        del holder[keys[-1]]
    return changed


def _places(value: Any, place: tuple[Any, ...] = ()) -> Any:
    """The way to each value in a document."""
    yield place
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield from _places(value[key], (*place, key))


def refused(error: TwobranchError, *named: str) -> None:
    """A refusal is one line that can be printed, and names what was read."""
    text = str(error).encode().decode()
    assert "\n" not in text
    assert not named or any(name in text for name in named)
