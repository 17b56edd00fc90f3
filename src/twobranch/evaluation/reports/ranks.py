"""The section of ranks: R@K over K with what a random order reaches, and where the best matches stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twobranch.corpus import Corpus
from twobranch.evaluation.ranks import Ranks
from twobranch.evaluation.recall_curve import RecallCurve, recall_curve
from twobranch.evaluation.reports import rank_plots
from twobranch.evaluation.reports.page import figure


class Ranked(NamedTuple):
    """The ranks of one direction and their curve."""

    ranks: NDArray[np.int64]
    curve: RecallCurve


def ranked_sides(corpus: Corpus, ranks: Ranks, folds: int = 1) -> dict[str, Ranked]:
    """The curves of both directions; queries without a match are left out, as in the metrics.

    Args:
        corpus: the split.
        ranks: of its queries.
        folds: parts that were ranked each on its own.
    """
    images, sentences = corpus.image_groups, corpus.sentence_groups
    return {
        "t2i": _ranked(ranks.t2i, sentences, images, folds),
        "i2t": _ranked(ranks.i2t, images, sentences, folds),
    }


def _ranked(ranks: NDArray[np.int64], asked: NDArray[np.int64], gallery: NDArray[np.int64], folds: int) -> Ranked:
    """The queries that have a match; groups are whole within a fold, so that a query has its matches there."""
    kept = ranks > 0
    matches = np.bincount(gallery, minlength=int(asked.max()) + 1)[asked[kept]]
    return Ranked(ranks[kept], recall_curve(ranks[kept], asked[kept], matches, round(len(gallery) / folds)))


def ranks_section(sides: Mapping[str, Ranked]) -> str:
    """Both plots; nothing without ranks."""
    if not sides:
        return ""
    curves = figure(
        rank_plots.recall_curves({name: side.curve for name, side in sides.items()}),
        "R@K over K. The band is the 95 % interval, by bootstrap over groups.",
    )
    histogram = figure(
        rank_plots.rank_histogram({name: side.ranks for name, side in sides.items()}),
        "Where the best match of a query stands.",
    )
    return f'<h2>Ranks</h2><div class="plots">{curves}{histogram}</div>'
