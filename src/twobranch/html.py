"""Pieces of HTML that notebooks show: tables and pictures, with everything escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

_CELL = "padding: .25em .8em; text-align: left; vertical-align: top"


def table_html(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> str:
    """A table of plain text.

    Args:
        head: names of the columns.
        rows: the cells of each row.
        caption: a line above it.

    Example:
        >>> "<b>" in table_html(["name"], [["<b>bold</b>"]])
        False
    """
    top = "".join(f'<th style="{_CELL}">{escape(name)}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    return line_html(caption) + f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def line_html(text: str) -> str:
    """A line of quiet text; nothing where it is empty."""
    return f'<div style="opacity: .7; margin: .3em 0">{escape(text)}</div>' if text else ""


def pictures_html(pictures: Sequence[tuple[bytes, Sequence[str]]]) -> str:
    """Pictures side by side, each with lines of text below it.

    Args:
        pictures: JPEG bytes, empty where there are none, and the lines.

    Example:
        >>> pictures_html([(b"", ["<a.jpg>"])]).count("&lt;a.jpg&gt;")
        1
    """
    cells = "".join(f'<div style="width: 11em; overflow-wrap: anywhere">{_shown(*one)}</div>' for one in pictures)
    return f'<div style="display: flex; flex-wrap: wrap; gap: .8em; font-size: .9em">{cells}</div>'


def _shown(jpeg: bytes, lines: Sequence[str]) -> str:
    source = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    image = f'<img alt="" src="{source}" style="width: 100%; border-radius: 4px">' if jpeg else ""
    return image + "".join(f"<div>{escape(line)}</div>" for line in lines)
