"""Runs the command line as a user's shell does, in this process."""

import contextlib
import io
import logging
import sys
from typing import NamedTuple
from unittest.mock import patch


class Done(NamedTuple):
    code: int
    out: str
    err: str


def twobranch(*arguments):
    from twobranch import progress
    from twobranch.cli import main as cli

    out, err = io.StringIO(), io.StringIO()
    handlers = list(logging.getLogger("twobranch").handlers)
    code = 0
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        patch.object(sys, "argv", ["twobranch", *map(str, arguments)]),
        patch.object(progress.console, "_file", None),
    ):
        try:
            cli.main()
        except SystemExit as exit:
            code = exit.code or 0
    logging.getLogger("twobranch").handlers = handlers
    return Done(code, out.getvalue(), err.getvalue())
