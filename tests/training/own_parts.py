"""Parts that a user might bring."""

import torch

from tests.training import synthetic
from twobranch.losses import EmbeddingLoss
from twobranch.training.inputs import InputConfig


class Spread(EmbeddingLoss):
    """Embeddings of images shall not be alike."""

    def __call__(self, image_embeddings, sentence_embeddings, masks):
        return (image_embeddings @ image_embeddings.T).square().mean()


class ItemNumbers(InputConfig):
    """The number that ends an item's text, in place of a feature."""

    def of(self, side):
        values = torch.tensor([float(item.split()[-1]) for item in side.items])

        def gather(rows, random, part):
            return values[torch.from_numpy(rows[part])][:, None].expand(-1, synthetic.SENTENCE_SIZE)

        return gather
