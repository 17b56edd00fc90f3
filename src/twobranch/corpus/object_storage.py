"""Files on object storage, by addresses like s3://bucket/photos/a.jpg: listed, read and written whole.

Nothing is reached unless the user names such an address. The account is what other programs use, too:
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, the profile in ~/.aws, or the machine's role;
AWS_ENDPOINT_URL names another server that speaks S3. Nothing of it is ever written to a file or a message.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from twobranch.corpus.containers.latest import FileVersion
from twobranch.errors import TwobranchError

SCHEME = "s3://"

CONNECT_SECONDS, REQUEST_SECONDS, ATTEMPTS = 5.0, 60.0, 3
"""A server that does not answer is given up after these."""

_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def is_remote(path: str | os.PathLike[str]) -> bool:
    """Whether a path is an address on object storage.

    Example:
        >>> is_remote("s3://bucket/photos"), is_remote("/photos"), is_remote(Path("s3/photos"))
        (True, False, False)
    """
    return str(path).startswith(SCHEME)


def address(url: str) -> str:
    """An address without slashes at its end.

    Raises:
        TwobranchError: if it names no bucket.

    Example:
        >>> address("s3://bucket/photos/")
        's3://bucket/photos'
    """
    if not _key(url):
        raise TwobranchError(
            url, "an address on object storage names a bucket", remedy="Write for example s3://bucket/photos."
        )
    return SCHEME + _key(url)


def join(url: str, *names: str) -> str:
    """The address of something below another.

    Example:
        >>> join("s3://bucket/photos/", "a.jpg"), join("s3://bucket", "store", "images.lance")
        ('s3://bucket/photos/a.jpg', 's3://bucket/store/images.lance')
    """
    return "/".join([url.rstrip("/"), *names])


def version(url: str) -> FileVersion | None:
    """The object at an address as it is now; None where there is none.

    Raises:
        TwobranchError: if the storage cannot be reached or refuses.
    """
    with _telling(url) as storage:
        found = storage.get_file_info(_key(url))
        return _version(found) if found.is_file else None


def listing(url: str) -> list[FileVersion]:
    """The objects below an address, or the object itself, in the order of their keys.

    Raises:
        TwobranchError: if the storage cannot be reached or refuses, or there is no such bucket.
    """
    from pyarrow import fs

    with _telling(url) as storage:
        if "/" in _key(url) and storage.get_file_info(_key(url)).is_file:
            return [_version(storage.get_file_info(_key(url)))]
        found = storage.get_file_info(fs.FileSelector(_key(url), recursive=True, allow_not_found="/" in _key(url)))
        if not found:  # asked about what is not there, it says nothing; about a bucket that is not there, that
            storage.get_file_info(fs.FileSelector(_key(url).split("/")[0]))
    return sorted((_version(info) for info in found if info.is_file), key=lambda file: file.path)


def children(url: str) -> list[str]:
    """Names of what is directly below an address, objects and common beginnings of keys, in order.

    Raises:
        TwobranchError: if the storage cannot be reached or refuses, or there is no such bucket.
    """
    from pyarrow import fs

    with _telling(url) as storage:
        found = storage.get_file_info(fs.FileSelector(_key(url), allow_not_found="/" in _key(url)))
    return sorted(info.base_name for info in found)


def read(url: str) -> bytes:
    """The bytes of an object.

    Raises:
        TwobranchError: if it is not there, or cannot be read.
    """
    with _telling(url) as storage, storage.open_input_stream(_key(url)) as stream:
        data: bytes = stream.read()
        return data


def download(url: str, target: Path) -> None:
    """Copy an object into a file, in pieces.

    Raises:
        TwobranchError: if it is not there, cannot be read, or the file cannot be written.
    """
    with _telling(url) as storage, storage.open_input_stream(_key(url)) as stream, target.open("wb") as file:
        while piece := stream.read(1 << 22):
            file.write(piece)


def write(url: str, data: bytes) -> None:
    """Write an object; who reads it meanwhile gets the old one or the new one, whole.

    Raises:
        TwobranchError: if it cannot be written.
    """
    with _telling(url) as storage, storage.open_output_stream(_key(url)) as stream:
        stream.write(data)


def delete(url: str) -> None:
    """Delete an object, or all objects below an address; what is not there is no error.

    Raises:
        TwobranchError: if the storage cannot be reached or refuses.
    """
    files = listing(url)
    with _telling(url) as storage:
        for file in files:
            storage.delete_file(_key(file.path))


def endpoint() -> str | None:
    """The server that AWS_ENDPOINT_URL names; None for Amazon's own."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def region() -> str | None:
    """The region that the environment names."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")


def without_secrets(text: str) -> str:
    """A message in which nothing of the account is left that a server may have repeated.

    Example:
        >>> os.environ["AWS_SECRET_ACCESS_KEY"] = "abcd1234"
        >>> without_secrets("refused: abcd1234")
        'refused: ***'
        >>> del os.environ["AWS_SECRET_ACCESS_KEY"]
    """
    for name in _SECRETS:
        if secret := os.environ.get(name):
            text = text.replace(secret, "***")
    return text


def _key(url: str) -> str:
    """Bucket and key as pyarrow writes them."""
    return url.removeprefix(SCHEME).strip("/")


def _version(info: Any) -> FileVersion:
    return FileVersion(SCHEME + info.path, int(info.size), int(info.mtime_ns))


@contextlib.contextmanager
def _telling(url: str) -> Iterator[Any]:
    """The storage of an address; what it refuses is told in one line.

    Raises:
        TwobranchError: in place of what pyarrow raises.
    """
    try:
        yield _storage(_key(url).split("/")[0], endpoint(), region(), *map(os.environ.get, _SECRETS))
    except OSError as error:
        raise TwobranchError(
            url,
            "object storage must be reachable, and what is named there must exist",
            found=without_secrets(str(error).split("; Details")[0])[:300],
            remedy="Check the address, the account (AWS_ACCESS_KEY_ID and the like), AWS_REGION and AWS_ENDPOINT_URL.",
        ) from None


@functools.lru_cache(maxsize=8)
def _storage(bucket: str, server: str | None, place: str | None, *_account: str | None) -> Any:
    """One connection for each bucket, server, region and account, which are in the environment."""
    from pyarrow import fs

    options: dict[str, Any] = {}
    if server is not None:
        address = urlsplit(server)
        options = {"scheme": address.scheme or "https", "endpoint_override": address.netloc or address.path}
    if place is None and server is None:
        place = fs.resolve_s3_region(bucket)
    return fs.S3FileSystem(
        region=place or "us-east-1",
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        **options,
    )
