"""The parts that reports share: the page, cards, facts, curves of a training, pictures."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from twobranch.errors import TwobranchError
from twobranch.evaluation.reports import plots
from twobranch.evaluation.reports.style import CSS
from twobranch.files import atomic_path


def write_page(path: str | os.PathLike[str], title: str, sections: Sequence[str], css: str = "") -> None:
    """Write one HTML file that needs nothing else.

    Args:
        path: the file.
        title: its heading.
        sections: HTML; empty ones are left out.
        css: rules beside those that all pages share.
    """
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}{css}</style></head>\n<body><main>\n"
        + "\n".join(section for section in [f"<h1>{escape(title)}</h1>", *sections] if section)
        + "\n</main></body></html>\n"
    )
    with atomic_path(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def with_contents(sections: Sequence[str]) -> list[str]:
    """The same sections, whose headings can be jumped to, after a line of links to them.

    Example:
        >>> with_contents(["<p>a</p>", "<h2>First</h2>", "<h2>Second part</h2>"])[1:]
        ['<p>a</p>', '<h2 id="first">First</h2>', '<h2 id="second-part">Second part</h2>']
    """
    links: list[str] = []

    def named(match: re.Match[str]) -> str:
        anchor = re.sub(r"[^a-z]+", "-", match[1].lower()).strip("-")
        links.append(f'<a href="#{anchor}">{match[1]}</a>')
        return f'<h2 id="{anchor}">{match[1]}</h2>'

    named_sections = [re.sub(r"<h2>(.*?)</h2>", named, section) for section in sections]
    return [f'<nav class="contents">{"".join(links)}</nav>' if len(links) > 1 else "", *named_sections]


def card(name: str, value: float, unit: str, interval: Sequence[float] | None, before: float | None) -> str:
    """A figure with its interval, and what it was before training."""
    notes = [f"95 %: {interval[0]:.1f} to {interval[1]:.1f}"] if interval else []
    notes += [f"before training: {before:.1f}"] if before is not None else []
    small = "".join(f"<small>{note}</small>" for note in notes)
    shown = f"<b>{value:.1f} <span>{unit}</span></b>"
    return f'<div class="card"><small>{escape(name)}</small>{shown}{small}</div>'


def training_section(history: Sequence[Mapping[str, Any]], metric: str) -> str:
    """Losses and the selection metric over the epochs; nothing without a history."""
    if not history:
        return ""
    losses = figure(plots.loss_curves(history), "Mean loss of each epoch; a dashed line parts two stages.")
    caption = f"{metric} on the validation split after each epoch; the ring is the best."
    selection = figure(plots.selection_curve(history, metric), caption)
    return f'<h2>Training</h2><div class="plots">{losses}{selection}</div>'


def number(value: float) -> str:
    """A number with one digit; a whole one without."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def figure(svg: str, caption: str) -> str:
    """A plot with its caption."""
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def picture(data: bytes, query: str) -> str:
    """A picture inside the page.

    Raises:
        TwobranchError: if the bytes are neither JPEG nor PNG.
    """
    kind = "jpeg" if data.startswith(b"\xff\xd8") else "png" if data.startswith(b"\x89PNG") else None
    if kind is None:
        raise TwobranchError(
            f'gallery, query "{query}"', "a picture must be JPEG or PNG bytes", found=f"{len(data)} other bytes",
            remedy="Encode the thumbnail with Pillow, image.save(buffer, 'JPEG').",
        )  # fmt: skip
    return f'<img alt="" loading="lazy" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'


def facts_section(facts: Mapping[str, str]) -> str:
    """What the numbers of a report belong to."""
    if not facts:
        return ""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in facts.items())
    return f"<h2>How it was made</h2><dl>{rows}</dl>"
