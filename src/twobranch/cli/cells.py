"""Cells of the tables that people see."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_BAR = 10


def text(value: object) -> Text:
    """A cell as plain text: rich reads square brackets in a string as markup."""
    from rich.text import Text

    from twobranch.errors import printable

    return Text("" if value is None else printable(str(value)))


def bar(probability: float) -> Text:
    """A probability as a bar and in percent."""
    from rich.text import Text

    filled = round(probability * _BAR)
    rest = "─" * (_BAR - filled)  # another character, for terminals and files without colors
    return Text.assemble(("━" * filled, "green"), (rest, "bright_black"), f" {probability:4.0%}")
