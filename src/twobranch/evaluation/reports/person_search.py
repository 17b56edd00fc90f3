"""The report of person search: a description asks for all pictures of one person."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from twobranch.corpus import Corpus
from twobranch.evaluation.corpus_slices import person_slices
from twobranch.evaluation.evaluate import embedded
from twobranch.evaluation.judging import Embedded
from twobranch.evaluation.person_ranks import QueryRanks
from twobranch.evaluation.recall_curve import recall_curve
from twobranch.evaluation.reports.facts import matcher_facts
from twobranch.evaluation.reports.gallery import gallery_section
from twobranch.evaluation.reports.metric_table import Metric, Part, metric_table
from twobranch.evaluation.reports.page import card, facts_section, with_contents, write_page
from twobranch.evaluation.reports.probability import probability_section
from twobranch.evaluation.reports.ranks import Ranked, ranks_section
from twobranch.evaluation.reports.retrieval import gallery, probability_of, sentence_queries, space_of
from twobranch.evaluation.reports.slice_tables import slices_section
from twobranch.evaluation.reports.space import space_section
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.matcher.matcher import Matcher

METRICS = (*(Metric(key) for key in ("Rank-1", "Rank-5", "Rank-10", "mAP", "mINP")), Metric("MedR", None))


def write_person_report(
    path: Path,
    matcher: Matcher,
    features: CorpusFeatures,
    metrics: Mapping[str, Any],
    *,
    title: str,
    facts: Mapping[str, str],
    found: QueryRanks,
) -> None:
    """Write the report of a matcher on the descriptions of a split.

    Args:
        path: the HTML file.
        matcher: the matcher.
        features: features of the split.
        metrics: the person search document of the split.
        title: heading of the report.
        facts: what was run, on what, how long.
        found: the ranks that the document is made of.
    """
    corpus = features.corpus
    split = Embedded(*embedded(matcher, features), corpus.image_groups, corpus.sentence_groups)
    # A pair matches here where image and description are of one person, which is what the calibration learned, too.
    calibration, judged_on = probability_of(matcher, corpus, split)
    sections = [
        _cards(metrics),
        _table(metrics),
        ranks_section({"t2i": _ranked(corpus, found)}),
        slices_section(metrics.get("slices") or person_slices(corpus, found), metrics, ("Rank-1", "mAP")),
        probability_section({side: calibration[side] for side in ("t2i",) if side in calibration}, judged_on),
        space_section(space_of(matcher, split)),
        gallery_section(
            "Descriptions and who was found",
            "Pictures in the order of the matcher. A green frame marks the person that was described.",
            gallery(sentence_queries(matcher, corpus, split), found.first),
        ),
        facts_section({**matcher_facts(matcher), **facts}),
    ]
    write_page(path, title, [f'<p class="soft">{escape(_subject(metrics))}</p>', *with_contents(sections)])


def _subject(metrics: Mapping[str, Any]) -> str:
    sizes = f"{metrics['identities']:,} persons in {metrics['images']:,} images, {metrics['sentences']:,} descriptions"
    return f"{sizes} · split {metrics['split']} · corpus {metrics['corpus']}"


def _cards(metrics: Mapping[str, Any]) -> str:
    intervals = metrics["interval"]
    cards = [card(key, metrics[key], "%", intervals.get(key), None) for key in ("Rank-1", "Rank-10", "mAP", "mINP")]
    cards.append(card("Rank-1 of a random order", metrics["chance"]["Rank-1"], "%", None, None))
    return f'<div class="cards">{"".join(cards)}</div>'


def _table(metrics: Mapping[str, Any]) -> str:
    note = (
        "Rank-K: percent of the descriptions with a picture of the person among the first K. mAP: mean average "
        "precision over all pictures of the person. mINP: how early the last of them comes. MedR: median rank of the "
        "first. Ties count against the query. Intervals: 95 %, bootstrap over persons. Descriptions without a "
        f"picture, left out: {metrics['unmatched_queries']:,}."
    )
    return f"<h2>Metrics</h2>{metric_table([Part('Search', METRICS, metrics, None)], note)}"


def _ranked(corpus: Corpus, found: QueryRanks) -> Ranked:
    kept = found.first > 0
    groups, images = corpus.sentence_groups[kept], corpus.image_groups
    matches = np.bincount(images, minlength=int(groups.max()) + 1)[groups]
    return Ranked(found.first[kept], recall_curve(found.first[kept], groups, matches, len(images)))
