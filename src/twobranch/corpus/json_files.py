"""JSON annotation files: what their first and last bytes give away, and the whole document."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from twobranch.corpus.reading import Recognition
from twobranch.corpus.records import Scalar
from twobranch.errors import TwobranchError

SNIFFED = 1 << 14
"""Bytes that are looked at from either end of a file."""

MOST_FILES = 50
"""JSON files of a folder that are looked at: where there are more, each belongs to a picture."""

KEY = re.compile(r'(?<!\\)"((?:[^"\\]|\\.){1,64})"\s*:')


def json_keys(path: Path) -> set[str]:
    """Names of keys near the beginning and the end of a JSON file, at any depth; empty where it cannot be read.

    A file of any length takes the same time: its middle is not read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(SNIFFED)
            end = file.seek(0, 2)
            file.seek(max(len(head), (end - SNIFFED) // 4 * 4))  # a multiple of 4 begins a character of UTF-16, too
            tail = file.read(SNIFFED + 4)
    except OSError:
        return set()
    encoding = json.detect_encoding(head)
    text = head.decode(encoding, "replace") + "\n" + tail.decode(encoding, "replace")
    return {match[1] for match in KEY.finditer(text)}


def load_json(path: Path) -> Any:
    """The document in a file in UTF-8, UTF-16 or UTF-32; NaN and Infinity, which are no JSON, are read as null.

    Raises:
        TwobranchError: if the file cannot be read or is not one whole JSON document.
    """
    try:
        content = path.read_bytes()
        text = content.decode(json.detect_encoding(content))
        return json.loads(text.removeprefix("\ufeff"), parse_constant=lambda name: None)
    except (ValueError, RecursionError) as error:  # JSON and encoding errors are ValueErrors
        rule, found, remedy = "must be a whole JSON file", str(error), "Download it again."
    except OSError as error:
        rule, found, remedy = "must be readable", error.strerror or str(error), "Check its permissions."
    raise TwobranchError(str(path), rule, found=found, remedy=remedy)


def load_object(path: Path, *lists: str) -> dict[str, list[Any]]:
    """The lists that the object in a JSON file holds under some keys.

    Raises:
        TwobranchError: if the file holds no object, or another value under one of the keys.
    """
    document = load_json(path)
    if not isinstance(document, dict):
        raise TwobranchError(
            str(path), "must hold a JSON object", found=f"a {type(document).__name__}", remedy="Name the right file."
        )
    for key in lists:
        if not isinstance(document.get(key), list):
            found = "no such key" if key not in document else f"a {type(document[key]).__name__}"
            raise TwobranchError(str(path), f'must hold a list under "{key}"', found=found, remedy="Mend the file.")
    return {key: document[key] for key in lists}


def single_values(item: Mapping[str, Any], without: Collection[str]) -> dict[str, Scalar]:
    """What an object of an annotation file says of itself in single values, which becomes metadata.

    Example:
        >>> single_values({"filename": "a.jpg", "imgid": 7, "sentids": [0, 1]}, without=("filename",))
        {'imgid': 7}
    """
    return {
        key: value for key, value in item.items() if key not in without and isinstance(value, str | int | float | bool)
    }


def annotation_files(source: Path, keys: Sequence[str], folders: Sequence[str] = ("",)) -> list[Path]:
    """The JSON files that have all keys: the file itself, or those directly in the first folder that holds any."""
    for folder in folders:
        if found := [path for path in _json_files(source, folder) if json_keys(path) >= set(keys)]:
            return found
    return []


def lacking(source: Path, keys: Sequence[str], folders: Sequence[str] = ("",)) -> Recognition:
    """What the JSON file that comes closest to having all keys lacks."""
    files = [path for folder in folders for path in _json_files(source, folder)]
    if not files:
        return Recognition(False, "it is no JSON file" if source.is_file() else "no JSON file in it")
    present = {path: json_keys(path) for path in files}
    missing = {path: [key for key in keys if key not in present[path]] for path in files}
    path = min(files, key=lambda path: len(missing[path]))
    named = ", ".join(f'"{key}"' for key in missing[path])
    near = 2 if len(missing[path]) == 1 else 0
    return Recognition(False, f"{path.name} has no {named} at its beginning or end", near)


def _json_files(source: Path, folder: str) -> Iterator[Path]:
    if not source.is_dir():
        return iter([source] if source.suffix.lower() == ".json" and not folder else [])
    place = source / folder
    paths = sorted(place.glob("*.json")) if place.is_dir() else []
    return islice((path for path in paths if path.is_file() and not path.name.startswith(".")), MOST_FILES)
