"""Naive twins: double loops, written from the definition only."""

import math


def ranks_twin(scores, image_groups, sentence_groups):
    """(i2t, t2i) as lists; 0 where there is no match."""
    i2t = [_rank(scores[n], [g == image_groups[n] for g in sentence_groups]) for n in range(len(image_groups))]
    t2i = [_rank(scores[:, m], [g == sentence_groups[m] for g in image_groups]) for m in range(len(sentence_groups))]
    return i2t, t2i


def _rank(scores, is_match):
    best = None
    for score, match in zip(scores, is_match, strict=True):
        if match and (best is None or score > best):
            best = score
    if best is None:
        return 0
    above = 0
    for score, match in zip(scores, is_match, strict=True):
        if not match and score >= best:
            above += 1
    return above + 1


def metrics_twin(ranks):
    """R@K, MedR by the vsepp rule, MeanR of the matched queries."""
    kept = sorted(rank for rank in ranks if rank > 0)
    metrics = {f"R@{k}": 100 * sum(rank <= k for rank in kept) / len(kept) for k in (1, 5, 10)}
    lower, upper = kept[(len(kept) - 1) // 2] - 1, kept[len(kept) // 2] - 1
    return {**metrics, "MedR": math.floor((lower + upper) / 2) + 1, "MeanR": sum(kept) / len(kept)}
