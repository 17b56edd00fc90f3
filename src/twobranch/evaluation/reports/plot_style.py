"""What all plots share: SVG text that takes its colors and its font from the page around it."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SERIES = "#010203", ("#010211", "#010212", "#010213", "#010214", "#010215", "#010216")
"""Placeholder colors: the page's text color and its series colors take their place in the SVG."""

NAMES = {"i2t": "image to sentences", "t2i": "sentence to images"}
"""The directions as a reader of the report calls them."""

COLORS = {"t2i": SERIES[0], "i2t": SERIES[1]}
"""A direction has the same color in all plots."""


def new_figure(x: str, y: str, *, width: float = 5.4, height: float = 3.2) -> tuple[Figure, Axes]:
    """A figure of one pair of axes; sizes in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axis = figure.add_subplot()
    axis.set_xlabel(x, color=INK)
    axis.set_ylabel(y, color=INK)
    axis.tick_params(which="both", color=INK, labelcolor=INK)
    axis.grid(axis="y", color=INK, alpha=0.12, linewidth=0.8)
    axis.set_axisbelow(True)
    for side, spine in axis.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(INK)
        spine.set_alpha(0.5)
    return figure, axis


def legend(axis: Axes) -> None:
    """A legend, where something has a name."""
    if axis.get_legend_handles_labels()[1]:
        axis.legend(frameon=False, labelcolor=INK, fontsize=9)


def svg(figure: Figure, name: str) -> str:
    """The `<svg>` element; the salt keeps the ids of several plots on one page apart and the bytes reproducible."""
    import matplotlib

    text = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    found = text.getvalue()
    found = found[found.index("<svg") :]
    found = re.sub(r"<metadata>.*?</metadata>", "", found, flags=re.DOTALL)
    found = re.sub(r'<g id="[A-Za-z0-9_.]+">', "<g>", found)
    found = re.sub(r"font: (?:[a-z]+ )*([0-9.]+px)[^;\"]*", r"font-size: \1; font-family: inherit", found)
    found = re.sub(r'(<svg [^>]*?)height="[0-9.]+pt" ', r"\1", found).replace(INK, "currentColor")
    found = re.sub(r'(<svg [^>]*?)width="([0-9.]+)pt" ', r'\1role="img" style="max-width: \2pt" ', found)
    for number, color in enumerate(SERIES, start=1):
        found = found.replace(color, f"var(--series-{number})")
    return found
