"""The plots of a training and of probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise
from typing import Any

import numpy as np

from twobranch.evaluation.reports.plot_style import COLORS, INK, NAMES, SERIES, legend, new_figure, svg

SMALL = 0.2
"""Probabilities that are all below it are drawn on logarithmic axes."""


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

    figure, axis = new_figure("Epoch", label)
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
        legend(axis)
    return svg(figure, label)


def calibration_curve(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Observed rate over predicted probability, one point per bin; the diagonal is what a true probability gives.

    Both axes are logarithmic where all probabilities are small; a rate of 0 then stands on the lower edge.

    Args:
        tables: the `bins` of `probability_metrics` by name.
    """
    figure, axis = new_figure("Predicted probability", "Observed rate", width=4.4, height=3.9)
    values = np.array([row[key] for table in tables.values() for row in table for key in ("probability", "rate")])
    small = bool(values.max(initial=0) < SMALL and values.max(initial=0) > 0)
    low, high = (float(values[values > 0].min()) / 2, float(values.max()) * 2) if small else (-0.02, 1.02)
    axis.plot([low, high], [low, high], color=INK, alpha=0.4, linewidth=1, linestyle="--")
    for number, (name, table) in enumerate(tables.items()):
        points = np.array([(row["probability"], row["rate"]) for row in table]).clip(low, high)  # (bins, 2)
        color = COLORS.get(name, SERIES[number % len(SERIES)])
        axis.plot(*points.T, color=color, marker="o", markersize=4, label=NAMES.get(name, name), clip_on=False)
    if small:
        axis.set_xscale("log")
        axis.set_yscale("log")
    axis.set_xlim(low, high)
    axis.set_ylim(low, high)
    axis.set_aspect("equal")
    legend(axis)
    return svg(figure, "calibration " + " ".join(tables))
