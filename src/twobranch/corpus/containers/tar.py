"""Pictures in tar files, read in place."""

from __future__ import annotations

import posixpath

from twobranch.corpus.containers.latest import FileVersion, Latest
from twobranch.corpus.containers.tar_headers import Member, scan
from twobranch.corpus.paths import IMAGE_SUFFIXES
from twobranch.errors import TwobranchError

LARGEST = 1 << 30
"""Bytes of the largest member that is read: a file with holes may look as large as its owner likes."""

KEPT = 256
"""Tars whose pictures' places are remembered, about 250 bytes a picture."""


def read(file: FileVersion, member: str) -> bytes | None:
    """The bytes of a picture in a tar; None where it has no such picture."""
    place = _PICTURES.of(file).get(member)
    return None if place is None else content(file.path, Member(member, *place))


def size(file: FileVersion, member: str) -> int:
    """The size of a picture in a tar; -1 where it has no such picture."""
    return _PICTURES.of(file).get(member, (0, -1))[1]


def content(path: str, member: Member) -> bytes:
    """The bytes of a member.

    Raises:
        TwobranchError: if the tar cannot be read, or ends before the member does.
    """
    where = f"{path}/{member.name}"
    if member.size > LARGEST:
        rule = f"a picture or text in a tar has at most {LARGEST:,} bytes"
        raise TwobranchError(where, rule, found=f"{member.size:,}", remedy="Leave it out.")
    try:
        with open(path, "rb") as file:
            file.seek(member.offset)
            found = file.read(member.size)
    except OSError as error:
        raise TwobranchError(where, "a tar must be readable", found=error.strerror, remedy="Check the path.") from None
    if len(found) < member.size:
        raise TwobranchError(
            where, f"a member of {member.size:,} bytes is whole", found=f"{len(found):,} bytes", remedy="Copy it again."
        )
    return found


def _pictures(file: FileVersion) -> dict[str, tuple[int, int]]:
    """Offset and size of each picture; of two with one name the first."""
    places: dict[str, tuple[int, int]] = {}
    for found in scan(file.path):
        if isinstance(found, Member) and posixpath.splitext(found.name)[1].lower() in IMAGE_SUFFIXES:
            places.setdefault(found.name, (found.offset, found.size))
    return places


_PICTURES: Latest[FileVersion, dict[str, tuple[int, int]]] = Latest(_pictures, KEPT)
