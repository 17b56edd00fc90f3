"""A small split whose sentences can be told from their images, in memory."""

import numpy as np

from twobranch.training.data import SplitData
from twobranch.training.inputs import Side

IMAGE_SIZE, SENTENCE_SIZE = 12, 10


def split(images=40, sentences_each=3, seed=0):
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(images, 6))
    image_features = hidden @ random.normal(size=(6, IMAGE_SIZE))
    of_image = np.repeat(np.arange(images), sentences_each)
    noisy = hidden[of_image] + 0.1 * random.normal(size=(len(of_image), 6))
    sentence_features = noisy @ random.normal(size=(6, SENTENCE_SIZE))
    return SplitData(
        Side([f"{row}.jpg" for row in range(images)], image_features.astype(np.float32), np.arange(images)),
        Side([f"sentence {row}" for row in of_image], sentence_features.astype(np.float32), of_image),
        of_image.astype(np.int32),
        np.arange(len(of_image)),
    )


def rsum(network, data):
    """The selection metric of a network on a split, by a plain computation."""
    import torch

    with torch.inference_mode():
        x = network.embed_images(torch.from_numpy(data.images.features))
        y = network.embed_sentences(torch.from_numpy(data.sentences.features))
    scores = (x @ y.T).numpy()
    own = data.images.groups[:, None] == data.sentences.groups[None, :]
    best_i = np.where(own, scores, -np.inf).max(1, keepdims=True)
    best_t = np.where(own, scores, -np.inf).max(0, keepdims=True)
    i2t, t2i = ((scores >= best_i) & ~own).sum(1), ((scores >= best_t) & ~own).sum(0)
    return float(sum(100 * (ranks < k).mean() for ranks in (i2t, t2i) for k in (1, 5, 10)))
