"""The files of a LanceDB table: which version is the newest, which files were cut short, and the way back.

Lance hands the last bytes of a file to a writer in the background and can miss what becomes of them: where the disk is
full just then, it commits a version one of whose files has lost its end, and no row can be read any more. A whole file
ends in a word that says so, and a version that is not whole was never acknowledged: so the table goes back to the one
before.
"""

from __future__ import annotations

from pathlib import Path

from twobranch.files import sync

_ENDINGS = {".lance": b"LANC", ".manifest": b"LANC", ".arrow": b"ARROW1"}


def manifests(table: Path) -> dict[int, Path]:
    """The manifest of each version of a table's folder, by number."""
    folder = table / "_versions"
    found = folder.glob("*.manifest") if folder.is_dir() else ()
    return {number_of(file.stem): file for file in found if file.stem.isdecimal()}


def number_of(stem: str) -> int:
    """The version of a manifest, from its name.

    Lance counts manifests upwards (1) or, in its second naming, downwards from the largest 64-bit number.

    Example:
        >>> number_of("7"), number_of(str(2**64 - 1 - 7))
        (7, 7)
    """
    number = int(stem)
    return 2**64 - 1 - number if number > 2**63 else number


def files(table: Path) -> set[Path]:
    """The files of a table whose end can be checked."""
    found = [*table.glob("*/*"), *table.glob("_indices/*/*")]
    return {file for file in found if file.suffix in _ENDINGS}


def is_whole(file: Path) -> bool:
    """Whether a file of a table has its end.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "1.manifest"
        >>> _ = file.write_bytes(b"...LANC")
        >>> is_whole(file)
        True
        >>> _ = file.write_bytes(b"...LA")
        >>> is_whole(file)
        False
    """
    content = b""
    with file.open("rb") as stream:
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - 8))
        content = stream.read()
    return content.endswith(_ENDINGS[file.suffix])


def go_back(table: Path, version: int) -> None:
    """Remove the versions after one. Only the writer of a table may do that."""
    for number, manifest in sorted(manifests(table).items(), reverse=True):
        if number > version:
            manifest.unlink()
    sync(table / "_versions")
