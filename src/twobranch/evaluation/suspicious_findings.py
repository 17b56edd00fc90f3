"""What the doctor finds with a matcher: the pairs of a corpus that are most likely wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from twobranch.corpus import Corpus
from twobranch.corpus.doctor import Diagnosis, diagnose
from twobranch.corpus.findings import Case, Finding
from twobranch.corpus.reading import ReadOptions
from twobranch.corpus.sentence_findings import SHOWN
from twobranch.errors import TwobranchError
from twobranch.evaluation.evaluate import embedded
from twobranch.evaluation.suspicious_pairs import Doubles, Split, suspicion
from twobranch.features.corpus_features import corpus_features
from twobranch.features.sentence_encoders import ENGLISH
from twobranch.matcher.matcher import Matcher

SHARE = 0.02
"""Part of the sentences that is listed, the most suspicious first."""

LISTED = 10, 1000
"""At least and at most so many are listed."""


def diagnose_with_matcher(
    matcher: Matcher, data: str | Path, options: ReadOptions, *, threads: int | None = None
) -> Diagnosis:
    """What `diagnose` says, and the most suspicious pairs.

    Args:
        matcher: a matcher of whole pictures with embeddings.
        data: what to examine.
        options: as training would get them.
        threads: pictures decoded at a time; one per processor if None.

    Raises:
        TwobranchError: if the matcher has no embeddings of whole pictures, or the data cannot be read.
    """
    if matcher.matches_regions or matcher.scores_pairs:
        raise TwobranchError(
            "--model",
            "suspicious pairs are found by a matcher with embeddings of whole pictures",
            found="one of regions" if matcher.matches_regions else "one that scores pairs",
            remedy="Name a matcher of another recipe, such as default.",
        )
    english = isinstance(matcher.architecture.sentence.encoder, ENGLISH)
    diagnosis = diagnose(data, options, threads=threads, english=english)
    if diagnosis.corpus is None or not diagnosis.corpus.sentences.num_rows:
        return diagnosis
    try:
        return diagnosis.with_findings(suspicious_findings(matcher, diagnosis.corpus))
    except TwobranchError as error:  # such as no readable picture; all else that was found must not be lost
        return diagnosis.with_findings([Finding("pairs-not-judged", "warning", str(error))])


def suspicious_findings(matcher: Matcher, corpus: Corpus) -> Iterator[Finding]:
    """The most suspicious pairs of a corpus, ranked; each split is judged by itself.

    What a matcher was trained on scores higher than what is new to it, so that splits cannot be compared by scores.

    Args:
        matcher: a matcher of whole pictures with embeddings.
        corpus: the corpus; images that cannot be read are left out.
    """
    present, _ = corpus.existing()
    features = corpus_features(present, matcher.image_encoder, matcher.views, matcher.sentence_encoder, matcher.cache)
    images, sentences = embedded(matcher, features)
    known = features.corpus
    ratios = np.full(len(sentences), -np.inf)
    splits = np.array([split or "" for split in known.images.column("split").to_pylist()])
    for name in np.unique(splits):
        rows = np.flatnonzero(splits == name)
        number = np.full(len(splits), -1)
        number[rows] = np.arange(len(rows))
        own = np.flatnonzero(number[known.sentence_images] >= 0)
        if len(np.unique(known.image_groups[rows])) > 1:
            part = Split(images[rows], sentences[own], number[known.sentence_images[own]], known.image_groups[rows])
            ratios[own] = suspicion(part)
    yield from _finding(known, probabilities(ratios), ratios)


def probabilities(ratios: Doubles) -> Doubles:
    """How probable it is that each pair is wrong, given how the ratios of all pairs are distributed.

    The share of wrong pairs is estimated from the ratios themselves (expectation maximization); it comes out low
    rather than high, for many wrong pairs look like right ones.

    Args:
        ratios: (C,) log-likelihood ratios as `suspicion` gives them; minus infinity for what was not judged.

    Example:
        >>> probabilities(np.array([9.0, *[-9.0] * 9])).round(2).tolist()
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    from scipy.special import expit

    share = 0.05
    for _ in range(200):
        wrong: Doubles = expit(ratios + np.log(share / (1 - share)))
        share = min(max(float(wrong.mean()), 1e-6), 0.5)
    return wrong


def _finding(corpus: Corpus, wrong: Doubles, ratios: Doubles) -> Iterator[Finding]:
    least, most = LISTED
    judged = int(np.isfinite(ratios).sum())
    listed = min(max(round(SHARE * judged), least), most, judged)
    order = np.argsort(-ratios, kind="stable")[:listed].tolist()
    ids = corpus.sentences.column("id").to_pylist()
    cases = [
        Case(
            f"{ids[row]}: {corpus.sentence_texts[row][:SHOWN]!r}",
            (corpus.image_ids[corpus.sentence_images[row]],),
            ids[row],
            round(float(wrong[row]), 3),
        )
        for row in order
    ]
    if cases:
        likely = int((wrong > 0.5).sum())
        message = (
            f"sentences that may belong to another image, by the matcher's judgment, the most suspicious first: "
            f"{listed:,} of {judged:,}; {likely:,} of them are more likely wrong than right"
        )
        yield Finding("suspicious-pairs", "warning" if likely else "note", message, listed, tuple(cases))
