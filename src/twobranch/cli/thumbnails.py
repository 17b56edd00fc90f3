"""Small pictures in the terminal, where it can show them."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from rich.console import Console

ROWS, COLUMNS = 4, 14
"""Largest size of a picture, in cells of the terminal; a cell is about twice as high as wide."""
SIDE = 256
"""Longer side, in pixels, to which a picture is decoded."""

KNOWN = ("kitty", "ghostty", "wezterm", "iterm", "foot", "konsole", "mlterm", "contour", "rio")
"""Terminals that show pictures, by their protocol or as sixels, as they call themselves in the environment."""

Thumbnails = Annotated[
    bool | None,
    typer.Option(
        "--thumbnails/--no-thumbnails",
        help="Show the pictures, too, on a terminal.",
        show_default="where it is known to show pictures or all colors",
    ),
]

Show = Callable[[str], Any]
"""`show(path)`: something that rich prints."""


def thumbnails(console: Console, asked: bool | None) -> Show | None:
    """What shows a picture on this terminal; None where nothing is to be shown.

    Pictures are drawn by textual-image, in the terminal's own protocol, as sixels, or else as colored half blocks.

    Args:
        console: where results go.
        asked: what the user said; None leaves it to the terminal.

    Raises:
        TwobranchError: if pictures are asked for and textual-image is not installed.
    """
    if asked is False or not (console.is_terminal and _can_be_asked()):
        return None
    if asked is None and not shows_pictures(os.environ):
        return None
    try:  # the import asks the terminal what it can do
        image = importlib.import_module("textual_image.renderable").Image
    except ImportError:
        if asked is None:
            return None
        raise TwobranchError(
            "--thumbnails", "needs the package textual-image", remedy='Run pip install "twobranch[terminal]".'
        ) from None
    return lambda path: _shown(image, path)


def _can_be_asked() -> bool:
    """Whether both ends are a terminal that knows its size: the library waits for its answers and divides by it."""
    try:
        return sys.stdin.isatty() and os.get_terminal_size().columns > 0
    except (AttributeError, OSError, ValueError):
        return False


def shows_pictures(environment: Mapping[str, str]) -> bool:
    """Whether the environment is that of a terminal that is known to show pictures, or all colors.

    Example:
        >>> shows_pictures({"TERM": "xterm-kitty"}), shows_pictures({"TERM": "xterm", "COLORTERM": "truecolor"})
        (True, True)
        >>> shows_pictures({"TERM": "xterm-256color"})
        False
    """
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return True
    names = " ".join(environment.get(key, "") for key in ("TERM", "TERM_PROGRAM", "LC_TERMINAL")).lower()
    return any(name in names for name in KNOWN) or "KONSOLE_VERSION" in environment


def _shown(image: Any, path: str) -> Any:
    """The picture in a few cells; a word where the file cannot be read."""
    from rich.text import Text

    from twobranch.features.showing import shown_image

    try:
        picture, _ = shown_image(path, SIDE)
    except TwobranchError:
        return Text("not read", style="dim")
    picture.thumbnail((SIDE, SIDE))
    width, height = picture.size
    columns = min(COLUMNS, max(2, round(2 * ROWS * width / height)))
    return image(picture, width=columns, height=min(ROWS, max(1, round(columns * height / width / 2))))
