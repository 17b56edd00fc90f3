"""Double-loop twins of the losses, written from their formulas."""

import math
from typing import NamedTuple

import torch

from twobranch.losses.masks import PairMask


def distance(u, v):
    return math.sqrt(max(0.0, sum((a - b) ** 2 for a, b in zip(u.tolist(), v.tolist(), strict=True))) + 1e-4)


def top_k_mean(pairs, k):
    """pairs: for each positive pair, its distance, margin and the distances of its negatives."""
    values = []
    for positive, negatives, margin in pairs:
        hinges = sorted((max(0.0, margin + positive - negative) for negative in negatives), reverse=True)
        values += hinges[:k]
    return sum(values) / max(1, len(values))


def bidirectional_ranking(images, sentences, mask, margin, k, sentence_anchor, image_anchor):
    by_image, by_sentence = [], []
    for b in range(len(images)):
        for c in range(len(sentences)):
            if mask.match[b, c]:
                positive = distance(images[b], sentences[c])
                others = [distance(images[b], sentences[x]) for x in range(len(sentences)) if mask.non_match[b, x]]
                by_image.append((positive, others, margin))
                others = [distance(images[x], sentences[c]) for x in range(len(images)) if mask.non_match[x, c]]
                by_sentence.append((positive, others, margin))
    return sentence_anchor * top_k_mean(by_sentence, k) + image_anchor * top_k_mean(by_image, k)


def structure(embeddings, mask, margin, k):
    pairs = []
    for a in range(len(embeddings)):
        neighbors = [distance(embeddings[a], embeddings[b]) for b in range(len(embeddings)) if mask.match[a, b]]
        others = [distance(embeddings[a], embeddings[c]) for c in range(len(embeddings)) if mask.non_match[a, c]]
        if neighbors:
            pairs.append((max(neighbors), others, margin))
    return top_k_mean(pairs, k)


def in_batch_cross_entropy(images, sentences, mask, temperature):
    scores = [[float(x @ y) / temperature for y in sentences] for x in images]
    rows, columns = [], []
    for b in range(len(images)):
        for c in range(len(sentences)):
            if mask.match[b, c]:
                match = math.exp(scores[b][c])
                row = sum(math.exp(scores[b][x]) for x in range(len(sentences)) if mask.non_match[b, x])
                column = sum(math.exp(scores[x][c]) for x in range(len(images)) if mask.non_match[x, c])
                rows.append(-math.log(match / (match + row)))
                columns.append(-math.log(match / (match + column)))
    return sum(rows) / max(1, len(rows)) + sum(columns) / max(1, len(columns))


def global_ranking(images, sentences, mask, margin, negatives, chosen):
    """chosen: from the hinge values of a match's negatives on one side, those that count."""
    matches, total = 0, 0.0
    for b in range(len(images)):
        for c in range(len(sentences)):
            if not mask.match[b, c]:
                continue
            matches += 1
            positive = float(images[b] @ sentences[c])
            sides = []
            if negatives in ("sentence", "both"):
                sides.append([float(images[b] @ sentences[x]) for x in range(len(sentences)) if mask.non_match[b, x]])
            if negatives in ("image", "both"):
                sides.append([float(images[x] @ sentences[c]) for x in range(len(images)) if mask.non_match[x, c]])
            for scores in sides:
                total += sum(chosen([max(0.0, margin - positive + score) for score in scores]))
    return total / max(1, matches)


def every(hinges):
    return hinges


def hardest(k):
    return lambda hinges: sorted(hinges, reverse=True)[:k]


def sigmoid(images, sentences, mask, temperature, bias):
    matches, total = 0, 0.0
    for b in range(len(images)):
        for c in range(len(sentences)):
            logit = float(images[b] @ sentences[c]) / temperature + bias
            if mask.match[b, c]:
                matches += 1
                total -= math.log(1 / (1 + math.exp(-logit)))
            elif mask.non_match[b, c]:
                total -= math.log(1 / (1 + math.exp(logit)))
    return total / matches if matches else 0.0


def in_batch_instance(images, sentences, masks, temperature):
    def unit(v):
        length = math.sqrt(sum(a * a for a in v))
        return [a / length for a in v]

    def score(u, v):
        return sum(a * b for a, b in zip(u, v, strict=True)) / temperature

    between, within = masks.image_sentence, masks.image_image
    images, sentences = [unit(v.tolist()) for v in images], [unit(v.tolist()) for v in sentences]
    prototypes, matched = [], []
    for b in range(len(images)):
        members = [images[x] for x in range(len(images)) if x != b and within.match[b, x]]
        members += [sentences[c] for c in range(len(sentences)) if between.match[b, c]]
        matched.append(len(members) > 0)
        prototypes.append(unit([sum(column) for column in zip(images[b], *members, strict=True)]))

    by_image, by_sentence = [], []
    for b in range(len(images)):
        others = sum(
            math.exp(score(images[b], prototypes[x])) for x in range(len(images)) if x != b and within.non_match[b, x]
        )
        for x in range(len(images)):
            if matched[b] and (x == b or within.match[b, x]):
                match = math.exp(score(images[b], prototypes[x]))
                by_image.append(-math.log(match / (match + others)))
    for c in range(len(sentences)):
        others = sum(
            math.exp(score(sentences[c], prototypes[x])) for x in range(len(images)) if between.non_match[x, c]
        )
        for x in range(len(images)):
            if between.match[x, c]:
                match = math.exp(score(sentences[c], prototypes[x]))
                by_sentence.append(-math.log(match / (match + others)))
    return sum(by_image) / max(1, len(by_image)) + sum(by_sentence) / max(1, len(by_sentence))


def instance(logits, classes):
    values = []
    for row, chosen in zip(logits.tolist(), classes.tolist(), strict=True):
        values.append(-math.log(math.exp(row[chosen]) / sum(math.exp(value) for value in row)))
    return sum(values) / max(1, len(values))


def logistic_pairs(logits, is_match):
    values = []
    for logit, match in zip(logits.tolist(), is_match.tolist(), strict=True):
        z = 1 if match else -1
        values.append(math.log(1 + math.exp(-z * logit)))
    return sum(values) / max(1, len(values))


def modality(logits, is_image, inverted):
    images, sentences = [], []
    for logit, image in zip(logits.tolist(), is_image.tolist(), strict=True):
        probability = 1 / (1 + math.exp(-logit))
        wanted = probability if image != inverted else 1 - probability
        (images if image else sentences).append(-math.log(wanted))
    return (sum(images) / max(1, len(images)) + sum(sentences) / max(1, len(sentences))) / 2


def softmax_over_regions(scores, mask, scale):
    values = []
    for c in range(scores.shape[1]):
        own = [math.exp(scale * scores[r, c].item()) for r in range(len(scores)) if mask.match[r, c]]
        others = [math.exp(scale * scores[r, c].item()) for r in range(len(scores)) if mask.non_match[r, c]]
        if own and others:
            values.append(-math.log(sum(own) / (sum(own) + sum(others))))
    return sum(values) / max(1, len(values))


class GivenMasks(NamedTuple):
    image_sentence: PairMask
    image_image: PairMask
    sentence_sentence: PairMask


def random_masks(seed, images, sentences):
    """Any pair may match, not match or be ignored; within a side the relation is symmetric, its diagonal ignored."""
    generator = torch.Generator().manual_seed(seed)

    def mask(rows, columns):
        kind = torch.randint(3, (rows, columns), generator=generator)
        if rows == columns:
            kind = kind.triu(1) + kind.triu(1).T
        return PairMask(kind == 1, kind == 2)

    return GivenMasks(mask(images, sentences), mask(images, images), mask(sentences, sentences))


def random_batch(seed, images=7, sentences=12, dim=5, groups=4):
    """A batch whose groups hold several images and sentences, and some texts that repeat across groups."""
    generator = torch.Generator().manual_seed(seed)
    unit = torch.nn.functional.normalize
    return (
        unit(torch.randn(images, dim, generator=generator, dtype=torch.double)),
        unit(torch.randn(sentences, dim, generator=generator, dtype=torch.double)),
        torch.randint(groups, (images,), generator=generator),
        torch.randint(groups, (sentences,), generator=generator),
        torch.randint(9, (sentences,), generator=generator),
    )
