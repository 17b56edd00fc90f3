"""Double-loop twins of the losses, written from their formulas."""

import math

import torch


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
