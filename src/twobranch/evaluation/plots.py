"""The plots of the report as SVG text that takes its colors and its font from the page around it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SERIES = "#010203", ("#010211", "#010212", "#010213", "#010214", "#010215", "#010216")
"""Placeholder colors: the page's text color and its series colors take their place in the SVG."""

NAMES = {"i2t": "image to sentences", "t2i": "sentence to images"}
"""The directions as a reader of the report calls them."""


def loss_curves(history: Sequence[Mapping[str, Any]]) -> str:
    """Losses over the epochs; stages follow each other, with a line between them.

    Args:
        history: rows of `metrics.jsonl`: `losses` (by name) or `loss`, and `stage` where there are several.
    """
    losses = [dict(row.get("losses") or {"loss": row.get("loss", np.nan)}) for row in history]
    names = dict.fromkeys(str(name) for row in losses for name in row)
    return _over_epochs(history, "Loss", {name: [float(row.get(name, np.nan)) for row in losses] for name in names})


def selection_curve(history: Sequence[Mapping[str, Any]], metric: str = "rsum") -> str:
    """A validation metric over the epochs, the best one ringed.

    Args:
        history: rows of `metrics.jsonl`: the metric, also inside `val`.
        metric: its name.
    """
    values = [float((row.get("val") or row).get(metric, np.nan)) for row in history]
    return _over_epochs(history, f"Validation {metric}", {metric: values}, ring=True)


def _over_epochs(
    history: Sequence[Mapping[str, Any]], label: str, series: Mapping[str, Sequence[float]], *, ring: bool = False
) -> str:
    from matplotlib.ticker import MaxNLocator

    figure, axis = _figure("Epoch", label)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    epochs = np.arange(1, len(history) + 1)
    for color, (name, values) in zip(cycle(SERIES), series.items(), strict=False):
        axis.plot(epochs, values, color=color, label=name, marker=".")
        if ring and np.isfinite(values).any():
            best = int(np.nanargmax(values))
            axis.plot(epochs[best], values[best], "o", color=color, markersize=8, fillstyle="none")
            axis.annotate(f"{values[best]:.1f}", (epochs[best], values[best]), (0, -16), textcoords="offset points",
                          color=INK, ha="center")  # fmt: skip
    for before, (row, after) in enumerate(pairwise(history), start=1):
        if row.get("stage") != after.get("stage"):
            axis.axvline(before + 0.5, color=INK, alpha=0.35, linewidth=1, linestyle="--")
    if not ring:
        _legend(axis)
    return _svg(figure, label)


def success_at_k(ranks: Mapping[str, np.ndarray]) -> str:
    """R@K over K for both directions.

    Args:
        ranks: per direction (`i2t`, `t2i`) the ranks (Q,), 0 = unmatched.
    """
    figure, axis = _figure("K", "R@K, percent")
    for number, (direction, side) in enumerate(ranks.items()):
        kept = side[side > 0]
        if not len(kept):
            continue
        last = max(10, int(kept.max()))
        cutoffs = np.unique(np.geomspace(1, last, 200).astype(int))
        axis.step(cutoffs, [100 * (kept <= cutoff).mean() for cutoff in cutoffs], where="post", color=SERIES[number],
                  label=NAMES.get(direction, direction))  # fmt: skip
    axis.set_xscale("log")
    axis.set_ylim(0, 103)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    for k in (5, 10):
        axis.axvline(k, color=INK, alpha=0.2, linewidth=1, linestyle=":")
    _legend(axis)
    return _svg(figure, "success")


def rank_histogram(ranks: Mapping[str, np.ndarray]) -> str:
    """Share of the queries whose best match stands on rank 1, 2 to 5, 6 to 10, ...

    Args:
        ranks: per direction (`i2t`, `t2i`) the ranks (Q,), 0 = unmatched.
    """
    figure, axis = _figure("Rank of the best match", "Queries, percent")
    largest = max((int(side.max(initial=0)) for side in ranks.values()), default=0)
    ends = [1, 5, 10]
    while ends[-1] < largest:
        ends.append(ends[-1] * (5 if str(ends[-1])[0] == "1" else 2))
    starts = [1, *(end + 1 for end in ends[:-1])]
    for number, (direction, side) in enumerate(ranks.items()):
        kept = side[side > 0]
        share = [
            100 * ((kept >= a) & (kept <= b)).mean() if len(kept) else 0 for a, b in zip(starts, ends, strict=True)
        ]
        axis.bar(np.arange(len(ends)) + 0.4 * number - 0.2, share, 0.38, color=SERIES[number],
                 label=NAMES.get(direction, direction))  # fmt: skip
    # Long names would run into one another: the large ranks are named by their end.
    names = [str(a) if a == b else f"{a}-{b}" if b <= 100 else f"to {b}" for a, b in zip(starts, ends, strict=True)]
    axis.set_xticks(range(len(ends)), names, fontsize=8)
    _legend(axis)
    return _svg(figure, "histogram")


def calibration_curve(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Observed rate over predicted probability, one point per bin; the diagonal is what a true probability gives.

    Args:
        tables: the `bins` of `probability_metrics` by name.
    """
    figure, axis = _figure("Predicted probability", "Observed rate", width=4.4, height=3.9)
    axis.plot([0, 1], [0, 1], color=INK, alpha=0.4, linewidth=1, linestyle="--")
    for number, (name, table) in enumerate(tables.items()):
        x, y = [row["probability"] for row in table], [row["rate"] for row in table]
        axis.plot(x, y, color=SERIES[number % len(SERIES)], marker="o", markersize=4, label=name)
    axis.set_xlim(-0.02, 1.02)
    axis.set_ylim(-0.02, 1.02)
    axis.set_aspect("equal")
    _legend(axis)
    return _svg(figure, "calibration")


def _figure(x: str, y: str, *, width: float = 5.4, height: float = 3.2) -> tuple[Figure, Axes]:
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


def _legend(axis: Axes) -> None:
    if axis.get_legend_handles_labels()[1]:
        axis.legend(frameon=False, labelcolor=INK, fontsize=9)


def _svg(figure: Figure, name: str) -> str:
    """The `<svg>` element; the salt keeps the ids of several plots on one page apart and the bytes reproducible."""
    import matplotlib

    text = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[A-Za-z0-9_.]+">', "<g>", svg)
    svg = re.sub(r"font: (?:[a-z]+ )*([0-9.]+px)[^;\"]*", r"font-size: \1; font-family: inherit", svg)
    svg = re.sub(r'(<svg [^>]*?)height="[0-9.]+pt" ', r"\1", svg).replace(INK, "currentColor")
    svg = re.sub(r'(<svg [^>]*?)width="([0-9.]+)pt" ', r'\1role="img" style="max-width: \2pt" ', svg)
    for number, color in enumerate(SERIES, start=1):
        svg = svg.replace(color, f"var(--series-{number})")
    return svg
