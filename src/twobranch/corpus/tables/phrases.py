"""The phrases in one row of a table: a list in JSON Lines and Parquet, the same list as JSON text in CSV."""

from __future__ import annotations

from typing import Any

from twobranch.corpus.json_text import parse_json
from twobranch.corpus.reading import BadRow
from twobranch.corpus.records import Box, PhraseRecord


def parse_phrases(values: list[Any], where: str) -> tuple[PhraseRecord, ...]:
    """Phrases from objects with the keys sentence, start, end, and optionally boxes and types.

    Whether spans and boxes make sense is checked later, with the sentences at hand.

    Raises:
        BadRow: for a missing key or a value of the wrong type.

    Example:
        >>> parse_phrases([{"sentence": 0, "start": 2, "end": 9, "boxes": [[1, 2, 3, 4]]}], "a.jsonl, row 1")
        (PhraseRecord(sentence=0, start=2, end=9, boxes=((1.0, 2.0, 3.0, 4.0),), types=()),)
    """
    return tuple(_phrase(value, f"{where}, phrase {number}") for number, value in enumerate(values))


def phrases_in_text(text: str, where: str) -> list[Any] | None:
    """The list that a cell of text holds as JSON; None for text of another kind, which is metadata.

    Raises:
        BadRow: for a list that is no JSON.

    Example:
        >>> phrases_in_text('[{"sentence": 0, "start": 2, "end": 9}]', "a.csv, row 2"), phrases_in_text("red car", "")
        ([{'sentence': 0, 'start': 2, 'end': 9}], None)
    """
    if not text.lstrip().startswith("["):
        return None
    try:
        found: list[Any] = parse_json(text)
    except ValueError as error:
        raise BadRow(
            f"{where}, column 'phrases'",
            "phrases are a list in JSON",
            found=str(error),
            remedy='Write [{"sentence": 0, "start": 2, "end": 9}], or give a column of other text another name',
        ) from None
    return found


def _phrase(value: Any, where: str) -> PhraseRecord:
    if not isinstance(value, dict):
        raise BadRow(
            where,
            "a phrase is an object with sentence, start and end",
            found=repr(value),
            remedy='Write {"sentence": 0, "start": 2, "end": 9}',
        )
    boxes = _list(value.get("boxes"), f"{where}, key 'boxes'")
    types = _list(value.get("types"), f"{where}, key 'types'")
    if not all(isinstance(name, str) for name in types):
        raise BadRow(
            f"{where}, key 'types'", "types are text", found=repr(types), remedy='Write for example ["people"]'
        )
    return PhraseRecord(
        sentence=_whole_number(value, "sentence", where),
        start=_whole_number(value, "start", where),
        end=_whole_number(value, "end", where),
        boxes=tuple(_box(box, f"{where}, box {number}") for number, box in enumerate(boxes)),
        types=tuple(types),
    )


def _whole_number(phrase: dict[str, Any], key: str, where: str) -> int:
    value = phrase.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRow(
            f"{where}, key {key!r}",
            "must be a whole number",
            found=repr(value),
            remedy="Write a number, counted from 0",
        )
    return value


def _list(value: Any, where: str) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise BadRow(where, "must be a list", found=repr(value), remedy="Write [...], or leave the key out")
    return value or []


def _box(value: Any, where: str) -> Box:
    if not isinstance(value, list) or len(value) != 4 or not all(_is_number(side) for side in value):
        raise BadRow(
            where,
            "a box is four numbers [x0, y0, x1, y1]",
            found=repr(value),
            remedy="Write for example [0, 0, 16, 24]",
        )
    try:
        x0, y0, x1, y1 = map(float, value)
    except OverflowError:  # a whole number may have more digits than a float
        raise BadRow(
            where,
            "a box is four numbers [x0, y0, x1, y1]",
            found=repr(value),
            remedy="Write for example [0, 0, 16, 24]",
        ) from None
    return x0, y0, x1, y1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
