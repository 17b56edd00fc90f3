"""Tar files: where each member lies, so that it can be read in place.

A tar is a row of headers, each followed by the content of its member. `tarfile` reads the headers and knows the
dialects (ustar, GNU and pax, with their long names); what it would believe without a question is checked here, for a
header may say anything: sizes beyond the file, negative ones, names that lead out of it, headers as large as the file.
"""

from __future__ import annotations

import io
import posixpath
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from twobranch.errors import TwobranchError

LONGEST_HEADER = 1 << 14
"""Bytes that the headers of one member may take; a long name takes two thousand."""

LONG_NUMBER = re.compile(rb"[0-9]{256}")
"""No number and no name in a header is as long; searching long ones takes `tarfile` quadratic time."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside a tar.

    Attributes:
        name: as a path is written: no "./", no leading "/", no "..".
        offset: where its content begins in the tar.
        size: its bytes.
    """

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in a tar that is no member: it is not read, and why.

    Attributes:
        where: the tar's place, for a message.
        rule: what must hold.
        found: what is there instead.
        remedy: what the user can do.
    """

    where: str
    rule: str
    found: str
    remedy: str = "Write the tar without it"


def scan(path: str) -> Iterator[Member | Flaw]:
    """The members of a tar in their order, and what is wrong with others; folders are passed over.

    Raises:
        TwobranchError: if the file cannot be read or is no uncompressed tar.
    """
    try:
        with open(path, "rb") as file:
            yield from _scan(_Headers(file), path)
    except OSError as error:
        raise TwobranchError(path, "a tar must be readable", found=error.strerror, remedy="Check the path.") from None


def member_name(written: str) -> str | None:
    """The name of a member as a path is written; None for one that leads out of the tar or cannot be written.

    Example:
        >>> member_name("./a//b.jpg"), member_name("/etc/a.jpg"), member_name("../a.jpg")
        ('a/b.jpg', 'etc/a.jpg', None)
    """
    path = written.replace("\\", "/").strip().lstrip("/")
    try:
        path.encode()
    except UnicodeEncodeError:
        return None
    name = posixpath.normpath(path)
    return None if name == "." or ".." in path.split("/") else name


class _OddHeader(Exception):
    """A header that no program writes."""


class _Headers(io.BufferedIOBase):
    """A tar file of which `tarfile` may read headers only: it reads as much as a header tells it to."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file, self._left = file, LONGEST_HEADER
        self.end = file.seek(0, io.SEEK_END)
        file.seek(0)

    def read(self, count: int | None = -1, /) -> bytes:
        if count is None or not 0 <= count <= self._left:
            raise _OddHeader(f"a header of more than {LONGEST_HEADER:,} bytes")
        self._left -= count
        block = self._file.read(count)
        if LONG_NUMBER.search(block):
            raise _OddHeader("a number of more than 255 digits")
        return block

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def next_member(self) -> None:
        self._left = LONGEST_HEADER


def _scan(file: _Headers, path: str) -> Iterator[Member | Flaw]:
    """Read header after header; an odd member is named, a header that cannot be right ends the reading."""
    try:
        archive = tarfile.TarFile(fileobj=file, errorlevel=1)
    except Exception as error:  # what `tarfile` raises on a broken header depends on where it is broken
        raise _no_tar(path, error) from None
    last, seen = -1, set[str]()
    while True:
        file.next_member()
        try:
            info = archive.next()
        except Exception as error:
            yield _damage(path, archive.offset, str(error) or type(error).__name__)
            return
        archive.members.clear()  # type: ignore[attr-defined]  # it keeps every header it has read
        if info is None:
            break
        end = info.offset_data + info.size
        if info.offset <= last or info.size < 0 or end > file.end:
            yield _damage(path, info.offset, f"{info.name!a} of {info.size:,} bytes in a file of {file.end:,}")
            return
        last = info.offset
        if not info.isdir():
            yield _member(info, path, seen)
    rest = _rest(file, archive.offset)
    if rest.strip(b"\0"):
        yield _damage(path, archive.offset, "something else")


def _member(info: tarfile.TarInfo, path: str, seen: set[str]) -> Member | Flaw:
    name = member_name(info.name)
    where = f"{path}, member {info.name!a}"
    if name is None:
        return Flaw(where, "the name of a member is a path inside the tar", "one that leads out of it or is no text")
    if not info.isreg() or info.issparse():
        return Flaw(where, "a member is a plain file", _kind(info))
    if name in seen:
        return Flaw(where, "the members of a tar have different names", "the same name again")
    seen.add(name)
    return Member(name, info.offset_data, info.size)


def _kind(info: tarfile.TarInfo) -> str:
    kinds = {"a sparse file": info.issparse(), "a symbolic link": info.issym(), "a hard link": info.islnk()}
    return next((kind for kind, holds in kinds.items() if holds), "a device or something unknown")


def _damage(path: str, offset: int, found: str) -> Flaw:
    return Flaw(f"{path}, byte {offset:,}", "a tar is whole, one header after the other", found, "Copy the tar again")


def _rest(file: _Headers, offset: int) -> bytes:
    """The block at which the reading ended: zeros at the end of a whole tar, nothing where that is left out."""
    file.next_member()
    file.seek(offset)
    return file.read(tarfile.BLOCKSIZE)


def _no_tar(path: str, error: Exception) -> TwobranchError:
    with open(path, "rb") as file:
        head = file.read(6)
    packed = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
    how = next((name for magic, name in packed.items() if head.startswith(magic)), None)
    if how:
        remedy = "Unpack it to a plain tar (gunzip, bunzip2, unxz or zstd -d): pictures are read where they lie."
        return TwobranchError(path, "a tar must not be compressed", found=how, remedy=remedy)
    return TwobranchError(path, "must be a tar file", found=str(error) or "a broken header", remedy="Copy it again.")
