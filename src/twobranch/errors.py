"""The exception of twobranch: what was read, the rule, what was found, what to do."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile("[\t\n\u2028\u2029]")


def printable(text: str) -> str:
    r"""Text that any terminal and any UTF-8 file takes: control characters and halves of characters are written out.

    Names of files may hold them, and would otherwise move the cursor, color the screen or end the program.

    Example:
        >>> print(printable("\x1b[31mred\udce9.jpg"))
        \x1b[31mred\udce9.jpg
    """
    return _CONTROL.sub(_written_out, text)


def one_line(text: str) -> str:
    r"""The same, as one line.

    Example:
        >>> print(one_line("two\nlines.jpg"))
        two\nlines.jpg
    """
    return _BREAKS.sub(_written_out, printable(text))


def _written_out(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


class TwobranchError(Exception):
    """An error that the user can mend; the command line prints it and exits with code 2.

    Args:
        where: what was read: a file with row and column, an option, a folder.
        rule: what must hold there.
        found: the value that was found instead; left out where there is none to show.
        remedy: what the user can do about it.

    Example:
        >>> print(TwobranchError("captions.csv, row 3, column 'caption'", "a caption has at least one word",
        ...                      found="''", remedy="Write a caption or delete the row."))
        captions.csv, row 3, column 'caption': a caption has at least one word, but found ''. Write a caption or
        delete the row.
    """

    def __init__(self, where: str, rule: str, *, found: object = None, remedy: str) -> None:
        self.where, self.rule, self.found, self.remedy = where, rule, found, remedy
        # What libraries say may have several lines; a message has one.
        but_found = "" if found is None else ", but found " + " ".join(str(found).split("\n")).strip()
        super().__init__(one_line(f"{where}: {rule}{but_found}. {remedy}"))


class UnwritableError(TwobranchError):
    """Something cannot be written: the disk is full, the folder read-only or somebody else's. What was there stays."""


class OtherProcessError(TwobranchError):
    """Another process of the same training failed and says why; the command line ends this one without a word."""


def nearest(name: str, valid: list[str]) -> str:
    """A hint that names the valid name nearest to a misspelled one, then all of them.

    Example:
        >>> nearest("margn", ["margin", "top_k"])
        'Did you mean "margin"? Valid: margin, top_k.'
    """
    import difflib

    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    hint = f'Did you mean "{close[0]}"? ' if close else ""
    return f"{hint}Valid: {', '.join(valid)}."
