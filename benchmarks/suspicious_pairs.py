"""How well `twobranch check --model` finds wrong captions: planted swaps among the most suspicious pairs.

    python benchmarks/suspicious_pairs.py $FLICKR8K RUN/model [--splits val train] [--plantings 10]
    python benchmarks/suspicious_pairs.py $FLICKR8K --retrain [--recipe default]

In each planting 2 % of a split's sentences are drawn and change places among themselves, none staying with its image.
Precision is the percentage of planted sentences among as many most suspicious ones as were planted; so it is the
recall, too. Wrong captions that the corpus had before count as mistakes. "one sentence" leaves each image its first.
The matcher of the first command never saw a planted caption. `--retrain` is what happens to a user: the captions of the
training split are exchanged first, then a matcher is trained on them, and it ranks what it was trained on.
Intervals are 95 %, by bootstrap over images.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

import twobranch
from twobranch.corpus.splits import TRAIN
from twobranch.evaluation.evaluate import embedded
from twobranch.evaluation.intervals import mean_interval
from twobranch.evaluation.suspicious_findings import probabilities
from twobranch.evaluation.suspicious_pairs import Split, suspicion
from twobranch.features.corpus_features import corpus_features

Found = tuple[np.ndarray, np.ndarray, np.ndarray]


def planted(owners: np.ndarray, share: float, seed: int) -> np.ndarray:
    """For each sentence the one whose text it gets, (C,): a share of them is exchanged, always between owners."""
    random = np.random.default_rng(seed)
    order = np.arange(len(owners))
    rows = random.permutation(len(owners))[: round(share * len(owners))]
    taken = random.permutation(rows)
    while (same := np.flatnonzero(owners[rows] == owners[taken])).size:
        other = random.integers(0, len(rows), same.size)
        for a, b in zip(same, other, strict=True):
            taken[[a, b]] = taken[[b, a]]
    order[rows] = taken
    return order


def measure(split: Split, order: np.ndarray) -> dict[str, Found]:
    """What is found where sentences are exchanged: hits among the listed, their images, and which are called wrong."""
    wrong = order != np.arange(len(order))
    sentences = split.sentences[order]
    found = {"all sentences": _listed(replace(split, sentences=sentences), wrong)}
    first = np.unique(split.sentence_images, return_index=True)[1]
    part = replace(split, sentences=sentences[first], sentence_images=split.sentence_images[first])
    found["one sentence"] = _listed(part, wrong[first])
    score = np.einsum("cd,cd->c", split.images[split.sentence_images], sentences)
    found["score alone"] = _listed(replace(split, sentences=sentences), wrong, -score)
    return found


def _listed(split: Split, wrong: np.ndarray, ratios: np.ndarray | None = None) -> Found:
    ratios = suspicion(split) if ratios is None else ratios
    listed = np.argsort(-ratios, kind="stable")[: wrong.sum()]
    return wrong[listed], split.sentence_images[listed], wrong[probabilities(ratios) > 0.5]


def embedded_split(matcher: twobranch.Matcher, corpus: twobranch.Corpus) -> Split:
    features = corpus_features(corpus, matcher.image_encoder, matcher.views, matcher.sentence_encoder, matcher.cache)
    known = features.corpus
    return Split(*embedded(matcher, features), known.sentence_images, known.image_groups)


def show(name: str, results: list[dict[str, Found]]) -> None:
    for way in results[0]:
        hits, images, called = (np.concatenate([result[way][part] for result in results]) for part in range(3))
        low, high = mean_interval(100.0 * hits, images)
        each = [100 * result[way][0].mean() for result in results]
        more = (
            ""
            if way == "score alone"
            else (
                f"; called more likely wrong than right: {len(called) / len(results):.0f} a planting, "
                f"{100 * called.mean() if len(called) else 0:.1f} % of them planted"
            )
        )
        print(
            f"{name}, {way}: precision {100 * hits.mean():.1f} ({low:.1f} to {high:.1f}), "
            f"plantings {min(each):.1f} to {max(each):.1f}, {len(hits) / len(results):.0f} listed{more}",
            flush=True,
        )


def retrained(corpus: twobranch.Corpus, recipe: str, share: float, seed: int, threads: int | None) -> dict[str, Found]:
    """Plant in the training split, train on it, rank it."""
    splits = np.array(corpus.images.column("split").to_pylist(), dtype=object)
    rows = np.flatnonzero(splits[corpus.sentence_images] == TRAIN)
    order = planted(corpus.sentence_groups[rows], share, seed)
    texts = np.array(corpus.sentence_texts, dtype=object)
    texts[rows] = texts[rows[order]]
    column = corpus.sentences.column_names.index("text")
    sentences = corpus.sentences.set_column(column, "text", pa.array(texts.tolist(), pa.string()))
    spoiled = replace(corpus, sentences=sentences)
    matcher = twobranch.fit(spoiled, recipe, settings=[f"seed={seed}"], threads=threads)
    split = embedded_split(matcher, corpus.split(TRAIN))  # the right captions, exchanged again by `measure`
    return measure(split, order)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--splits", nargs="+", default=["val", "train"])
    parser.add_argument("--share", type=float, default=0.02)
    parser.add_argument("--plantings", type=int, default=10, help="seeds 0, 1, 2 ... of the swaps")
    parser.add_argument("--retrain", action="store_true")
    parser.add_argument("--recipe", default="default", help="of --retrain")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    whole = twobranch.read_corpus(arguments.data)
    corpus = whole.existing()[0]
    print(f"corpus {whole.fingerprint}, planted {arguments.share:.0%}", flush=True)
    seeds = range(arguments.plantings)
    if arguments.retrain:
        results = [retrained(corpus, arguments.recipe, arguments.share, seed, arguments.threads) for seed in seeds]
        show(f"train, {arguments.recipe} trained on it", results)
        return
    matcher = twobranch.Matcher.load(arguments.model, threads=arguments.threads)
    for name in arguments.splits:
        split = embedded_split(matcher, corpus.split(name))
        owners = split.image_groups[split.sentence_images]
        show(name, [measure(split, planted(owners, arguments.share, seed)) for seed in seeds])


if __name__ == "__main__":
    main()
