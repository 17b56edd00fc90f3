"""What re-ranking is worth: recalls of sentences before and after a second matcher scores the best hits, and the time.

    python benchmarks/rerank.py $FLICKR8K SEARCHER/model RERANKER/model [--split val] [--candidates 10 50 100]

The searcher ranks all images of the split for each sentence. Its best candidates are then put into the order of the
re-ranker's score alone (`alone`), and into the order of the sum of both scores, each standardized over the candidates
of the query (`sum`, what `twobranch search --rerank` does). Differences to the search without re-ranking, and of `sum`
to `alone`, have 95 % intervals, paired, by bootstrap over images. The times are those of an index of all images of the
corpus with cached features.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from twobranch import Index, Matcher, read_corpus
from twobranch.evaluation.evaluate import embedded
from twobranch.evaluation.intervals import group_sums, paired_difference
from twobranch.evaluation.rank_metrics import CUTOFFS, rank_metrics
from twobranch.evaluation.ranks import retrieval_ranks
from twobranch.features.corpus_features import CorpusFeatures, corpus_features
from twobranch.search.exact import best
from twobranch.search.reranking import standardized


def features_of(matcher: Matcher, corpus) -> CorpusFeatures:
    return corpus_features(corpus, matcher.image_encoder, matcher.views, matcher.sentence_encoder, matcher.cache)


def second_scores(reranker: Matcher, features: CorpusFeatures, rows: np.ndarray) -> np.ndarray:
    """The re-ranker's score of each sentence with its candidates: image rows (M, C) -> (M, C)."""
    images, sentences = embedded(reranker, features)
    return np.stack([reranker.score_embeddings(images[own], sentences[[j]])[:, 0] for j, own in enumerate(rows)])


def reordered(scores: np.ndarray, rows: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Scores (N, M) in which each sentence's candidates, image rows (M, C), stand above all others, in their order."""
    after = scores.astype(np.float64)
    raised = scores.max(0)[:, None] + 1 + order - order.min(1, keepdims=True)  # (M, C)
    np.put_along_axis(after, rows.T, raised.T, axis=0)
    return after


def queries_ranks(scores: np.ndarray, corpus) -> np.ndarray:
    """Rank (M,) of each sentence's image, ties against it."""
    ranks = retrieval_ranks(lambda i, s: scores[i, s], corpus.image_groups, corpus.sentence_groups)
    return ranks.t2i


def difference(after: np.ndarray, before: np.ndarray, groups, k: int, resamples: int) -> str:
    """R@K after minus before, with its interval."""
    sums = [group_sums(100.0 * (ranks <= k), groups) for ranks in (after, before)]
    queries = sums[0][1]
    found = paired_difference(*(total / queries for total, _ in sums), weights=queries, resamples=resamples)
    return f"{found.difference:+.1f} ({found.interval[0]:+.1f} to {found.interval[1]:+.1f})"


def quality(searcher: Matcher, reranker: Matcher, corpus, counts: list[int], resamples: int) -> None:
    """Print a line for each number of candidates and each way of ordering them."""
    features = features_of(searcher, corpus)
    corpus = features.corpus
    images, sentences = embedded(searcher, features)
    scores = images @ sentences.T  # (N, M)
    rows = np.stack([best(column, min(max(counts), len(images))) for column in scores.T])  # (M, C)
    first = np.take_along_axis(scores, rows.T, axis=0).T  # (M, C)
    second = second_scores(reranker, features_of(reranker, corpus), rows)
    before, groups = queries_ranks(scores, corpus), corpus.sentence_groups
    print(f"{'':16}" + "".join(f"{f'R@{k}':>32}" for k in CUTOFFS))
    print(f"{'search alone':16}" + "".join(f"{rank_metrics(before)[f'R@{k}']:32.1f}" for k in CUTOFFS))
    for count in counts:
        some = rows[:, :count], first[:, :count], second[:, :count]
        orders = {"alone": some[2], "sum": standardized(some[1]) + standardized(some[2])}
        after = {name: queries_ranks(reordered(scores, some[0], order), corpus) for name, order in orders.items()}
        for name, ranks in after.items():
            values = rank_metrics(ranks)
            cells = [f"{values[f'R@{k}']:.1f}, {difference(ranks, before, groups, k, resamples)}" for k in CUTOFFS]
            print(f"{f'{count}, {name}':16}" + "".join(f"{cell:>32}" for cell in cells), flush=True)
        cells = [difference(after["sum"], after["alone"], groups, k, resamples) for k in CUTOFFS]
        print(f"{'sum - alone':16}" + "".join(f"{cell:>32}" for cell in cells), flush=True)


def times(searcher: Matcher, reranker: Matcher, data: str, sentences: list[str], counts: list[int]) -> None:
    """Print the median time of a search in an index of all images, without and with re-ranking."""
    with tempfile.TemporaryDirectory() as folder:
        index = Index.build(searcher, data, Path(folder) / "index")
        searches = {"search alone": lambda text: index.search(text)}
        for count in counts:
            searches[f"{count} candidates"] = lambda text, count=count: index.search(
                text, rerank=reranker, candidates=count
            )
        for name, search in searches.items():
            search(sentences[0])
            wall, processor = [], []
            for text in sentences[1:]:
                started = time.perf_counter(), time.process_time()
                search(text)
                wall.append(1000 * (time.perf_counter() - started[0]))
                processor.append(1000 * (time.process_time() - started[1]))
            print(
                f"{name}, index of {len(index):,} images: median {statistics.median(wall):.1f} ms a query, "
                f"{statistics.median(processor):.1f} ms of processor time",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("searcher")
    parser.add_argument("reranker")
    parser.add_argument("--split", default="val")
    parser.add_argument("--candidates", type=int, nargs="+", default=[10, 50, 100])
    parser.add_argument("--resamples", type=int, default=1000, help="of the intervals; 0 leaves the recalls out")
    parser.add_argument("--queries", type=int, default=100, help="sentences that are timed; 0 leaves the times out")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)  # a head sees few pairs at a time: waking threads takes longer
    searcher, reranker = (
        Matcher.load(path, threads=arguments.threads) for path in (arguments.searcher, arguments.reranker)
    )
    corpus = read_corpus(arguments.data)
    split = corpus.existing()[0].split(arguments.split)
    print(
        f"corpus {corpus.fingerprint}, {arguments.split}: {len(split.image_ids):,} images, "
        f"{len(split.sentence_texts):,} sentences; {searcher.recipe_name} re-ranked by {reranker.recipe_name}"
    )
    if arguments.resamples:
        quality(searcher, reranker, split, arguments.candidates, arguments.resamples)
    if arguments.queries:
        sentences = list(dict.fromkeys(split.sentence_texts))[: arguments.queries + 1]
        times(searcher, reranker, arguments.data, sentences, arguments.candidates)


if __name__ == "__main__":
    main()
