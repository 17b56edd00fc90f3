"""Noun phrases found by rules against those that people marked in Flickr30k Entities.

    FLICKR8K=... python benchmarks/noun_phrases.py [--split val]

Of the marked phrases: the share whose very span is found, and the share that some found phrase overlaps by half, which
is an intersection of words over their union of at least 0.5. Of the found phrases: the same shares against the marked
ones. In percent, each with a 95 % interval, a bootstrap over images. The marks hold pronouns that name nothing of their
own, "him" or "who", which are left out on purpose; the second line is without these.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from twobranch.corpus import Corpus, read_corpus
from twobranch.evaluation.intervals import mean_interval
from twobranch.regions.english_words import CLAUSE_WORDS
from twobranch.regions.noun_phrases import noun_phrases

Span = tuple[int, int]
PRONOUNS = CLAUSE_WORDS | {"each other", "her", "his", "this", "these"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="val")
    options = parser.parse_args()
    if "FLICKR8K" not in os.environ:
        sys.exit("Set FLICKR8K to the folder of the data set.")
    corpus = read_corpus(Path(os.environ["FLICKR8K"]) / "entities")
    measured = corpus.split(options.split)
    texts = measured.sentence_texts
    marked = marks(measured)
    start = time.process_time()
    found = [[(phrase.start, phrase.end) for phrase in noun_phrases(text)] for text in texts]
    seconds = time.process_time() - start
    named = [
        [span for span in spans if text[slice(*span)].lower() not in PRONOUNS]
        for text, spans in zip(texts, marked, strict=True)
    ]
    print(f"corpus {corpus.fingerprint}, split {options.split}: {len(texts):,} sentences")
    report("marked", measured, marked, found)
    report("marked, no pronouns", measured, named, found)
    report("found", measured, found, marked)
    print(f"{1e3 * seconds / len(texts):.2f} ms per sentence")


def marks(corpus: Corpus) -> list[list[Span]]:
    """The spans that are marked in each sentence."""
    spans: dict[int, list[Span]] = defaultdict(list)
    table = corpus.phrases
    for sentence, start, end in zip(
        *(table.column(name).to_pylist() for name in ("sentence", "start", "end")), strict=True
    ):
        spans[sentence].append((start, end))
    return [spans[row] for row in range(len(corpus.sentence_texts))]


def report(name: str, corpus: Corpus, asked: list[list[Span]], others: list[list[Span]]) -> None:
    """Print how many of the asked spans stand among the others, exactly and by half."""
    exact, half, images = [], [], []
    for row, text in enumerate(corpus.sentence_texts):
        rivals = [words(text, span) for span in others[row]]
        for span in asked[row]:
            own = words(text, span)
            exact.append(100.0 * (span in others[row]))
            half.append(100.0 * any(2 * len(own & rival) >= len(own | rival) for rival in rivals))
            images.append(corpus.sentence_images[row])
    print(f"{name:20} {len(exact):7,} phrases, exact {percent(exact, images)}, by half {percent(half, images)}")


def words(text: str, span: Span) -> set[int]:
    """Where the words of a span begin, or those that it lies in."""
    return {word.start() for word in re.finditer(r"\S+", text) if word.start() < span[1] and word.end() > span[0]}


def percent(values: list[float], images: list[int]) -> str:
    low, high = mean_interval(values, images)
    return f"{np.mean(values):.1f} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
