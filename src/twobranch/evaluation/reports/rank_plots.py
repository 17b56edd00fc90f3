"""Plots of ranks: R@K over K, and where the best matches stand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from twobranch.evaluation.recall_curve import RecallCurve
from twobranch.evaluation.reports.plot_style import COLORS, INK, NAMES, SERIES, legend, new_figure, svg


def recall_curves(curves: Mapping[str, RecallCurve]) -> str:
    """R@K over K with its 95 % band; a dotted line is what a random order reaches.

    Args:
        curves: by direction (`t2i`, `i2t`), or by another name.
    """
    figure, axis = new_figure("K", "R@K, percent")
    for number, (name, curve) in enumerate(curves.items()):
        color = COLORS.get(name, SERIES[number])
        ks = np.arange(1, len(curve.recall) + 1)
        axis.fill_between(ks, curve.low, curve.high, color=color, alpha=0.18, linewidth=0)
        axis.plot(ks, curve.recall, color=color, label=NAMES.get(name, name))
        axis.plot(ks, curve.chance, color=color, linestyle=":", linewidth=1.2)
    axis.plot([], [], color=INK, linestyle=":", linewidth=1.2, label="random order")
    axis.set_xscale("log")
    axis.set_ylim(0, 103)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ticks = [k for k in (1, 2, 5, 10, 20, 50, 100) if all(k <= len(curve.recall) for curve in curves.values())]
    axis.set_xticks(ticks)
    axis.set_xticks([], minor=True)
    legend(axis)
    return svg(figure, "recall")


def rank_histogram(ranks: Mapping[str, np.ndarray]) -> str:
    """Share of the queries whose best match stands on rank 1, 2 to 5, 6 to 10, ...

    Args:
        ranks: per direction (`t2i`, `i2t`), or by another name, the ranks (Q,); 0 = not found.
    """
    figure, axis = new_figure("Rank of the best match", "Queries, percent")
    largest = max((int(side.max(initial=0)) for side in ranks.values()), default=0)
    ends = [1, 5, 10]
    while ends[-1] < largest:
        ends.append(ends[-1] * (5 if str(ends[-1])[0] == "1" else 2))
    starts = [1, *(end + 1 for end in ends[:-1])]
    width = 0.76 / len(ranks)
    for number, (name, side) in enumerate(ranks.items()):
        kept = side[side > 0]
        share = [
            100 * ((kept >= a) & (kept <= b)).mean() if len(kept) else 0 for a, b in zip(starts, ends, strict=True)
        ]
        places = np.arange(len(ends)) + width * (number - (len(ranks) - 1) / 2)
        axis.bar(places, share, width - 0.02, color=COLORS.get(name, SERIES[number]), label=NAMES.get(name, name))
    # Long names would run into one another: the large ranks are named by their end.
    names = [str(a) if a == b else f"{a}-{b}" if b <= 100 else f"to {b}" for a, b in zip(starts, ends, strict=True)]
    axis.set_xticks(range(len(ends)), names, fontsize=8)
    legend(axis)
    return svg(figure, "histogram")
