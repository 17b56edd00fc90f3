"""Plots of the common space: where images and sentences lie, and what scores matching and other pairs get."""

from __future__ import annotations

import numpy as np

from twobranch.evaluation.common_space import CommonSpace
from twobranch.evaluation.reports.plot_style import INK, SERIES, legend, new_figure, svg

JOINED = 60
"""Pairs that a line joins."""


def plane(space: CommonSpace) -> str:
    """Images and sentences on a plane through the common space; lines join some that match."""
    figure, axis = new_figure("first direction", "second direction")
    for image, sentence in zip(space.images[:JOINED], space.sentences[:JOINED], strict=True):
        axis.plot(*zip(image, sentence, strict=True), color=INK, alpha=0.15, linewidth=0.7)
    axis.plot(*space.images.T, "o", color=SERIES[1], markersize=3.2, alpha=0.75, markeredgewidth=0, label="images")
    axis.plot(*space.sentences.T, "s", color=SERIES[0], markersize=3, alpha=0.75, markeredgewidth=0, label="sentences")
    axis.set_xticks([])
    axis.set_yticks([])
    legend(axis)
    return svg(figure, "plane")


def score_histogram(space: CommonSpace) -> str:
    """Shares of matching and of other pairs by their score."""
    figure, axis = new_figure("Score", "Pairs, percent")
    low, high = (float(end) for end in np.percentile(np.concatenate([space.matching, space.other]), [0, 100]))
    edges = np.linspace(low, high if high > low else low + 1e-6, 41)
    for color, name, scores in ((SERIES[2], "matching", space.matching), (SERIES[4], "other", space.other)):
        share = 100 * np.histogram(scores, edges)[0] / len(scores)
        axis.stairs(share, edges, color=color, fill=True, alpha=0.35)
        axis.stairs(share, edges, color=color, label=name)
    axis.set_ylim(bottom=0)
    legend(axis)
    return svg(figure, "scores")
