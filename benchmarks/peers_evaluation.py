"""Recalls from embeddings, beside fico-itr; see peers.py."""

from __future__ import annotations

import argparse

import numpy as np
from measuring import MB, seconds, with_memory
from peers import imported

from twobranch.evaluation.rank_metrics import RECALLS, rank_metrics
from twobranch.evaluation.ranks import embedding_ranks

EACH = 5
"""Sentences of an image: what fico-itr reads from the shape of a matrix."""


def embeddings(images: int, dim: int = 512) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows of images and of their sentences, which lie a little closer."""
    random = np.random.default_rng(0)
    rows = random.standard_normal((images, dim), np.float32)
    sentences = random.standard_normal((images * EACH, dim), np.float32) + 0.15 * np.repeat(rows, EACH, 0)
    return tuple(side / np.linalg.norm(side, axis=1, keepdims=True) for side in (rows, sentences))  # type: ignore[return-value]


def evaluation(options: argparse.Namespace) -> None:
    images, sentences = embeddings(options.images)
    groups = np.arange(len(images)), np.repeat(np.arange(len(images)), EACH)

    def ours() -> dict[str, dict[str, float]]:
        ranks = embedding_ranks(images, sentences, *groups)
        return {"i2t": rank_metrics(ranks.i2t), "t2i": rank_metrics(ranks.t2i)}

    ours()  # the threads start
    own, memory = with_memory(ours)
    best = min(seconds(ours) for _ in range(options.repeat))
    print(f"  {len(images)} x {len(sentences)} x {images.shape[1]}, from embeddings to R@1/5/10 of both directions")
    print(f"  twobranch: {best:.2f} s, {memory / MB:.0f} MB beyond the embeddings")
    peer = imported("fico_itr", "fico-itr")
    if peer is None:
        return

    def theirs() -> dict[str, dict[str, float]]:
        scores = peer.compute_similarity(images, sentences, "inner_product")
        return dict(zip(("i2t", "t2i"), peer.instance_retrieval(scores, captions_per_image=EACH), strict=True))

    others, memory = with_memory(theirs)
    other = min(seconds(theirs) for _ in range(min(2, options.repeat)))
    print(f"  fico-itr:  {other:.2f} s, {memory / MB:.0f} MB beyond the embeddings; {other / best:.1f} times the time")
    for direction in own:
        pairs = [(own[direction][name], float(others[direction][name])) for name in RECALLS]
        same = "equal" if all(abs(a - b) < 1e-6 for a, b in pairs) else "DIFFERENT"
        print(f"  {direction}: {' / '.join(f'{a:.2f}' for a, _ in pairs)}, {' / '.join(f'{b:.2f}' for _, b in pairs)}"
              f" ({same})")  # fmt: skip
