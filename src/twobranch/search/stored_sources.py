"""Which images lie on object storage: pictures below an address, and those inside its tars and Parquet files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from twobranch.corpus.containers.latest import FileVersion
from twobranch.corpus.containers.parquet import embedded_columns, lengths, member
from twobranch.corpus.containers.tar_headers import Flaw, scan
from twobranch.corpus.local_copies import local_copy
from twobranch.corpus.object_storage import SCHEME, address, listing
from twobranch.corpus.paths import IMAGE_SUFFIXES
from twobranch.errors import TwobranchError
from twobranch.search.scan import FoundImage
from twobranch.search.sources import Source

SHARDS = (".tar", ".parquet")
"""Endings of objects that may hold pictures."""

_TOGETHER = 4  # shards that are looked into at once: each is copied to this machine for it

Found = tuple[list[FoundImage], dict[str, str]]
"""The pictures of a shard, and why others of it cannot be read, by id."""


def stored_images(url: str, column: str | None = None) -> Source:
    """The images below an address; ids are keys relative to it. Hidden objects and folders are passed over.

    Args:
        url: s3://bucket/prefix, or the address of one tar or Parquet file.
        column: the column of Parquet files that holds the pictures; the first that can, if None.

    Raises:
        TwobranchError: if the storage cannot be reached, or there are no pictures.
    """
    url = address(url)
    objects = [file for file in listing(url) if not _hidden(file.path.removeprefix(url))]
    root = url.rpartition("/")[0] if [file.path for file in objects] == [url] else url
    source = Source(root, {})
    for file in objects:
        if _ending(file) in IMAGE_SUFFIXES:
            image = FoundImage(file.path.removeprefix(f"{root}/"), file.path, file.bytes, file.mtime_ns)
            source.images[image.id] = image
    shards = [file for file in objects if _ending(file) in SHARDS]
    with ThreadPoolExecutor(_TOGETHER) as pool:
        for images, problems in pool.map(lambda shard: look_into(shard, root, column), shards):
            source.images.update((image.id, image) for image in images)
            source.problems.update(problems)
    if shards:
        source.notes.append(f"pictures are in {len(shards)} tars and Parquet files, from {shards[0].path}")
    if not source.images:
        raise TwobranchError(
            url,
            "object storage must hold pictures, tars or Parquet files of pictures below the address",
            found=f"{len(objects)} objects, none of them a picture",
            remedy="Name another address; an index that is there already was not touched.",
        )
    return source


def look_into(shard: FileVersion, root: str, column: str | None) -> Found:
    """The pictures inside a tar or Parquet file; one that cannot be read is a problem, not an error."""
    try:
        with local_copy(shard) as copy:
            return _in_tar(shard, copy, root) if _ending(shard) == ".tar" else _in_parquet(shard, copy, root, column)
    except TwobranchError as error:
        return [], {shard.path.removeprefix(f"{root}/"): f"{error.rule}, but found {error.found}"}


def _in_tar(shard: FileVersion, copy: FileVersion, root: str) -> Found:
    images, problems = [], {}
    for found in scan(copy.path):
        if isinstance(found, Flaw):
            where = found.where.replace(copy.path, shard.path).removeprefix(f"{root}/")
            problems[where] = f"{found.rule}, but found {found.found}"
        elif "." + found.name.lower().rpartition(".")[2] in IMAGE_SUFFIXES:
            images.append(_inside(shard, root, found.name, found.size))
    return images, problems


def _in_parquet(shard: FileVersion, copy: FileVersion, root: str, column: str | None) -> Found:
    import pyarrow.parquet as pq

    try:
        columns = embedded_columns(pq.read_schema(copy.path))
    except Exception as error:  # what pyarrow raises on a damaged file depends on where it is damaged
        raise TwobranchError(
            shard.path, "must be a whole Parquet file", found=error, remedy="Write the file anew."
        ) from None
    name = column or next(iter(columns), None)
    if name is None or name not in columns:
        return [], {}  # a table of something else
    sizes = enumerate(lengths(copy, name), start=1)
    return [_inside(shard, root, member(name, row), int(size)) for row, size in sizes if size >= 0], {}


def _inside(shard: FileVersion, root: str, name: str, size: int) -> FoundImage:
    path = f"{shard.path}/{name}"
    return FoundImage(path.removeprefix(f"{root}/"), path, size, shard.mtime_ns)


def _ending(file: FileVersion) -> str:
    return "." + file.path.lower().rpartition("/")[2].rpartition(".")[2]


def _hidden(key: str) -> bool:
    return any(part.startswith(".") for part in key.removeprefix(SCHEME).split("/"))
