"""A loss that a user might bring."""

from twobranch.losses import EmbeddingLoss


class Spread(EmbeddingLoss):
    def __call__(self, image_embeddings, sentence_embeddings, masks):
        return (image_embeddings @ image_embeddings.T).square().mean()
