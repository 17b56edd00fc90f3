"""`twobranch`: the verbs, and what happens to errors."""

from __future__ import annotations

import logging
import sys
import time
from typing import NoReturn

import typer

from twobranch.cli.annotate import annotate
from twobranch.cli.cache import app as cache_app
from twobranch.cli.check import check
from twobranch.cli.demo import demo
from twobranch.cli.disk import refused
from twobranch.cli.embed import embed
from twobranch.cli.evaluate import evaluate
from twobranch.cli.export import export
from twobranch.cli.ground import ground
from twobranch.cli.index import index
from twobranch.cli.recipes import recipes_app
from twobranch.cli.reproduce import reproduce
from twobranch.cli.search import search
from twobranch.cli.serve import serve
from twobranch.cli.train import train
from twobranch.errors import OtherProcessError, TwobranchError, printable
from twobranch.launched import TIME_TO_SPEAK, Launched
from twobranch.progress import console, log

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train an image-text matching model on your own images and sentences, then search, annotate and ground.",
)
for verb in (demo, check, train, evaluate, reproduce, embed, index, search, annotate, ground, serve, export):
    app.command()(verb)
app.add_typer(recipes_app, name="recipes", help="List, show and validate recipes.")
app.add_typer(cache_app, name="cache", help="List and clear the feature cache.")


class _ToConsole(logging.Handler):
    """Prints messages above a progress bar; a message stays one line, so that it can be searched for."""

    def emit(self, record: logging.LogRecord) -> None:
        style = "yellow" if record.levelno >= logging.WARNING else ""
        console.print(printable(record.getMessage()), style=style, markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command line: results to standard output, everything else to standard error, 2 for the user's errors."""
    log.addHandler(_ToConsole())
    log.setLevel(logging.INFO)
    try:
        _only_training_on_several_processes(sys.argv[1:])
        app()
    except OtherProcessError:  # the process that failed says why
        sys.exit(2)
    except TwobranchError as error:
        _give_up(error)
    except KeyboardInterrupt:
        console.print("interrupted")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        _give_up(refused(error))


def _only_training_on_several_processes(arguments: list[str]) -> None:
    """No other verb divides its work: each process would do all of it, and write the same files."""
    place = Launched.of()
    if place.count == 1 or arguments[:1] == ["train"]:
        return
    if place.index:
        time.sleep(TIME_TO_SPEAK)
        sys.exit(2)
    raise TwobranchError(
        "torchrun",
        "starts twobranch train on several processes, and no other verb",
        found=" ".join(arguments[:1]) or "no verb",
        remedy="Run it without torchrun.",
    )


def _give_up(error: TwobranchError) -> NoReturn:
    console.print(f"[bold red]error:[/] {_escaped(str(error))}", highlight=False, soft_wrap=True)
    sys.exit(2)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
