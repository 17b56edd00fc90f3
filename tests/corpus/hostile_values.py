"""Whatever a file may hold: for tests that a reader gives a corpus or its own error, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError

QUICK = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,  # the same examples each time: a test that fails can be run again
    suppress_health_check=list(HealthCheck),
)

TEXTS = st.one_of(
    st.text(st.characters(), max_size=20),  # halves of characters, too
    st.sampled_from(["", " ", ".", "..", "../x", "/", "//", "a.jpg", "http://a/b", "\0", "\ud83d", "train", "x" * 300]),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, 10**400]),
    st.floats(),
    TEXTS,
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
"""Any value that JSON can hold, and NaN and Infinity, which Python writes."""


ODD = [None, True, -1, 2**63, 10**400, 1e999, float("nan"), "", "..", "\0", "\ud83d", "x" * 300, [], [[]], {}, {"": {}}]
"""Values that break things in places of their own; few enough to try each of them everywhere."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values inside a value, itself included.

    Example:
        >>> places({"a": [1]})
        [(), ('a',), ('a', 0)]
    """
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inside for place in places(one, (*path, key)))]


def with_each_odd_value(document: Any) -> Iterator[Any]:
    """The document with each of its values replaced by each odd value, one at a time."""
    for *path, last in places(document)[1:]:
        for odd in ODD:
            changed = copy.deepcopy(document)
            holder = changed
            for key in path:
                holder = holder[key]
            holder[last] = odd
            yield changed


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> Any:
    """A document in which up to three values are replaced, removed or joined by further keys."""
    document = {"": copy.deepcopy(document)}
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([place for place in places(document) if place]))
        holder = document
        for key in path:
            holder = holder[key]
        change = draw(st.sampled_from(["replace", "remove", "join"]))
        if change == "replace" or last == "":
            holder[last] = draw(TEXTS | VALUES if isinstance(holder[last], str) else VALUES)  # text hides deeper faults
        elif change == "remove":
            del holder[last]
        elif isinstance(holder, dict):
            holder[draw(TEXTS)] = draw(VALUES)
        else:
            holder.insert(last, draw(VALUES))
    return document[""]


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes of a valid file, cut off, with a part of them replaced, or something else altogether."""
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    filling = draw(st.binary(max_size=30))
    return draw(st.sampled_from([content[:start], content[:start] + filling + content[end:], filling]))


def as_json(document: Any) -> bytes:
    """A document as JSON text, with NaN and halves of characters as Python writes them."""
    return json.dumps(document).encode()


def reads_or_refuses(data: Path, **options: Any) -> None:
    """Read, strictly and skipping: each gives a corpus or raises the project's own error; any other error fails."""
    for skip in (False, True):
        try:
            corpus = read_corpus(data, skip_bad_rows=skip, **options)
        except TwobranchError:
            continue
        assert corpus.images.num_rows > 0
        assert corpus.sentences.num_rows >= corpus.images.num_rows
        assert len(corpus.fingerprint) == 16
