"""The section of the common space: the gap between images and sentences."""

from __future__ import annotations

from html import escape

from twobranch.evaluation.common_space import CommonSpace
from twobranch.evaluation.reports import space_plots
from twobranch.evaluation.reports.page import figure


def space_section(space: CommonSpace | None) -> str:
    """Where images and sentences lie, and what scores their pairs get; nothing without them."""
    if space is None:
        return ""
    plane = figure(
        space_plots.plane(space),
        f"{len(space.images)} images, each with one of its sentences, on the plane in which both vary most: it shows "
        f"{space.explained:.0f} % of their variance. Lines join some that match.",
    )
    scores = figure(
        space_plots.score_histogram(space),
        "Scores of an image with a sentence of its own and with those of others. The less they overlap, the better.",
    )
    return f'<h2>Common space</h2><p class="soft">{escape(_gap(space))}</p><div class="plots">{plane}{scores}</div>'


def _gap(space: CommonSpace) -> str:
    gap = space.gap
    text = f"The mean image and the mean sentence are {gap['mean_distance']:.2f} apart."
    if "probe_accuracy" in gap:
        low, high = gap["probe_interval"]
        text += (
            f" A fresh classifier tells images from sentences in {gap['probe_accuracy']:.1f} % of the cases "
            f"({low:.1f} to {high:.1f}): 50 would mean no gap. A gap does no harm to ranks as long as it is the same "
            "for all."
        )
    return text
