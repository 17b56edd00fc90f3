"""Tars and Parquet files with pictures, for tests."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def picture(number: int = 0, kind: str = "JPEG", size: tuple[int, int] = (32, 24)) -> bytes:
    """A picture file that differs from those with other numbers."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, number % 256)).save(buffer, kind)
    return buffer.getvalue()


def write_tar(path: Path, members: Mapping[str, bytes] | Iterable[tuple[str, bytes]], format: int = tarfile.PAX_FORMAT):
    """A tar of files, in their order; names may repeat."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=format) as archive:
        for name, data in members.items() if isinstance(members, Mapping) else members:
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return path


def samples(*numbers: int, **document: object) -> dict[str, bytes]:
    """Members of samples with a picture and a text each, and with a JSON where a document is given."""
    members: dict[str, bytes] = {}
    for number in numbers:
        members[f"{number:09d}.jpg"] = picture(number)
        members[f"{number:09d}.txt"] = f"Picture {number}.\n".encode()
        if document:
            members[f"{number:09d}.json"] = json.dumps(document).encode()
    return members


def write_parquet(path: Path, pictures: Iterable[object], type: pa.DataType = STRUCT, group: int = 3, **columns: list):
    """A Parquet file with a column of pictures and columns of the test's own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({"image": pa.array(list(pictures), type), **columns})
    pq.write_table(table, path, row_group_size=group)
    return path
