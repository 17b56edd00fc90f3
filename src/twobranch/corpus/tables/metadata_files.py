"""The metadata files of a Hugging Face imagefolder, and which of their columns names the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twobranch.corpus.tables import TABLE_FILES
from twobranch.errors import TwobranchError

METADATA_FILES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")

FILE_NAME, FILE_NAMES = "file_name", "file_names"


def picture_columns(columns: Sequence[str]) -> list[str]:
    """The columns that name one picture a row: `file_name`, or else those whose names end in it.

    Example:
        >>> picture_columns(["file_name", "mask_file_name", "text"]), picture_columns(["mask_file_name", "text"])
        (['file_name'], ['mask_file_name'])
    """
    if FILE_NAME in columns:
        return [FILE_NAME]
    return [name for name in columns if name.endswith(f"_{FILE_NAME}")]


def is_metadata_file(path: Path) -> bool:
    """Whether a file is named like an imagefolder's metadata and has a column of pictures as these have it."""
    if path.name not in METADATA_FILES:
        return False
    try:
        columns = TABLE_FILES[path.suffix].columns(path)
    except TwobranchError:
        return False
    return bool(picture_columns(columns)) or FILE_NAMES in columns
