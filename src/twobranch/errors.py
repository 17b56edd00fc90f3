"""The exception of twobranch: what was read, the rule, what was found, what to do."""

from __future__ import annotations


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
        but_found = "" if found is None else f", but found {found}"
        super().__init__(f"{where}: {rule}{but_found}. {remedy}")


class UnwritableError(TwobranchError):
    """Something cannot be written: the disk is full, the folder read-only or somebody else's. What was there stays."""


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
