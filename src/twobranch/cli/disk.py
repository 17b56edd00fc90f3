"""What the operating system refuses: a full disk, a folder that cannot be written."""

from __future__ import annotations

import errno

from twobranch.errors import TwobranchError

FULL = "Make space there and run the command again: it goes on where it stopped."
CLOSED = "Choose another place, or mend its permissions."
REMEDIES = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.EACCES: CLOSED,
    errno.EPERM: CLOSED,
    errno.EROFS: CLOSED,
    errno.EMFILE: "Allow more open files: ulimit -n 4096.",
}
"""By the number of the error; other errors are those of a path."""


def refused(error: OSError) -> TwobranchError:
    """The error of the operating system as one that names the file and the remedy.

    Example:
        >>> print(refused(OSError(errno.ENOSPC, "No space left on device", "/data/run")))
        /data/run: the operating system must let it be read and written, but found No space left on device. Make space
        there and run the command again: it goes on where it stopped.
    """
    place = str(error.filename2 or error.filename or "the disk")
    rule = "the operating system must let it be read and written"
    return TwobranchError(
        place, rule, found=error.strerror or error, remedy=REMEDIES.get(error.errno or 0, "Check the path.")
    )
