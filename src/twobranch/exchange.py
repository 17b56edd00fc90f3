"""Putting a folder in the place of another."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from twobranch.temporaries import discard, temporary_beside

_AT_FDCWD = -100  # a path is relative to the working folder
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS alike


def put_in_place(new: Path, target: Path) -> None:
    """Rename a folder to `target`; a folder that stood there has the name `new` afterwards, or is gone.

    At every moment there is a whole folder at `target`, the old or the new one. Where the system cannot exchange two
    names, the old folder steps aside first; a process that is killed in that moment leaves it there, and
    `remove_leftovers` brings it back.

    Raises:
        OSError: if the folder cannot be renamed.
    """
    if not target.exists():
        os.rename(new, target)
    elif not _exchanged(new, target):
        aside = temporary_beside(target, "old")
        os.rename(target, aside)
        os.rename(new, target)
        discard(aside)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system or the file system cannot."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            failed = library.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE)
        elif sys.platform == "darwin":
            failed = library.renamex_np(os.fsencode(one), os.fsencode(other), _EXCHANGE)
        else:
            return False
    except (OSError, AttributeError, TypeError):  # no such call in this library
        return False
    return not failed
